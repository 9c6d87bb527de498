"""What is old enough is forgotten, and nothing else is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.domain.check import Item
from bot.domain.digest import DigestState, Hand, HandKind
from bot.domain.errors import StoreDown
from bot.domain.plan import Retention
from bot.domain.report import KeptReport, Report
from bot.store.access import AccessRows
from bot.store.audit import Audit
from bot.store.changes import ChangeRows
from bot.store.claims import ClaimRows
from bot.store.database import Store
from bot.store.deliveries import Deliveries, Delivery
from bot.store.digests import DigestRows
from bot.store.heartbeats import HeartbeatRows, Ping, PingKind
from bot.store.incidents import IncidentRows
from bot.store.outbox import Outbox
from bot.store.pending import Pending, PendingRows
from bot.store.reports import ReportRows
from bot.store.requests import Request, RequestRows
from bot.upkeep import Upkeep
from tests.store import an_incident, opened

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=500), NOW - timedelta(days=2)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


async def filled(store: Store, at: datetime, name: str) -> None:
    """One of everything that is forgotten, worked off at that time."""
    deliveries, outbox, pendings = Deliveries(store), Outbox(store), PendingRows(store)
    await deliveries.keep([Delivery(source="jira", object_key=name, delivery_key=name, body=b"{}", received_at=at)])
    for one in await deliveries.due(NOW, limit=10):
        await deliveries.done(one.id, at)
    await outbox.first(name, at)
    await RequestRows(store).add(Request(id=0, once=name, ask="{}", channel="C1", thread="", who="U1", at=at))
    pending = Pending(
        flow_key=name,
        step="file",
        reason="down",
        attempt=1,
        tries=8,
        next_try_at=None,
        final=False,
        outcome="done",
        at=at,
    )
    await pendings.put(pending)
    await DigestRows(store).open("ops", at.date(), due_at=at, state=DigestState.POSTED)
    await ClaimRows(store).add("ops", at.date(), Hand(id=0, item=Item.BACKUPS, kind=HandKind.CLAIM, who="U1", at=at))
    made = Change(
        source="argocd",
        id=name,
        kind=ChangeKind.DEPLOYMENT,
        title="sync",
        places=(),
        started_at=at,
        result=Result.SUCCEEDED,
    )
    await ChangeRows(store).keep([(ChangeReported(change=made, at=at), None)])
    await AccessRows(store).open(at.strftime("%Y-%m"), at)
    await HeartbeatRows(store).add(Ping(name="pg", at=at, kind=PingKind.SUCCESS), most=9, since=at)
    posted = KeptReport(report=Report(name="shop", facts={}, words="nothing found"), received_at=at)
    await ReportRows(store).add("trivy", None, posted)


def upkeep(store: Store, **more: object) -> Upkeep:
    return Upkeep(store=store, keep=Retention, clock=lambda: NOW, **more)  # type: ignore[arg-type]  # the test's own


async def test_the_old_goes_and_the_young_stays(store: Store) -> None:
    await filled(store, OLD, "old")
    await filled(store, YOUNG, "young")
    kinds = (
        "deliveries",
        "requests",
        "acts",
        "steps",
        "digests",
        "claims",
        "heartbeats",
        "reports",
        "changes",
        "access reviews",
    )
    assert dict(await upkeep(store).prune()) == dict.fromkeys(kinds, 1)
    assert dict(await upkeep(store).prune()) == dict.fromkeys(kinds, 0)
    assert await DigestRows(store).of_day("ops", YOUNG.date()) is not None


async def test_what_is_not_worked_off_stays_however_old_it_is(store: Store) -> None:
    await Deliveries(store).keep(
        [Delivery(source="jira", object_key="k", delivery_key="k", body=b"{}", received_at=OLD)]
    )
    await Outbox(store).save("start", "start:x", {}, OLD)
    assert set((await upkeep(store).prune()).values()) == {0}
    assert len(await Deliveries(store).due(NOW, limit=9)) == 1
    assert len(await Outbox(store).waiting(NOW)) == 1


async def test_incidents_and_the_audit_log_stay_for_ever(store: Store) -> None:
    incident = await an_incident(store, OLD, status="closed")
    await Audit(store).note(at=OLD, who="U1", what="incident.resolve", object_=incident.name, whence="C1")
    await upkeep(store).prune()
    assert await IncidentRows(store).get(incident.id) is not None
    assert len(await Audit(store).of(incident.name)) == 1


async def test_finished_flows_are_forgotten_after_the_days_that_the_settings_say(store: Store) -> None:
    asked: list[datetime] = []

    async def flows(before: datetime) -> int:
        asked.append(before)
        return 7

    forgotten = await upkeep(store, flows=flows).prune()
    assert forgotten["flows"] == 7
    assert asked == [NOW - timedelta(days=90)]


async def test_a_store_that_is_down_is_tried_again_sooner(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise asyncio.CancelledError

    async def down(_before: date) -> int:
        raise StoreDown("down")

    # Only upkeep's own view of it: servers that other tests share run on in threads of this process.
    monkeypatch.setattr("bot.upkeep.asyncio", SimpleNamespace(sleep=sleep))
    with pytest.raises(asyncio.CancelledError):
        await upkeep(store, flows=down).run()
    assert slept == [600.0, 1_800.0, 1_800.0]
