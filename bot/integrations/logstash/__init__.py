"""Logstash: the health of its nodes and the flow through their pipelines, for the morning checklist."""

from bot.integrations import Category, Integration
from bot.integrations.logstash.adapter import Logstash
from bot.integrations.logstash.settings import LogstashSettings

INTEGRATION = Integration(
    name="logstash",
    title="Logstash",
    category=Category.MONITORING,
    settings=LogstashSettings,
    connect=Logstash.connect,
)
