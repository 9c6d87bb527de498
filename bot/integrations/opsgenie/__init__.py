"""Opsgenie and its successor: open alerts, people on call and heartbeats, its notices, and acts on its alerts."""

from bot.integrations import Category, Integration, later
from bot.integrations.opsgenie.settings import OpsgenieSettings

INTEGRATION = Integration(
    name="opsgenie",
    title="Opsgenie",
    category=Category.ALERTING,
    settings=OpsgenieSettings,
    connect=later(__name__, "connect:connect"),
    webhook=later(__name__, "webhook:OpsgenieWebhook.reading"),
)
