"""Pages that people sent outside of an incident: whom they called, why, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select, update

from bot.store.database import Store
from bot.store.tables import oncall_page


class PageState(StrEnum):
    ASKED = "asked"
    SENT = "sent"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`people` are Slack ids of whoever was on call when it was asked; `source` is the pager's, None for any."""

    id: int
    service: str
    service_ref: str
    source: str | None
    channel: str
    words: str
    people: Sequence[str]
    who: str
    at: datetime
    state: PageState = PageState.ASKED
    pager_id: str | None = None
    ended_at: datetime | None = None


class PageRows:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, page: Page) -> int:
        """Writes it down; the number that `page` carries is not used."""
        names = ("service", "service_ref", "source", "channel", "words", "who", "at", "state")
        values = {name: getattr(page, name) for name in names} | {"people": list(page.people)}
        made = await self._store.write(insert(oncall_page).values(**values).returning(oncall_page.c.id))
        return int(made.scalar_one())

    async def get(self, number: int) -> Page | None:
        row = await self._store.one(select(oncall_page).where(oncall_page.c.id == number))
        if row is None:
            return None
        values = {name: row[name] for name in Page.__slots__}
        return Page(**values | {"people": tuple(row["people"]), "state": PageState(row["state"])})

    async def end(self, number: int, state: PageState, at: datetime, pager_id: str | None = None) -> None:
        values = {"state": state, "ended_at": at, "pager_id": pager_id}
        await self._store.write(update(oncall_page).where(oncall_page.c.id == number).values(**values))
