"""Kubernetes: nodes, workloads, pods, jobs and volumes of every cluster, and what was rolled out in it."""

from bot.integrations import Category, Integration, later
from bot.integrations.kubernetes.settings import KubernetesSettings

INTEGRATION = Integration(
    name="kubernetes",
    title="Kubernetes",
    category=Category.PLATFORM,
    settings=KubernetesSettings,
    connect=later(__name__, "adapter:Kubernetes.connect"),
)
