"""Grafana: its rules, alerts, silences and data sources for the morning checklist, and its notices of alerts."""

from bot.integrations import Category, Integration
from bot.integrations.grafana.adapter import Grafana
from bot.integrations.grafana.settings import GrafanaSettings
from bot.integrations.grafana.webhook import GrafanaWebhook

INTEGRATION = Integration(
    name="grafana",
    title="Grafana",
    category=Category.MONITORING,
    settings=GrafanaSettings,
    connect=Grafana.connect,
    webhook=lambda settings: GrafanaWebhook(settings.webhook_secret, paging=settings.paging_severities),
)
