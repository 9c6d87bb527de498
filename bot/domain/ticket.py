"""Tickets as we need them: what we ask to have filed, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class TicketState(StrEnum):
    """The tracker's status category, not its name (teams rename statuses)."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDraft:
    """What to file. `once` is the label that makes a second filing find the first, e.g. `daywatch-inc-142`.

    `body` is Markdown with foreign text in it; the adapter turns it into the tracker's own markup, escaped.
    """

    once: str
    kind: str
    """`postmortem` or `action`: the adapter's settings choose the issue type."""
    summary: str
    body: str
    labels: Sequence[str] = ()
    assignee_email: str | None = None
    due: date | None = None


class RecordKind(StrEnum):
    """What an organisation keeps records of."""

    INCIDENT = "incident"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDraft:
    """What to register. The same `once` and kind find the first; `rank` 0 is the worst severity. Texts are raw."""

    once: str
    kind: RecordKind
    title: str
    body: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`was` is the key by which it was asked for, when it has been moved and has another now."""

    key: str
    url: str
    state: TicketState = TicketState.NEW
    status: str = ""
    summary: str = ""
    was: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMoved:
    """News of a record that we opened, found by what it bears. `done` when it is over there, closed or cancelled."""

    source: str
    once: str
    kind: RecordKind
    key: str
    done: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged:
    """News of a ticket from the tracker. `ours` marks the echo of our own change, `was` its key before it was moved."""

    source: str
    key: str
    state: TicketState
    status: str
    occurred_at: datetime
    by: str = ""
    ours: bool = False
    deleted: bool = False
    due: date | None = None
    labels: Sequence[str] = ()
    was: str | None = None
