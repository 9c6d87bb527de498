"""The kinds of row in `events.py`, `schedule.py` and `flows.py`, beside the commands' own in `slack/command.py`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from bot.acts import Acts
from bot.slack.drawn import Drawn

S = TypeVar("S")
N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Heard(Generic[S, N]):
    """A vendor's notice, already in our own form: which service hears it."""

    notice: type[N]
    service: type[S]
    run: Callable[[S, N], Awaitable[Acts]]


@dataclass(frozen=True, slots=True)
class Event(Generic[S]):
    """News by name: a domain event of ours (`incident.resolved`) or one of Slack's (`slack:member_joined_channel`)."""

    name: str
    service: type[S]
    run: Callable[[S, Mapping[str, Any]], Awaitable[Acts]]  # plain JSON, read by the handler


@dataclass(frozen=True, slots=True)
class Due(Generic[S]):
    """What the clock asks at every tick, inside a transaction: the acts that are due now, each under its own `once`."""

    name: str
    service: type[S]
    run: Callable[[S, datetime], Awaitable[Acts]]
    every: float = 5.0
    """Seconds between two ticks."""


@dataclass(frozen=True, slots=True)
class Surface(Generic[S]):
    """A message that is kept up to date: its key is `<name>:<business key>`, drawn from stored state."""

    name: str
    service: type[S]
    draw: Callable[[S, str], Awaitable[Drawn | None]]
    lane: int = 1
    """The lane of Slack's rate budget: 0 first, then cards and answers, reminders and digests, trimmings."""
    pinned: bool = False
    """Posted anew after somebody deleted it, it is pinned again."""
