"""A runbook: the page that says what to do, what it is for, and how well it fits what is burning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

MONTHS_TO_STALE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRule:
    """When a page fits an alert: all that is set must hold. The texts are patterns (see `features/runbooks/pattern`).

    `alertname` and `labels` must fit the whole label, `title` may fit anywhere in the alert's title.
    """

    alertname: str | None = None
    title: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """One page. `slug` is its file's name without the ending; no `services` means that it is for any."""

    slug: str
    title: str
    services: tuple[str, ...]
    match: tuple[MatchRule, ...]
    owner: str
    last_reviewed: date
    severity: str | None
    body: str
    steps: tuple[str, ...]
    """The first five minutes, in order, as plain text."""
    path: Path

    def months_since_review(self, today: date) -> int:
        """Whole months, as a person counts them: from 31 October to 30 November is none yet."""
        since = self.last_reviewed
        return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)

    def is_stale(self, today: date) -> bool:
        return self.months_since_review(today) >= MONTHS_TO_STALE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookMatch:
    """A page that fits what is firing, and why, in words for the card ("matches the alert name")."""

    runbook: Runbook
    reason: str
    score: int
