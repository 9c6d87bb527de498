"""Access lists: who may do what in systems without an adapter here, posted as CSV or JSON."""

from bot.integrations import Category, Integration, later
from bot.integrations.access.settings import AccessSettings

INTEGRATION = Integration(
    name="access",
    title="Access lists",
    category=Category.SECURITY,
    settings=AccessSettings,
    connect=later(__name__, "adapter:PostedAccess.connect"),
    reports=later(__name__, "reports:AccessReader.reading"),
)
