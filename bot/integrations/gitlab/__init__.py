"""GitLab: its pipelines and deployments for the morning checklist and the change record, and who has access."""

from bot.integrations import Category, Integration, later
from bot.integrations.gitlab.settings import GitLabSettings

INTEGRATION = Integration(
    name="gitlab",
    title="GitLab",
    category=Category.PIPELINES,
    settings=GitLabSettings,
    connect=later(__name__, "adapter:connect"),
    webhook=later(__name__, "webhook:GitLabWebhook.reading"),
    delivery_id_header="idempotency-key",
)
