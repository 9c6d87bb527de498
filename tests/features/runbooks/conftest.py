"""The feature with three pages, on the real store; `shelf` is the folder, to write more into."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.plan import Match, Plan, Service, Team
from bot.features.runbooks.librarian import Librarian
from bot.features.runbooks.service import Runbooks
from bot.store.alerts import AlertRows
from bot.store.audit import Audit
from bot.store.database import Store
from bot.store.incidents import IncidentRows
from bot.store.runbook_runs import ReportRows, RunbookRunRows
from bot.store.timeline import TimelineRows
from tests.fakes.names import Staff
from tests.features.runbooks import pages
from tests.store import opened

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)

PLAN = Plan(
    teams=(
        Team(name="platform", channel="#platform-ops", timezone="Europe/Berlin", services=("checkout",)),
        Team(name="search", channel="#search-ops"),
    ),
    services=(Service(name="checkout", match=Match(pagerduty="PSVC001")),),
)

MANY_STEPS = "\n".join(f"{number}. Look at place {number}." for number in range(1, 24))
LONG = f"## First five minutes\n\n{MANY_STEPS}\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    errors = pages.text('services: [checkout]\nmatch:\n  - alertname: "HighErrorRate"')
    (folder / "checkout-errors.md").write_text(errors)
    (folder / "disk-full.md").write_text(pages.text(title="Disk full", reviewed="2025-09-01"))
    (folder / "long-walk.md").write_text(pages.text('match:\n  - title: "walk"', LONG, title="Long walk"))
    return folder


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


@pytest.fixture
async def runbooks(store: Store, shelf: Path) -> AsyncIterator[Runbooks]:
    librarian = await Librarian.open(shelf)
    yield Runbooks(
        librarian=librarian,
        runs=RunbookRunRows(store),
        reports=ReportRows(store),
        incidents=IncidentRows(store),
        alerts=AlertRows(store),
        timeline=TimelineRows(store),
        audit=Audit(store),
        plan=lambda: PLAN,
        names=Staff(),
        clock=lambda: NOW,
    )
    librarian.close()
