"""Heartbeats: backup scripts report their runs, and the morning checklist says which did not."""

from bot.integrations import Category, Integration
from bot.integrations.heartbeats.settings import HeartbeatsSettings

INTEGRATION = Integration(
    name="heartbeats",
    title="Heartbeats",
    category=Category.BACKUPS,
    settings=HeartbeatsSettings,
    # No `connect`: the jobs stand in the YAML file and their runs in our own store, so app.py makes the adapter.
)
