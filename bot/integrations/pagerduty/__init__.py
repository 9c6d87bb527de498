"""PagerDuty: incidents, people on call and pages, in step both ways."""

from bot.integrations import Category, Integration, later
from bot.integrations.pagerduty.settings import PagerDutySettings

INTEGRATION = Integration(
    name="pagerduty",
    title="PagerDuty",
    category=Category.ALERTING,
    settings=PagerDutySettings,
    connect=later(__name__, "connect:connect"),
    webhook=later(__name__, "webhook:PagerDutyWebhook.reading"),
)
