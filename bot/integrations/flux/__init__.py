"""Flux: whether what is in Git runs in every cluster, whether sources can be read, and what was applied."""

from bot.integrations import Category, Integration, later
from bot.integrations.flux.settings import FluxSettings

INTEGRATION = Integration(
    name="flux",
    title="Flux",
    category=Category.PIPELINES,
    settings=FluxSettings,
    connect=later(__name__, "adapter:Flux.connect"),
    webhook=later(__name__, "webhook:FluxWebhook.reading"),
)
