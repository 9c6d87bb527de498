"""PagerDuty: incidents, people on call and pages, in step both ways."""

from bot.integrations import Category, Integration, Wiring
from bot.integrations.pagerduty.settings import PagerDutySettings
from bot.integrations.pagerduty.webhook import PagerDutyWebhook


def _connect(settings: PagerDutySettings, wiring: Wiring) -> object:
    # Off means not imported: the vendor's library comes in with the adapter.
    from bot.integrations.pagerduty.connect import connect  # noqa: PLC0415 - see above

    return connect(settings, wiring)


INTEGRATION = Integration(
    name="pagerduty",
    title="PagerDuty",
    category=Category.ALERTING,
    settings=PagerDutySettings,
    connect=_connect,
    webhook=lambda settings: PagerDutyWebhook(settings.secrets),
)
