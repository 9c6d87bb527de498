"""What backup jobs reported: each report as it arrived, and the runs that they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, insert, select

from bot.domain.backup import Run
from bot.store.database import Row, Store
from bot.store.results import storable
from bot.store.tables import heartbeat

READ = 80
"""Reports that are read to tell the last dozen or more runs (a start and an end each)."""
NOTE = 100_000


class PingKind(StrEnum):
    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """One report. `run_id` ties a start to its end."""

    name: str
    at: datetime
    kind: PingKind
    exit_code: int | None = None
    run_id: str | None = None
    size_bytes: float | None = None
    duration_s: float | None = None
    note: str = ""


class HeartbeatRows:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, ping: Ping, *, most: int, since: datetime) -> bool:
        """False when the job reported `most` times since then already; then it is not kept."""
        count = select(func.count()).where(heartbeat.c.name == ping.name, heartbeat.c.at > since)
        async with self._store.transaction():
            if await self._store.value(count) >= most:
                return False
            values = {
                "name": ping.name,
                "at": ping.at,
                "kind": ping.kind.value,
                "exit_code": ping.exit_code,
                "run_id": ping.run_id,
                "size_bytes": ping.size_bytes,
                "duration_s": ping.duration_s,
                "note": storable(ping.note, NOTE),
            }
            await self._store.write(insert(heartbeat).values(**values))
        return True

    async def runs(self, job: str) -> Sequence[Run]:
        """The newest runs first."""
        columns = [column for column in heartbeat.c if column.name != "note"]
        query = select(*columns).where(heartbeat.c.name == job).order_by(heartbeat.c.at.desc(), heartbeat.c.id.desc())
        rows = await self._store.all(query.limit(READ))
        return paired([_ping(row) for row in reversed(rows)])

    async def note(self, job: str) -> str:
        """What the job said with its last report."""
        query = select(heartbeat.c.note).where(heartbeat.c.name == job)
        return str(await self._store.value(query.order_by(heartbeat.c.id.desc()).limit(1)) or "")

    async def prune(self, before: datetime) -> int:
        """Forget old reports; of each job the last one stays, since it says when it last ran."""
        newest = select(func.max(heartbeat.c.id)).group_by(heartbeat.c.name)
        gone = await self._store.write(delete(heartbeat).where(heartbeat.c.at < before, heartbeat.c.id.not_in(newest)))
        return gone.rowcount


def paired(pings: Sequence[Ping]) -> Sequence[Run]:
    """Reports in the order of their arrival, as runs, the newest first."""
    runs: list[tuple[str | None, Run]] = []
    for ping in pings:
        place = _run_of(ping, runs)
        if place is None:
            runs.append((ping.run_id, _opened(ping)))
        else:
            runs[place] = (runs[place][0], _ended(runs[place][1], ping))
    return [run for _, run in reversed(runs)]


def _run_of(ping: Ping, runs: Sequence[tuple[str | None, Run]]) -> int | None:
    """Which of the runs a report is about: that of its id; without one the last that is under way and has none."""
    if ping.kind is PingKind.START and ping.run_id is None:
        return None
    for place in range(len(runs) - 1, -1, -1):
        run_id, run = runs[place]
        if run_id != ping.run_id:
            continue
        if ping.run_id is not None:
            return place
        return place if run.ended_at is None else None
    return None


def _opened(ping: Ping) -> Run:
    if ping.kind is PingKind.START:
        return Run(started_at=ping.at, ended_at=None, ok=None)
    return _ended(Run(started_at=None, ended_at=None, ok=None), ping)


def _ended(run: Run, ping: Ping) -> Run:
    """A failure overrides an earlier success of the same run, and is not overridden by a later one."""
    if ping.kind is PingKind.START:
        return run  # a repeated start, or one that was overtaken by its end
    good = ping.kind is PingKind.SUCCESS
    if run.ended_at is not None and (good or run.ok is False):
        return run
    return replace(
        run,
        ended_at=ping.at,
        ok=good,
        exit_code=ping.exit_code,
        size_bytes=int(ping.size_bytes) if ping.size_bytes is not None else run.size_bytes,
        duration_s=ping.duration_s if ping.duration_s is not None else run.duration_s,
    )


def _ping(row: Row) -> Ping:
    return Ping(
        name=row["name"],
        at=row["at"],
        kind=PingKind(row["kind"]),
        exit_code=row["exit_code"],
        run_id=row["run_id"],
        size_bytes=row["size_bytes"],
        duration_s=row["duration_s"],
    )
