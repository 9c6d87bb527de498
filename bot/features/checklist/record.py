"""Writing a digest down: opened for a day, asked, compared, posted, and redrawn after each change."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from bot.acts import Acts, Ask, Post, Start
from bot.domain.check import Item
from bot.domain.digest import Digest, DigestState, Picture, Progress
from bot.domain.names import Names
from bot.domain.plan import Plan
from bot.features.checklist.asking import Round
from bot.features.checklist.compare import compared, fixed, line_of, present, remembering
from bot.features.checklist.days import due_moment, local_day
from bot.features.checklist.routine import Routine, Routines
from bot.store.audit import Audit
from bot.store.claims import ClaimRows
from bot.store.digests import Checked, DigestRows
from bot.store.messages import MessageRows

LOOK_BACK: Final = timedelta(days=30)
"""How far back a check's last answer is looked for."""


def digest_key(number: int) -> str:
    return f"checklist.digest:{number}"


def table_key(number: int) -> str:
    return f"checklist.table:{number}"


def details_key(number: int, item: Item) -> str:
    return f"checklist.details:{number}:{item.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What this feature writes with. All of it happens in the caller's transaction."""

    digests: DigestRows
    claims: ClaimRows
    messages: MessageRows
    audit: Audit
    routines: Routines
    plan: Callable[[], Plan]
    names: Names
    clock: Callable[[], datetime]

    async def get(self, number: int) -> Digest | None:
        """A digest with what people did about it, and without what the team hides."""
        return await self._whole(await self.digests.get(number))

    async def held(self, digest: Digest) -> Digest:
        """As it is now, held until the transaction ends."""
        await self.digests.hold(digest.id)
        return await self.get(digest.id) or digest

    async def of_day(self, team: str, day: date) -> Digest | None:
        return await self._whole(await self.digests.of_day(team, day))

    async def latest(self, team: str, *, posted: bool = False) -> Digest | None:
        return await self._whole(await self.digests.latest(team, posted=posted))

    async def _whole(self, digest: Digest | None) -> Digest | None:
        if digest is None:
            return None
        routine = await self.routines.of(digest.team)
        hands = await self.claims.of(digest.team, digest.day)
        return replace(digest, hands=hands, hidden=routine.hidden_items)

    async def open_today(self, routine: Routine) -> int:
        """Today's digest of a team, made to be looked at if it is not there."""
        day = local_day(routine, self.clock())
        return await self.digests.open(routine.team, day, due_at=due_moment(routine, day), state=DigestState.FRESH)

    async def begin(self, routine: Routine, *, late: bool = False) -> Acts:
        """Today's digest is to be asked and posted, once; nothing when it was begun before."""
        number = await self.open_today(routine)
        if not await self.digests.move(number, was=DigestState.FRESH, to=DigestState.ASKED, late=late):
            return ()
        return (Start(flow="checklist.digest", once=f"digest:{number}", given={"digest": number}),)

    async def refresh(self, digest: Digest, once: str, *, checks: int) -> Acts:
        """Asked again in place; nothing while a refresh goes on."""
        digest = await self.held(digest)
        if self.refreshing(digest):
            return ()
        await self.digests.going_on(digest.id, Progress(done=0, of=checks, at=self.clock()))
        start = Start(flow="checklist.refresh", once=f"digest:{digest.id}:{once}", given={"digest": digest.id})
        return (*self.redraw(digest, table=False), start)

    def refreshing(self, digest: Digest) -> bool:
        return digest.progress is not None and digest.progress.goes_on(self.clock())

    async def compare(self, team: str, day: date, asked: Round) -> Checked:
        """What a round brought, beside what the same checks said on earlier days."""
        before = await self.digests.before(team, day, day - LOOK_BACK)
        lines = [line_of(result, asked.at) for result in present(asked.results, before)]
        return Checked(
            lines=compared(lines, before, day),
            fixed=fixed(lines, before),
            compared=await self.digests.day_before(team, day),
            at=asked.at,
            duration=asked.duration,
            on_call=asked.on_call,
        )

    async def taken(self, number: int, asked: Round, *, only: Item | None = None) -> Acts:
        """The answers of a round, in place of the earlier ones."""
        digest = await self.digests.get(number)
        if digest is None:
            return ()
        checked = await self.compare(digest.team, digest.day, asked)
        checked = replace(checked, lines=remembering(checked.lines, digest.lines, digest.day))
        if only is not None:
            others = [one for one in digest.fixed if one.item is not only]
            checked = replace(checked, fixed=[*others, *checked.fixed], at=digest.checked_at or checked.at)
        await self.digests.keep(number, checked, only=only)
        # While it is not posted, the flow that asks will post it.
        return (*self.redraw(digest), *(await self._replies(number, only))) if digest.posted_at else ()

    async def _replies(self, number: int, only: Item | None) -> Acts:
        """Details that stand in the thread already show the new truth too."""
        keys = [details_key(number, item) for item in Item if only in (None, item)]
        return [Post(key) for key in keys if await self.messages.place(key) is not None]

    async def progressed(self, number: int, done: int, of: int) -> Acts:
        await self.digests.going_on(number, Progress(done=done, of=of, at=self.clock()))
        return (Post(digest_key(number)),)

    async def posted(self, number: int) -> Acts:
        await self.digests.posted(number, self.clock())
        found = await self.digests.get(number)
        if found is None or found.all_ok:
            return ()
        return (Start(flow="checklist.chart", once=f"digest:{number}:chart", given={"digest": number}),)

    async def charted(self, number: int, file: str, words: str) -> Acts:
        """A picture was uploaded for it."""
        await self.digests.charted(number, Picture(file=file, words=words))
        return (Post(digest_key(number)),)

    def redraw(self, digest: Digest, *, table: bool = True) -> Acts:
        """The channel's messages show the new truth; a digest that was only looked at has none."""
        if digest.state is DigestState.FRESH:
            return ()
        return (Post(digest_key(digest.id)), *([Post(table_key(digest.id))] if table else []))

    async def did(self, ask: Ask, what: str, digest: Digest, item: Item | None = None, result: str = "done") -> None:
        """Who asked for it, for the audit log."""
        about = f"{digest.team} {digest.day}{f' {item}' if item else ''}"
        await self.audit.note(
            at=self.clock(), who=ask.person.id, what=what, object_=about[:200], whence=ask.channel, result=result
        )
