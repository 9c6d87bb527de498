"""Velero: whether every schedule has a good backup, its storage can be used, and restores were tried; and restores."""

from bot.integrations import Category, Integration, later
from bot.integrations.velero.settings import VeleroSettings

INTEGRATION = Integration(
    name="velero",
    title="Velero",
    category=Category.BACKUPS,
    settings=VeleroSettings,
    connect=later(__name__, "adapter:Velero.connect"),
)
