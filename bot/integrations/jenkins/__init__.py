"""Jenkins: its jobs, queue and agents for the morning checklist; its builds as changes, run again and stopped."""

from bot.integrations import Category, Integration, later
from bot.integrations.jenkins.settings import JenkinsSettings

INTEGRATION = Integration(
    name="jenkins",
    title="Jenkins",
    category=Category.PIPELINES,
    settings=JenkinsSettings,
    connect=later(__name__, "connect:connect"),
    webhook=later(__name__, "webhook:JenkinsWebhook.reading"),
)
