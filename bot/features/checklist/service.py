"""All that a handler of this feature works with, in one value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.acts import Acts, Ask
from bot.domain.check import Item
from bot.domain.digest import Digest, DigestState
from bot.domain.person import Person
from bot.durable.ports import Recorder
from bot.features.checklist.actions import item_of
from bot.features.checklist.asking import Asking, CheckSeen, Told
from bot.features.checklist.days import local_day
from bot.features.checklist.hands import Hands
from bot.features.checklist.record import Record
from bot.features.checklist.routine import Routine
from bot.features.checklist.seeing import Seeing
from bot.slack.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The morning checklist: asked, written down, seen, and worked off."""

    record: Record
    asking: Asking
    hands: Hands
    seeing: Seeing
    desk: Recorder
    help: Callable[[Person], Message]
    """What one may do with `/checklist`, made from the command table."""

    async def fresh(self, routine: Routine, told: Told | None = None) -> Digest:
        """Asked just now. Kept only as long as today's digest is not posted, so that its buttons have something."""
        asked = await self.asking.ask(routine, told=told)
        day = local_day(routine, self.record.clock())
        posted = await self.record.of_day(routine.team, day)
        if posted is not None and posted.state is not DigestState.FRESH:
            checked = await self.record.compare(routine.team, day, asked)
            return replace(
                posted,
                lines=checked.lines,
                fixed=checked.fixed,
                compared=checked.compared,
                checked_at=checked.at,
                duration=checked.duration,
                on_call=checked.on_call,
                progress=None,
                late=False,
            )

        async def keep() -> Acts:
            return await self.record.taken(await self.record.open_today(routine), asked)

        await self.desk.record(keep)
        kept = await self.record.of_day(routine.team, day)
        if kept is None:
            raise RuntimeError("a digest vanished while it was written")
        return kept

    async def look(self, routine: Routine, told: Told | None = None) -> Digest:
        """Asked just now for the command line; nothing is written down."""
        asked = await self.asking.ask(routine, told=told)
        day = local_day(routine, self.record.clock())
        checked = await self.record.compare(routine.team, day, asked)
        return Digest(
            id=0,
            team=routine.team,
            day=day,
            due_at=asked.at,
            checked_at=checked.at,
            duration=checked.duration,
            lines=checked.lines,
            fixed=checked.fixed,
            compared=checked.compared,
            on_call=checked.on_call,
            hands=await self.record.claims.of(routine.team, day),
            hidden=routine.hidden_items,
        )

    async def checks(self, routine: Routine) -> Sequence[CheckSeen]:
        """Which checks are on, and when each last answered."""
        answered = await self.record.digests.last_answered(routine.team)
        seen = []
        for check in self.asking.checks(routine):
            at, status = answered.get((check.name, check.instance or ""), (None, None))
            seen.append(CheckSeen(check=check, answered_at=at, status=status))
        return seen

    async def ask_again(self, digest: Digest, item: Item) -> Digest:
        """One item's checks, now; the digest shows the new truth."""
        routine = await self.record.routines.of(digest.team)
        asked = await self.asking.ask(routine, only=item)
        await self.desk.record(lambda: self.record.taken(digest.id, asked, only=item))
        return await self.record.get(digest.id) or digest

    async def pressed(self, ask: Ask) -> Digest | None:
        """The digest that a button or form carries."""
        found = item_of(_key(ask))
        return await self.record.get(found[0]) if found else None

    async def pressed_item(self, ask: Ask) -> tuple[Digest, Item] | None:
        """The digest and the item that a row's button or a form carries."""
        found = item_of(_key(ask))
        digest = await self.record.get(found[0]) if found else None
        return None if digest is None or found is None or found[1] is None else (digest, found[1])

    async def moved_on(self, digest: Digest) -> bool:
        """Whether a newer digest of the team stands in the channel."""
        newest = await self.record.digests.last_posted(digest.team)
        if newest in (None, digest.id):
            return False
        latest = await self.record.digests.get(newest or 0)
        return latest is not None and latest.day > digest.day

    async def aimed(self, ask: Ask) -> tuple[Routine | None, str]:
        """The team that typed words mean (by name, or by the channel they are typed in), and the words left over."""
        routines = await self.record.routines.all()
        first, _, rest = ask.text.strip().partition(" ")
        for routine in routines:
            if first and first.casefold() == routine.team.casefold():
                return routine, rest.strip()
        if len(routines) == 1:
            return routines[0], ask.text.strip()
        for routine in routines:
            if await self._is_channel(routine, ask.channel):
                return routine, ask.text.strip()
        return None, ask.text.strip()

    async def _is_channel(self, routine: Routine, channel: str) -> bool:
        if not channel:
            return False
        number = await self.record.digests.last_posted(routine.team)
        place = await self.record.messages.place(f"checklist.digest:{number}") if number else None
        return channel in (routine.channel, place.channel if place else None)


def _key(ask: Ask) -> str:
    return ask.key or str(ask.private.get("key", ""))
