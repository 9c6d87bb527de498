"""Postmortems as they stand, with what was written so far and the ticket that came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update

from bot.domain.incident import State
from bot.domain.ticket import TicketState
from bot.store.database import Row, Store
from bot.store.tables import incident, postmortem
from bot.store.upsert import insert_once


class Stage(StrEnum):
    """Where a postmortem is. `filing`: submitted, and the ticket follows; `saved`: submitted, and kept here only."""

    ASKED = "asked"
    NOT_ASKED = "not_asked"
    WITHDRAWN = "withdrawn"
    WAIVED = "waived"
    FILING = "filing"
    SAVED = "saved"
    FILED = "filed"


_BEGUN = (Stage.WAIVED, Stage.FILING, Stage.SAVED, Stage.FILED)
_LOOKS_BACK = 500
"""Incidents, when one is to be chosen for writing; an older one can be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmortem:
    """The review of one incident. `fields` is what people typed, by name; `saved` in it tells who saved which page.

    `round` counts how often it was asked for (0: people write it unasked; an incident can be resolved again), `filings`
    how often it was submitted, `busy` is the filing that goes on now.
    """

    incident_id: int
    state: Stage
    asked_at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)
    ticket: str | None = None
    ticket_url: str | None = None
    ticket_state: str | None = None
    ticket_status: str | None = None
    ticket_at: datetime | None = None
    by: str | None = None
    waived_reason: str | None = None
    filings: int = 0
    nudged_at: datetime | None = None
    nudges: int = 0
    round: int = 0
    asked_who: str | None = None
    shared: bool = False
    busy: int | None = None
    body: str | None = None
    gone: bool = False

    @property
    def name(self) -> str:
        return f"INC-{self.incident_id}"

    @property
    def submitted(self) -> bool:
        """Whether somebody has ever submitted it: then it and its action items are out."""
        return self.filings > 0

    def text(self, name: str) -> str:
        return str(self.fields.get(name) or "")

    def saved(self, page: str) -> tuple[str, str] | None:
        """Who saved a page last, and when (ISO)."""
        found = (self.fields.get("saved") or {}).get(page)
        return (str(found[0]), str(found[1])) if found else None

    @property
    def last_saved(self) -> tuple[str, str] | None:
        """Who wrote at it last, and when (ISO)."""
        every = list((self.fields.get("saved") or {}).values())
        return max(((str(who), str(at)) for who, at in every), key=lambda one: one[1], default=None)


_FIELDS = tuple(one.name for one in fields(Postmortem))


class PostmortemRows:
    """One row an incident, made when it is asked for or when somebody begins to write."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, number: int) -> Postmortem | None:
        row = await self._store.one(select(postmortem).where(postmortem.c.incident_id == number))
        return None if row is None else _postmortem(row)

    async def get_locked(self, number: int) -> Postmortem | None:
        """Held until the transaction ends."""
        query = select(postmortem).where(postmortem.c.incident_id == number)
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _postmortem(row)

    async def begin(self, number: int, state: Stage, now: datetime) -> Postmortem:
        """The row of an incident, made now when there is none; held until the transaction ends."""
        values = {"incident_id": number, "state": state, "asked_at": now}
        await self._store.write(insert_once(self._store, postmortem, values, ("incident_id",)))
        found = await self.get_locked(number)
        if found is None:
            raise RuntimeError("a postmortem vanished while it was written")
        return found

    async def change(self, number: int, **values: Any) -> None:
        await self._store.write(update(postmortem).where(postmortem.c.incident_id == number).values(**values))

    async def by_ticket(self, key: str) -> Postmortem | None:
        query = select(postmortem).where(postmortem.c.ticket == key).order_by(postmortem.c.incident_id.desc())
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _postmortem(row)

    async def ticket_of(self, number: int) -> tuple[str, str] | None:
        """The ticket's key and address, for the incident's card."""
        query = select(postmortem.c.ticket, postmortem.c.ticket_url, postmortem.c.gone)
        row = await self._store.one(query.where(postmortem.c.incident_id == number))
        if row is None or not row["ticket"] or row["gone"]:
            return None
        return str(row["ticket"]), str(row["ticket_url"] or "")

    async def recent(self, *, limit: int) -> Sequence[Postmortem]:
        """Those that wait for somebody first, then the newest."""
        found: list[Postmortem] = []
        # Two queries, each along an index.
        for stages in ((Stage.ASKED,), _BEGUN):
            query = select(postmortem).where(postmortem.c.state.in_(stages)).order_by(postmortem.c.incident_id.desc())
            found += [_postmortem(row) for row in await self._store.all(query.limit(limit - len(found)))]
        return found

    async def unwritten(self, *, limit: int) -> Sequence[int]:
        """Numbers of incidents that are over and have no submitted postmortem, the newest first; not of long ago."""
        newest = select(func.max(incident.c.id)).scalar_subquery()
        query = (
            select(incident.c.id)
            .outerjoin(postmortem, postmortem.c.incident_id == incident.c.id)
            .where(
                incident.c.id > newest - _LOOKS_BACK,
                incident.c.status.in_((State.RESOLVED, State.CLOSED)),
                (postmortem.c.incident_id.is_(None)) | (postmortem.c.filings == 0),
                (postmortem.c.state.is_(None)) | (postmortem.c.state != Stage.WAIVED),
            )
            .order_by(incident.c.id.desc())
            .limit(limit)
        )
        return [int(row["id"]) for row in await self._store.all(query)]

    async def waiting(self, before: datetime) -> Sequence[Postmortem]:
        """Asked for before then and not submitted: somebody is to be reminded."""
        query = select(postmortem).where(
            postmortem.c.state == Stage.ASKED,
            postmortem.c.asked_at <= before,
            (postmortem.c.nudged_at.is_(None)) | (postmortem.c.nudged_at <= before),
        )
        return [_postmortem(row) for row in await self._store.all(query.order_by(postmortem.c.asked_at).limit(100))]

    async def quiet(self, before: datetime) -> Sequence[Postmortem]:
        """Nobody is asked (any more), and the incident is resolved since then."""
        query = (
            select(postmortem)
            .join(incident, incident.c.id == postmortem.c.incident_id)
            .where(
                postmortem.c.state.in_((Stage.NOT_ASKED, Stage.SAVED, Stage.FILED)),
                postmortem.c.asked_at <= before,
                incident.c.status == State.RESOLVED,
            )
        )
        return [_postmortem(row) for row in await self._store.all(query.limit(100))]

    async def tracked(self, *, limit: int) -> Sequence[Postmortem]:
        """Those whose ticket is not done yet, the newest first."""
        query = select(postmortem).where(
            postmortem.c.ticket.is_not(None),
            postmortem.c.gone.is_(False),
            postmortem.c.ticket_state.in_((TicketState.NEW, TicketState.IN_PROGRESS)),
        )
        rows = await self._store.all(query.order_by(postmortem.c.incident_id.desc()).limit(limit))
        return [_postmortem(row) for row in rows]


def _postmortem(row: Row) -> Postmortem:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    values["state"] = Stage(values["state"])
    values["fields"] = values["fields"] or {}
    return Postmortem(**values)
