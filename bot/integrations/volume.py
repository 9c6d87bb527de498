"""How much was logged, and how much of it errors: judged by itself and against the same time of earlier days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bot.domain.check import Answer, Status, worst

EARLIER_DAYS: Final = (1, 2, 7)
"""Yesterday, the day before, and the same weekday of last week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What was logged in a while."""

    every: int
    errors: int

    @property
    def share(self) -> float:
        return min(self.errors / self.every, 1.0) if self.every else 0.0


def error_rate(now: Lines, earlier: Sequence[Lines], limit: Callable[[str, float], float]) -> Answer:
    """A share of errors that is high in itself, or a multiple of what is usual at this hour. No lines at all fail."""
    if now.every <= 0:
        return Answer(status=Status.FAIL, summary="Nothing was logged in the last hour")
    shares = [one.share for one in earlier if one.every]
    usual = median(shares) if shares else None
    words = f"{percent(now.share)} of {now.every:,} lines in the last hour are errors ({now.errors:,})"
    compared = "nothing to compare with on earlier days" if usual is None else f"usual at this hour: {percent(usual)}"
    status = worst((_high(now, limit), _grown(now, usual, limit)))
    return Answer(status=status, summary=f"{words}; {compared}")


def _high(now: Lines, limit: Callable[[str, float], float]) -> Status:
    """What is too much whatever was before."""
    if now.share >= limit("fail", 0.2):
        return Status.FAIL
    return Status.WARN if now.share >= limit("warn", 0.05) else Status.OK


def _grown(now: Lines, usual: float | None, limit: Callable[[str, float], float]) -> Status:
    """What is too much against what is usual; a handful of lines proves nothing."""
    if usual is None or now.errors < limit("least", 10):
        return Status.OK
    if not usual:
        return Status.WARN
    times = now.share / usual
    if times >= limit("fail_times", 5):
        return Status.FAIL
    return Status.WARN if times >= limit("warn_times", 2) else Status.OK


def ingest(now: int, earlier: Sequence[int], minutes: int, limit: Callable[[str, float], float]) -> Answer:
    """Nothing fails; far less than on the quietest of the earlier days warns."""
    if now <= 0:
        return Answer(status=Status.FAIL, summary=f"Nothing was logged in the last {minutes} minutes")
    words = f"{now:,} lines in the last {minutes} minutes"
    before = [one for one in earlier if one > 0]
    if not before:
        return Answer(status=Status.OK, summary=f"{words}; nothing to compare with on earlier days")
    least = min(before)
    status = Status.WARN if now < least * limit("share", 0.5) else Status.OK
    return Answer(status=status, summary=f"{words}; at this time of earlier days at least {least:,}")


def percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 or not share else f"{share:.1%}" if share >= 0.001 else "under 0.1%"
