"""What people without the right asked those who have it to do: where it stands, and who did it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.store.database import Store
from bot.store.tables import request
from bot.store.upsert import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`ask` is what was asked, as a button carries it. `done` is False when somebody took it over: opened its form."""

    id: int
    once: str
    ask: str
    channel: str
    thread: str
    who: str
    at: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None
    done: bool = False


class RequestRows:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, asked: Request) -> int | None:
        """Writes it down; the number that it carries is not used. None when the same was asked already."""
        values = {name: getattr(asked, name) for name in ("once", "ask", "channel", "thread", "who", "at", "done")}
        made = await self._store.write(insert_once(self._store, request, values, ("once",)).returning(request.c.id))
        number = made.scalar_one_or_none()
        return None if number is None else int(number)

    async def get(self, number: int) -> Request | None:
        row = await self._store.one(select(request).where(request.c.id == number))
        return None if row is None else Request(**{name: row[name] for name in Request.__slots__})

    async def take(self, number: int, by: str, at: datetime, *, done: bool) -> bool:
        """Whether this person is the first."""
        taken = await self._store.write(
            update(request)
            .where(request.c.id == number, request.c.taken_at.is_(None))
            .values(taken_by=by, taken_at=at, done=done)
        )
        return taken.rowcount == 1

    async def prune(self, before: datetime) -> int:
        """They hold what people typed; what was asked so long ago has moved on."""
        gone = await self._store.write(delete(request).where(request.c.at < before))
        return gone.rowcount
