"""How long the durable room waits: between tries of a failed step, for a person, and for an answer."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The waits, in seconds. A step that a flow waits for is tried for ever; one of a round `len(round) + 1` times."""

    awaited: tuple[float, ...] = (2, 10, 30, 60, 300)
    """Before the second try, the third, …; the last of them from then on."""
    round: tuple[float, ...] = (2, 10, 30, 60, 300, 900, 1800)
    person: float = timedelta(days=7).total_seconds()
    """How long a step that is not tried again by itself waits for a person."""
    longest_pause: float = timedelta(hours=1).total_seconds()
    """The most that a rate limit's own word about the pause is believed."""
    desk: tuple[float, ...] = (0.5, 2, 5)
    """Before another try to note something at the desk."""

    def before_next(self, attempt: int, *, asked: float | None, limited: bool) -> float | None:
        """The wait after the `attempt`th try failed; None when there is no further one."""
        delays = self.round if limited else self.awaited
        if limited and attempt > len(delays):
            return None
        if asked is not None:
            return min(max(asked, 0.0), self.longest_pause)
        return delays[min(attempt, len(delays)) - 1]
