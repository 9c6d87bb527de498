"""Kibana: its own state and its alerting rules for the morning checklist, and the notices of its rules."""

from bot.integrations import Category, Integration
from bot.integrations.kibana.adapter import Kibana
from bot.integrations.kibana.settings import KibanaSettings
from bot.integrations.kibana.webhook import KibanaWebhook

INTEGRATION = Integration(
    name="kibana",
    title="Kibana",
    category=Category.MONITORING,
    settings=KibanaSettings,
    connect=Kibana.connect,
    webhook=lambda settings: KibanaWebhook(settings.webhook_secret, paging=settings.paging_tags),
)
