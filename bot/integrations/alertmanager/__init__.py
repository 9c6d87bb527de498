"""Alertmanager: its live alerts and silences for the morning checklist, and its notices of alerts as they change."""

from bot.integrations import Category, Integration, later
from bot.integrations.alertmanager.settings import AlertmanagerSettings

INTEGRATION = Integration(
    name="alertmanager",
    title="Alertmanager",
    category=Category.ALERTING,
    settings=AlertmanagerSettings,
    connect=later(__name__, "adapter:Alertmanager.connect"),
    webhook=later(__name__, "webhook:AlertmanagerWebhook.reading"),
)
