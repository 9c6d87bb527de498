"""Jira, Cloud and Data Center: postmortems and action items become tickets, and their progress comes back."""

from bot.integrations import Category, Integration
from bot.integrations.jira.adapter import Jira
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.jira.webhook import JiraWebhook

INTEGRATION = Integration(
    name="jira",
    title="Jira",
    category=Category.TICKETS,
    settings=JiraSettings,
    connect=Jira.connect,
    webhook=JiraWebhook.reading,
    delivery_id_header="x-atlassian-webhook-identifier",
)
