"""The real store in a file of the test's own, with every table, and what most tests put into it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain.alert import Alert, AlertState
from bot.domain.incident import Incident, State
from bot.store.alerts import AlertRow, AlertRows, Place
from bot.store.database import Store
from bot.store.incidents import IncidentRows
from bot.store.migrate import upgrade
from bot.store.tables import metadata
from tests.postgres import PostgresServer


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    """A new SQLite store; closed at the end, so that no connection outlives its test."""
    store = Store(f"sqlite:///{folder / 'daywatch.db'}")
    async with store.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    try:
        yield store
    finally:
        await store.close()


_templates: dict[PostgresServer, str] = {}


@asynccontextmanager
async def opened_on_postgres(server: PostgresServer) -> AsyncIterator[Store]:
    """The same on PostgreSQL: a copy of a database that was migrated once."""
    template = _templates.get(server)
    if template is None:
        template = _templates[server] = server.database()
        await upgrade(template)
    store = Store(server.database(like=template))
    try:
        yield store
    finally:
        await store.close()


async def an_incident(store: Store, at: datetime, **values: Any) -> Incident:
    """An open one with a channel, as it stands some seconds after it was opened."""
    usual: dict[str, Any] = {
        "title": "Checkout: 5xx at 12 %",
        "severity": "sev1",
        "status": State.INVESTIGATING,
        "service": "checkout",
        "team": "platform",
        "channel": "C0INC142",
        "channel_name": "inc-142-checkout-5xx",
        "opened_at": at,
        "changed_at": at,
    }
    return await IncidentRows(store).add(usual | values)


async def an_alert(store: Store, incident: Incident, at: datetime, **values: Any) -> AlertRow:
    """A firing one that belongs to the incident."""
    usual: dict[str, Any] = {"source": "alertmanager", "id": "a1", "title": "HighErrorRate", "state": AlertState.FIRING}
    rows = AlertRows(store)
    row = await rows.add(
        Alert(**usual | {"occurred_at": at, "started_at": at} | values),
        service=incident.service,
        severity=incident.severity,
        reason="high urgency",
    )
    await rows.change(row.id, incident_id=incident.id, place=Place.INCIDENT)
    found = await rows.get(row.id)
    assert found is not None
    return found
