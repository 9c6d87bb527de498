"""A healthy Logstash node, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.logstash.settings import LogstashSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told

PASSWORD: Final = "ls-pass-90ab33"
ROOT: Final = "GET /"
REPORT: Final = "GET /_health_report"
PIPELINES: Final = "GET /_node/stats/pipelines"
RELOADS: Final = "GET /_node/stats/reloads"
JVM: Final = "GET /_node/stats/jvm"


def head(version: str = "9.0.1", run: str = "e7", **more: Any) -> dict[str, Any]:
    """What stands at the head of each answer. Any: whatever JSON can hold."""
    found = {
        "host": "ls1",
        "version": version,
        "http_address": "127.0.0.1:9600",
        "id": "a1",
        "name": "ls1",
        "ephemeral_id": run,
        "status": "green",
        "snapshot": False,
        "pipeline": {"workers": 2, "batch_size": 125, "batch_delay": 50},
    }
    return found | more


def window(value: Any) -> dict[str, Any]:
    return {"current": value, "last_1_minute": value, "last_5_minutes": value, "lifetime": "Infinity"}


def flow(came: Any = 12.5, went: Any = 12.4, pressure: Any = 0.01) -> dict[str, Any]:
    return {
        "input_throughput": window(came),
        "filter_throughput": window(came),
        "output_throughput": window(went),
        "queue_backpressure": window(pressure),
        "worker_concurrency": window(0.1),
    }


def pipeline(**changes: Any) -> dict[str, Any]:
    """A pipeline as a node lists it; a section that is None is null there. Any: whatever JSON can hold."""
    found = {
        "events": {"in": 120_034, "filtered": 120_030, "out": 120_030, "duration_in_millis": 99_321},
        "flow": flow(),
        "plugins": {
            "inputs": [],
            "codecs": [],
            "filters": [],
            "outputs": [{"id": "o", "name": "elasticsearch", "documents": {"successes": 120_030}}],
        },
        "reloads": {
            "successes": 1,
            "failures": 0,
            "last_error": None,
            "last_success_timestamp": "2026-03-01T06:11:09.481Z",
            "last_failure_timestamp": None,
        },
        "queue": {
            "type": "persisted",
            "events_count": 4,
            "queue_size_in_bytes": 88_213,
            "max_queue_size_in_bytes": 1_073_741_824,
        },
        "dead_letter_queue": {"queue_size_in_bytes": 1, "max_queue_size_in_bytes": 1_073_741_824, "dropped_events": 0},
        "hash": "5022893e",
    }
    return found | changes


def pipelines(run: str = "e7", **named: Any) -> Canned:
    return told(head(run=run, pipelines=named or {"main": pipeline(), ".monitoring-logstash": pipeline(events=None)}))


def report(status: str = "green", symptom: str = "1 indicator is healthy (`pipelines`)", **found: Any) -> Canned:
    one = {"status": status, "symptom": symptom, "diagnosis": [], "details": {"status": {"state": "RUNNING"}}}
    inner = found or {"main": one}
    whole = {"status": status, "symptom": symptom, "indicators": inner}
    return told(head(status=status, symptom=symptom, indicators={"pipelines": whole}))


def jvm(percent: Any = 41) -> Canned:
    return told(head(jvm={"mem": {"heap_used_percent": percent, "heap_max_in_bytes": 1_037_959_168}}))


def reloads(failures: int = 0) -> Canned:
    return told(head(reloads={"successes": 1, "failures": failures}))


HEALTHY: Final[Mapping[str, Canned]] = {
    ROOT: told(head()),
    REPORT: report(),
    PIPELINES: pipelines(),
    RELOADS: reloads(),
    JVM: jvm(),
}


def named(name: str) -> Mapping[str, Canned]:
    bad = pipeline(
        flow=flow(1, 0),
        queue={"type": "persisted", "queue_size_in_bytes": 99, "max_queue_size_in_bytes": 100},
        reloads={"failures": 1, "last_error": {"message": name}},
        dead_letter_queue={"queue_size_in_bytes": 99, "dropped_events": 3},
    )
    return {
        REPORT: report("red", name, **{name: {"status": "red", "symptom": name}}),
        PIPELINES: told(head(pipelines={name: bad})),
    }


SCRIPT: Final = Script(
    settings=lambda address: LogstashSettings(urls=(address,), username="daywatch", password=SecretStr(PASSWORD)),
    secrets=(PASSWORD,),
    healthy=HEALTHY,
    named=named,
    shows_names=("logstash.health", "logstash.flow", "logstash.queues", "logstash.losses", "logstash.reloads"),
    empty={
        f"logstash.{check}": {PIPELINES: told(head(pipelines={})), REPORT: told(head(indicators={"pipelines": {}}))}
        for check in ("health", "flow", "queues", "losses", "reloads")
    },
)
