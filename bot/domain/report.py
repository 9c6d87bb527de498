"""What a program found and CI posted to us: kept in the few facts that its system's check judges later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a posted output says, read and reduced: addresses, kinds and counts, never values, which hold secrets.

    `name` is what it is about, and the next one about the same has the same name: an image, a workspace, a stack, a
    playbook. `made_at` is when the program ran, where its output says so. `facts` is plain JSON in the shape of the
    system's own model. `words` says in short what was understood ("1 critical, 3 high"): its sender sees them.
    """

    name: str
    facts: Mapping[str, Any]
    words: str
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A report as it was kept. `received_at` is by our clock; its age counts from `made_at` where that is earlier."""

    report: Report
    received_at: datetime

    @property
    def at(self) -> datetime:
        made = self.report.made_at
        return min(made, self.received_at) if made else self.received_at
