"""Writing a postmortem down: its row, the incident's timeline and the audit log change together, redraws follow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.acts import Act, Acts, Ask, Happened, Post
from bot.domain.capabilities import Connections, Ticketing
from bot.domain.incident import Incident
from bot.domain.names import Names
from bot.domain.plan import Plan, Team
from bot.domain.suspicion import Changed
from bot.domain.timeline import Moment
from bot.store.action_items import ActionRows
from bot.store.alerts import AlertRows
from bot.store.audit import Audit
from bot.store.incidents import IncidentRows
from bot.store.pending import PendingRows
from bot.store.postmortems import Postmortem, PostmortemRows
from bot.store.timeline import TimelineRows

KIND: Final = "postmortem"
"""The timeline entries of this feature."""


def prompt_keys(number: int, round_: int) -> tuple[str, str]:
    """The prompt in the channel and the lead's direct message; asked for again, they are new messages."""
    again = f":{round_}" if round_ > 1 else ""
    return f"postmortem.prompt:{number}{again}", f"postmortem.prompt_dm:{number}{again}"


def filed_key(number: int) -> str:
    return f"postmortem.filed:{number}"


def reminder_key(owner: str, day: date) -> str:
    """Somebody's action items, as they were brought up on a day."""
    return f"postmortem.actions_due:{owner}:{day.isoformat()}"


async def _nobody_knows(_incident: Incident) -> Changed | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every part of this feature reads and writes with, inside the caller's transaction."""

    rows: PostmortemRows
    actions: ActionRows
    incidents: IncidentRows
    alerts: AlertRows
    timeline: TimelineRows
    pendings: PendingRows
    audit: Audit
    connections: Connections
    plan: Callable[[], Plan]
    names: Names
    clock: Callable[[], datetime]
    channel_url: Callable[[str], str | None] = lambda _channel: None
    """A channel's id → its address for people outside of Slack; None where there is none."""
    changed: Callable[[Incident], Awaitable[Changed | None]] = _nobody_knows
    """incident → what was changed before it began, and since."""

    def ticketing(self) -> Ticketing | None:
        """The tracker that postmortems go to."""
        return next(iter(self.connections.all(Ticketing)), None)

    def leaves(self, incident: Incident, *, shared: bool) -> bool:
        """Whether it goes to the tracker: not what was private, unless asked, and not a practice."""
        return self.ticketing() is not None and not incident.practice and (shared or not incident.private)

    def team(self, incident: Incident) -> Team:
        return next((one for one in self.plan().teams if one.name == incident.team), self.plan().teams[0])

    def today(self, incident: Incident) -> date:
        """The day it is for the incident's team."""
        return self.clock().astimezone(ZoneInfo(self.team(incident).timezone)).date()

    async def note(
        self,
        number: int,
        words: str,
        *,
        who: str | None = None,
        at: datetime | None = None,
        key: bool = False,
        once: str | None = None,
    ) -> bool:
        """An entry on the incident's timeline. False when one with the same `once` is there."""
        moment = Moment(at=at or self.clock(), kind=KIND, words=words, who=who, key=key, once=once)
        return await self.timeline.add(number, moment)

    async def did(self, ask: Ask, what: str, object_: str) -> None:
        """Who asked for it, for the audit log."""
        await self.audit.note(at=self.clock(), who=ask.person.id, what=what, object_=object_, whence=ask.channel)

    def redraw(self, postmortem: Postmortem, soon: float = 0.0) -> Acts:
        """Everything that shows this postmortem: prompts and reminder when asked, the filed message, the card."""
        number = postmortem.incident_id
        acts: list[Act] = []
        if postmortem.round:
            acts += [Post(key, soon) for key in prompt_keys(number, postmortem.round)]
        if postmortem.nudges:
            acts.append(Post(f"postmortem.nudge:{number}:{postmortem.nudges}", soon))
        if postmortem.submitted:
            acts.append(Post(filed_key(number), soon))
        acts.append(Happened("postmortem.moved", {"incident": number}))
        return tuple(acts)

    def may_see(self, incident: Incident, user: str, channel: str) -> bool:
        """What was private stays with those who were in it, and in its channel."""
        if not incident.private or (channel and channel == incident.channel):
            return True
        insiders = (incident.lead, incident.communications, incident.scribe, incident.declared_by)
        return user in insiders or user in incident.responders
