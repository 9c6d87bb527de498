"""Silences an alert where it comes from, for a time and with a reason, and says what came of it where it stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.acts import Act, Acts, Ask, Happened, Post, Start
from bot.domain.capabilities import Connections, Silencer
from bot.domain.plan import Plan, Team
from bot.domain.silence import Silence, SilenceState
from bot.features.alerts.service import triage_key
from bot.slack.blocks import clean, cut, spelled
from bot.store.alerts import AlertRow, AlertRows
from bot.store.audit import Audit
from bot.store.incidents import IncidentRows
from bot.store.messages import MessageRows

LONGEST: Final = timedelta(days=30)
HOURS: Final = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}
MORNING: Final = "morning"
DAY: Final = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silencing:
    """Of two people the first wins: the alert's row is held while one of them is heard."""

    rows: AlertRows
    incidents: IncidentRows
    messages: MessageRows
    audit: Audit
    connections: Connections
    plan: Callable[[], Plan]
    clock: Callable[[], datetime]

    def can(self, source: str) -> bool:
        """Whether anything that is connected silences alerts of this source."""
        return any(one.source == source for one in self.connections.all(Silencer))

    async def quietable(self, rows: Sequence[AlertRow]) -> Sequence[AlertRow]:
        """Those that fire, can be silenced, and are not."""
        now = self.clock()
        return [
            row
            for row in rows
            if row.firing and self.can(row.alert.source) and not (row.silence and row.silence.holds(now))
        ]

    def team_of(self, row: AlertRow) -> Team:
        return self.plan().team_of(row.service)

    def now_at(self, row: AlertRow) -> datetime:
        """Now on the clock of the team that runs the service."""
        return self.clock().astimezone(ZoneInfo(self.team_of(row).timezone))

    def until(self, row: AlertRow, chosen: str, day: str) -> datetime | None:
        """When it ends; mornings are the team's, half an hour counts for nothing. None for what is no date."""
        if chosen in HOURS:
            return self.clock() + HOURS[chosen]
        team, now = self.team_of(row), self.now_at(row)
        try:
            wanted = now.date() + timedelta(days=1) if chosen == MORNING else date.fromisoformat(day)
        except ValueError:
            return None
        return datetime.combine(wanted, _minute(team.digest.at), tzinfo=now.tzinfo)

    async def begin(self, ask: Ask, row: AlertRow, until: datetime, reason: str) -> Acts:
        """Written down first; the flow asks the source, and the message shows what comes of it."""
        now = self.clock()
        number = f"{row.id}-{int(now.timestamp() * 1000)}"
        silence = Silence(
            number=number,
            state=SilenceState.ASKED,
            until=until,
            who=ask.person.id,
            name=ask.person.name,
            reason=reason,
            at=now,
        )
        await self.rows.silence(row.id, silence, ends_at=None)
        await self._audited(ask.person.id, "alert.silence", row, whence=ask.channel, result="asked")
        start = Start(
            flow="alert.silence", once=_flow_key(row, f"silence:{number}"), given={"alert": row.id, "number": number}
        )
        return (*(await self._redrawn(row)), start)

    async def made(self, alert: int, number: str, id_: str, why: str) -> Acts:
        """The source took it (`id_`), or it is not going to be (`why`)."""
        row = await self.rows.held(alert)
        silence = row.silence if row else None
        if row is None or silence is None or silence.number != number or silence.state is not SilenceState.ASKED:
            return ()
        state = SilenceState.STANDS if id_ else SilenceState.NOT_MADE
        made = replace(silence, state=state, id=id_, why=why)
        await self.rows.silence(alert, made, ends_at=silence.until if id_ else None)
        await self._audited(silence.who, "alert.silence", row, result="done" if id_ else "not made")
        title, where = cut(clean(row.title), 80), row.alert.source.capitalize()
        words = (
            f"{silence.name} silenced “{title}” in {where} until {_utc(silence.until)}: {silence.reason}"
            if id_
            else f"“{title}” was not silenced in {where}: {why}"
        )
        return await self._told(row, words, f"silence:{number}:{state.value}", silence.who)

    async def end(self, ask: Ask, row: AlertRow, silence: Silence) -> Acts:
        """Somebody wants to hear of it again."""
        await self.rows.silence(row.id, replace(silence, state=SilenceState.ENDING), ends_at=silence.until)
        await self._audited(ask.person.id, "alert.end_silence", row, whence=ask.channel, result="asked")
        given = {"alert": row.id, "number": silence.number, "by": ask.person.id, "name": ask.person.name}
        # Given up once, it may be asked for again: so the ask is part of the key.
        key = _flow_key(row, f"end_silence:{silence.number}:{ask.once}")
        return (*(await self._redrawn(row)), Start(flow="alert.end_silence", once=key, given=given))

    async def ended(self, alert: int, number: str, by: str, name: str, *, done: bool) -> Acts:
        """The source ended it; `done` is False where a person said that it stays."""
        row = await self.rows.held(alert)
        silence = row.silence if row else None
        if row is None or silence is None or silence.number != number or silence.state is not SilenceState.ENDING:
            return ()
        await self._audited(by, "alert.end_silence", row, result="done" if done else "not done")
        if not done:
            await self.rows.silence(alert, replace(silence, state=SilenceState.STANDS), ends_at=silence.until)
            return await self._redrawn(row)
        await self.rows.silence(alert, replace(silence, state=SilenceState.OVER), ends_at=None)
        words = f"{name} ended the silence of “{cut(clean(row.title), 80)}”"
        return await self._told(row, words, f"silence:{number}:ended", by)

    async def over(self, now: datetime) -> Acts:
        """Silences that have run out: their alerts are heard of again."""
        acts: list[Act] = []
        for row in await self.rows.silences_over(now):
            silence = row.silence
            if silence is None:
                continue
            await self.rows.silence(row.id, replace(silence, state=SilenceState.OVER), ends_at=None)
            words = f"The silence of “{cut(clean(row.title), 80)}” is over"
            acts += await self._told(row, words, f"silence:{silence.number}:over", None)
        return tuple(acts)

    async def _told(self, row: AlertRow, words: str, once: str, by: str | None) -> Acts:
        given = {"alert": row.id, "words": words[:600], "once": once, "by": by}
        news = (Happened("alert.silenced", given),) if row.incident is not None else ()
        return (*(await self._redrawn(row)), *news)

    async def _redrawn(self, row: AlertRow) -> Acts:
        """Wherever the alert is shown."""
        acts: list[Act] = [Post(f"incident.card:{row.incident}", 0.2)] if row.incident is not None else []
        if await self.messages.place(triage_key(row.id)):
            acts.append(Post(triage_key(row.id)))
        return tuple(acts)

    async def _audited(self, who: str, what: str, row: AlertRow, *, whence: str = "", result: str) -> None:
        await self.audit.note(
            at=self.clock(), who=who, what=what, object_=row.alert.key[:200], whence=whence, result=result
        )


def _minute(at: time) -> time:
    return at.replace(second=0, microsecond=0)


def _utc(moment: datetime) -> str:
    return spelled(moment, moment.astimezone(ZoneInfo("UTC")) - timedelta(days=1))


def _flow_key(row: AlertRow, what: str) -> str:
    """By its key people are told in the incident's channel when the source does not answer."""
    return f"incident:{row.incident}:{what}" if row.incident is not None else f"alert:{row.id}:{what}"
