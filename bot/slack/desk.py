"""What the router stands between: a matched ask, and the desk that takes and answers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.acts import Act, Acts, Ask
from bot.domain.person import Role
from bot.slack.command import Row
from bot.slack.kept import Kind, keep


class NotTaken(Exception):
    """The ask was not committed in time, and nothing of it will be done later."""


class Repeated(Exception):
    """The same ask came a second time; the first one counts."""


class Desk(Protocol):
    """Where asks are taken and answered; `perform.py` is the one we have."""

    async def take(self, once: str, doing: Callable[[], Awaitable[Acts]], limit: float) -> Acts:
        """Run an act's handler in one transaction and save what it asked for. Raises `NotTaken` or `Repeated`."""

    async def answer(self, ask: Ask, act: Act) -> None:
        """Do what is done at once: `Reply`, `Open`, `Next`."""

    async def loading(self, ask: Ask, title: str) -> str:
        """Open a modal that will be filled; its id, or "" when that failed (and the person was told)."""


class Requests(Protocol):
    """What people without the right asked those who have it to do."""

    async def take(self, number: int, ask: Ask, *, done: bool) -> tuple[bool, Acts]:
        """Inside a transaction: whether it is this person's to do (the first one's), and what follows."""


@dataclass(frozen=True, slots=True)
class Found:
    """A matched row with what it was asked. `request` is the number of the request that is done by this."""

    row: Row
    ask: Ask
    kind: Kind
    label: str = ""
    """What it says on the button, or the name of the form."""
    request: int | None = None

    def again(self, needs: Role = Role.VIEWER) -> str | None:
        """The same ask, kept for a button; None where a button for it stands already."""
        if self.request is not None:
            return None
        return keep(self.ask, self.kind, self.label, needs)
