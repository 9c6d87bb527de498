"""Kibana: its own state and its alerting rules for the morning checklist, and the notices of its rules."""

from bot.integrations import Category, Integration, later
from bot.integrations.kibana.settings import KibanaSettings

INTEGRATION = Integration(
    name="kibana",
    title="Kibana",
    category=Category.MONITORING,
    settings=KibanaSettings,
    connect=later(__name__, "adapter:Kibana.connect"),
    webhook=later(__name__, "webhook:KibanaWebhook.reading"),
)
