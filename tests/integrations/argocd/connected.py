"""The adapter over a scripted Argo CD."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from bot.integrations import Wiring
from bot.integrations.argocd.adapter import ArgoCD
from bot.integrations.argocd.settings import ArgoCDSettings
from bot.integrations.http import Outside
from tests.integrations.argocd.scripted import SCRIPT, TOKEN
from tests.integrations.contract.server import Canned, serving
from tests.integrations.moment import still


@asynccontextmanager
async def argocd(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    prefix: str = "",
    **settings: Any,
) -> AsyncIterator[ArgoCD]:
    """Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            found = ArgoCD.connect(ArgoCDSettings(url=address + prefix, token=SecretStr(TOKEN), **settings), wiring)
            assert found is not None
            yield found
    finally:
        await outside.aclose()
