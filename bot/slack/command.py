"""The kinds of row in `commands.py`: what a person can type, press, choose or submit, and who may.

Every row says how its handler works: `READ` has no transaction and may ask capabilities, after the ack; `OPEN` makes a
modal from memory, at once; `LOAD` opens a loading view at once and fills it from the store; `ACT` changes something,
inside one store transaction that commits before the ack.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from enum import Enum, Flag, auto
from typing import Any, Generic, TypeVar

from bot.acts import Acts, Ask
from bot.domain.person import Role

S = TypeVar("S")
Handler = Callable[[S, Ask], Awaitable[Acts]]


class How(Enum):
    READ = "read"
    ACT = "act"
    OPEN = "open"
    LOAD = "load"


class Here(Flag):
    """Where somebody types: in the channel of an incident that is open, or resolved, or anywhere else."""

    OPEN = auto()
    RESOLVED = auto()
    ELSEWHERE = auto()
    ANYWHERE = OPEN | RESOLVED | ELSEWHERE


@dataclass(frozen=True, slots=True)
class Command(Generic[S]):
    """Something to type. `path` is the command and its verb; the longest match wins, the rest becomes `ask.text`."""

    path: str
    service: type[S]
    run: Handler[S]
    does: str
    usage: str = ""
    _: KW_ONLY
    who: Role
    how: How = How.ACT
    guests: bool = False
    """Whether guests may type it: only what tells nothing of other channels and lists no people."""
    example: str = ""
    """What somebody might write after the path, for help."""
    fits: Here = Here.ANYWHERE
    """Where it is of use, for help."""

    @property
    def root(self) -> str:
        return self.path.partition(" ")[0]

    @property
    def verb(self) -> str:
        return self.path.partition(" ")[2]

    @property
    def form(self) -> str:
        """As people would type it: `/incident role <lead|communications|scribe> [@person]`."""
        return f"{self.path} {self.usage}".strip()

    @property
    def sample(self) -> str:
        """As somebody might really type it: `/incident role lead @bob`."""
        return f"{self.path} {self.example}".strip()


@dataclass(frozen=True, slots=True)
class Button(Generic[S]):
    """Something to press (or pick in a select): found by its action id, carrying a business key as its value."""

    action: str
    service: type[S]
    run: Handler[S]
    _: KW_ONLY
    who: Role
    how: How = How.ACT


@dataclass(frozen=True, slots=True)
class Entry(Generic[S]):
    """One option of a menu; its value is `<verb>:<business key>`."""

    service: type[S]
    run: Handler[S]
    _: KW_ONLY
    who: Role
    how: How = How.ACT


@dataclass(frozen=True, slots=True)
class Menu:
    """An overflow menu: one entry per option, each with its own role."""

    action: str
    entries: Mapping[str, Entry[Any]]


@dataclass(frozen=True, slots=True)
class Form(Generic[S]):
    """A submitted modal, found by its callback id."""

    callback: str
    service: type[S]
    run: Handler[S]
    _: KW_ONLY
    who: Role
    how: How = How.ACT


@dataclass(frozen=True, slots=True)
class Shortcut(Generic[S]):
    """An entry of a message's own menu in Slack (or of the global one)."""

    callback: str
    name: str
    service: type[S]
    run: Handler[S]
    does: str
    _: KW_ONLY
    who: Role
    how: How = How.OPEN
    on_message: bool = True


@dataclass(frozen=True, slots=True)
class Options(Generic[S]):
    """Suggestions while somebody types into a select. Answers pairs of (text, value), at most 100."""

    action: str
    service: type[S]
    find: Callable[[S, str], Awaitable[list[tuple[str, str]]]]


Row = Command[Any] | Button[Any] | Entry[Any] | Form[Any] | Shortcut[Any]
"""A row with a handler: Any, because each row's service is checked against its handler where the row is written."""
TableRow = Row | Menu | Options[Any]
