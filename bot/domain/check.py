"""The daily checklist's nouns: an item holds checks, a check is answered with a status and evidence."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """How bad: `fail` > `unknown` > `warn` > `ok`."""
        return _RANK[self]


_RANK = {Status.OK: 0, Status.WARN: 1, Status.UNKNOWN: 2, Status.FAIL: 3}


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses. Of none it is `unknown`: no OK without evidence."""
    return max(statuses, key=lambda status: status.rank, default=Status.UNKNOWN)


class Item(StrEnum):
    """The nine items every team starts with, in the order of the page."""

    DASHBOARDS = "dashboards"
    ALERTING = "alerting"
    PIPELINES = "pipelines"
    BACKUPS = "backups"
    INCIDENTS = "incidents"
    DEPLOYMENTS = "deployments"
    PATCHES = "patches"
    SECURITY = "security"
    DRIFT = "drift"

    @property
    def heading(self) -> str:
        return _HEADINGS[self]


_HEADINGS = {
    Item.DASHBOARDS: "Review system dashboards",
    Item.ALERTING: "Check alerting systems",
    Item.PIPELINES: "Monitor CI/CD pipelines",
    Item.BACKUPS: "Validate backups",
    Item.INCIDENTS: "Review open incidents and issues",
    Item.DEPLOYMENTS: "Plan and execute minor deployments",
    Item.PATCHES: "Apply critical patches",
    Item.SECURITY: "Validate security reports",
    Item.DRIFT: "Drift detection in IaC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One finding. `key` is stable over days (*new*, *worse*, *day 3*, snooze); `title` is foreign text."""

    key: str
    title: str
    status: Status
    url: str | None = None
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a check saw. `reason` says why it is `unknown`."""

    status: Status
    summary: str
    evidence: Sequence[Evidence] = ()
    reason: str | None = None
    link: str | None = None

    @staticmethod
    def unknown(reason: str) -> "Answer":
        return Answer(status=Status.UNKNOWN, summary=reason, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to one system, declared without I/O. `name` is `<system>.<what>`, e.g. `velero.schedules`."""

    name: str
    item: Item
    question: str
    ask: Callable[[], Awaitable[Answer]] = field(compare=False)
    instance: str | None = None
    patience: float = 10.0
    """How long to wait for the answer, in seconds; after that the check is `unknown` and says so."""

    @property
    def system(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A check with its answer, and how long it took in seconds. `absent`: the system has no such part, as it says."""

    check: Check
    answer: Answer
    duration: float
    absent: bool = False

    @property
    def status(self) -> Status:
        return self.answer.status
