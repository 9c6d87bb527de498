"""Looks now and then which of our records moved: what ServiceNow sends is sent once, and may be lost."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.capabilities import Arrivals, Arrived
from bot.domain.errors import NotAuthorised
from bot.integrations.servicenow.client import Client
from bot.integrations.servicenow.shapes import Kept
from bot.integrations.servicenow.webhook import SOURCE, TABLES, Told, object_of
from bot.integrations.together import every

_BACK: Final = timedelta(days=1)
"""How far back the first look goes."""
_EVERY: Final = timedelta(minutes=5)
"""Instances count the calls of an hour."""


class Following:
    """`after` is the time of the newest change that was seen, as ServiceNow writes it."""

    def __init__(self, client: Client, now: Callable[[], datetime]) -> None:
        self._client, self._now = client, now
        self._next = datetime.min.replace(tzinfo=UTC)

    async def arrived(self, after: str | None) -> Arrivals:
        now = self._now()
        if now < self._next:
            return Arrivals(notices=(), upto=after)
        since = after or f"{(now - _BACK).astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        query = f"correlation_idSTARTSWITHdaywatch-inc-^sys_updated_on>={since}^ORDERBYsys_updated_on^ORDERBYsys_id"
        found = await every(self._seen(table, query) for table in TABLES.values())
        notices, newest = [], since
        for table, rows in zip(TABLES.values(), found, strict=True):
            for row in rows:
                # Looked at again: a field that the instance does not know is left out of the query, silently.
                if row.correlation_id and row.sys_updated_on >= since:
                    notices.append(_notice(table, row))
                    newest = max(newest, row.sys_updated_on)
        self._next = now + _EVERY
        return Arrivals(notices=notices, upto=newest)

    async def _seen(self, table: str, query: str) -> Sequence[Kept]:
        """Where we may not look nothing was opened by us either; the checks and `doctor` name the right."""
        try:
            return (await self._client.all(table, query, Kept)).rows
        except NotAuthorised:
            return ()


def _notice(table: str, row: Kept) -> Arrived:
    """In the form of our template, so that it is read as what is sent is."""
    body = {
        "source": SOURCE,
        "table": table,
        "sys_id": row.sys_id,
        "number": row.number,
        "correlation_id": row.correlation_id,
        "state": row.state,
        "active": row.active,
        "updated_at": row.sys_updated_on,
        "updated_by": row.sys_updated_by,
    }
    one = Told.model_validate(body)
    return Arrived(key=one.key, object_key=object_of(one), body=json.dumps(body).encode())
