"""Runs, reports and pages are remembered alike on both databases, behind our own migrations."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.store.database import Store
from bot.store.migrate import upgrade
from bot.store.pages import Page, PageRows, PageState
from bot.store.runbook_runs import ReportRows, RunbookRunRows
from tests.fakes.names import ANN, BOB
from tests.postgres import PostgresServer, postgres_server, programs
from tests.store import an_incident

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    folder = programs()
    if folder is None:
        reason = "needs PostgreSQL, which is not installed (apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with postgres_server(folder) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.database()
    await upgrade(url)
    store = Store(url)
    yield store
    await store.close()


async def test_a_run_begins_once_and_keeps_its_ticks(kept: Store) -> None:
    incident, rows = await an_incident(kept, NOW), RunbookRunRows(kept)
    begun = [
        await rows.start(incident.id, slug="disk-full", title="Disk full", steps=("a", "b"), who=who, at=NOW)
        for who in (ANN.id, BOB.id)
    ]
    assert [fresh for _, fresh in begun] == [True, False]
    number = begun[0][0]
    assert begun[1][0] == number
    assert [await rows.tick(number, 1, who, NOW) for who in (BOB.id, ANN.id)] == [True, False]
    await rows.turn(number, 3)
    run = await rows.get(number)
    assert run is not None
    assert (run.steps, run.page, run.who, run.done) == (("a", "b"), 3, ANN.id, 1)
    assert (run.ticks[1].who, run.ticks[1].at) == (BOB.id, NOW)
    assert [await rows.untick(number, 1) for _ in range(2)] == [True, False]
    assert await rows.get(number + 1) is None


async def test_two_who_start_at_once_share_one_run(kept: Store) -> None:
    incident, rows = await an_incident(kept, NOW), RunbookRunRows(kept)
    begun = await asyncio.gather(
        *(rows.start(incident.id, slug="x", title="X", steps=("a",), who=ANN.id, at=NOW) for _ in range(4))
    )
    assert len({number for number, _ in begun}) == 1
    assert sorted(fresh for _, fresh in begun) == [False, False, False, True]


async def test_a_report_is_kept_as_it_was_written(kept: Store) -> None:
    rows = ReportRows(kept)
    words = "Step 3 is wrong: <!channel> \U0001f9ca"
    number = await rows.add(slug="x", title="X", owner="platform", words=words, incident=None, who=ANN.id, at=NOW)
    report = await rows.get(number)
    assert report is not None
    assert (report.words, report.incident, report.at) == (words, None, NOW)
    assert await rows.get(number + 1) is None


async def test_a_page_is_kept_with_how_it_ended(kept: Store) -> None:
    rows = PageRows(kept)
    asked = Page(
        id=0,
        service="checkout",
        service_ref="PSVC001",
        source=None,
        channel="#platform-ops",
        words="why",
        people=(BOB.id,),
        who=ANN.id,
        at=NOW,
    )
    number = await rows.add(asked)
    before = await rows.get(number)
    await rows.end(number, PageState.SENT, NOW, "Q1")
    after = await rows.get(number)
    assert before is not None
    assert after is not None
    assert (before.state, before.people, before.ended_at) == (PageState.ASKED, (BOB.id,), None)
    assert (after.state, after.pager_id, after.ended_at) == (PageState.SENT, "Q1", NOW)
