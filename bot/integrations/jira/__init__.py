"""Jira, Cloud and Data Center: postmortems and action items become tickets, and their progress comes back."""

from bot.integrations import Category, Integration, Wiring
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.jira.webhook import JiraWebhook


def _connect(settings: JiraSettings, wiring: Wiring) -> object:
    # Off means not imported: the vendor's library comes in with the adapter.
    from bot.integrations.jira.adapter import Jira  # noqa: PLC0415 - see above

    return Jira(settings, wiring)


INTEGRATION = Integration(
    name="jira",
    title="Jira",
    category=Category.TICKETS,
    settings=JiraSettings,
    connect=_connect,
    webhook=JiraWebhook.reading,
    delivery_id_header="x-atlassian-webhook-identifier",
)
