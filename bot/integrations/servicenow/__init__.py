"""ServiceNow: open incidents, changes, approvals and monitoring alerts for the morning; records of our incidents."""

from bot.integrations import Category, Integration, later
from bot.integrations.servicenow.settings import ServiceNowSettings

INTEGRATION = Integration(
    name="servicenow",
    title="ServiceNow",
    category=Category.TICKETS,
    settings=ServiceNowSettings,
    connect=later(__name__, "adapter:ServiceNow.connect"),
    webhook=later(__name__, "webhook:ServiceNowWebhook.reading"),
)
