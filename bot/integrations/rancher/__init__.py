"""Rancher: the clusters it manages, their nodes and certificates, snapshots of etcd, and how long our token lasts."""

from bot.integrations import Category, Integration, later
from bot.integrations.rancher.settings import RancherSettings

INTEGRATION = Integration(
    name="rancher",
    title="Rancher",
    category=Category.PLATFORM,
    settings=RancherSettings,
    connect=later(__name__, "adapter:Rancher.connect"),
)
