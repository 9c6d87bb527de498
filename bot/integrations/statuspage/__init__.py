"""Statuspage: what customers are told, ours and our vendors'; publishing from an incident's updates."""

from bot.integrations import Category, Integration, later
from bot.integrations.statuspage.settings import StatuspageSettings

INTEGRATION = Integration(
    name="statuspage",
    title="Statuspage",
    category=Category.ALERTING,
    settings=StatuspageSettings,
    connect=later(__name__, "adapter:connect"),
    webhook=later(__name__, "webhook:StatuspageWebhook.reading"),
)
