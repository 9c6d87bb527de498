"""Access reviews: who may do what as it was found in a period, and what people decided about each of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.access import Access, Holder
from bot.store.database import Row, Store
from bot.store.results import storable
from bot.store.tables import Short, access_entry, access_review
from bot.store.upsert import insert_once


class Decision(StrEnum):
    KEEP = "keep"
    REMOVE = "remove"


class News(StrEnum):
    """Beside the review before: FIRST where there was none, ROLE where the same one had another role.

    STILL: it was to be taken away, and is there.
    """

    FIRST = "first"
    SAME = "same"
    NEW = "new"
    ROLE = "role"
    STILL = "still"

    @property
    def calm(self) -> bool:
        return self in (News.FIRST, News.SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One access in one review. `before` is the role that it had."""

    id: int
    period: str
    source: str
    access: Access
    news: News
    before: str = ""
    seen_at: datetime
    gone_at: datetime | None = None
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    owner: str | None = None
    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`unread` are pairs of a source and why it did not tell all."""

    period: str
    opened_at: datetime
    collected_at: datetime | None = None
    unread: Sequence[tuple[str, str]] = ()
    compared: str | None = None
    signed_at: datetime | None = None
    signed_by: str | None = None
    entries: Sequence[Entry] = field(default=(), repr=False)
    """Those that are still there, in the order in which they are looked at."""

    @property
    def undecided(self) -> Sequence[Entry]:
        return [one for one in self.entries if one.decision is None]

    def counted(self, *news: News) -> int:
        return sum(one.news in news for one in self.entries)


class AccessRows:
    """All of it inside the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open(self, period: str, at: datetime) -> Review:
        """The review of a period, begun when it is first asked for."""
        before = await self._store.value(
            select(access_review.c.period)
            .where(access_review.c.signed_at.is_not(None), access_review.c.period != period)
            .order_by(access_review.c.opened_at.desc())
            .limit(1)
        )
        values = {"period": period, "opened_at": at, "unread": [], "compared": before}
        await self._store.write(insert_once(self._store, access_review, values, ("period",)))
        found = await self.get(period)
        if found is None:
            raise LookupError(period)
        return found

    async def left_undone(self, period: str) -> Sequence[str]:
        """Other reviews that nobody signed off, the newest first."""
        query = select(access_review.c.period).where(
            access_review.c.signed_at.is_(None), access_review.c.period != period
        )
        rows = await self._store.all(query.order_by(access_review.c.opened_at.desc()).limit(3))
        return [str(row["period"]) for row in rows]

    async def hold(self, period: str) -> None:
        """Nobody else changes this review until the transaction ends."""
        await self._store.write(
            update(access_review).where(access_review.c.period == period).values(period=access_review.c.period)
        )

    async def get(self, period: str) -> Review | None:
        row = await self._store.one(select(access_review).where(access_review.c.period == period))
        if row is None:
            return None
        return Review(
            period=row["period"],
            opened_at=row["opened_at"],
            collected_at=row["collected_at"],
            unread=[(str(source), str(why)) for source, why in row["unread"]],
            compared=row["compared"],
            signed_at=row["signed_at"],
            signed_by=row["signed_by"],
            entries=[one for one in await self._of(period) if one.gone_at is None],
        )

    async def entry(self, number: int) -> Entry | None:
        row = await self._store.one(select(access_entry).where(access_entry.c.id == number))
        return _entry(row) if row else None

    async def collected(
        self, review: Review, found: Mapping[str, Sequence[Access]], whole: Sequence[str], at: datetime
    ) -> None:
        """What the sources have now, by source. Of those that told all (`whole`), what is missing is gone."""
        known = {one.access.key: one for one in await self._of(review.period)}
        before = await self._of(review.compared) if review.compared else None
        there = {source: {one.key: one for one in map(_fitting, access)} for source, access in found.items()}
        seen = {key for mine in there.values() for key in mine}
        earlier = _Earlier(before, seen) if before is not None else None
        pairs = [(source, one, known.get(one.key)) for source, mine in there.items() for one in mine.values()]
        fresh = {one.key: _row(review, source, one, earlier, at) for source, one, old in pairs if old is None}
        if fresh:
            await self._store.write(insert(access_entry), list(fresh.values()))
        changed = [{"number": old.id, "now": _facts(one)} for _, one, old in pairs if old and old.access != one]
        if changed:
            query = update(access_entry).where(access_entry.c.id == bindparam("number"))
            await self._store.write(query.values(facts=bindparam("now")), changed)
        # Who was gone and is there again was not decided upon.
        anew = {"gone_at": None, "decision": None, "decided_by": None, "decided_at": None, "owner": None}
        await self._change(
            [old.id for _, _, old in pairs if old and old.gone_at], anew | {"ticket": None, "seen_at": at}
        )
        gone = [one.id for key, one in known.items() if one.source in whole and key not in seen and not one.gone_at]
        await self._change(gone, {"gone_at": at})

    async def told(self, period: str, unread: Sequence[tuple[str, str]], at: datetime) -> None:
        values = {"collected_at": at, "unread": [list(pair) for pair in unread]}
        await self._store.write(update(access_review).where(access_review.c.period == period).values(**values))

    async def decide(
        self,
        numbers: Sequence[int],
        decision: Decision | None,
        *,
        who: str,
        at: datetime,
        owner: str | None = None,
        ticket: str | None = None,
    ) -> None:
        values = {
            "decision": decision.value if decision else None,
            "decided_by": who if decision else None,
            "decided_at": at if decision else None,
            "owner": owner,
            "ticket": ticket,
        }
        await self._change(numbers, values)

    async def sign(self, period: str, who: str, at: datetime) -> None:
        query = update(access_review).where(access_review.c.period == period)
        await self._store.write(query.values(signed_by=who, signed_at=at))

    async def prune(self, before: datetime) -> int:
        """Forgets names and roles of reviews that were opened before then."""
        old = select(access_review.c.period).where(access_review.c.opened_at < before)
        await self._store.write(delete(access_entry).where(access_entry.c.period.in_(old)))
        gone = await self._store.write(delete(access_review).where(access_review.c.opened_at < before))
        return gone.rowcount

    async def _of(self, period: str) -> Sequence[Entry]:
        query = select(access_entry).where(access_entry.c.period == period).order_by(access_entry.c.id)
        return sorted((_entry(row) for row in await self._store.all(query)), key=_order)

    async def _change(self, numbers: Sequence[int], values: Mapping[str, Any]) -> None:
        for start in range(0, len(numbers), 500):
            some = list(numbers[start : start + 500])
            await self._store.write(update(access_entry).where(access_entry.c.id.in_(some)).values(**values))


