"""Elasticsearch: the cluster, its disks and snapshots, and the logs in it, for the morning checklist."""

from bot.integrations import Category, Integration
from bot.integrations.elasticsearch.adapter import Elasticsearch
from bot.integrations.elasticsearch.settings import ElasticsearchSettings

INTEGRATION = Integration(
    name="elasticsearch",
    title="Elasticsearch",
    category=Category.MONITORING,
    settings=ElasticsearchSettings,
    connect=Elasticsearch.connect,
)
