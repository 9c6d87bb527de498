"""A change that was made somewhere: a deployment, a sync, a run of a pipeline, a flag, infrastructure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

UNTOLD: Final = datetime.min.replace(tzinfo=UTC)
"""Stands for the moment at which news arrived, where its sender tells no time: reading has no clock."""


class ChangeKind(StrEnum):
    DEPLOYMENT = "deployment"
    PIPELINE = "pipeline"
    FLAG = "flag"
    INFRASTRUCTURE = "infrastructure"


class Result(StrEnum):
    """How a change ended, or that it has not. UNKNOWN: its system does not say."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was changed. Texts are foreign and arrive raw.

    (source, id) is unique, and the same whether a webhook or a look tells it: what is told later replaces what was told
    before. `places` are the names by which the source knows what it touched, the most telling first (`acme/shop`, an
    application, `namespace/workload`): by them it finds our service. `title` says what was done in a few words ("sync",
    "Release workflow", "flag new-cart on"). `version` is a tag, an image or a short commit.
    """

    source: str
    id: str
    kind: ChangeKind
    title: str
    places: Sequence[str]
    started_at: datetime
    result: Result
    ended_at: datetime | None = None
    version: str | None = None
    environment: str | None = None
    by: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReported:
    """A system told us of a change, or how one went on. `at` orders what is told about one change."""

    change: Change
    at: datetime

    def arrived(self, moment: datetime) -> "ChangeReported":
        """With the moment of its arrival where no time was told."""
        change, times = self.change, {UNTOLD: moment}
        dated = replace(
            change,
            started_at=times.get(change.started_at, change.started_at),
            ended_at=change.ended_at and times.get(change.ended_at, change.ended_at),
        )
        return replace(self, change=dated, at=times.get(self.at, self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A change as it stands in the record. `service` is ours, None where it belongs to none that we know."""

    id: int
    change: Change
    service: str | None

    @property
    def last_at(self) -> datetime:
        """Its end, or its beginning while there is none: a system may tell an end before the beginning."""
        one = self.change
        return max(one.started_at, one.ended_at) if one.ended_at else one.started_at

    def running_at(self, moment: datetime) -> bool:
        """Whether it had begun and was not over then."""
        one = self.change
        if one.started_at > moment:
            return False
        return one.result is Result.RUNNING if one.ended_at is None else one.ended_at > moment
