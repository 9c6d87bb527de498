"""ServiceNow: open incidents, today's changes and waiting approvals for the morning checklist."""

from bot.integrations import Category, Integration, later
from bot.integrations.servicenow.settings import ServiceNowSettings

INTEGRATION = Integration(
    name="servicenow",
    title="ServiceNow",
    category=Category.TICKETS,
    settings=ServiceNowSettings,
    connect=later(__name__, "adapter:ServiceNow.connect"),
)
