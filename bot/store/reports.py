"""What CI posted, read and reduced: of each name the newest few, and of the days before the last of each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, select

from bot.domain.report import KeptReport, Report
from bot.store.database import Row, Store
from bot.store.tables import report, sound_text

NEWEST: Final = 2
DAYS: Final = 4
"""Of each name: what was made last, and the last of each of so many days, to compare with."""
LARGEST: Final = 256 * 1024
"""Bytes of one report's facts."""
MOST_BYTES: Final = 32 * 1024 * 1024
MOST_NAMES: Final = 500
"""Of one instance of a system: a check reads all of it at once."""


class TooMuch(Exception):
    """It is not kept; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The report that arrived last."""

    name: str
    words: str
    received_at: datetime
    names: int
    """How many names there are."""


class ReportRows:
    """`instance` is None for the unnamed one of a system."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, system: str, instance: str | None, kept: KeptReport) -> None:
        """The same again adds nothing. Raises `TooMuch`."""
        told = _values(system, instance, kept)
        mine = _of(system, instance)
        async with self._store.transaction():
            if await self._there(mine, told):
                return
            await self._refuse_too_much(mine, told)
            await self._store.write(insert(report).values(**told))
            await self._thin(mine, told["name"])

    async def kept(self, system: str, instance: str | None) -> Sequence[KeptReport]:
        """Of every name, the newest first."""
        query = select(report).where(_of(system, instance)).order_by(report.c.at.desc(), report.c.id.desc())
        return [_kept(row) for row in await self._store.all(query)]

    async def last(self, system: str, instance: str | None) -> Last | None:
        mine = _of(system, instance)
        newest = select(report.c.name, report.c.words, report.c.received_at).where(mine)
        async with self._store.reading():
            row = await self._store.one(newest.order_by(report.c.received_at.desc(), report.c.id.desc()).limit(1))
            names = await self._store.value(select(func.count(report.c.name.distinct())).where(mine))
        if row is None:
            return None
        return Last(name=row["name"], words=row["words"], received_at=row["received_at"], names=names)

    async def prune(self, before: datetime) -> int:
        gone = await self._store.write(delete(report).where(report.c.received_at < before))
        return gone.rowcount

    async def _there(self, mine: ColumnElement[bool], told: dict[str, Any]) -> bool:
        """Whether this very report came before: it says when it was made, and what it found."""
        if told["made_at"] is None:
            return False
        same = select(report.c.facts).where(mine, report.c.name == told["name"], report.c.made_at == told["made_at"])
        return any(row["facts"] == told["facts"] for row in await self._store.all(same))

    async def _refuse_too_much(self, mine: ColumnElement[bool], told: dict[str, Any]) -> None:
        if told["size"] > LARGEST:
            raise TooMuch(f"it found more than can be kept ({LARGEST // 1024} KiB): post what it found part by part")
        names = await self._store.value(
            select(func.count(report.c.name.distinct())).where(mine, report.c.name != told["name"])
        )
        if names >= MOST_NAMES:
            raise TooMuch(f"{MOST_NAMES} names are kept already: give the same thing the same name each time (?name=)")
        size = await self._store.value(select(func.coalesce(func.sum(report.c.size), 0)).where(mine))
        if size + told["size"] > MOST_BYTES:
            raise TooMuch(f"{MOST_BYTES // 1024**2} MiB are kept already: post fewer names, or what finds less")

    async def _thin(self, mine: ColumnElement[bool], name: str) -> None:
        query = select(report.c.id, report.c.at).where(mine, report.c.name == name)
        rows = await self._store.all(query.order_by(report.c.at.desc(), report.c.id.desc()))
        days: set[date] = set()
        surplus = []
        for place, row in enumerate(rows):
            day = row["at"].date()
            if place >= NEWEST and (day in days or len(days) >= DAYS):
                surplus.append(row["id"])
            days.add(day)
        if surplus:
            await self._store.write(delete(report).where(report.c.id.in_(surplus)))


@dataclass(frozen=True, slots=True)
class ReportsOf:
    """The reports of one instance of a system, for its adapter."""

    rows: ReportRows
    system: str
    instance: str | None

    async def kept(self) -> Sequence[KeptReport]:
        return await self.rows.kept(self.system, self.instance)


def _of(system: str, instance: str | None) -> ColumnElement[bool]:
    return (report.c.system == system) & (report.c.instance == (instance or ""))


def _values(system: str, instance: str | None, kept: KeptReport) -> dict[str, Any]:
    facts = _sound(kept.report.facts)
    return {
        "system": system,
        "instance": instance or "",
        "name": kept.report.name,
        "at": kept.at,
        "made_at": kept.report.made_at,
        "received_at": kept.received_at,
        "words": kept.report.words[:1000],
        "facts": facts,
        "size": len(json.dumps(facts, allow_nan=False)),
    }


def _kept(row: Row) -> KeptReport:
    made = Report(name=row["name"], facts=row["facts"], words=row["words"], made_at=row["made_at"])
    return KeptReport(report=made, received_at=row["received_at"])


def _sound(value: Any) -> Any:
    """Any: whatever JSON can hold. Its texts without what no database can."""
    if isinstance(value, str):
        return sound_text(value)
    if isinstance(value, list | tuple):
        return [_sound(one) for one in value]
    if isinstance(value, dict):
        return {sound_text(str(key)): _sound(one) for key, one in value.items()}
    return value
