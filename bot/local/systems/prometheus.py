"""An example Prometheus: it answers like a real one, from a script."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.local.keep import Document
from bot.local.systems.examples import PROMETHEUS_ALERTS, RULES, SAMPLES, TARGETS, Alert, Rule, Target
from bot.local.systems.moments import Now, in_nanoseconds

MOST_POINTS: Final = 11_000
LARGEST_BODY: Final = 64 * 1024
NOBODY_EXPORTS: Final = ("node_", "apt_", "yum_", "needrestart_", "backup_")
"""How the metrics of hosts begin, of which this example has none: a server answers such an expression with nothing."""
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class _BadQueryError(Exception):
    """The caller asked something that makes no sense."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """The endpoints a checklist asks."""

    now: Now

    def routes(self) -> list[Route]:
        api = "/prometheus/api/v1"
        both = ["GET", "POST"]
        return [
            Route("/prometheus/-/ready", self.ready),
            Route("/prometheus/-/healthy", self.healthy),
            Route(f"{api}/alerts", self.alerts),
            Route(f"{api}/rules", self.rules),
            Route(f"{api}/targets", self.targets),
            Route(f"{api}/alertmanagers", self.alertmanagers),
            Route(f"{api}/status/runtimeinfo", self.runtime),
            Route(f"{api}/status/buildinfo", self.build),
            Route(f"{api}/query", self.query, methods=both),
            Route(f"{api}/query_range", self.query_range, methods=both),
        ]

    async def ready(self, _request: Request) -> Response:
        return PlainTextResponse("Prometheus Server is Ready.\n")

    async def healthy(self, _request: Request) -> Response:
        return PlainTextResponse("Prometheus Server is Healthy.\n")

    async def alerts(self, _request: Request) -> Response:
        return _success({"alerts": [self._alert(one) for one in PROMETHEUS_ALERTS]})

    async def rules(self, request: Request) -> Response:
        wanted = request.query_params.get("type")
        if wanted not in {None, "alert", "record"}:
            return _failure(400, "bad_data", f'invalid query parameter type="{wanted}"')
        kept = [one for one in RULES if wanted is None or (one.state is None) == (wanted == "record")]
        groups = [self._group(name, list(rules)) for name, rules in groupby(kept, key=lambda one: one.group)]
        return _success({"groups": groups})

    async def targets(self, request: Request) -> Response:
        state = request.query_params.get("state", "any").lower()
        pool = request.query_params.get("scrapePool")
        active = [self._target(one) for one in TARGETS if pool in {None, one.job}] if state != "dropped" else []
        return _success({"activeTargets": active, "droppedTargets": [], "droppedTargetCounts": {}})

    async def alertmanagers(self, _request: Request) -> Response:
        active = [{"url": "http://alertmanager.example:9093/api/v2/alerts"}]
        return _success({"activeAlertmanagers": active, "droppedAlertmanagers": []})

    async def runtime(self, _request: Request) -> Response:
        return _success(
            {
                "startTime": in_nanoseconds(self.now() - timedelta(days=9)),
                "CWD": "/",
                "reloadConfigSuccess": True,
                "lastConfigTime": in_nanoseconds(self.now() - timedelta(days=2)),
                "corruptionCount": 0,
                "storageRetention": "15d",
            }
        )

    async def build(self, _request: Request) -> Response:
        return _success({"version": "3.14.0", "revision": "example", "branch": "HEAD", "goVersion": "go1.26"})

    async def query(self, request: Request) -> Response:
        try:
            asked = await _asked(request)
            series = _series(asked)
            at = _moment(asked.get("time"), self.now().timestamp())
        except _BadQueryError as reason:
            return _failure(400, "bad_data", str(reason))
        if series is None:
            return _not_scripted(asked["query"])
        result = [{"metric": labels, "value": [at, value]} for labels, value in series]
        return _success({"resultType": "vector", "result": result})

    async def query_range(self, request: Request) -> Response:
        try:
            asked = await _asked(request)
            series = _series(asked)
            start, end = _moment(asked.get("start"), None), _moment(asked.get("end"), None)
            step = _duration(asked.get("step", ""))
            times = _times(start, end, step)
        except _BadQueryError as reason:
            return _failure(400, "bad_data", str(reason))
        if series is None:
            return _not_scripted(asked["query"])
        result = [{"metric": labels, "values": [[at, value] for at in times]} for labels, value in series]
        return _success({"resultType": "matrix", "result": result})

    def _alert(self, alert: Alert) -> Document:
        return {
            "labels": alert.labels,
            "annotations": {"summary": alert.summary},
            "state": alert.state,
            "activeAt": in_nanoseconds(self.now() - timedelta(minutes=alert.minutes)),
            "value": alert.value,
        }

    def _group(self, name: str, rules: list[Rule]) -> Document:
        return {
            "name": name,
            "file": "/etc/prometheus/rules/example.yml",
            "rules": [self._rule(one) for one in rules],
            "interval": 30,
            "limit": 0,
            "evaluationTime": 0.0014,
            "lastEvaluation": in_nanoseconds(self.now() - timedelta(seconds=11)),
        }

    def _rule(self, rule: Rule) -> Document:
        shared: Document = {
            "name": rule.name,
            "query": rule.query,
            "labels": rule.labels,
            "health": "ok",
            "evaluationTime": 0.0004,
            "lastEvaluation": in_nanoseconds(self.now() - timedelta(seconds=11)),
        }
        if rule.state is None:
            return shared | {"type": "recording"}
        firing = [self._alert(one) for one in PROMETHEUS_ALERTS if one.labels["alertname"] == rule.name]
        return shared | {
            "type": "alerting",
            "state": rule.state,
            "duration": rule.duration,
            "keepFiringFor": 0,
            "annotations": {"summary": rule.summary},
            "alerts": firing,
        }

    def _target(self, target: Target) -> Document:
        address = f"http://{target.instance}/metrics"
        return {
            "discoveredLabels": {"__address__": target.instance, "job": target.job},
            "labels": {"instance": target.instance, "job": target.job},
            "scrapePool": target.job,
            "scrapeUrl": address,
            "globalUrl": address,
            "lastError": target.trouble,
            "lastScrape": in_nanoseconds(self.now() - timedelta(seconds=7)),
            "lastScrapeDuration": 0.0041,
            "health": target.health,
            "scrapeInterval": "30s",
            "scrapeTimeout": "10s",
        }


def _success(content: Document) -> Response:
    return JSONResponse({"status": "success", "data": content})


def _failure(status: int, kind: str, error: str) -> Response:
    return JSONResponse({"status": "error", "errorType": kind, "error": error}, status)


def _not_scripted(query: str) -> Response:
    known = ", ".join(SAMPLES)
    return _failure(422, "execution", f"this example Prometheus has no answer to {query!r}; it knows: {known}")


async def _asked(request: Request) -> dict[str, str]:
    asked = dict(request.query_params)
    if request.method == "POST":
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > LARGEST_BODY:
                raise _BadQueryError("error parsing form values: request body too large")
        asked |= dict(parse_qsl(raw.decode(errors="replace")))
    return asked


def _series(asked: dict[str, str]) -> tuple[tuple[dict[str, str], str], ...] | None:
    query = " ".join(asked.get("query", "").split())
    if not query:
        raise _BadQueryError('invalid parameter "query": 1:1: parse error: no expression found in input')
    if query == "vector(1)":
        return (({}, "1"),)
    found = SAMPLES.get(query)
    return () if found is None and any(one in query for one in NOBODY_EXPORTS) else found


def _moment(given: str | None, default: float | None) -> float:
    """Read a time: seconds since 1970, or RFC 3339."""
    if given is None:
        if default is None:
            raise _BadQueryError('invalid parameter: cannot parse "" to a valid timestamp')
        return round(default, 3)
    try:
        seconds = float(given)
    except ValueError:
        seconds = _from_text(given)
    if not math.isfinite(seconds):
        raise _BadQueryError(f'invalid parameter: cannot parse "{given}" to a valid timestamp')
    return seconds


def _from_text(given: str) -> float:
    try:
        return datetime.fromisoformat(given).timestamp()
    except ValueError:
        raise _BadQueryError(f'invalid parameter: cannot parse "{given}" to a valid timestamp') from None


def _duration(given: str) -> float:
    unit = next((unit for unit in _UNITS if given.endswith(unit) and given[: -len(unit)].isdecimal()), None)
    try:
        seconds = float(given.removesuffix(unit)) * _UNITS[unit] if unit else float(given)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise _BadQueryError('invalid parameter "step": zero or negative query resolution step widths are not accepted')
    return seconds


def _times(start: float, end: float, step: float) -> list[float]:
    if end < start:
        raise _BadQueryError('invalid parameter "end": end timestamp must not be before start time')
    if (end - start) / step > MOST_POINTS:
        raise _BadQueryError(
            "exceeded maximum resolution of 11,000 points per timeseries. "
            "Try decreasing the query resolution (?step=XX)"
        )
    return [start + step * number for number in range(int((end - start) / step) + 1)]
