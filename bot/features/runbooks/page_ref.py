"""What a button about a runbook carries: which page, which part of it, and for which incident."""

import re
from dataclasses import dataclass
from typing import Final

_KEY: Final = re.compile(r"(?:(INC-\d{1,12}):)?([a-z0-9-]{1,80})(?:\|(\d{1,3}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRef:
    """`INC-142:disk-filling|1` is the second part of the page, opened for that incident."""

    slug: str
    incident: str = ""
    part: int = 0

    @classmethod
    def of(cls, key: str) -> "PageRef | None":
        found = _KEY.fullmatch(key.strip())
        if found is None:
            return None
        return cls(slug=found[2], incident=found[1] or "", part=int(found[3] or 0))

    def __str__(self) -> str:
        at = f"|{self.part}" if self.part else ""
        return f"{self.incident}:{self.slug}{at}" if self.incident else f"{self.slug}{at}"
