"""Elasticsearch: the cluster, its disks and snapshots, and the logs in it, for the morning checklist."""

from bot.integrations import Category, Integration, later
from bot.integrations.elasticsearch.settings import ElasticsearchSettings

INTEGRATION = Integration(
    name="elasticsearch",
    title="Elasticsearch",
    category=Category.MONITORING,
    settings=ElasticsearchSettings,
    connect=later(__name__, "adapter:Elasticsearch.connect"),
)
