"""What the record of changes means for incidents: their cards, and an entry for each change while one runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.acts import Act, Acts
from bot.domain.change import ChangeKind, Recorded
from bot.domain.incident import Incident
from bot.domain.plan import Plan
from bot.domain.suspicion import is_before
from bot.features.incidents.record import Record
from bot.slack.blocks import change_words
from bot.store.changes import ChangeRows

KIND: Final = "change"
"""The timeline entries of this; the postmortem counts them."""
SOON: Final = 1.0
"""A deployment tells of itself several times in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """Called inside the caller's transaction."""

    record: Record
    rows: ChangeRows
    plan: Callable[[], Plan]

    async def told(self, changes: list[int]) -> Acts:
        """Something was changed, or a change went on: open incidents show it where it belongs."""
        found, acts = await self.rows.some(changes), list[Act]()
        for incident in await self._open():
            mine = [one for one in found if incident.service in (None, one.service)]
            if [await self._shown(incident, one) for one in mine].count(True):
                acts += self.record.redraw_card(incident, soon=SOON)
        return tuple(acts)

    async def opened(self, incident: Incident) -> None:
        """It began before it was opened: what was changed in between stands in the record already."""
        if incident.practice or incident.service is None:
            return
        for one in await self.rows.begun(incident.service, incident.opened_at, self.record.clock()):
            await self._noted(incident, one)

    async def looked(self, incidents: list[int]) -> Acts:
        """Systems were asked, or did not answer, for the first time since these began."""
        acts: list[Act] = []
        for incident in await self._open():
            if incident.id in incidents:
                await self.opened(incident)
                acts += self.record.redraw_card(incident, soon=SOON / 2)
        return tuple(acts)

    async def _open(self) -> list[Incident]:
        return [one for one in await self.record.rows.open() if not one.practice]

    async def _shown(self, incident: Incident, one: Recorded) -> bool:
        """Whether the incident has to show it: before it began on its card, since then on its timeline."""
        if one.change.started_at <= incident.opened_at:
            return is_before(one, incident.opened_at, self.plan().incidents.changes_within)
        if incident.service is None:
            return False
        await self._noted(incident, one)
        return True

    async def _noted(self, incident: Incident, one: Recorded) -> None:
        """One entry a change, which follows it to its end. A build is no key moment, what reaches people is."""
        ref, words = f"{KIND}:{one.id}", f"{one.change.source}: {change_words(one.change)}"
        key = one.change.kind is not ChangeKind.PIPELINE
        new = await self.record.note(
            incident.id, KIND, words, at=one.change.started_at, key=key, ref=ref, once=f"{KIND}:{one.id}"
        )
        if not new:
            await self.record.timeline.reword(ref, words)


async def change_told(changing: Changing, given: Mapping[str, Any]) -> Acts:
    return await changing.told([int(one) for one in given["changes"]])


async def changes_looked(changing: Changing, given: Mapping[str, Any]) -> Acts:
    return await changing.looked([int(one) for one in given["incidents"]])


async def incident_opened(changing: Changing, given: Mapping[str, Any]) -> Acts:
    incident = await changing.record.rows.get(int(given["incident"]))
    if incident is not None:
        await changing.opened(incident)
    return ()
