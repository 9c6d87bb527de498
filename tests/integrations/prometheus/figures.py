"""What a scripted Prometheus answers to the questions about hosts and backups, by the name of the figure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import parse_qs

from bot.integrations.prometheus.client import PrometheusClient
from bot.integrations.prometheus.hosts import Hosts
from bot.integrations.prometheus.settings import PrometheusSettings
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT

NOW: Final = AT.timestamp()
HOUR: Final = 3_600.0
DAY: Final = 24 * HOUR
Series = Sequence[tuple[Mapping[str, str], float | str]]


def on(host: str, value: float | str, **more: str) -> tuple[Mapping[str, str], float | str]:
    return {"instance": host, **more}, value


def expressions(**settings: Any) -> Mapping[str, str]:
    """Which expression asks for which figure. Any: whatever the settings take."""
    hosts = Hosts(cast("PrometheusClient", None), PrometheusSettings(url="http://127.0.0.1:1", **settings))
    return {
        **{text: name for name, text in hosts._figures.items()},
        hosts._nodes: "nodes",
        hosts._systems: "systems",
    }


def name_of(expression: str, known: Mapping[str, str]) -> str:
    if expression in known:
        return known[expression]
    if expression.startswith(("max_over_time", "min_over_time")):
        what = "reboot" if "reboot_required" in expression else "security"
        return f"{what} {'quiet' if expression.startswith('max') else 'seen'}"
    if expression.startswith("quantile_over_time"):
        return "backup usual"
    backups = {
        "backup_last_success_timestamp_seconds": "backup success",
        "backup_last_exit_code": "backup code",
        "backup_last_size_bytes": "backup size",
        "node_textfile_scrape_error > 0": "backup broken",
    }
    return backups.get(expression.partition("{")[0], "")


def answering(series: Mapping[str, Series], **settings: Any) -> Callable[[Request], Canned | None]:
    """Answers each question with the series of its figure; none for what is not there. Any: as above."""
    known = expressions(**settings)

    def answer(request: Request) -> Canned | None:
        if request.path != "/api/v1/query":
            return None
        given = parse_qs(request.body.decode()) if request.method == "POST" else request.query
        name = name_of(given["query"][0], known)
        if not name:
            return None
        found = series.get(name, ())
        result = [{"metric": dict(labels), "value": [NOW, str(value)]} for labels, value in found]
        return told({"status": "success", "data": {"resultType": "vector", "result": result}})

    return answer


def healthy(*hosts: str) -> Mapping[str, Series]:
    """Hosts on which nothing is pending, looked at an hour ago."""
    return {
        "nodes": [on(host, 1, nodename=host.partition(":")[0]) for host in hosts],
        "apt": [on(host, 1) for host in hosts],
        "pending": [on(host, 0) for host in hosts],
        "security": [on(host, 0) for host in hosts],
        "lists": [on(host, NOW - HOUR) for host in hosts],
        "written": [on(host, NOW - 600) for host in hosts],
        "broken": [on(host, 0) for host in hosts],
        "reboot": [on(host, 0) for host in hosts],
        "kernel": [on(host, 1) for host in hosts],
        "services": [on(host, 0) for host in hosts],
        "backup success": [({"job_name": "pg", "instance": hosts[0]}, NOW - HOUR)] if hosts else [],
        "backup code": [({"job_name": "pg", "instance": hosts[0]}, 0)] if hosts else [],
        "backup size": [({"job_name": "pg", "instance": hosts[0]}, 8e9)] if hosts else [],
        "backup usual": [({"job_name": "pg", "instance": hosts[0]}, 8e9)] if hosts else [],
    }
