"""What people did about checklist items: claimed, done by hand, snoozed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, delete, insert, or_, select, update

from bot.domain.check import Item, Status
from bot.domain.digest import Hand, HandKind
from bot.store.database import Row, Store
from bot.store.results import storable
from bot.store.tables import claim


class ClaimRows:
    """Claims and done marks are of one day; a snooze holds until its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, team: str, day: date, hand: Hand) -> None:
        """A newer hand of the same kind takes the place of the older one."""
        await self.end(team, day, hand.item, hand.kind, hand.at)
        values = {
            "team": team,
            "date": day.isoformat(),
            "item": hand.item.value,
            "kind": hand.kind.value,
            "who": hand.who,
            "at": hand.at,
            "words": storable(hand.words),
            "until": hand.until.isoformat() if hand.until else None,
            "at_status": hand.at_status.value if hand.at_status else None,
            "findings": dict(list(hand.findings.items())[:2000]),
        }
        await self._store.write(insert(claim).values(**values))

    async def end(self, team: str, day: date, item: Item, kind: HandKind, at: datetime) -> None:
        """Released, undone, or woken."""
        query = update(claim).where(
            claim.c.team == team, claim.c.item == item.value, claim.c.kind == kind.value, claim.c.ended_at.is_(None)
        )
        if kind is not HandKind.SNOOZE:
            query = query.where(claim.c.date == day.isoformat())
        await self._store.write(query.values(ended_at=at))

    async def of(self, team: str, day: date) -> Sequence[Hand]:
        """What holds on that day."""
        query = (
            select(claim)
            .where(
                claim.c.team == team,
                claim.c.ended_at.is_(None),
                or_(
                    and_(claim.c.kind != HandKind.SNOOZE.value, claim.c.date == day.isoformat()),
                    and_(
                        claim.c.kind == HandKind.SNOOZE.value,
                        claim.c.date <= day.isoformat(),
                        claim.c.until > day.isoformat(),
                    ),
                ),
            )
            .order_by(claim.c.id)
        )
        return [_hand(row) for row in await self._store.all(query)]

    async def of_person(self, user: str, since: date) -> Sequence[tuple[str, date, Hand]]:
        """Somebody's claims that are neither released nor done, newest first, with team and day."""
        finished = select(claim.c.team, claim.c.date, claim.c.item).where(
            claim.c.kind == HandKind.DONE.value, claim.c.ended_at.is_(None), claim.c.date >= since.isoformat()
        )
        done = {(row["team"], row["date"], row["item"]) for row in await self._store.all(finished)}
        query = select(claim).where(
            claim.c.who == user,
            claim.c.kind == HandKind.CLAIM.value,
            claim.c.ended_at.is_(None),
            claim.c.date >= since.isoformat(),
        )
        rows = await self._store.all(query.order_by(claim.c.id.desc()).limit(50))
        return [
            (row["team"], date.fromisoformat(row["date"]), _hand(row))
            for row in rows
            if (row["team"], row["date"], row["item"]) not in done
        ]

    async def first_taken(self, team: str, since: date, until: date) -> Mapping[date, datetime]:
        """When somebody first took something on each day: claimed it, or did it."""
        query = select(claim.c.date, claim.c.at).where(
            claim.c.team == team,
            claim.c.date >= since.isoformat(),
            claim.c.date <= until.isoformat(),
            claim.c.kind.in_((HandKind.CLAIM.value, HandKind.DONE.value)),
        )
        first: dict[date, datetime] = {}
        for row in await self._store.all(query):
            day = date.fromisoformat(row["date"])
            first[day] = min(row["at"], first.get(day, row["at"]))
        return first

    async def done_days(self, team: str, since: date, until: date) -> frozenset[tuple[date, Item]]:
        """Which items were done by hand, on which days."""
        query = select(claim.c.date, claim.c.item).where(
            claim.c.team == team,
            claim.c.date >= since.isoformat(),
            claim.c.date <= until.isoformat(),
            claim.c.kind == HandKind.DONE.value,
            claim.c.ended_at.is_(None),
        )
        rows = await self._store.all(query)
        return frozenset((date.fromisoformat(row["date"]), Item(row["item"])) for row in rows)

    async def prune(self, before: date) -> int:
        gone = await self._store.write(
            delete(claim).where(
                claim.c.date < before.isoformat(), or_(claim.c.until.is_(None), claim.c.until < before.isoformat())
            )
        )
        return gone.rowcount


def _hand(row: Row) -> Hand:
    return Hand(
        id=row["id"],
        item=Item(row["item"]),
        kind=HandKind(row["kind"]),
        who=row["who"],
        at=row["at"],
        words=row["words"],
        until=date.fromisoformat(row["until"]) if row["until"] else None,
        at_status=Status(row["at_status"]) if row["at_status"] else None,
        findings=row["findings"] or {},
    )
