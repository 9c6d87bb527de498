"""What is kept of a plan: addresses, kinds of change and counts. Values hold secrets and never get here."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from bot.integrations.foreign import sound

MOST: Final = 100
"""Addresses that are kept of each kind; the counts are of all."""
_LONGEST: Final = 250
KINDS: Final = frozenset({"create", "update", "delete", "replace", "move", "import", "forget"})
STATUSES: Final = frozenset({"fail", "error", "unknown"})


class Touched(BaseModel):
    """A resource and what happened to it, or would."""

    model_config = ConfigDict(frozen=True)

    address: str
    kind: str


class Plan(BaseModel):
    """The facts of a report. `complete`: it was made to its end, and nothing was put off."""

    model_config = ConfigDict(frozen=True)

    drifted: Mapping[str, int] = {}
    drift: tuple[Touched, ...] = ()
    changing: Mapping[str, int] = {}
    changes: tuple[Touched, ...] = ()
    outputs: int = 0
    checks: tuple[Touched, ...] = ()
    errors: int = 0
    finished: bool = True
    complete: bool = True
    exit_code: int | None = None

    @property
    def failed(self) -> bool:
        return bool(self.errors) or not self.finished or self.exit_code not in (None, 0, 2)

    @property
    def words(self) -> str:
        """In short, for who posted it."""
        if self.failed:
            return "the plan itself failed"
        told = {
            "drifted": sum(self.drifted.values()),
            "to apply": sum(self.changing.values()),
            "outputs to apply": self.outputs,
            "checks not passed": len(self.checks),
        }
        return ", ".join(f"{count} {what}" for what, count in told.items() if count) or "no changes"


class Gathering:
    """Counts what a plan tells, and keeps the first addresses of it."""

    def __init__(self) -> None:
        self._drift: dict[str, str] = {}
        self._changes: dict[str, str] = {}
        self._checks: dict[str, str] = {}
        self._summed = 0
        self.outputs = 0
        self.errors = 0
        self.finished = False
        self.complete = True

    def drifted(self, address: object, kind: str) -> None:
        """A move is no drift: nobody touched the thing."""
        if kind not in ("noop", "read", "move"):
            self._drift[_address(address)] = _kind(kind)

    def changes(self, address: object, kind: str) -> None:
        if kind not in ("noop", "read"):
            self._changes[_address(address)] = _kind(kind)

    def checked(self, address: object, status: object) -> None:
        if status not in ("pass", "passed"):
            self._checks[_address(address)] = status if isinstance(status, str) and status in STATUSES else "unknown"

    def summed(self, count: int) -> None:
        """How many changes Terraform itself counts: they are believed, also where none of them was read."""
        self.finished = True
        self._summed += count

    def plan(self, exit_code: int | None) -> Plan:
        return Plan(
            drifted=_counted(self._drift.values()),
            drift=_first(self._drift),
            changing=_counted(self._changes.values()) or ({"unknown": self._summed} if self._summed else {}),
            changes=_first(self._changes),
            outputs=self.outputs,
            checks=_first(self._checks),
            errors=self.errors,
            finished=self.finished,
            complete=self.complete,
            exit_code=exit_code,
        )


def kind_of(actions: object) -> str:
    """The kind of change that a list of actions means (`show -json`). Any order of delete and create replaces."""
    found = frozenset(one for one in actions if isinstance(one, str)) if isinstance(actions, list) else frozenset()
    if found in ({"delete", "create"}, {"forget", "create"}):
        return "replace"
    if len(found) != 1:
        return "unknown"
    (only,) = found
    return "noop" if only == "no-op" else only if only in KINDS or only == "read" else "unknown"


def _address(given: object) -> str:
    return str(sound(given))[:_LONGEST] if isinstance(given, str) and given else "a resource without an address"


def _kind(given: str) -> str:
    return given if given in KINDS else "unknown"


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in kinds:
        found[kind] = found.get(kind, 0) + 1
    return found


def _first(touched: Mapping[str, str]) -> tuple[Touched, ...]:
    """What would be lost comes first, so that it is not the part that is cut."""
    ordered = sorted(touched.items(), key=lambda one: one[1] not in ("delete", "replace", "fail", "error"))
    return tuple(Touched(address=address, kind=kind) for address, kind in ordered[:MOST])


Json = Mapping[str, Any]
"""An object of the plan. Any: whatever JSON can hold; each value is looked at before it is used."""
