"""Loki: whether it is ready, whether logs arrive, how many are errors, and its ruler, for the morning checklist."""

from bot.integrations import Category, Integration, later
from bot.integrations.loki.settings import LokiSettings

INTEGRATION = Integration(
    name="loki",
    title="Loki",
    category=Category.MONITORING,
    settings=LokiSettings,
    connect=later(__name__, "adapter:Loki.connect"),
)
