"""Runbooks as people work through them in an incident, and what people say is wrong with a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from bot.store.database import Row, Store
from bot.store.tables import runbook_report, runbook_run, runbook_tick
from bot.store.upsert import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookRun:
    """A runbook being worked through. The steps are as they were when it began; `ticks` are by the step's place."""

    id: int
    incident: int
    slug: str
    title: str
    steps: Sequence[str]
    page: int
    who: str
    at: datetime
    ticks: Mapping[int, Tick]

    @property
    def done(self) -> int:
        return sum(place in self.ticks for place in range(len(self.steps)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Somebody says that a page is wrong. `words` are raw and foreign."""

    id: int
    slug: str
    title: str
    owner: str
    words: str
    incident: int | None
    who: str
    at: datetime


class RunbookRunRows:
    """One run for each runbook of an incident."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def start(  # the columns of the row
        self, incident: int, *, slug: str, title: str, steps: Sequence[str], who: str, at: datetime
    ) -> tuple[int, bool]:
        """The run's number, and whether it begins now: a second start finds the first."""
        values = {"incident_id": incident, "slug": slug, "title": title, "steps": list(steps), "who": who, "at": at}
        statement = insert_once(self._store, runbook_run, values | {"page": 0}, ("incident_id", "slug"))
        made = (await self._store.write(statement.returning(runbook_run.c.id))).scalar_one_or_none()
        if made is not None:
            return int(made), True
        known = select(runbook_run.c.id).where(runbook_run.c.incident_id == incident, runbook_run.c.slug == slug)
        return int(await self._store.value(known)), False

    async def get(self, number: int) -> RunbookRun | None:
        row = await self._store.one(select(runbook_run).where(runbook_run.c.id == number))
        if row is None:
            return None
        ticks = await self._store.all(select(runbook_tick).where(runbook_tick.c.run_id == number))
        return _run(row, {one["step"]: Tick(who=one["who"], at=one["at"]) for one in ticks})

    async def tick(self, number: int, step: int, who: str, at: datetime) -> bool:
        """False when somebody ticked it before; theirs stays."""
        values = {"run_id": number, "step": step, "who": who, "at": at}
        statement = insert_once(self._store, runbook_tick, values, ("run_id", "step"))
        # What it returns tells, since PostgreSQL's driver counts no inserted rows.
        made = await self._store.write(statement.returning(runbook_tick.c.step))
        return made.scalar_one_or_none() is not None

    async def untick(self, number: int, step: int) -> bool:
        gone = await self._store.write(
            delete(runbook_tick).where(runbook_tick.c.run_id == number, runbook_tick.c.step == step)
        )
        return gone.rowcount > 0

    async def turn(self, number: int, page: int) -> None:
        """Which ten steps are shown."""
        await self._store.write(update(runbook_run).where(runbook_run.c.id == number).values(page=page))


class ReportRows:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(  # the columns of the row
        self, *, slug: str, title: str, owner: str, words: str, incident: int | None, who: str, at: datetime
    ) -> int:
        values = {"slug": slug, "title": title, "owner": owner, "words": words, "who": who, "at": at}
        statement = insert(runbook_report).values(**values, incident_id=incident).returning(runbook_report.c.id)
        return int((await self._store.write(statement)).scalar_one())

    async def get(self, number: int) -> Report | None:
        row = await self._store.one(select(runbook_report).where(runbook_report.c.id == number))
        if row is None:
            return None
        names = ("id", "slug", "title", "owner", "words", "who", "at")
        return Report(**{name: row[name] for name in names}, incident=row["incident_id"])


def _run(row: Row, ticks: Mapping[int, Tick]) -> RunbookRun:
    return RunbookRun(
        id=row["id"],
        incident=row["incident_id"],
        slug=row["slug"],
        title=row["title"],
        steps=tuple(row["steps"]),
        page=row["page"],
        who=row["who"],
        at=row["at"],
        ticks=ticks,
    )
