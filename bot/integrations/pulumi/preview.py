"""What is kept of a preview: types and names of resources, kinds of change and counts. State never gets here."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from bot.integrations.foreign import sound

MOST: Final = 100
"""Resources that are kept; the counts are of all."""
_LONGEST: Final = 200
SAME: Final = frozenset({"same", "refresh", "read", "read-replacement", "discard", "discard-replaced"})
"""Operations that change nothing."""
_KINDS: Final[Mapping[str, str]] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "import": "import",
    "diff": "update",
    "remove-pending-replace": "delete",
    # A replacement is three steps; it is one change.
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
}
LOSING: Final = frozenset({"delete", "replace", "unknown"})


class Mode(StrEnum):
    """What was previewed: what the cloud has against the state, the code against the state, or the one folded into
    the other.
    """

    REFRESH = "refresh"
    PREVIEW = "preview"
    BOTH = "both"


class Touched(BaseModel):
    model_config = ConfigDict(frozen=True)

    address: str
    kind: str


class Preview(BaseModel):
    """The facts of a report. `finished`: it came to its summary."""

    model_config = ConfigDict(frozen=True)

    mode: Mode
    changing: Mapping[str, int] = {}
    changes: tuple[Touched, ...] = ()
    errors: int = 0
    finished: bool = True
    corrupt: bool = False
    exit_code: int | None = None

    @property
    def failed(self) -> bool:
        return bool(self.errors) or not self.finished or self.exit_code not in (None, 0)

    @property
    def words(self) -> str:
        """In short, for who posted it."""
        if self.failed:
            return "the preview itself failed"
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self.changing.items())) or "no changes"


class Gathering:
    """Counts what a preview tells, and keeps the first resources of it."""

    def __init__(self, ignore: Collection[str]) -> None:
        self._ignore = frozenset(ignore)
        self._kinds: dict[str, str] = {}
        self._ignored = 0
        self._summed: dict[str, int] = {}
        self.errors = 0
        self.finished = False
        self.corrupt = False

    def step(self, urn: str, operation: str, paths: Iterable[str]) -> None:
        """`paths` are the names of the properties that differ, to be compared with what is to be ignored."""
        if operation in SAME:
            return
        kind = _KINDS.get(operation, "unknown")
        if kind == "update" and self._noise(urn, list(paths)):
            self._ignored += 1
            return
        if self._kinds.get(urn) != "replace":
            self._kinds[urn] = kind

    def summed(self, counts: Mapping[str, int]) -> None:
        """What the program itself counted: more than its steps is believed."""
        self.finished = True
        for operation, count in counts.items():
            if operation not in SAME and count > 0 and operation not in ("create-replacement", "delete-replaced"):
                kind = _KINDS.get(operation, "unknown")
                self._summed[kind] = self._summed.get(kind, 0) + count

    def preview(self, mode: Mode, exit_code: int | None) -> Preview:
        counted: dict[str, int] = {}
        for kind in self._kinds.values():
            counted[kind] = counted.get(kind, 0) + 1
        for kind, count in self._summed.items():
            more = count - (self._ignored if kind == "update" else 0)
            if more > counted.get(kind, 0):
                counted[kind] = more
        ordered = sorted(self._kinds.items(), key=lambda one: one[1] not in LOSING)
        return Preview(
            mode=mode,
            changing=counted,
            changes=tuple(Touched(address=_address(urn), kind=kind) for urn, kind in ordered[:MOST]),
            errors=self.errors,
            finished=self.finished,
            corrupt=self.corrupt,
            exit_code=exit_code,
        )

    def _noise(self, urn: str, paths: Collection[str]) -> bool:
        """Whether all that differs is to be ignored. Where nothing is told to differ, nothing is."""
        if not self._ignore or not paths:
            return False
        kind = _type_of(urn)
        return all(any(f"{kind}:{start}" in self._ignore for start in _starts(path)) for path in paths)


def _starts(path: str) -> Iterable[str]:
    """A path and all that it lies in: `tags.owner`, then `tags`."""
    yield path
    for at, letter in enumerate(path):
        if letter in ".[":
            yield path[:at]


def _type_of(urn: str) -> str:
    """`urn:pulumi:<stack>::<project>::<types of parents and own, with $ between>::<name>`."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) == 4 else ""


def _address(urn: str) -> str:
    parts = urn.split("::", 3)
    shown = f"{_type_of(urn)} {parts[3]}" if len(parts) == 4 else urn
    return str(sound(shown))[:_LONGEST] or "a resource without a name"
