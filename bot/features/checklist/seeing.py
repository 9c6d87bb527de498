"""Collects what the checklist's messages show, from stored state; nothing is drawn from a payload."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.check import Item
from bot.domain.digest import Digest, DigestState
from bot.features.checklist import evidence, history, views
from bot.features.checklist.history import DAYS, History
from bot.features.checklist.record import Record, digest_key
from bot.features.checklist.routine import Routine
from bot.features.checklist.today import Agenda
from bot.features.checklist.wording import Teller
from bot.slack.drawn import Drawn
from bot.slack.message import Message, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """One method a surface; each takes the business key behind the surface's name."""

    record: Record
    agenda: Agenda
    titles: Callable[[str], str]
    """What a system is called, by the name of its folder."""

    async def digest(self, key: str) -> Drawn | None:
        """The channel's message; a digest that somebody only looked at, or that is being asked, has none yet."""
        day = await self._digest(key)
        if day is None or day.state is DigestState.FRESH or day.checked_at is None:
            return None
        routine = await self.record.routines.of(day.team)
        return Drawn(channel=routine.channel, message=await self.message(day))

    async def table(self, key: str) -> Drawn | None:
        """Its first reply; nothing to put there while no check is connected."""
        day = await self._digest(key)
        if day is None or not day.lines:
            return None
        routine = await self.record.routines.of(day.team)
        drawn = evidence.thread_table(day, self.teller(routine), under=digest_key(day.id))
        return Drawn(channel=routine.channel, message=drawn)

    async def details(self, key: str) -> Drawn | None:
        """`<digest>:<item>`: that item's one reply."""
        number, _, name = key.partition(":")
        day = await self._digest(number)
        if day is None or name not in {one.value for one in Item}:
            return None
        routine = await self.record.routines.of(day.team)
        drawn = evidence.reply(day, day.item(Item(name)), self.teller(routine), under=digest_key(day.id))
        return Drawn(channel=routine.channel, message=drawn)

    async def message(self, day: Digest, *, private: bool = False) -> Message:
        routine = await self.record.routines.of(day.team)
        today = await self.agenda.of(day.team, day.day)
        return views.digest(day, today, self.teller(routine), private=private)

    async def details_view(self, day: Digest, item: Item) -> View:
        routine = await self.record.routines.of(day.team)
        glyphs = history.row(item, await self.history(day.team, day.day))
        return evidence.details(day, day.item(item), self.teller(routine), glyphs=glyphs)

    async def all_checks(self, day: Digest) -> View:
        routine = await self.record.routines.of(day.team)
        return evidence.all_checks(day, self.teller(routine))

    async def history(self, team: str, until: date) -> History:
        since = until - timedelta(days=DAYS - 1)
        digests, claims = self.record.digests, self.record.claims
        return History(
            until=until,
            statuses=await digests.history(team, since, until),
            done=await claims.done_days(team, since, until),
            due=await digests.due_times(team, since, until),
            taken=await claims.first_taken(team, since, until),
        )

    def teller(self, routine: Routine) -> Teller:
        """What the words of a team's checklist need to know."""
        record = self.record
        return Teller(
            name=record.names.name,
            title=self.titles,
            severity=lambda key: record.plan().severity(key).name,
            now=record.clock().astimezone(routine.zone),
        )

    async def _digest(self, key: str) -> Digest | None:
        return await self.record.get(int(key)) if key.isascii() and key.isdigit() else None
