"""Grafana: its rules, alerts, silences and data sources for the morning checklist, and its notices of alerts."""

from bot.integrations import Category, Integration, later
from bot.integrations.grafana.settings import GrafanaSettings

INTEGRATION = Integration(
    name="grafana",
    title="Grafana",
    category=Category.MONITORING,
    settings=GrafanaSettings,
    connect=later(__name__, "connecting:connect"),
    webhook=later(__name__, "webhook:GrafanaWebhook.reading"),
)
