"""Puts a scripted system behind an integration and asks its checks as the checklist does."""

import asyncio
import inspect
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.capabilities import DailyCheck, Reports
from bot.domain.check import Answer, Check
from bot.domain.errors import VendorError
from bot.domain.report import KeptReport
from bot.integrations import Wiring, card
from bot.integrations.http import Outside
from tests.integrations.contract.script import Post, Script
from tests.integrations.contract.server import Answering, serving
from tests.integrations.moment import AT, still

PATIENCE = 10.0
"""Seconds for one call, as in use."""
BRIEF = 0.15
"""Where waiting in vain is what is tested. Whatever else is late then is no answer either."""


@dataclass(frozen=True, slots=True)
class Kept(Reports):
    """What was posted, the newest first."""

    found: Sequence[KeptReport] = ()

    async def kept(self) -> Sequence[KeptReport]:
        return self.found


def posted(name: str, script: Script, posts: Sequence[Post], age: timedelta = timedelta(0)) -> Kept:
    """Read as the door reads them, and received so long ago."""
    make = card(name).reports
    if make is None:
        return Kept()
    reader = make(script.settings("http://127.0.0.1:1"))
    return Kept(
        [KeptReport(report=reader.report(one.body, one.about), received_at=AT - age) for one in reversed(posts)]
    )


@asynccontextmanager
async def connected(
    name: str, script: Script, address: str, patience: float = PATIENCE, reports: Reports | None = None
) -> AsyncIterator[Sequence[Check]]:
    """The integration's checks, connected to the address."""
    connect = card(name).connect
    if connect is None or not script.speaks_http:
        yield ()
        return
    outside = Outside(patience=patience, now=still)
    adapter = connect(script.settings(address), Wiring(outside=outside, reports=reports or Kept()))
    try:
        yield adapter.checks() if isinstance(adapter, DailyCheck) else ()
    finally:
        close = getattr(adapter, "aclose", None)
        if close is not None and inspect.isawaitable(closing := close()):
            await closing
        await outside.aclose()


@asynccontextmanager
async def checks_of(
    name: str, script: Script, answer: Answering, patience: float = PATIENCE, reports: Reports | None = None
) -> AsyncIterator[Sequence[Check]]:
    """The integration's checks, connected to a scripted system. Nothing was posted, unless `reports` says so."""
    async with serving(answer) as address, connected(name, script, address, patience, reports) as checks:
        yield checks


async def asked(check: Check) -> Answer:
    """The answer as the checklist would have it. Exceptions that are no vendor's are our own mistake: they fail."""
    try:
        async with asyncio.timeout(check.patience * 2):
            return await check.ask()
    except TimeoutError:
        return Answer.unknown("no answer in time")
    except VendorError as error:
        return Answer.unknown(str(error))


def nobody() -> str:
    """An address on loopback at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
