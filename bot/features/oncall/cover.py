"""Who covers a service: now, until when, who comes then, and where nobody does. Plain reckoning with duties."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.oncall import OnCall

_SEAM: Final = timedelta(minutes=1)
"""Two shifts so close together leave nobody out."""
FIRST: Final = 1
SECOND: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody's turn, with what follows it by the same person joined on. `until` None is for good."""

    who: OnCall
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nobody is called first. `until` None: as far as the pager's answer reaches."""

    start: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """One service. `key` is what buttons carry; `name` is foreign unless the service is ours.

    `following` is whoever takes over when the last of `first` ends; empty also when the pager does not tell.
    """

    key: str
    name: str
    ref: str
    source: str | None
    first: Sequence[Shift]
    second: Sequence[OnCall] = ()
    following: Sequence[OnCall] = ()
    gap: Gap | None = None

    @property
    def urgency(self) -> int:
        """0 is the worst: nobody now, then nobody later."""
        return 0 if not self.first else (1 if self.gap else 2)


def starts_later(duty: OnCall, now: datetime) -> bool:
    return duty.start is not None and duty.start > now


def shifts(current: Iterable[OnCall], coming: Iterable[OnCall]) -> Sequence[Shift]:
    """Each person once, until their last shift in a row ends."""
    later = sorted((one for one in coming if one.start), key=lambda one: one.start.timestamp() if one.start else 0.0)
    found: dict[tuple[str, str], Shift] = {}
    for duty in current:
        until = duty.until
        for following in later:
            if until is None:
                break
            if same_person(following, duty) and _meets(following, until):
                until = following.until if following.until is None else max(until, following.until)
        known = found.get(_person(duty))
        if known is None or (known.until is not None and (until is None or until > known.until)):
            found[_person(duty)] = Shift(who=duty, until=until)
    return tuple(found.values())


def follow(first: Sequence[Shift], coming: Sequence[OnCall]) -> tuple[Sequence[OnCall], datetime | None]:
    """Who takes over when the last of the first ends, and when that is; None when it never does."""
    if not first or any(one.until is None for one in first):
        return (), None
    end = max(one.until for one in first if one.until is not None)
    return tuple(one for one in coming if _meets(one, end)), end


def gap(first: Sequence[Shift], coming: Sequence[OnCall] | None, now: datetime, horizon: datetime) -> Gap | None:
    """Where nobody is called first. `coming` None: the pager does not tell, so only the present is known."""
    following, end = follow(first, coming or ())
    begins = now if not first else end
    if begins is None or following or (first and (coming is None or begins >= horizon)):
        return None
    later = [one.start for one in coming or () if one.start is not None and one.start > begins]
    return Gap(start=begins, until=min(later, default=None))


def same_person(one: OnCall, other: OnCall) -> bool:
    return _person(one) == _person(other)


def _person(duty: OnCall) -> tuple[str, str]:
    return duty.pager_id, "" if duty.pager_id else (duty.email or duty.name).casefold()


def _meets(duty: OnCall, end: datetime) -> bool:
    """Whether it begins before or right at that end, and goes on after it."""
    return duty.start is not None and duty.start <= end + _SEAM and (duty.until is None or duty.until > end + _SEAM)
