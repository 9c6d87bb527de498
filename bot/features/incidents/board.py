"""The open incidents as remembered, so that a modal opens and a role is known without asking the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.domain.incident import Incident, number_of
from bot.store.alerts import AlertRows
from bot.store.incidents import IncidentRows

MOST: Final = 200


@dataclass(slots=True)
class Board:
    """Filled after every commit of ours, and every few seconds with what other replicas did."""

    rows: IncidentRows
    alerts: AlertRows
    _open: dict[int, Incident] = field(default_factory=dict)
    _versions: Mapping[int, int] = field(default_factory=dict)
    _firing: Mapping[int, int] = field(default_factory=dict)

    async def refresh(self) -> None:
        """Only what changed is read."""
        versions = await self.rows.versions(limit=MOST)
        stale = [number for number, version in versions.items() if self._versions.get(number) != version]
        read = {one.id: one for one in await self.rows.some(stale)}
        known = self._open | read
        # A row may have changed between the two looks: it counts as the version seen first, and is read again.
        self._open = {number: known[number] for number in versions if number in known}
        self._versions = versions
        self._firing = await self.alerts.firing_counts()

    def firing(self, number: int) -> int:
        """How many of an incident's alerts fire."""
        return self._firing.get(number, 0)

    def get(self, number: int) -> Incident | None:
        return self._open.get(number)

    def in_channel(self, channel: str) -> Incident | None:
        """The newest incident whose channel this is."""
        found = [one for one in self._open.values() if channel and one.channel == channel]
        return max(found, key=lambda one: one.id, default=None)

    def open(self) -> Sequence[Incident]:
        return sorted((one for one in self._open.values() if one.open), key=lambda one: -one.id)

    def led_by(self, user: str, channel: str, key: str) -> bool:
        """Whether somebody leads the incident that an ask is about: the one it names, else the channel's."""
        return bool(user) and self.lead(channel, key) == user

    def lead(self, channel: str, key: str) -> str | None:
        """Who leads the incident that an ask is about."""
        number = number_of(key.partition(":")[0])
        found = self.in_channel(channel) if number is None else self.get(number)
        return found.lead if found else None
