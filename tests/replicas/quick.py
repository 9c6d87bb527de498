"""A replica with a short breath: `python -m tests.replicas.quick serve`, dead to others after seconds of silence."""

from datetime import timedelta

from bot import redraw
from bot.__main__ import main
from bot.durable.takeover import Pace
from bot.slack import budget

DEAD_AFTER = 5.0


def hurry() -> None:
    """The same code with other figures: a test cannot wait half a minute for each death."""
    Pace.__init__.__kwdefaults__ = {"beat_every": 0.5, "look_every": 1.0, "dead_after": DEAD_AFTER}
    budget._TIERS.update({tier: pace * 100 for tier, pace in budget._TIERS.items()})
    redraw.LEASE, redraw.LEASE_LEFT = timedelta(seconds=6), timedelta(seconds=1)


if __name__ == "__main__":
    hurry()
    main()
