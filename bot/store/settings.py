"""What operators changed in Slack over the values of the YAML file; undone by *Back to the file*."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from bot.store.database import Store
from bot.store.tables import setting
from bot.store.upsert import upsert


class SettingRows:
    """Plain JSON by key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, key: str) -> Mapping[str, Any]:
        """Empty when the file's values hold."""
        found = await self._store.value(select(setting.c.value).where(setting.c.key == key))
        return found if isinstance(found, dict) else {}

    async def put(self, key: str, value: Mapping[str, Any], *, who: str, at: datetime) -> None:
        values = {"key": key, "value": dict(value), "who": who, "at": at}
        changed = {"value": dict(value), "who": who, "at": at}
        await self._store.write(upsert(self._store, setting, values, ("key",), changed))

    async def remove(self, key: str) -> None:
        await self._store.write(delete(setting).where(setting.c.key == key))
