"""The access review: collected from all that tell who may do what, decided by people, each access by somebody else."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot.acts import Acts, Ask, Post, Start
from bot.domain.access import Access, AccessFound
from bot.domain.capabilities import AccessList
from bot.domain.errors import VendorError
from bot.domain.names import Names
from bot.domain.person import Person
from bot.domain.plan import AccessReviews, Plan, Team
from bot.features.access.periods import first_day, period_of
from bot.store.access import AccessRows, Decision, Entry, News, Review
from bot.store.audit import Audit

log = structlog.get_logger(__name__)

_BEFORE: Final = timedelta(minutes=15)
MOST: Final = 5_000
"""Of one source; more than that nobody looks through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """By source: what it has; which of them told all; and pairs of a source and why it did not."""

    found: Mapping[str, Sequence[Access]] = field(repr=False)
    whole: Sequence[str]
    unread: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    rows: AccessRows
    audit: Audit
    names: Names
    plan: Callable[[], Plan]
    lists: Callable[[], Sequence[AccessList]]
    clock: Callable[[], datetime]
    patience: float = 60.0

    @property
    def rules(self) -> AccessReviews | None:
        """None where nobody wants reviews."""
        return self.plan().access_reviews

    @property
    def team(self) -> Team:
        named = self.rules.team if self.rules else None
        return next((one for one in self.plan().teams if one.name == named), self.plan().teams[0])

    @property
    def period(self) -> str | None:
        if self.rules is None:
            return None
        today = self.clock().astimezone(ZoneInfo(self.team.timezone)).date()
        return period_of(today, self.rules.every)

    async def current(self) -> Review | None:
        """The one of this period; None before it was first collected for."""
        return await self.rows.get(self.period) if self.period else None

    def overdue_from(self, review: Review) -> datetime | None:
        if self.rules is None:
            return None
        start = datetime.combine(first_day(review.period), time(), ZoneInfo(self.team.timezone)).astimezone(UTC)
        return max(start, review.opened_at) + self.rules.overdue_after

    # Collecting.

    async def due(self, now: datetime) -> Acts:
        """A little before the team's digest, so that nothing new is told at night, and half a day later."""
        if self.rules is None:
            return ()
        at = self.team.digest.at
        shifted = now.astimezone(ZoneInfo(self.team.timezone)) - timedelta(hours=at.hour, minutes=at.minute) + _BEFORE
        return (Start(flow="access.collect", once=f"access:collect:{shifted:%Y-%m-%d}:{shifted.hour // 12}"),)

    async def ask(self) -> Collected:
        """Each source by itself: one that is down makes its own part unknown."""
        lists = list(self.lists())
        answers = await asyncio.gather(*(self._asked(one) for one in lists))
        found: dict[str, list[Access]] = {}
        unread: list[tuple[str, str]] = []
        for one, answer in zip(lists, answers, strict=True):
            found.setdefault(one.source, []).extend(answer.access[:MOST])
            unread += [(one.source, words) for words in answer.unread]
            if len(answer.access) > MOST:
                unread.append((one.source, f"{one.source} has more than {MOST:,} entries; the rest was not looked at"))
        troubled = {source for source, _ in unread}
        return Collected(found=found, whole=[one for one in found if one not in troubled], unread=unread)

    async def _asked(self, one: AccessList) -> AccessFound:
        try:
            async with asyncio.timeout(self.patience):
                return await one.access()
        except TimeoutError:
            return AccessFound(access=(), unread=(f"{one.source} gave no answer in {self.patience:.0f} s",))
        except VendorError as error:
            return AccessFound(access=(), unread=(str(error),))
        except Exception:
            log.exception("access not collected", source=one.source)
            return AccessFound(access=(), unread=(f"{one.source}: our own mistake, see the log",))

    async def keep(self, collected: Collected) -> Acts:
        """Inside a transaction: this period's review has what was found."""
        if self.period is None:
            return ()
        now, begins = self.clock(), await self.current() is None
        review = await self.rows.open(self.period, now)
        await self.rows.hold(self.period)
        await self.rows.collected(review, collected.found, collected.whole, now)
        await self.rows.told(self.period, collected.unread, now)
        over = await self.rows.left_undone(self.period) if begins else ()
        return tuple(Post(key_of(period)) for period in (self.period, *over))

    # Deciding.

    def is_own(self, person: Person, entry: Entry) -> bool:
        """Whether somebody would decide about what they have themselves. In doubt they would."""
        access = entry.access
        if access.person:
            return access.person == person.id
        mail = (person.email or "").casefold()
        if access.email and mail:
            return access.email.casefold() == mail
        names = {person.id.casefold(), person.name.casefold(), mail, mail.partition("@")[0]} - {""}
        return not names.isdisjoint((access.principal.casefold(), access.title.casefold()))

    def locked(self, review: Review, entry: Entry) -> bool:
        """Signed off; what came after that can still be decided upon."""
        return review.signed_at is not None and entry.seen_at <= review.signed_at and entry.decision is not None

    async def held(self, number: int) -> tuple[Review | None, Entry | None]:
        """The review that goes on, and one of its entries as it is now, held until the transaction ends."""
        if self.period is None:
            return None, None
        await self.rows.hold(self.period)
        review, entry = await self.current(), await self.rows.entry(number)
        there = entry is not None and review is not None and entry.period == review.period and entry.gone_at is None
        return review, entry if there else None

    async def decide(
        self, ask: Ask, entry: Entry, decision: Decision | None, *, owner: str | None = None, ticket: str | None = None
    ) -> None:
        now = self.clock()
        await self.rows.decide([entry.id], decision, who=ask.person.id, at=now, owner=owner, ticket=ticket)
        await self._note(ask, f"access.{decision or 'undo'}", f"access:{entry.period}/{entry.id}", str(entry.news))

    async def keep_all(self, ask: Ask, review: Review, entries: Sequence[Entry]) -> int:
        """Those that are still to be decided upon, and are not the person's own."""
        kept = [one for one in entries if one.decision is None and not self.is_own(ask.person, one)]
        await self.rows.decide([one.id for one in kept], Decision.KEEP, who=ask.person.id, at=self.clock())
        if kept:
            await self._note(ask, "access.keep", f"access:{review.period}", f"{len(kept)} at once")
        return len(kept)

    async def sign(self, ask: Ask, review: Review) -> Acts:
        now = self.clock()
        await self.rows.sign(review.period, ask.person.id, now)
        kept, removed = tally(review)
        await self._note(ask, "access.signed", f"access:{review.period}", f"{kept} kept, {removed} to remove")
        return (Post(key_of(review.period)),)

    async def _note(self, ask: Ask, what: str, object_: str, result: str) -> None:
        """Without names: the log is kept for ever, they are not."""
        await self.audit.note(
            at=self.clock(), who=ask.person.id, what=what, object_=object_, whence=ask.channel or "modal", result=result
        )


def key_of(period: str) -> str:
    return f"access.review:{period}"


def tally(review: Review) -> tuple[int, int]:
    """How many are kept, how many are to be taken away."""
    removed = sum(one.decision is Decision.REMOVE for one in review.entries)
    return sum(one.decision is Decision.KEEP for one in review.entries), removed


def unchanged(review: Review) -> Sequence[Entry]:
    return [one for one in review.undecided if one.news is News.SAME]
