"""New Relic: its open issues and alerting entities for the morning checklist, and the notices of its workflows."""

from bot.integrations import Category, Integration, later
from bot.integrations.newrelic.settings import NewRelicSettings

INTEGRATION = Integration(
    name="newrelic",
    title="New Relic",
    category=Category.MONITORING,
    settings=NewRelicSettings,
    connect=later(__name__, "adapter:NewRelic.connect"),
    webhook=later(__name__, "webhook:NewRelicWebhook.reading"),
)
