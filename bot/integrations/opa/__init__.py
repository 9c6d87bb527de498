"""Open Policy Agent: is it ready with its policies, and what did Conftest find in CI."""

from bot.integrations import Category, Integration, later
from bot.integrations.opa.settings import OpaSettings

INTEGRATION = Integration(
    name="opa",
    title="Open Policy Agent",
    category=Category.SECURITY,
    settings=OpaSettings,
    connect=later(__name__, "adapter:Opa.connect"),
    reports=later(__name__, "reports:ConftestReports.reading"),
)
