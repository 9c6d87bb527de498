"""Who hears of an incident outside Slack: mirrors get what stakeholders read, a status page gets words of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.acts import Acts, Start
from bot.domain.capabilities import Broadcast, Connections
from bot.domain.incident import Incident

ANNOUNCED: Final = 0
"""In the place of an update's moment: that the incident was opened."""

OVER: Final = "This incident has been resolved."
"""What customers read at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audiences:
    """The systems that are connected, by their titles."""

    connections: Connections | None = None
    slack_url: str = ""

    @property
    def mirrors(self) -> Sequence[str]:
        return [one.title for one in self._all() if not one.public]

    @property
    def pages(self) -> Sequence[str]:
        """Those that customers read."""
        return [one.title for one in self._all() if one.public]

    def link(self, channel: str | None) -> str:
        """Where to join in Slack."""
        return f"{self.slack_url.rstrip('/')}/archives/{channel}" if channel and self.slack_url else ""

    def _all(self) -> Sequence[Broadcast]:
        return self.connections.all(Broadcast) if self.connections is not None else ()


NOBODY: Final = Audiences()


def publishing(incident: Incident, titles: Sequence[str], status: str, stamp: int) -> Acts:
    """What has to be handed over for each to be told; nobody is of private incidents and of practice."""
    if not titles or incident.private or incident.practice:
        return ()
    given = {"incident": incident.id, "stamp": stamp, "status": status, "titles": list(titles)}
    return (Start(flow="incident.publish", once=f"incident:{incident.id}:publish:{stamp}", given=given),)
