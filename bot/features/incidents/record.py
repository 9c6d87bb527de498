"""Writing an incident down: the row, its timeline and its audit entry change together, and the redraws follow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.acts import Act, Acts, Ask, Post, Start
from bot.domain.incident import Incident
from bot.domain.names import Names
from bot.domain.plan import Plan
from bot.domain.timeline import Moment
from bot.store.alerts import AlertRows
from bot.store.audit import Audit
from bot.store.incidents import IncidentRows
from bot.store.timeline import TimelineRows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def card_key(number: int) -> str:
    return f"incident.card:{number}"


def news_key(number: int) -> str:
    """The one announcement of an incident, for its whole life."""
    return f"incident.news:{number}"


def stamp_of(moment: datetime) -> int:
    """A moment as it stands in keys: in milliseconds, since two people can write in the same second."""
    return (moment - EPOCH) // MILLISECOND


def moment_of(stamp: int) -> datetime:
    """The beginning of the millisecond that a key names."""
    return EPOCH + stamp * MILLISECOND


def nudge_keys(incident: Incident) -> Sequence[str]:
    """The reminders of the update that is due: the first, and 15 minutes later the one to everybody."""
    due = int(incident.update_due_at.timestamp()) if incident.update_due_at else 0
    return [f"incident.nudge:{incident.id}:{due}:{number}" for number in range(1, incident.nudged + 1)]


def registered_as(incident: Incident) -> Sequence[str]:
    """Of which kinds it has records in the organisation's own system: they stand among its links."""
    return [link["record"] for link in incident.links if link.get("record")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every service of this feature writes with. All of it happens in the caller's transaction."""

    rows: IncidentRows
    alerts: AlertRows
    timeline: TimelineRows
    audit: Audit
    plan: Callable[[], Plan]
    names: Names
    clock: Callable[[], datetime]

    async def note(
        self,
        number: int,
        kind: str,
        words: str,
        *,
        at: datetime | None = None,
        who: str | None = None,
        key: bool = False,
        ref: str | None = None,
        once: str | None = None,
    ) -> bool:
        """An entry on the timeline, now unless `at` is given. False when one with the same `once` is there."""
        moment = Moment(at=at or self.clock(), kind=kind, words=words, who=who, key=key, ref=ref, once=once)
        return await self.timeline.add(number, moment)

    async def change(self, incident: Incident, **values: Any) -> None:
        await self.rows.change(incident.id, self.clock(), **values)

    async def did(self, ask: Ask, what: str, incident: Incident, result: str = "done") -> None:
        """Who asked for it, for the audit log."""
        await self.audit.note(
            at=self.clock(), who=ask.person.id, what=what, object_=incident.name, whence=ask.channel, result=result
        )

    def follows(self, incident: Incident, step: str) -> Acts:
        """Its records elsewhere are brought to where it is."""
        if not registered_as(incident):
            return ()
        given = {"incident": incident.id, "step": step}
        return (Start(flow="incident.follow_record", once=f"incident:{incident.id}:record:{step}", given=given),)

    def redraw_card(self, incident: Incident, *, soon: float = 0.0) -> Acts:
        """What only the card shows: the announcement need not be sent again."""
        return (Post(card_key(incident.id), soon),)

    def redraw(self, incident: Incident, *, topic: bool = False, soon: float = 0.0) -> Acts:
        """Card and announcement show the new truth; the topic too when severity, status or lead changed."""
        acts: list[Act] = [Post(card_key(incident.id), soon)]
        if not incident.private:
            acts.append(Post(news_key(incident.id), soon))
        if topic:
            stamp = int(self.clock().timestamp() * 1000)
            given = {"incident": incident.id}
            acts += [Post(key) for key in nudge_keys(incident)]
            acts.append(Start(flow="incident.topic", once=f"incident:{incident.id}:topic:{stamp}", given=given))
        return tuple(acts)
