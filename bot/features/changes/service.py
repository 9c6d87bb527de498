"""Keeps the record of changes, and tells incidents that are open of those that concern them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.acts import Acts, Happened
from bot.domain.change import ChangeReported, Recorded
from bot.domain.places import service_touched
from bot.domain.plan import Plan
from bot.store.changes import ChangeRows
from bot.store.incidents import IncidentRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Called inside the caller's transaction."""

    rows: ChangeRows
    incidents: IncidentRows
    plan: Callable[[], Plan]
    marks: Callable[[Sequence[Recorded]], Acts] = lambda _kept: ()
    """What graphs show of those that were just written down."""

    async def heard(self, told: Sequence[ChangeReported]) -> Acts:
        """News from a webhook or of a look; what we know already is no news."""
        plan = self.plan()
        kept = await self.rows.keep([(one, service_touched(one.change, plan)) for one in told])
        if not kept:
            return ()
        services = {one.service for one in await self.incidents.open() if not one.practice}
        # An incident of no service may have to do with anything.
        concerned = [one.id for one in kept if None in services or (one.service and one.service in services)]
        told_on = (Happened("change.told", {"changes": concerned}),) if concerned else ()
        return (*told_on, *self.marks(kept))
