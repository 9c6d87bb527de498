"""All that the handlers of this feature work with, in one value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.names import Names
from bot.domain.person import Person, Role
from bot.domain.plan import Plan
from bot.features.operations.homes import Homes
from bot.features.operations.plans import Plans
from bot.features.operations.systems import Systems
from bot.store.audit import Audit


class Roster(Names, Protocol):
    """People by their rights."""

    def having(self, role: Role) -> Sequence[Person]:
        """Everybody with at least this role, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """`needs` says what each command needs, from the table: (`/incident declare`, responder)."""

    systems: Systems
    plans: Plans
    homes: Homes
    roster: Roster
    audit: Audit
    plan: Callable[[], Plan]
    needs: Sequence[tuple[str, Role]]
    version: str
    clock: Callable[[], datetime]
