"""Heartbeats: backup scripts report their runs, to us or to Healthchecks; the morning checklist says which did not."""

from bot.integrations import Category, Integration, later
from bot.integrations.heartbeats.settings import HeartbeatsSettings

INTEGRATION = Integration(
    name="heartbeats",
    title="Heartbeats",
    category=Category.BACKUPS,
    settings=HeartbeatsSettings,
    # Of what reports to Healthchecks. Own jobs stand in the YAML file and their runs in our store: app.py asks those.
    connect=later(__name__, "healthchecks:Healthchecks.connect"),
)
