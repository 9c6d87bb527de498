"""Argo Rollouts: whether rollouts are healthy, paused or aborted, how their analyses went, and what was rolled out."""

from bot.integrations import Category, Integration, later
from bot.integrations.rollouts.settings import RolloutsSettings

INTEGRATION = Integration(
    name="rollouts",
    title="Argo Rollouts",
    category=Category.PIPELINES,
    settings=RolloutsSettings,
    connect=later(__name__, "adapter:Rollouts.connect"),
    webhook=later(__name__, "webhook:RolloutsWebhook.reading"),
)
