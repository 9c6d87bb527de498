"""The digests of each day: what was asked, what every check answered, and what it was compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from bot.domain.check import Item, Status, worst
from bot.domain.digest import Digest, DigestState, Fixed, OnDuty, Picture, Progress
from bot.domain.finding import Identity, Line
from bot.store.database import Row, Store
from bot.store.results import line_of, line_row
from bot.store.tables import digest, result
from bot.store.upsert import insert_once

MOST_FIXED = 50
MOST_LINES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A check in earlier digests: as it was in its last one, and as it was when it last answered."""

    last: Line
    known: Line | None
    known_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one round of asking brought."""

    lines: Sequence[Line]
    fixed: Sequence[Fixed]
    compared: date | None
    at: datetime
    duration: float
    on_call: OnDuty


class DigestRows:
    """One row for a team and a local date; its results are replaced by each round of asking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def open(self, team: str, day: date, *, due_at: datetime, state: DigestState, late: bool = False) -> int:
        """The digest of that day, made if it was not there. Answers its number."""
        values = {
            "team": team,
            "date": day.isoformat(),
            "due_at": due_at,
            "state": state.value,
            "late": late,
            "on_call": {},
            "fixed": [],
        }
        await self._store.write(insert_once(self._store, digest, values, ("team", "date")))
        found = await self._store.value(
            select(digest.c.id).where(digest.c.team == team, digest.c.date == day.isoformat())
        )
        return int(found)

    async def move(self, number: int, *, was: DigestState, to: DigestState, **values: Any) -> bool:
        """False when somebody else moved it before."""
        query = update(digest).where(digest.c.id == number, digest.c.state == was.value)
        return (await self._store.write(query.values(state=to.value, **values))).rowcount > 0

    async def posted(self, number: int, at: datetime) -> None:
        """It stands in the channel; the first time counts."""
        query = update(digest).where(digest.c.id == number, digest.c.posted_at.is_(None))
        await self._store.write(query.values(posted_at=at, state=DigestState.POSTED.value))

    async def going_on(self, number: int, progress: Progress | None) -> None:
        """How far a refresh is; None when it has ended."""
        told = {"done": progress.done, "of": progress.of, "at": progress.at.isoformat()} if progress else None
        await self._store.write(update(digest).where(digest.c.id == number).values(progress=told))

    async def charted(self, number: int, picture: Picture) -> None:
        told = {"file": picture.file, "words": picture.words}
        await self._store.write(update(digest).where(digest.c.id == number).values(chart=told))

    async def get(self, number: int) -> Digest | None:
        return await self._one(select(digest).where(digest.c.id == number))

    async def hold(self, number: int) -> None:
        """Until the transaction ends, so that two people do not decide on the same old state."""
        if not self._store.is_sqlite:  # SQLite has one writer anyway
            await self._store.write(select(digest.c.id).where(digest.c.id == number).with_for_update())

    async def of_day(self, team: str, day: date) -> Digest | None:
        return await self._one(select(digest).where(digest.c.team == team, digest.c.date == day.isoformat()))

    async def latest(self, team: str, *, posted: bool = False) -> Digest | None:
        """The newest digest of the team; with `posted` not those that somebody only looked at."""
        query = select(digest).where(digest.c.team == team)
        if posted:
            query = query.where(digest.c.posted_at.is_not(None))
        return await self._one(query.order_by(digest.c.date.desc()).limit(1))

    async def state_of(self, team: str, day: date) -> tuple[int, DigestState, datetime | None] | None:
        """Number, state and when it was last asked: all that the clock needs every few seconds."""
        columns = (digest.c.id, digest.c.state, digest.c.checked_at)
        row = await self._store.one(select(*columns).where(digest.c.team == team, digest.c.date == day.isoformat()))
        return None if row is None else (row["id"], DigestState(row["state"]), row["checked_at"])

    async def last_posted(self, team: str) -> int | None:
        """The number of the team's newest posted digest."""
        query = select(digest.c.id).where(digest.c.team == team, digest.c.posted_at.is_not(None))
        found = await self._store.value(query.order_by(digest.c.date.desc()).limit(1))
        return None if found is None else int(found)

    async def day_before(self, team: str, day: date) -> date | None:
        """The day of the team's last posted digest before this one. What somebody only looked at is none."""
        query = select(func.max(digest.c.date)).where(
            digest.c.team == team,
            digest.c.date < day.isoformat(),
            digest.c.posted_at.is_not(None),
            digest.c.checked_at.is_not(None),
        )
        found = await self._store.value(query)
        return date.fromisoformat(found) if found else None

    async def keep(self, number: int, checked: Checked, *, only: Item | None = None) -> None:
        """The answers of a round, in place of the earlier ones (of one item, when only that was asked again)."""
        async with self._store.transaction():
            gone = delete(result).where(result.c.digest_id == number)
            await self._store.write(gone.where(result.c.item == only.value) if only else gone)
            rows = [line_row(number, line) for line in checked.lines]
            if rows:
                await self._store.write(insert(result), rows)
            fixed = [{"item": one.item.value, "title": one.title[:300]} for one in checked.fixed][:MOST_FIXED]
            values: dict[str, Any] = {
                "fixed": fixed,
                "compared": checked.compared.isoformat() if checked.compared else None,
                "checked_at": checked.at,
                "progress": None,
            }
            if only is None:
                values |= {"duration_s": checked.duration, "on_call": _duty_row(checked.on_call)}
            await self._store.write(update(digest).where(digest.c.id == number).values(**values))

    async def before(self, team: str, day: date, since: date) -> Mapping[Identity, Before]:
        """Every check of earlier posted digests, as it last was and as it was when it last answered."""
        columns = (result.c.id, result.c.item, result.c.name, result.c.instance, result.c.status, digest.c.date)
        query = (
            select(*columns)
            .join(digest, digest.c.id == result.c.digest_id)
            .where(
                digest.c.team == team,
                digest.c.date < day.isoformat(),
                digest.c.date >= since.isoformat(),
                digest.c.posted_at.is_not(None),
            )
            .order_by(digest.c.date.desc(), result.c.id)
            .limit(MOST_LINES * 14)
        )
        last: dict[Identity, int] = {}
        known: dict[Identity, tuple[int, date]] = {}
        for row in await self._store.all(query):
            who = (row["item"], row["name"], row["instance"] or "")
            last.setdefault(who, row["id"])
            if row["status"] != Status.UNKNOWN:
                known.setdefault(who, (row["id"], date.fromisoformat(row["date"])))
        lines = await self._by_number({*last.values(), *(number for number, _ in known.values())})
        return {
            who: Before(
                last=lines[number],
                known=lines[known[who][0]] if who in known else None,
                known_day=known[who][1] if who in known else None,
            )
            for who, number in last.items()
        }

    async def history(self, team: str, since: date, until: date) -> Mapping[date, Mapping[Item, Status]]:
        """Each item's status by day; an item by hand has none."""
        query = (
            select(digest.c.date, result.c.item, result.c.status)
            .join(result, digest.c.id == result.c.digest_id)
            .where(
                digest.c.team == team,
                digest.c.date >= since.isoformat(),
                digest.c.date <= until.isoformat(),
                digest.c.posted_at.is_not(None),
            )
            .distinct()
        )
        seen: dict[date, dict[Item, Status]] = {}
        for row in await self._store.all(query):
            item, status = Item(row["item"]), Status(row["status"])
            of_day = seen.setdefault(date.fromisoformat(row["date"]), {})
            of_day[item] = worst((status, of_day[item])) if item in of_day else status
        return seen

    async def due_times(self, team: str, since: date, until: date) -> Mapping[date, datetime]:
        """When each posted digest was due."""
        query = select(digest.c.date, digest.c.due_at).where(
            digest.c.team == team,
            digest.c.date >= since.isoformat(),
            digest.c.date <= until.isoformat(),
            digest.c.posted_at.is_not(None),
        )
        return {date.fromisoformat(row["date"]): row["due_at"] for row in await self._store.all(query)}

    async def last_answered(self, team: str) -> Mapping[tuple[str, str], tuple[datetime, Status]]:
        """When each check last answered, and what; by name and instance."""
        query = (
            select(result.c.name, result.c.instance, result.c.status, digest.c.checked_at)
            .join(digest, digest.c.id == result.c.digest_id)
            .where(digest.c.team == team, result.c.status != Status.UNKNOWN.value)
            .order_by(digest.c.date.desc())
            .limit(MOST_LINES * 5)
        )
        found: dict[tuple[str, str], tuple[datetime, Status]] = {}
        for row in await self._store.all(query):
            if row["checked_at"] is not None:
                found.setdefault((row["name"], row["instance"] or ""), (row["checked_at"], Status(row["status"])))
        return found

    async def prune(self, before: date) -> int:
        """Forget the digests of earlier days with their results; answers how many digests."""
        old = select(digest.c.id).where(digest.c.date < before.isoformat())
        async with self._store.transaction():
            await self._store.write(delete(result).where(result.c.digest_id.in_(old)))
            gone = await self._store.write(delete(digest).where(digest.c.date < before.isoformat()))
        return gone.rowcount

    async def _by_number(self, numbers: set[int]) -> Mapping[int, Line]:
        found: dict[int, Line] = {}
        every = sorted(numbers)
        for start in range(0, len(every), 500):  # databases have a limit for the values of an IN
            rows = await self._store.all(select(result).where(result.c.id.in_(every[start : start + 500])))
            found |= {row["id"]: line_of(row) for row in rows}
        return found

    async def _one(self, query: Select[Any]) -> Digest | None:
        row = await self._store.one(query)
        if row is None:
            return None
        lines = await self._store.all(select(result).where(result.c.digest_id == row["id"]).order_by(result.c.id))
        return _digest(row, [line_of(one) for one in lines])


