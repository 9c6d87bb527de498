"""Postmortems: asked for, written, filed, and their action items followed to the end."""

from dataclasses import dataclass

from bot.domain.incident import Incident, number_of
from bot.domain.person import Person
from bot.features.postmortems.asking import Asking
from bot.features.postmortems.filing import Filing
from bot.features.postmortems.items import Items
from bot.features.postmortems.record import Record
from bot.features.postmortems.writing import Writing
from bot.store.action_items import ActionItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmortems:
    record: Record
    asking: Asking
    writing: Writing
    filing: Filing
    items: Items

    @classmethod
    def of(cls, record: Record) -> "Postmortems":
        writing = Writing(record=record)
        return cls(
            record=record,
            asking=Asking(record=record),
            writing=writing,
            filing=Filing(record=record, writing=writing),
            items=Items(record=record),
        )

    async def incident(self, key: str, person: Person, channel: str) -> Incident | None:
        """The incident a key names (`INC-142`, `INC-142:…`), unless it is private and not theirs."""
        number = number_of(key.partition(":")[0])
        found = await self.record.incidents.get(number) if number is not None else None
        if found is None or self.record.may_see(found, person.id, channel):
            return found
        row = await self.record.rows.get(found.id)
        return found if row is not None and row.asked_who == person.id else None

    async def item(self, key: str) -> ActionItem | None:
        """The action item with this key (`7`)."""
        return await self.record.actions.get(int(key)) if key.isdigit() and len(key) < 16 else None

    async def item_held(self, key: str) -> ActionItem | None:
        """The same, held until the transaction ends."""
        return await self.record.actions.get_locked(int(key)) if key.isdigit() and len(key) < 16 else None
