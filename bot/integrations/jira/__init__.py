"""Jira, Cloud and Data Center: postmortems and action items become tickets, and their progress comes back."""

from bot.integrations import Category, Integration, later
from bot.integrations.jira.settings import JiraSettings

INTEGRATION = Integration(
    name="jira",
    title="Jira",
    category=Category.TICKETS,
    settings=JiraSettings,
    connect=later(__name__, "adapter:Jira"),
    webhook=later(__name__, "webhook:JiraWebhook.reading"),
    delivery_id_header="x-atlassian-webhook-identifier",
)
