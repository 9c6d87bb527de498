"""Pulumi: drift and updates of Pulumi Cloud, previews that CI posts, and what was updated."""

from bot.integrations import Category, Integration, later
from bot.integrations.pulumi.settings import PulumiSettings

INTEGRATION = Integration(
    name="pulumi",
    title="Pulumi",
    category=Category.INFRASTRUCTURE,
    settings=PulumiSettings,
    connect=later(__name__, "adapter:connect"),
    webhook=later(__name__, "webhook:PulumiWebhook.reading"),
    delivery_id_header="pulumi-webhook-id",
    reports=later(__name__, "reports:PreviewReader.reading"),
)
