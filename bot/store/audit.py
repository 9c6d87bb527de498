"""The audit log: who did what, when, from where, with what result. Kept for ever."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from bot.store.database import Row, Store
from bot.store.tables import audit


class Audit:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, *, at: datetime, who: str, what: str, object_: str, whence: str, result: str = "done") -> None:
        await self._store.write(
            insert(audit).values(at=at, who=who, what=what, object=object_, whence=whence, result=result)
        )

    async def of(self, object_: str) -> Sequence[Row]:
        return await self._store.all(select(audit).where(audit.c.object == object_).order_by(audit.c.id))
