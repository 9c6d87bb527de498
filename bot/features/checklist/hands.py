"""What people do about an item: claim it, release it, do it by hand, snooze it. A hand never turns a check ok."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.acts import Acts, Ask
from bot.domain.check import Item, Status
from bot.domain.digest import Digest, Hand, HandKind, ItemDay
from bot.features.checklist.record import Record

LONGEST_SNOOZE: Final = timedelta(days=90)
NEEDS_WORDS: Final = (Status.FAIL, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Not:
    """It was not done, and why, for the person who asked."""

    why: str
    taken_by: str | None = None
    """Somebody else has the item and may be asked to let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Called inside the caller's transaction; the digest is held in it, so that of two people the first wins."""

    record: Record

    async def claim(self, ask: Ask, digest: Digest, item: Item) -> Acts | Not:
        digest = await self.record.held(digest)
        row = digest.item(item)
        if row.status is Status.OK:
            return Not(f"Nothing to claim: {item.heading} is ok.")
        if row.claim is not None:
            mine = row.claim.who == ask.person.id
            return Not(
                "You have it already." if mine else f"{self._name(row.claim)} claimed this {self._ago(row.claim)}."
            )
        await self.record.claims.end(digest.team, digest.day, item, HandKind.SNOOZE, self.record.clock())
        return await self._add(ask, digest, self._hand(ask, row, HandKind.CLAIM))

    async def release(self, ask: Ask, digest: Digest, item: Item, *, anyway: bool = False) -> Acts | Not:
        """Somebody else's claim is released only when that was said in so many words."""
        digest = await self.record.held(digest)
        claim = digest.item(item).claim
        if claim is None:
            return Not(f"Nobody has {item.heading} at the moment.")
        if claim.who != ask.person.id and not anyway:
            name = self._name(claim)
            return Not(f"{name} has this. Release it?", taken_by=name)
        await self.record.claims.end(digest.team, digest.day, item, HandKind.CLAIM, self.record.clock())
        await self.record.did(ask, "checklist.release", digest, item)
        return self.record.redraw(digest, table=False)

    async def done(self, ask: Ask, digest: Digest, item: Item, words: str) -> Acts | Not:
        digest = await self.record.held(digest)
        row = digest.item(item)
        if row.status is Status.OK:
            return Not(f"Nothing to do: {item.heading} is ok.")
        if row.handled and row.done is not None:
            return Not(f"{self._name(row.done)} handled this {self._ago(row.done)}.")
        if needs_words(row) and not words:
            return Not(f"Say what you did: the check says {row.word}.")
        await self.record.claims.end(digest.team, digest.day, item, HandKind.SNOOZE, self.record.clock())
        return await self._add(ask, digest, self._hand(ask, row, HandKind.DONE, words=words))

    async def snooze(self, ask: Ask, digest: Digest, item: Item, until: date, reason: str) -> Acts | Not:
        digest = await self.record.held(digest)
        row = digest.item(item)
        if row.status is Status.OK:
            return Not(f"Nothing to snooze: {item.heading} is ok.")
        if not digest.day < until <= digest.day + LONGEST_SNOOZE:
            return Not(f"Use a date after {digest.day}, at most {LONGEST_SNOOZE.days} days ahead.")
        return await self._add(ask, digest, self._hand(ask, row, HandKind.SNOOZE, words=reason, until=until))

    async def _add(self, ask: Ask, digest: Digest, hand: Hand) -> Acts:
        await self.record.claims.add(digest.team, digest.day, hand)
        await self.record.did(ask, f"checklist.{hand.kind}", digest, hand.item)
        return self.record.redraw(digest, table=False)

    def _hand(self, ask: Ask, row: ItemDay, kind: HandKind, *, words: str = "", until: date | None = None) -> Hand:
        return Hand(
            id=0,
            item=row.item,
            kind=kind,
            who=ask.person.id,
            at=self.record.clock(),
            words=words,
            until=until,
            at_status=row.status,
            findings=row.covered if kind is HandKind.SNOOZE else {},
        )

    def _name(self, hand: Hand) -> str:
        return self.record.names.name(hand.who)

    def _ago(self, hand: Hand) -> str:
        seconds = int((self.record.clock() - hand.at).total_seconds())
        return f"{max(seconds, 0)} s ago" if seconds < 120 else f"at {hand.at:%H:%M} UTC"


def needs_words(row: ItemDay) -> bool:
    return row.status in NEEDS_WORDS


def until_day(chosen: str, picked: str, today: date) -> date | None:
    """`tomorrow`, `monday`, or a date such as 2026-11-30; None when it is none of them."""
    match chosen.strip().casefold():
        case "tomorrow":
            return today + timedelta(days=1)
        case "monday":
            return today + timedelta(days=7 - today.weekday())
        case "date":
            return _day(picked)
        case other:
            return _day(other)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
