"""The boxes of a runbook being worked through, as one person saw them when they ticked one."""

from dataclasses import dataclass
from typing import Final

STEPS_A_PAGE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """The boxes of one message as somebody saw them: which run, which ten steps, which of them ticked."""

    run: int
    page: int
    ticked: frozenset[int]

    @classmethod
    def of(cls, block: str) -> "Boxes | None":
        kind, *numbers = block.split(":")
        if kind != "run" or len(numbers) != 3 or not all(one.isalnum() and len(one) <= 12 for one in numbers):
            return None
        try:
            run, page, bits = int(numbers[0]), int(numbers[1]), int(numbers[2], 16)
        except ValueError:
            return None
        first = page * STEPS_A_PAGE
        return cls(run=run, page=page, ticked=frozenset(first + n for n in range(STEPS_A_PAGE) if bits >> n & 1))

    def __str__(self) -> str:
        bits = sum(1 << (place - self.page * STEPS_A_PAGE) for place in self.ticked)
        return f"run:{self.run}:{self.page}:{bits:x}"
