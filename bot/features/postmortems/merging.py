"""Two people at one page: what each of them changed is kept, and where both changed the same, both texts are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Final

from bot.store.action_items import ActionItem

_BYTES: Final = 4
_OF_A_ROW: Final = 3


def mark(text: str | None) -> str:
    """Short enough for a form's memory: whether a text is still the one that was shown. Blanks do not count."""
    return blake2s(" ".join((text or "").split()).encode(), digest_size=_BYTES).hexdigest()


def marks_of(item: ActionItem) -> list[str]:
    """The same of an action item: what, owner, due."""
    return [mark(item.what), mark(item.owner), mark(item.due.isoformat() if item.due else "")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Which of a text's two sides changed since it was shown. Where nothing is known of that, the writer's did."""

    mine: bool
    theirs: bool

    @classmethod
    def of(cls, typed: str | None, stored: str | None, shown: str | None) -> "Changed":
        if shown is None or mark(typed) == mark(stored):
            return cls(mine=True, theirs=False)
        return cls(mine=mark(typed) != shown, theirs=mark(stored) != shown)


def packed(marks: Mapping[str, Sequence[str]]) -> str:
    """For a form's memory: `title:1f2e3d4c k7:…:…:…`."""
    return " ".join(":".join((name, *each)) for name, each in marks.items())


def unpacked(memory: object) -> Mapping[str, Sequence[str | None]]:
    """What a form remembers of what was shown in it: of a text one mark, of a row what, owner and due."""
    parts = [one.split(":") for one in str(memory or "").split()]
    return {name: marks for name, *marks in parts if len(marks) in (1, _OF_A_ROW)}