class _Earlier:
    """The review before, to be looked things up in. `roles` are those that the same one has not any more."""

    def __init__(self, entries: Sequence[Entry], now: Collection[tuple[str, str, str]]) -> None:
        self.decisions = {one.access.key: one.decision for one in entries}
        self.roles: dict[tuple[str, str], list[str]] = {}
        for one in (each for each in entries if each.access.key not in now):
            self.roles.setdefault(one.access.key[:2], []).append(one.access.role)


def _order(one: Entry) -> tuple[object, ...]:
    """News first, then what may do much or is from outside or has something wrong with it."""
    access = one.access
    return (
        one.news.calm,
        one.news is not News.STILL,
        not access.strong,
        access.holder is not Holder.GUEST,
        not access.note,
        access.key,
    )


def _row(review: Review, source: str, one: Access, earlier: _Earlier | None, at: datetime) -> dict[str, Any]:
    news, before = _news(one, earlier)
    return {
        "period": review.period,
        "source": source,
        "system": one.system,
        "principal": one.principal,
        "role": one.role,
        "facts": _facts(one),
        "news": news.value,
        "before": before,
        "seen_at": at,
    }


def _news(one: Access, earlier: _Earlier | None) -> tuple[News, str]:
    """What was kept before is the same. What nobody decided upon counts as new."""
    if earlier is None:
        return News.FIRST, ""
    old = earlier.decisions.get(one.key)
    if old is not None:
        return (News.SAME if old is Decision.KEEP else News.STILL), ""
    others = earlier.roles.get(one.key[:2])
    return (News.ROLE, others[-1]) if others else (News.NEW, "")


def _fitting(one: Access) -> Access:
    """As it fits into its columns, so that it is found again."""
    names = ("system", "principal", "role", "holder", "title", "email", "person", "strong", "last_used", "expires")
    values = {name: getattr(one, name) for name in (*names, "note", "url")}
    for name, most in (("system", 120), ("principal", 200), ("role", 200)):
        values[name] = Short(most).held(values[name])
    return Access(**values)


def _facts(one: Access) -> dict[str, Any]:
    return {
        "holder": one.holder.value,
        "title": storable(one.title, 200),
        "email": one.email,
        "person": one.person,
        "strong": one.strong,
        "last_used": one.last_used.isoformat() if one.last_used else None,
        "expires": one.expires.isoformat() if one.expires else None,
        "note": storable(one.note, 200),
        "url": one.url,
    }


def _entry(row: Row) -> Entry:
    facts = row["facts"]
    moments = {
        name: datetime.fromisoformat(facts[name]) if facts.get(name) else None for name in ("last_used", "expires")
    }
    access = Access(
        system=row["system"],
        principal=row["principal"],
        role=row["role"],
        holder=Holder(facts["holder"]),
        title=facts["title"],
        email=facts["email"],
        person=facts["person"],
        strong=facts["strong"],
        note=facts["note"],
        url=facts["url"],
        last_used=moments["last_used"],
        expires=moments["expires"],
    )
    names = ("id", "period", "source", "before", "seen_at", "gone_at", "decided_by", "decided_at", "owner", "ticket")
    return Entry(
        **{name: row[name] for name in names},
        access=access,
        news=News(row["news"]),
        decision=Decision(row["decision"]) if row["decision"] else None,
    )
