"""An issue as the Jira stand-in remembers it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

from bot.local.jira.directory import MEDIUM, STATUSES, TO_DO, Status
from bot.local.jira.text import Rich
from bot.local.keep import Document

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Write a time as Jira does: milliseconds, and a zone without a colon."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue; people, types, statuses and priorities by id."""

    id: str
    key: str
    type: str
    summary: str
    reporter: str
    created: str
    updated: str
    status: str = TO_DO.id
    description: Rich = None
    environment: Rich = None
    labels: tuple[str, ...] = ()
    priority: str = MEDIUM.id
    assignee: str | None = None
    duedate: str | None = None
    resolutiondate: str | None = None

    @property
    def state(self) -> Status:
        return STATUSES[self.status]

    @classmethod
    def from_document(cls, document: Document) -> Self:
        return cls(**document | {"labels": tuple(document["labels"])})

    def document(self) -> Document:
        return asdict(self)
