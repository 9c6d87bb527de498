"""Deployments marked on the graphs of the systems that draw them, once each, when they are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.acts import Acts, Start
from bot.domain.capabilities import Connections, Marker
from bot.domain.change import ChangeKind, Recorded, Result
from bot.domain.errors import NotFound, Refused, Unavailable, VendorError
from bot.domain.mark import Mark
from bot.domain.places import is_production
from bot.durable.run import LONGEST_NAME, Run
from bot.store.changes import ChangeRows

log = structlog.get_logger(__name__)

YOUNG: Final = timedelta(hours=12)
"""What ended longer ago is not marked any more: the first look at a system tells of days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMarks:
    rows: ChangeRows
    connections: Connections

    def of(self, kept: Sequence[Recorded], now: datetime) -> Acts:
        """Inside a transaction: what follows from changes that were just written down."""
        titles = [one.title for one in self.connections.all(Marker)]
        return tuple(
            Start(flow="change.mark", once=f"change:{one.id}:mark", given={"change": one.id, "titles": titles})
            for one in kept
            if titles and _worth_it(one, now)
        )


def _worth_it(one: Recorded, now: datetime) -> bool:
    change = one.change
    over = change.ended_at is not None and change.result in (Result.SUCCEEDED, Result.FAILED)
    deployed = change.kind is ChangeKind.DEPLOYMENT and is_production(change.environment) is not False
    return over and deployed and now - one.last_at < YOUNG


async def mark(run: Run, marks: ChangeMarks, change: int, titles: list[str]) -> None:
    """Each by itself: one that fails is named, and the others stand."""
    await run.together(*(run.step(f"mark in {title}"[:LONGEST_NAME], _mark, title, marks, change) for title in titles))


async def _mark(title: str, marks: ChangeMarks, number: int) -> None:
    graphs = next((one for one in marks.connections.all(Marker) if one.title == title), None)
    found = await marks.rows.some([number])
    if graphs is None:
        raise Refused(f"{title} is not connected any more")
    if not found:
        raise NotFound("The change is forgotten")
    try:
        await graphs.mark(_said(found[0]))
    except Unavailable:
        raise
    except VendorError as error:
        # Deployments are many: a right that is missing is told by `doctor`, not in the channel for each of them.
        log.warning("a deployment was not marked", system=title, reason=str(error))


def _said(one: Recorded) -> Mark:
    change = one.change
    what = one.service or next(iter(change.places), "")
    words = [what, change.version or "", change.title, "failed" if change.result is Result.FAILED else ""]
    return Mark(
        once=f"daywatch-change-{one.id}",
        title=" ".join(word for word in words if word),
        since=change.started_at,
        until=one.last_at,
        tags=("deployment", *((f"service:{one.service}",) if one.service else ())),
        bad=False,
        link=change.url or "",
    )
