"""Action items of postmortems: what is to be done, by whom, until when, and the ticket it became."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from bot.domain.ticket import TicketState
from bot.store.database import Row, Store
from bot.store.tables import action_item, incident, postmortem

OPEN = action_item.c.state.in_((TicketState.NEW, TicketState.IN_PROGRESS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """One line of a postmortem's list. `number` counts within its incident; `owner` is a Slack id.

    `ticket_due` is the date that the tracker last told, which can differ from ours. `moving`: done in Slack, and the
    tracker is still to be told.
    """

    id: int
    incident_id: int
    number: int
    what: str
    owner: str | None = None
    due: date | None = None
    state: TicketState = TicketState.NEW
    ticket: str | None = None
    ticket_url: str | None = None
    ticket_status: str | None = None
    ticket_due: date | None = None
    ticket_at: datetime | None = None
    gone: bool = False
    done_at: datetime | None = None
    done_by: str | None = None
    nudged_on: date | None = None
    moving: bool = False

    @property
    def done(self) -> bool:
        return self.state is TicketState.DONE

    @property
    def filed(self) -> bool:
        """Whether its ticket is there (and was not deleted)."""
        return self.ticket is not None and not self.gone


_FIELDS = tuple(one.name for one in fields(ActionItem))
_DAYS = ("due", "ticket_due", "nudged_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAction:
    """An action item that is out, with what is needed of its incident."""

    item: ActionItem
    team: str
    private: bool


class ActionRows:
    """Items are out once their postmortem was submitted; until then they are a draft that nobody is reminded of."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, number: int, what: str, *, owner: str | None, due: date | None) -> ActionItem:
        last = select(func.max(action_item.c.number)).where(action_item.c.incident_id == number)
        values = {
            "incident_id": number,
            "number": int(await self._store.value(last) or 0) + 1,
            "what": what,
            "owner": owner,
            "due": due.isoformat() if due else None,
            "state": TicketState.NEW,
        }
        made = await self._store.write(insert(action_item).values(**values).returning(action_item.c.id))
        found = await self.get(int(made.scalar_one()))
        if found is None:
            raise RuntimeError("an action item vanished while it was written")
        return found

    async def change(self, number: int, **values: Any) -> None:
        plain = {name: value.isoformat() if name in _DAYS and value else value for name, value in values.items()}
        await self._store.write(update(action_item).where(action_item.c.id == number).values(**plain))

    async def drop(self, number: int) -> None:
        await self._store.write(delete(action_item).where(action_item.c.id == number))

    async def get(self, number: int) -> ActionItem | None:
        row = await self._store.one(select(action_item).where(action_item.c.id == number))
        return None if row is None else _item(row)

    async def get_locked(self, number: int) -> ActionItem | None:
        """Held until the transaction ends."""
        query = select(action_item).where(action_item.c.id == number)
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _item(row)

    async def of_incident(self, number: int) -> Sequence[ActionItem]:
        query = select(action_item).where(action_item.c.incident_id == number).order_by(action_item.c.number)
        return [_item(row) for row in await self._store.all(query)]

    async def by_ticket(self, key: str) -> ActionItem | None:
        query = select(action_item).where(action_item.c.ticket == key).order_by(action_item.c.id.desc())
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _item(row)

    async def open(self, *, limit: int = 200) -> Sequence[LiveAction]:
        """All that are open: nobody's first, then the one due first; those without a date last."""
        nobody = action_item.c.owner.is_not(None)
        query = _live().where(OPEN).order_by(nobody, action_item.c.due.is_(None), action_item.c.due, action_item.c.id)
        return [_with_incident(row) for row in await self._store.all(query.limit(limit))]

    async def overdue(self, today: date) -> Sequence[LiveAction]:
        """What was due before today, the oldest first; private incidents' are left out (a digest is for everybody)."""
        query = _live().where(OPEN, action_item.c.due < today.isoformat(), incident.c.private.is_(False))
        rows = await self._store.all(query.order_by(action_item.c.due, action_item.c.id).limit(500))
        return [_with_incident(row) for row in rows]

    async def due_by(self, day: date) -> Sequence[LiveAction]:
        """Open ones with an owner that are due on that day or before it."""
        query = _live().where(OPEN, action_item.c.owner.is_not(None), action_item.c.due <= day.isoformat())
        rows = await self._store.all(query.order_by(action_item.c.due, action_item.c.id).limit(500))
        return [_with_incident(row) for row in rows]

    async def told(self, owner: str, day: date) -> Sequence[ActionItem]:
        """What stands in the reminder that somebody got on a day, done ones too."""
        query = select(action_item).where(action_item.c.owner == owner, action_item.c.nudged_on == day.isoformat())
        return [_item(row) for row in await self._store.all(query.order_by(action_item.c.due, action_item.c.id))]

    async def of_person(self, owner: str) -> Sequence[ActionItem]:
        """Somebody's open ones, the one due first."""
        query = _live().where(OPEN, action_item.c.owner == owner)
        rows = await self._store.all(query.order_by(action_item.c.due.is_(None), action_item.c.due).limit(50))
        return [_item(row) for row in rows]

    async def tracked(self, *, limit: int) -> Sequence[ActionItem]:
        """Open ones with a ticket, the newest first."""
        query = _live().where(OPEN, action_item.c.ticket.is_not(None), action_item.c.gone.is_(False))
        return [_item(row) for row in await self._store.all(query.order_by(action_item.c.id.desc()).limit(limit))]


def _live() -> Select[Any]:  # Any: the columns of three tables
    return (
        select(action_item, incident.c.team, incident.c.private)
        .join(postmortem, postmortem.c.incident_id == action_item.c.incident_id)
        .join(incident, incident.c.id == action_item.c.incident_id)
        .where(postmortem.c.filings > 0)
    )


def _with_incident(row: Row) -> LiveAction:
    return LiveAction(item=_item(row), team=row["team"], private=row["private"])


def _item(row: Row) -> ActionItem:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    values["state"] = TicketState(values["state"])
    for name in _DAYS:
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    return ActionItem(**values)
