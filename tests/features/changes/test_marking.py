"""Deployments on graphs: marked once they are over, and only what customers may have noticed."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.acts import Start
from bot.domain.capabilities import Marker
from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import NotAuthorised, Unavailable, VendorError
from bot.domain.mark import Mark
from bot.features.changes import marking
from bot.features.changes.marking import ChangeMarks
from tests.fakes.run import PlainRun
from tests.features.changes.desk import Desk
from tests.features.incidents.test_errors import Connected
from tests.features.incidents.world import BEGAN, of

MINUTE = timedelta(minutes=1)
DEPLOYED = Change(
    source="argocd",
    id="checkout/7",
    kind=ChangeKind.DEPLOYMENT,
    title="sync",
    places=("checkout",),
    version="v2.14.1",
    environment="production",
    url="https://argocd.example.com/applications/checkout",
    started_at=BEGAN - 5 * MINUTE,
    ended_at=BEGAN - 3 * MINUTE,
    result=Result.SUCCEEDED,
)


@dataclass(slots=True)
class Curves(Marker):
    marks: dict[str, Mark] = field(default_factory=dict)
    trouble: VendorError | None = None

    @property
    def title(self) -> str:
        return "Grafana"

    async def mark(self, mark: Mark) -> None:
        if self.trouble:
            raise self.trouble
        self.marks[mark.once] = mark


def marking_on(desk: Desk, *curves: Curves) -> ChangeMarks:
    marks = ChangeMarks(rows=desk.rows, connections=Connected(curves))
    desk.changes = replace(desk.changes, marks=lambda kept: marks.of(kept, desk.world.clock()))
    return marks


async def told(desk: Desk, marks: ChangeMarks, **changes: Any) -> list[Start]:
    """The change is heard, and what follows from it done."""
    change = replace(DEPLOYED, **changes)
    await desk.tell(ChangeReported(change=change, at=BEGAN))
    starts = [act for act in of(Start, desk.acts) if act.flow == "change.mark"]
    for start in starts:
        await marking.mark(PlainRun(), marks, **start.given)
    return starts


async def test_a_deployment_that_is_over_is_marked_with_its_service_and_version(desk: Desk) -> None:
    curves = Curves()
    await told(desk, marking_on(desk, curves))
    (mark,) = curves.marks.values()
    assert mark.title == "checkout v2.14.1 sync"
    assert (mark.since, mark.until, mark.bad) == (DEPLOYED.started_at, DEPLOYED.ended_at, False)
    assert mark.tags == ("deployment", "service:checkout")
    assert mark.link == DEPLOYED.url


async def test_a_deployment_that_failed_says_so(desk: Desk) -> None:
    curves = Curves()
    await told(desk, marking_on(desk, curves), result=Result.FAILED)
    assert [mark.title for mark in curves.marks.values()] == ["checkout v2.14.1 sync failed"]


@pytest.mark.parametrize(
    "changes",
    [
        {"result": Result.RUNNING, "ended_at": None},
        {"result": Result.CANCELLED},
        {"kind": ChangeKind.PIPELINE},
        {"environment": "staging"},
        {"started_at": BEGAN - timedelta(days=2), "ended_at": BEGAN - timedelta(days=1)},
    ],
    ids=["running", "cancelled", "a run", "staging", "long ago"],
)
async def test_what_nobody_looks_for_on_a_graph_is_not_marked(desk: Desk, changes: dict[str, Any]) -> None:
    curves = Curves()
    assert await told(desk, marking_on(desk, curves), **changes) == []


async def test_without_graphs_nothing_is_begun(desk: Desk) -> None:
    assert await told(desk, marking_on(desk)) == []


async def test_a_missing_right_is_no_message_for_every_deployment_and_an_outage_is_tried_again(desk: Desk) -> None:
    curves = Curves(trouble=NotAuthorised("no right"))
    (start,) = await told(desk, marking_on(desk, curves))
    assert curves.marks == {}
    marks = ChangeMarks(rows=desk.rows, connections=Connected([Curves(trouble=Unavailable("down"))]))
    run = PlainRun()
    await marking.mark(run, marks, **start.given)
    assert len(run.failed) == 1
