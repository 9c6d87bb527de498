"""Datadog: its monitors, SLOs and downtimes for the morning checklist, and the notices of its monitors."""

from bot.integrations import Category, Integration, later
from bot.integrations.datadog.settings import DatadogSettings

INTEGRATION = Integration(
    name="datadog",
    title="Datadog",
    category=Category.MONITORING,
    settings=DatadogSettings,
    connect=later(__name__, "connecting:connect"),
    webhook=later(__name__, "webhook:DatadogWebhook.reading"),
)
