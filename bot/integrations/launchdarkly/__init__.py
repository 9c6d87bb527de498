"""LaunchDarkly: its flags for the morning checklist and the change record, and a switch for them."""

from bot.integrations import Category, Integration, later
from bot.integrations.launchdarkly.settings import LaunchDarklySettings

INTEGRATION = Integration(
    name="launchdarkly",
    title="LaunchDarkly",
    category=Category.PIPELINES,
    settings=LaunchDarklySettings,
    connect=later(__name__, "adapter:LaunchDarkly.connect"),
    webhook=later(__name__, "webhook:LaunchDarklyWebhook.reading"),
)
