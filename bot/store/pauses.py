"""Until when Slack wants to hear nothing more of a method, where every replica sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from bot.store.database import Store
from bot.store.tables import slack_pause
from bot.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Without a channel it is the method as a whole."""

    method: str
    channel: str | None
    until: datetime


class PauseRows:
    """One row a method and channel; what is over is swept out when something new is written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, pause: Pause, now: datetime) -> None:
        values = {"method": pause.method, "channel": pause.channel or "", "until": pause.until}
        async with self._store.transaction():
            await self._store.write(delete(slack_pause).where(slack_pause.c.until < now))
            await self._store.write(
                upsert(self._store, slack_pause, values, ("method", "channel"), {"until": pause.until})
            )

    async def in_force(self, now: datetime) -> Sequence[Pause]:
        rows = await self._store.all(select(slack_pause).where(slack_pause.c.until > now))
        return [Pause(method=row["method"], channel=row["channel"] or None, until=row["until"]) for row in rows]
