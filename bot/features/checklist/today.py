"""What else a team's day holds beside its checks: open incidents, action items overdue, changes planned."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.incident import Incident
from bot.store.action_items import ActionRows, LiveAction
from bot.store.incidents import IncidentRows


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """A deployment, maintenance or patch of that day. `title` and `who` are foreign text."""

    at: datetime
    title: str
    who: str = ""


Changes = Callable[[str, date], Awaitable[Sequence[PlannedChange]]]
"""Team and its local day → what is planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """`changes` is None where no calendar is connected: then nothing is said about them."""

    incidents: Sequence[Incident] = ()
    overdue: Sequence[LiveAction] = ()
    changes: Sequence[PlannedChange] | None = None

    @property
    def quiet(self) -> bool:
        return not (self.incidents or self.overdue or self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """Collects it from the store."""

    incidents: IncidentRows
    actions: ActionRows
    changes: Changes | None = None

    async def of(self, team: str, day: date) -> Today:
        """Practice is left out; a private incident is counted, its title is not shown by anybody who draws this."""
        return Today(
            incidents=[one for one in await self.incidents.open() if one.team == team and not one.practice],
            overdue=[one for one in await self.actions.overdue(day) if one.team == team],
            changes=await self.changes(team, day) if self.changes else None,
        )
