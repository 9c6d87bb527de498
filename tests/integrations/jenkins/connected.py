"""The adapter over a scripted Jenkins."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.jenkins.adapter import Jenkins
from bot.integrations.jenkins.connect import connect
from bot.integrations.jenkins.settings import JenkinsSettings
from tests.integrations.contract.server import Canned, serving
from tests.integrations.jenkins.scripted import SCRIPT, TOKEN
from tests.integrations.moment import still


@asynccontextmanager
async def jenkins(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    prefix: str = "",
    **settings: Any,
) -> AsyncIterator[Jenkins]:
    """Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            given = {"url": address + prefix, "user": "daywatch", "api_token": SecretStr(TOKEN), **settings}
            found = connect(JenkinsSettings(**given), wiring)
            assert found is not None
            yield found
    finally:
        await outside.aclose()
