"""What a check found, told as one answer: the worst first, and the first few by their names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.foreign import shown

_NAMED: Final = 3
_LONGEST: Final = 220
_SHARED_BY_SEVERAL: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """From when on something is late."""

    warn: timedelta
    fail: timedelta | None = None

    def of(self, age: timedelta) -> Status:
        if self.fail is not None and age >= self.fail:
            return Status.FAIL
        return Status.WARN if age >= self.warn else Status.OK


def answer(found: Iterable[Evidence], good: str, what: str, *, showing_all: bool = False) -> Answer:
    """As bad as the worst of them. `what` stands before the names; `good` is said where nothing is wrong."""
    ranked = sorted(found, key=lambda one: (-one.status.rank, one.title, one.key))
    bad = [one for one in ranked if one.status is not Status.OK]
    if not bad:
        return Answer(status=Status.OK, summary=good, evidence=ranked if showing_all else ())
    room = _SHARED_BY_SEVERAL if len(bad) > 1 else _LONGEST
    named = "; ".join(f"{shown(one.title, limit=60)}: {shown(one.detail, limit=room)}" for one in bad[:_NAMED])
    summary, status = shown(f"{what}: {named}", limit=_LONGEST), bad[0].status
    return Answer(
        status=status,
        summary=summary,
        evidence=ranked if showing_all else bad,
        reason=summary if status is Status.UNKNOWN else None,
    )


def counted(found: Iterable[Evidence], good: str, count: int, things: str, *, showing_all: bool = False) -> Answer:
    """The same, with how many of all that was looked at; a `count` of 0 leaves that out."""
    seen = list(found)
    bad = sum(one.status is not Status.OK for one in seen)
    what = f"{bad} of {max(count, bad)} {things} to look at" if count else f"{bad} {things}"
    return answer(seen, good, what, showing_all=showing_all)


def link(url: str) -> str | None:
    """An address that can be shown as a link."""
    return url if url.startswith(("https://", "http://")) and len(url) < 2_000 else None


def lasting(time: timedelta) -> str:
    minutes = time.total_seconds() / 60
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 2_880 else f"{minutes / 1_440:.0f} days"
