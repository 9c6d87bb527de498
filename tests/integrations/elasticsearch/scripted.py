"""A healthy Elasticsearch, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.elasticsearch.settings import ElasticsearchSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT

KEY: Final = "es-key-VnVhQ2ZHY0JDZGJr"
COUNT: Final = "POST /logs-*/_count"
HEALTH: Final = "GET /_cluster/health"
REPORT: Final = "GET /_health_report"
DISKS: Final = "GET /_cat/allocation"
POLICIES: Final = "GET /_slm/policy"
SLM: Final = "GET /_slm/status"
LICENCE: Final = "GET /_license"
HOUR: Final = 3_600_000


def millis(hours_ago: float = 0) -> int:
    return int(AT.timestamp() * 1_000 - hours_ago * HOUR)


def health(**changes: Any) -> dict[str, Any]:
    """The health of a cluster. Any: whatever JSON can hold."""
    found = {
        "cluster_name": "logs",
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 3,
        "number_of_data_nodes": 3,
        "active_primary_shards": 210,
        "active_shards": 420,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": 0,
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0,
    }
    return found | changes


def report(**indicators: tuple[str, str]) -> Canned:
    usual = {"master_is_stable": ("green", "The cluster has a stable master node"), "disk": ("green", "Fine")}
    found = {name: {"status": status, "symptom": words} for name, (status, words) in {**usual, **indicators}.items()}
    return told({"cluster_name": "logs", "status": "green", "indicators": found})


def disk(node: str | None = "es1", percent: str | None = "41", free: str | None = "512000000000") -> dict[str, Any]:
    return {"node": node, "disk.percent": percent, "disk.avail": free, "shards": "140"}


def policy(**changes: Any) -> dict[str, Any]:
    found = {
        "version": 1,
        "modified_date_millis": millis(900),
        "policy": {
            "name": "<daily-{now/d}>",
            "schedule": "0 30 1 * * ?",
            "repository": "s3",
            "config": {"indices": ["*"]},
        },
        "last_success": {"snapshot_name": "daily-1", "start_time": millis(0.3), "time": millis(0.1)},
        "next_execution_millis": millis(-20),
        "stats": {"policy": "daily", "snapshots_taken": 90, "snapshots_failed": 0},
    }
    return {key: value for key, value in (found | changes).items() if value is not None}


def count(number: int, failed: int = 0, total: int = 12) -> Canned:
    return told({"count": number, "_shards": {"total": total, "successful": total, "skipped": 0, "failed": failed}})


def counted(request: Request) -> Canned | None:
    """Lines and errors by what the query narrows."""
    if request.line != COUNT:
        return None
    return count(42 if b'"terms"' in request.body else 91_344)


HEALTHY: Final[Mapping[str, Canned]] = {
    "GET /": told(
        {
            "name": "es1",
            "cluster_name": "logs",
            "version": {"number": "9.1.0", "build_flavor": "default"},
            "tagline": "x",
        }
    ),
    HEALTH: told(health()),
    REPORT: report(),
    DISKS: told([disk(), disk("es2", "12"), disk("UNASSIGNED", None, None)]),
    POLICIES: told({"daily": policy()}),
    SLM: told({"operation_mode": "RUNNING"}),
    LICENCE: told({"license": {"status": "active", "type": "basic", "uid": "u", "issued_to": "logs"}}),
}


def named(name: str) -> Mapping[str, Canned]:
    failed = {"snapshot_name": name, "time": millis(0.05), "details": name}
    return {
        HEALTH: told(health(cluster_name=name, status="yellow", unassigned_shards=2)),
        REPORT: report(**{name: ("red", name)}),
        DISKS: told([disk(name, "91")]),
        POLICIES: told({name: policy(last_failure=failed)}),
        LICENCE: told({"license": {"status": "expired", "type": name}}),
    }


SCRIPT: Final = Script(
    settings=lambda address: ElasticsearchSettings(url=address, api_key=SecretStr(KEY)),
    secrets=(KEY,),
    healthy=HEALTHY,
    answer=counted,
    named=named,
    shows_names=("elasticsearch.cluster", "elasticsearch.disks", "elasticsearch.snapshots", "elasticsearch.licence"),
    empty={
        "elasticsearch.cluster": {HEALTH: told(health(number_of_nodes=0, number_of_data_nodes=0))},
        "elasticsearch.disks": {DISKS: told([])},
        "elasticsearch.snapshots": {POLICIES: told({})},
        "elasticsearch.errors": {COUNT: count(0)},
        "elasticsearch.ingest": {COUNT: count(0)},
        "elasticsearch.licence": {LICENCE: told({"license": {}})},
    },
)
