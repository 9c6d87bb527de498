"""Logstash: the health of its nodes and the flow through their pipelines, for the morning checklist."""

from bot.integrations import Category, Integration, later
from bot.integrations.logstash.settings import LogstashSettings

INTEGRATION = Integration(
    name="logstash",
    title="Logstash",
    category=Category.MONITORING,
    settings=LogstashSettings,
    connect=later(__name__, "adapter:Logstash.connect"),
)
