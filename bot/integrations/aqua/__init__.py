"""Aqua: images against policy, vulnerabilities with a fix, and whether scans and enforcers work."""

from bot.integrations import Category, Integration, later
from bot.integrations.aqua.settings import AquaSettings

INTEGRATION = Integration(
    name="aqua",
    title="Aqua",
    category=Category.SECURITY,
    settings=AquaSettings,
    connect=later(__name__, "adapter:Aqua.connect"),
)
