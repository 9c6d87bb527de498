"""Alert e-mails: the mailbox of systems that can only write mails, read for the checklist and for incidents."""

from bot.integrations import Category, Integration, later
from bot.integrations.email.settings import EmailSettings

INTEGRATION = Integration(
    name="email",
    title="E-mail alerts",
    category=Category.ALERTING,
    settings=EmailSettings,
    connect=later(__name__, "adapter:Email.connect"),
)
