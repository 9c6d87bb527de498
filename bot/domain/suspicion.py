"""Which change most likely began an incident: points for what speaks for it, and the words that say so.

The rule is explained in `docs/decisions/suspicious-changes.md`. It orders; it accuses nobody of anything.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from bot.domain.change import ChangeKind, Recorded, Result
from bot.domain.places import is_production

LASTS: Final = timedelta(days=1)
"""So long a change may run: one that is still said to be running after that was forgotten by its system."""
SOON: Final = ((timedelta(minutes=15), 35), (timedelta(hours=1), 25), (timedelta(hours=2), 15))
EARLIER: Final = 5
_TAKEN_BACK: Final = re.compile(r"\b(roll(s|ed|ing)?[ -]?back|revert(s|ed)?|undo|undone)\b", re.IGNORECASE)


class Why(Enum):
    """What speaks for or against a change, with its points, the most telling first. When it was comes besides."""

    RUNNING = (40, "still running when it began")
    SAME_SERVICE = (40, "same service")
    ROLLED_BACK = (30, "someone rolled it back")
    FAILED = (20, "failed")
    PRODUCTION = (15, "production")
    SHARED = (10, "no service of its own")
    CANCELLED = (-10, "cancelled")
    ONLY_A_RUN = (-15, "a pipeline run")
    NOT_PRODUCTION = (-30, "not production")

    def __init__(self, points: int, words: str) -> None:
        self.points = points
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A change from before an incident. `gap` is from its last moment to the beginning, zero while it was running."""

    recorded: Recorded
    gap: timedelta
    why: Sequence[Why]
    points: int


def suspects(
    found: Sequence[Recorded], *, service: str | None, began: datetime, within: timedelta
) -> Sequence[Suspect]:
    """Those that began before, the most suspicious first; of two alike the nearer one, then by source and id.

    `found` may hold later ones: by them it is seen what was rolled back.
    """
    back = _taken_back(found)
    before = [one for one in found if is_before(one, began, within)]
    judged = [_judged(one, service=service, began=began, back=one.id in back) for one in before]
    return sorted(judged, key=lambda one: (-one.points, *_nearest(one)))


def nearest_first(chosen: Sequence[Suspect]) -> Sequence[Suspect]:
    return sorted(chosen, key=_nearest)


def is_before(one: Recorded, began: datetime, within: timedelta) -> bool:
    """Whether it began before, and was not over for longer than that."""
    if one.change.started_at > began:
        return False
    if one.running_at(began):
        return one.change.started_at >= began - max(LASTS, within)
    return one.last_at >= began - within


def _nearest(one: Suspect) -> tuple[timedelta, float, str, str]:
    change = one.recorded.change
    return one.gap, -change.started_at.timestamp(), change.source, change.id


def _judged(one: Recorded, *, service: str | None, began: datetime, back: bool) -> Suspect:
    change, running = one.change, one.running_at(began)
    gap = timedelta() if running else began - one.last_at
    production = is_production(change.environment)
    holds = {
        Why.RUNNING: running,
        Why.SAME_SERVICE: service is not None and one.service == service,
        Why.ROLLED_BACK: back,
        Why.FAILED: change.result is Result.FAILED,
        Why.PRODUCTION: production is True,
        Why.SHARED: service is not None and one.service is None,
        Why.CANCELLED: change.result is Result.CANCELLED,
        Why.ONLY_A_RUN: change.kind is ChangeKind.PIPELINE,
        Why.NOT_PRODUCTION: production is False,
    }
    why = tuple(reason for reason, true in holds.items() if true)
    soon = 0 if running else next((points for most, points in SOON if gap <= most), EARLIER)
    return Suspect(recorded=one, gap=gap, why=why, points=soon + sum(reason.points for reason in why))


def _taken_back(found: Sequence[Recorded]) -> frozenset[int]:
    """Changes after which somebody brought back, at the same place, a version from before them, or said so in a title.

    A title speaks of the last change before it; a version of all that came since it was there. Runs of pipelines bring
    nothing back: commits of several branches alternate in them.
    """
    histories: dict[tuple[str, str | None], list[Recorded]] = {}
    for one in sorted(found, key=lambda one: (one.change.started_at, one.id)):
        if one.change.places:
            histories.setdefault((one.change.places[0], one.change.environment), []).append(one)
    return frozenset(number for history in histories.values() for number in _undone(history))


def _undone(history: Sequence[Recorded]) -> Iterator[int]:
    """Of one place, the earliest first."""
    stood: list[Recorded] = []
    for one in history:
        if stood and _TAKEN_BACK.search(one.change.title):
            yield stood[-1].id
        if one.change.kind is ChangeKind.PIPELINE:
            continue
        version = one.change.version
        before = [index for index, other in enumerate(stood) if version and other.change.version == version]
        if before:
            yield from (other.id for other in stood[before[-1] :] if other.change.version not in (None, version))
        stood.append(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A system that did not answer. `tells` is what may be missing because of it."""

    name: str
    tells: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was changed before an incident and since, as far as the systems told us."""

    began: datetime
    service: str | None
    within: timedelta
    before: Sequence[Suspect] = ()
    """Of its service (of any, where it has none), the most suspicious first."""
    total: int = 0
    """How many those are, where only the nearest of very many were looked at."""
    elsewhere: Sequence[Suspect] = ()
    """Of other services and of none; looked up for the list only."""
    others: int = 0
    """How many those are."""
    since: Sequence[Recorded] = ()
    """Of its service since it began, the earliest first."""
    looking: bool = False
    """Systems are being asked."""
    silent: Sequence[Silent] = ()
    known: bool = False
    """Whether anything tells us of changes at all."""
