"""How the systems that live in a cluster declare their checks, one a cluster, and sum up what they found."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from bot.domain.check import Answer, Check, Evidence, Item, Status, worst
from bot.integrations.cluster import Cluster
from bot.integrations.foreign import shown

_MOST: Final = 200
"""Pieces of evidence, the worst first. Whoever has more in trouble needs the number, not the names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A check as a system declares it: `name` is `<system>.<what>`."""

    name: str
    item: Item
    question: str
    ask: Callable[[Cluster], Awaitable[Answer]]


def checks_of(rows: Iterable[Row], clusters: Sequence[Cluster]) -> Sequence[Check]:
    """Every row for every cluster."""
    return [
        Check(name=row.name, item=row.item, question=row.question, ask=partial(row.ask, one), instance=one.instance)
        for one in clusters
        for row in rows
    ]


def answered(found: Iterable[Evidence], *, count: int, things: str, well: str) -> Answer:
    """As bad as the worst of what was found; `well` is said when nothing is wrong. `count` is of all that were seen."""
    bad = sorted((one for one in found if one.status is not Status.OK), key=lambda one: (-one.status.rank, one.key))
    if not bad:
        return Answer(status=Status.OK, summary=well)
    named = ", ".join(shown(f"{one.title}: {one.detail}" if one.detail else one.title, limit=70) for one in bad[:3])
    summary = shown(f"{len(bad)} of {count} {things} to look at: {named}", limit=220)
    status = worst(one.status for one in bad)
    return Answer(
        status=status, summary=summary, evidence=bad[:_MOST], reason=summary if status is Status.UNKNOWN else None
    )


def finding(kind: str, path: str, status: Status, words: str, since: datetime | None = None) -> Evidence:
    """About one thing, known over the days by its kind and name."""
    return Evidence(
        key=f"{kind}:{shown(path, limit=160)}",
        title=shown(f"{kind} {path}", limit=160),
        status=status,
        since=since,
        detail=shown(words),
    )
