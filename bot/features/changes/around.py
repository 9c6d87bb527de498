"""What was changed around an incident, or lately: from the record alone, with what it cannot know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.change import ChangeKind
from bot.domain.incident import Incident
from bot.domain.plan import Plan
from bot.domain.suspicion import Changed, Silent, suspects
from bot.features.changes.looking import LOOK_EVERY, Log
from bot.store.changes import MOST, ChangeRows

RECENT: Final = timedelta(seconds=2 * LOOK_EVERY)
"""Without an incident, what was answered so lately is good enough."""


MISSING: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.DEPLOYMENT: "deployments",
    ChangeKind.PIPELINE: "deployments",
    ChangeKind.FLAG: "flags",
    ChangeKind.INFRASTRUCTURE: "infrastructure runs",
}
"""What may be missing where a system does not answer, by what it told of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    rows: ChangeRows
    logs: Callable[[], Sequence[Log]]
    plan: Callable[[], Plan]
    clock: Callable[[], datetime]

    async def card(self, incident: Incident) -> Changed:
        """What the card and the postmortem show: changes of the service, and how many there were elsewhere."""
        return await self._changed(incident.service, incident.opened_at, until=_end(incident, self.clock()))

    async def all(self, incident: Incident) -> Changed:
        """The same with those elsewhere."""
        until = _end(incident, self.clock())
        return await self._whole(await self._changed(incident.service, incident.opened_at, until=until))

    async def lately(self, service: str | None) -> Changed:
        """Without an incident: before now."""
        now = self.clock()
        return await self._whole(await self._changed(service, now, until=now, heard_since=now - RECENT))

    async def _changed(
        self, service: str | None, began: datetime, *, until: datetime, heard_since: datetime | None = None
    ) -> Changed:
        plan, now = self.plan(), self.clock()
        within, forgotten = plan.incidents.changes_within, now - timedelta(days=plan.retention.changes)
        looking, silent = await self._unheard(heard_since or min(began, now))
        found = await self.rows.of(service, began - within, began)
        since = await self.rows.begun(service, began, until)
        earlier = await self.rows.last(service, began - within) if found else ()
        others = await self.rows.count_elsewhere(service, began - within, began) if service is not None else 0
        before = suspects([*earlier, *found, *since], service=service, began=began, within=within)
        total = len(before) if len(found) < MOST else await self.rows.count(service, began - within, began)
        return Changed(
            began=began,
            service=service,
            within=within,
            before=before,
            total=total,
            others=others,
            since=since if service is not None else (),
            looking=looking,
            silent=silent,
            known=began >= forgotten and (bool(found or others or self.logs()) or await self.rows.any()),
        )

    async def _whole(self, changed: Changed) -> Changed:
        if changed.service is None or not changed.others:
            return changed
        began, within = changed.began, changed.within
        found = await self.rows.elsewhere(changed.service, began - within, began)
        return replace(changed, elsewhere=suspects(found, service=changed.service, began=began, within=within))

    async def _unheard(self, since: datetime) -> tuple[bool, Sequence[Silent]]:
        """Whether anybody still has to be asked, and who was asked since then and never answered."""
        asked, looking, silent = await self.rows.asked(), False, []
        for one in self.logs():
            last = asked.get(one.name)
            if last is None or last.asked_at < since:
                looking = True
            elif last.answered_at is None or last.answered_at < since:
                kind = await self.rows.kind_of(one.system.source)
                silent.append(Silent(name=one.name, tells=one.tells if kind is None else MISSING[kind]))
        return looking, silent


def _end(incident: Incident, now: datetime) -> datetime:
    return incident.ended_at or incident.resolved_at or now
