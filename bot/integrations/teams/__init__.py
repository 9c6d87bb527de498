"""Microsoft Teams: incidents and their status updates, mirrored into a channel."""

from bot.integrations import Category, Integration, later
from bot.integrations.teams.settings import TeamsSettings

INTEGRATION = Integration(
    name="teams",
    title="Microsoft Teams",
    category=Category.ALERTING,
    settings=TeamsSettings,
    connect=later(__name__, "adapter:Teams.connect"),
)
