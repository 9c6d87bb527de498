"""Argo CD: its applications, syncs, clusters and accounts for the morning checklist, and its syncs as changes."""

from bot.integrations import Category, Integration, later
from bot.integrations.argocd.settings import ArgoCDSettings

INTEGRATION = Integration(
    name="argocd",
    title="Argo CD",
    category=Category.PIPELINES,
    settings=ArgoCDSettings,
    connect=later(__name__, "adapter:ArgoCD.connect"),
    webhook=later(__name__, "webhook:ArgoCDWebhook.reading"),
)
