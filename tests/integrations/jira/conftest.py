"""A pretend Jira and adapters that talk to it, as Cloud and as Data Center."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.jira.adapter import Jira
from bot.integrations.jira.settings import JiraSettings
from tests.integrations.jira.pretend import PretendJira, pretending

TOKEN = "ATATT-made-up-token"
PAT = "made-up-personal-access-token"
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def settings_for(url: str, flavour: str, **more: str) -> JiraSettings:
    if flavour == "cloud":
        return JiraSettings(url=url, email="bot@example.com", api_token=SecretStr(TOKEN), project="OPS", **more)  # type: ignore[arg-type]  # mypy takes `more` for every field
    return JiraSettings(url=url, pat=SecretStr(PAT), project="OPS", **more)  # type: ignore[arg-type]  # see above


Connect = Callable[..., Jira]


async def _no_pause(_seconds: float) -> None:
    """For tests in which nothing changes while one waits."""


@pytest.fixture
def pretend() -> Iterator[PretendJira]:
    with pretending() as jira:
        yield jira


@pytest.fixture
async def connect(pretend: PretendJira) -> AsyncIterator[Connect]:
    """Makes adapters for the pretend Jira, and closes them."""
    made: list[Jira] = []
    outside = Outside(now=lambda: NOW)

    def make(
        flavour: str = "cloud",
        *,
        thresholds: dict[str, dict[str, float]] | None = None,
        clock: Callable[[], float] = lambda: 1_000.0,
        pause: Callable[[float], Awaitable[None]] | None = None,
        seconds: float = 10.0,
        **more: str,
    ) -> Jira:
        wiring = Wiring(outside=outside, thresholds=thresholds or {})
        jira = Jira(settings_for(more.pop("url", pretend.url), flavour, **more), wiring, clock=clock)
        jira._client._seconds = jira._client._threads._patience = seconds
        jira._filing._earlier._pause = pause or _no_pause
        made.append(jira)
        return jira

    yield make
    for jira in made:
        await jira.aclose()
    await outside.aclose()
