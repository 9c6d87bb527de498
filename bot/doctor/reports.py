"""The doors through which CI posts reports: which are open, and what came last."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.connecting import SwitchedOn, switched_on
from bot.doctor.finding import Finding, not_tried, ok, warn
from bot.domain.errors import StoreDown
from bot.domain.plan import Plan
from bot.settings import BadSettings, Settings
from bot.store.database import Store
from bot.store.reports import Last, ReportRows

AREA: Final = "systems"
PATIENCE: Final = 10.0


async def examined(settings: Settings, plan: Plan) -> Sequence[Finding]:
    """Of each open door, its last report."""
    try:
        doors = [one for one in switched_on(plan) if one.takes_reports]
    except BadSettings:
        return ()  # told with the systems
    if not doors:
        return ()
    if not settings.on_postgres and not _there(settings.store_url):
        return [_finding(one, None) for one in doors]
    store = Store(settings.store_url)
    try:
        async with asyncio.timeout(PATIENCE):
            rows = ReportRows(store)
            return [_finding(one, await rows.last(one.integration.name, one.instance)) for one in doors]
    except (StoreDown, SQLAlchemyError, TimeoutError):  # what is wrong with the database is told with it
        return [not_tried(AREA, _what(one), "open; the database does not tell what came last") for one in doors]
    finally:
        await store.close()


def _there(url: str) -> bool:
    """Looked at first: a look through the driver would make the file."""
    return Path(make_url(url).database or "").exists()


def _finding(one: SwitchedOn, last: Last | None) -> Finding:
    door = f"/reports/{one.integration.name} is open"
    if last is None:
        return warn(AREA, _what(one), f"{door}, and nothing was posted yet", "Let CI post to it: docs/reports.md.")
    hours = (datetime.now(UTC) - last.received_at).total_seconds() / 3600
    many = f"{last.names} name{'' if last.names == 1 else 's'}"
    return ok(AREA, _what(one), f"{door} · {many} · last {hours:.1f} h ago: {last.name}, {last.words}")


def _what(one: SwitchedOn) -> str:
    return f"{one.label} reports"