def _digest(row: Row, lines: Sequence[Line]) -> Digest:
    return Digest(
        id=row["id"],
        team=row["team"],
        day=date.fromisoformat(row["date"]),
        due_at=row["due_at"],
        state=DigestState(row["state"]),
        checked_at=row["checked_at"],
        posted_at=row["posted_at"],
        duration=row["duration_s"] or 0.0,
        late=row["late"],
        compared=date.fromisoformat(row["compared"]) if row["compared"] else None,
        lines=lines,
        fixed=[Fixed(item=Item(one["item"]), title=one["title"]) for one in row["fixed"] or ()],
        on_call=_duty(row["on_call"] or {}),
        progress=_progress(row["progress"]),
        chart=Picture(file=row["chart"]["file"], words=row["chart"]["words"]) if row["chart"] else None,
    )


def _progress(told: Mapping[str, Any] | None) -> Progress | None:
    return Progress(done=told["done"], of=told["of"], at=datetime.fromisoformat(told["at"])) if told else None


def _duty_row(duty: OnDuty) -> dict[str, Any]:
    people = [[name[:120], user] for name, user in duty.names][:10]
    return {"people": people, "trouble": duty.trouble, "asked": duty.asked}


def _duty(told: Mapping[str, Any]) -> OnDuty:
    people = tuple((str(name), user) for name, user in told.get("people", ()))
    return OnDuty(names=people, trouble=told.get("trouble"), asked=bool(told.get("asked")))
