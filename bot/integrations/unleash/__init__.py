"""Unleash: its flags for the morning checklist and the change record, and a switch for them."""

from bot.integrations import Category, Integration, later
from bot.integrations.unleash.settings import UnleashSettings

INTEGRATION = Integration(
    name="unleash",
    title="Unleash",
    category=Category.PIPELINES,
    settings=UnleashSettings,
    connect=later(__name__, "adapter:Unleash.connect"),
    webhook=later(__name__, "webhook:UnleashWebhook.reading"),
)
