"""Alertmanager: its live alerts and silences for the morning checklist, and its notices of alerts as they change."""

from bot.integrations import Category, Integration
from bot.integrations.alertmanager.adapter import Alertmanager
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.alertmanager.webhook import AlertmanagerWebhook

INTEGRATION = Integration(
    name="alertmanager",
    title="Alertmanager",
    category=Category.ALERTING,
    settings=AlertmanagerSettings,
    connect=Alertmanager.connect,
    webhook=lambda settings: AlertmanagerWebhook(settings.webhook_token, paging=settings.paging_severities),
)
