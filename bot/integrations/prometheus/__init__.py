"""Prometheus: alerts, rules, targets and the server's own health for the morning checklist."""

from bot.integrations import Category, Integration, later
from bot.integrations.prometheus.settings import PrometheusSettings

INTEGRATION = Integration(
    name="prometheus",
    title="Prometheus",
    category=Category.MONITORING,
    settings=PrometheusSettings,
    connect=later(__name__, "adapter:Prometheus.connect"),
)
