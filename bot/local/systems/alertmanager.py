"""An example Alertmanager: scripted alerts, and silences that can be made for real."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.local.keep import Document
from bot.local.systems.examples import ALERTMANAGER_ALERTS, Alert
from bot.local.systems.moments import Now, in_milliseconds
from bot.local.systems.silences import Refusal, Silences, read_filter

LARGEST_BODY: Final = 64 * 1024
_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """The endpoints a checklist and an alert's buttons ask."""

    silences: Silences
    now: Now

    def routes(self) -> list[Route]:
        api = "/alertmanager/api/v2"
        return [
            Route("/alertmanager/-/ready", self.ready),
            Route("/alertmanager/-/healthy", self.ready),
            Route(f"{api}/status", _guarded(self.status)),
            Route(f"{api}/alerts", _guarded(self.alerts)),
            Route(f"{api}/alerts/groups", _guarded(self.groups)),
            Route(f"{api}/silences", _guarded(self.list_silences), methods=["GET"]),
            Route(f"{api}/silences", _guarded(self.save_silence), methods=["POST"]),
            Route(f"{api}/silence/{{id}}", _guarded(self.get_silence), methods=["GET"]),
            Route(f"{api}/silence/{{id}}", _guarded(self.expire_silence), methods=["DELETE"]),
            Route("/alertmanager/api/v1/{rest:path}", _guarded(self.old)),
        ]

    async def ready(self, _request: Request) -> Response:
        return PlainTextResponse("OK")

    async def old(self, _request: Request) -> Response:
        raise Refusal(
            410, "The Alertmanager v1 API was deprecated in version 0.16.0 and is removed as of version 0.27.0"
        )

    async def status(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "cluster": {
                    "name": "example",
                    "status": "ready",
                    "peers": [{"name": "example", "address": "127.0.0.1"}],
                },
                "config": {"original": "# example\nroute:\n  receiver: example\nreceivers:\n- name: example\n"},
                "uptime": in_milliseconds(self.now() - timedelta(days=9)),
                "versionInfo": {"version": "0.34.0", "revision": "example", "branch": "HEAD"},
            }
        )

    async def alerts(self, request: Request) -> Response:
        return JSONResponse(self._wanted(request))

    async def groups(self, request: Request) -> Response:
        groups: dict[str, list[Document]] = {}
        for alert in self._wanted(request):
            groups.setdefault(alert["labels"]["alertname"], []).append(alert)
        return JSONResponse(
            [
                {"labels": {"alertname": name}, "receiver": {"name": "example"}, "alerts": alerts}
                for name, alerts in groups.items()
            ]
        )

    async def list_silences(self, request: Request) -> Response:
        """List silences; the three flags each leave one state out when false."""
        hidden = {state for state in ("active", "pending", "expired") if request.query_params.get(state) == "false"}
        return JSONResponse([one for one in self.silences.all() if one["status"]["state"] not in hidden])

    async def save_silence(self, request: Request) -> Response:
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > LARGEST_BODY:
                raise Refusal(413, "body too large")
        try:
            given = json.loads(bytes(raw))
        except (ValueError, RecursionError):
            raise Refusal(400, {"code": 400, "message": "parsing silence body failed: invalid JSON"}) from None
        if not isinstance(given, dict):
            raise Refusal(422, {"code": 601, "message": "silence in body must be of type object"})
        return JSONResponse({"silenceID": self.silences.save(given)})

    async def get_silence(self, request: Request) -> Response:
        return JSONResponse(self.silences.get(request.path_params["id"]))

    async def expire_silence(self, request: Request) -> Response:
        self.silences.expire(request.path_params["id"])
        return Response()

    def _wanted(self, request: Request) -> list[Document]:
        hidden = {name for name in ("active", "silenced", "inhibited", "unprocessed") if _off(request, name)}
        matchers = [read_filter(text) for text in request.query_params.getlist("filter")]
        drawn = [self._drawn(one) for one in ALERTMANAGER_ALERTS if all(m.holds(one.labels) for m in matchers)]
        states = {"active": "active", "suppressed": "silenced"}
        return [one for one in drawn if states[one["status"]["state"]] not in hidden]

    def _drawn(self, alert: Alert) -> Document:
        by = self.silences.silencing(alert.labels)
        state = "suppressed" if by else "active"
        return {
            "fingerprint": alert.fingerprint,
            "labels": alert.labels,
            "annotations": {"summary": alert.summary},
            "startsAt": in_milliseconds(self.now() - timedelta(minutes=alert.minutes)),
            "endsAt": in_milliseconds(self.now() + timedelta(minutes=4)),
            "updatedAt": in_milliseconds(self.now() - timedelta(seconds=20)),
            "generatorURL": f"http://prometheus.example:9090/graph?g0.expr={alert.labels['alertname']}",
            "receivers": [{"name": "example"}],
            "status": {"state": state, "silencedBy": by, "inhibitedBy": [], "mutedBy": []},
        }


def _off(request: Request, name: str) -> bool:
    return request.query_params.get(name) == "false"


def _guarded(act: _Endpoint) -> _Endpoint:
    """Answer refusals as Alertmanager does: a bare string, or an object."""

    @wraps(act)
    async def answered(request: Request) -> Response:
        try:
            return await act(request)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)

    return answered
