"""GitHub: its workflows and deployments for the morning checklist and the change record, and who has access."""

from bot.integrations import Category, Integration, later
from bot.integrations.github.settings import GitHubSettings

INTEGRATION = Integration(
    name="github",
    title="GitHub",
    category=Category.PIPELINES,
    settings=GitHubSettings,
    connect=later(__name__, "adapter:connect"),
    webhook=later(__name__, "webhook:GitHubWebhook.reading"),
    delivery_id_header="x-github-delivery",
)
