"""What is to be done in an incident, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.store.database import Row, Store
from bot.store.tables import task


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    id: int
    title: str
    owner: str | None
    due_at: datetime | None
    done_at: datetime | None
    done_by: str | None


class TaskRows:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, incident: int, title: str, owner: str | None, due_at: datetime | None = None) -> None:
        await self._store.write(insert(task).values(incident_id=incident, title=title, owner=owner, due_at=due_at))

    async def shown(self, incident: int) -> Sequence[Task]:
        """Open ones first, in the order in which they were written down."""
        query = select(task).where(task.c.incident_id == incident)
        rows = await self._store.all(query.order_by(task.c.done_at.is_not(None), task.c.id))
        return [_task(row) for row in rows]

    async def mark(self, number: int, done_at: datetime | None, by: str) -> None:
        await self._store.write(
            update(task).where(task.c.id == number).values(done_at=done_at, done_by=by if done_at else None)
        )

    async def of_person(self, user: str) -> Sequence[tuple[int, Task]]:
        """Somebody's open tasks with their incidents."""
        query = select(task).where(task.c.owner == user, task.c.done_at.is_(None)).order_by(task.c.id)
        return [(row["incident_id"], _task(row)) for row in await self._store.all(query.limit(50))]


def _task(row: Row) -> Task:
    return Task(
        id=row["id"],
        title=row["title"],
        owner=row["owner"],
        due_at=row["due_at"],
        done_at=row["done_at"],
        done_by=row["done_by"],
    )
