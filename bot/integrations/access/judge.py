"""How posted lists are judged, in numbers: keys that are unused or without an end, people without a second factor."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.domain.access import Holder
from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.access.shapes import Kept, Row
from bot.integrations.foreign import shown
from bot.integrations.reports import Posted

Limits = tuple[timedelta, timedelta]
"""Unused for so long, ending within so long."""


def lists(posted: Sequence[Posted], now: datetime, limits: Limits) -> Answer:
    evidence: list[Evidence] = []
    for one in posted:
        if one.missing is not None or one.newest is None:
            evidence += [one.missing] if one.missing is not None else []
            continue
        evidence += _of(one.name, Kept.model_validate(one.newest.report.facts).rows, now, limits)
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    status = worst(one.status for one in evidence)
    if status is Status.OK:
        return Answer(status=status, summary=f"Nothing to look at in {_counted(len(posted))}", evidence=evidence)
    bad = [one for one in evidence if one.status is not Status.OK]
    summary = shown(f"{bad[0].title}: {bad[0].detail}") if bad else ""
    return Answer(status=status, summary=summary, evidence=evidence)


def _counted(number: int) -> str:
    return f"{number} list{'' if number == 1 else 's'}"


def _of(name: str, rows: Sequence[Row], now: datetime, limits: Limits) -> Sequence[Evidence]:
    """What is wrong with how many of them: names are for the review, which few see."""
    unused, soon = limits
    keys = [one for one in rows if one.kind is Holder.KEY]
    asked: Sequence[tuple[str, str, Status, Sequence[Row], Callable[[Row], bool]]] = (
        (
            "used-after-end",
            "ended and still used",
            Status.FAIL,
            rows,
            lambda one: _ended(one, now) and _used_after(one),
        ),
        ("no-second-factor", "without a second factor", Status.FAIL, rows, lambda one: one.second_factor is False),
        ("ended", "ended, and still there", Status.WARN, rows, lambda one: _ended(one, now) and not _used_after(one)),
        ("ends-soon", "about to end", Status.WARN, keys, lambda one: _ends(one, now, soon)),
        ("no-end", "without an end", Status.WARN, keys, lambda one: one.expires is None),
        ("unused", f"not used for {unused.days} days", Status.WARN, keys, lambda one: _unused(one, now, unused)),
    )
    found = [
        Evidence(key=f"{name[:150]}:{key}", title=shown(name), status=status, detail=f"{count} {words}")
        for key, words, status, among, wrong in asked
        if (count := sum(wrong(one) for one in among))
    ]
    return found or [
        Evidence(key=f"{name[:150]}:all", title=shown(name), status=Status.OK, detail=f"{len(rows)} entries")
    ]


def _ended(one: Row, now: datetime) -> bool:
    return one.expires is not None and one.expires <= now


def _used_after(one: Row) -> bool:
    return one.expires is not None and one.last_used is not None and one.last_used > one.expires


def _ends(one: Row, now: datetime, soon: timedelta) -> bool:
    return one.expires is not None and now < one.expires <= now + soon


def _unused(one: Row, now: datetime, unused: timedelta) -> bool:
    return one.never_used or (one.last_used is not None and now - one.last_used > unused)
