"""An example Argo CD: a few applications that are deployed now and then; it can be read, and nothing else."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.keep import Document
from bot.local.systems.examples import APPLICATIONS, Application
from bot.local.systems.moments import Now, in_seconds
from bot.local.systems.syncs import REMEMBERED, Sync, Syncs

CLUSTER: Final = "production"
PROJECT: Final = "example"
PLACE: Final = "argocd"
"""The namespace in which Argo CD keeps the applications."""
REPOSITORY: Final = "https://charts.example/example"
_SERVER: Final = "https://kubernetes.default.svc"
_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class ArgoCD:
    """The endpoints a checklist and a record of changes ask."""

    syncs: Syncs
    token: str
    now: Now

    def routes(self) -> list[Route]:
        api = "/argocd/api/v1"
        return [
            Route("/argocd/api/version", self.version),
            Route(f"{api}/applications", self._guarded(self.applications)),
            Route(f"{api}/clusters", self._guarded(self.clusters)),
            Route(f"{api}/repositories", self._guarded(self.repositories)),
            Route(f"{api}/account", self._guarded(self.accounts)),
        ]

    async def version(self, _request: Request) -> Response:
        return JSONResponse({"Version": "v3.1.2+example"})

    async def applications(self, request: Request) -> Response:
        """List them; a project that is asked for and has none gives nothing, and `fields` leaves out the rest."""
        asked = request.query_params
        projects = asked.getlist("projects")
        found = [self._drawn(one) for one in APPLICATIONS] if PROJECT in (projects or [PROJECT]) else []
        answer: Document = {"metadata": {"resourceVersion": "1"}, "items": found}
        if fields := asked.get("fields"):
            inside = [each.removeprefix("items.") for each in fields.split(",")]
            answer = {"items": [_only(one, inside) for one in found]}
        return JSONResponse(answer)

    async def clusters(self, _request: Request) -> Response:
        state = self._reached()
        cluster = {"name": CLUSTER, "server": _SERVER, "connectionState": state, "info": {"connectionState": state}}
        return JSONResponse({"metadata": {}, "items": [cluster]})

    async def repositories(self, _request: Request) -> Response:
        one = {"repo": REPOSITORY, "type": "helm", "name": PROJECT, "connectionState": self._reached()}
        return JSONResponse({"metadata": {}, "items": [one]})

    async def accounts(self, _request: Request) -> Response:
        until = int((self.now() + timedelta(days=200)).timestamp())
        token = {"id": "example", "issuedAt": until - 300 * 86_400, "expiresAt": until}
        bot = {"name": "daywatch", "enabled": True, "capabilities": ["apiKey"], "tokens": [token]}
        admin = {"name": "admin", "enabled": False, "capabilities": ["login"], "tokens": None}
        return JSONResponse({"items": [admin, bot]})

    def _reached(self) -> Document:
        return {"status": "Successful", "message": "", "attemptedAt": in_seconds(self.now() - timedelta(seconds=40))}

    def _drawn(self, one: Application) -> Document:
        history = self.syncs.of(one)
        last = history[-1]
        health: Document = {"status": "Healthy", "lastTransitionTime": in_seconds(last.finished)}
        if one.trouble:
            health |= {"status": "Progressing", "message": one.trouble}
        made = in_seconds(self.now() - timedelta(days=90))
        return {
            "metadata": {"name": one.name, "namespace": PLACE, "creationTimestamp": made},
            "spec": {
                "project": PROJECT,
                "source": {"repoURL": REPOSITORY, "chart": one.chart, "targetRevision": f"{one.version[0]}.*"},
                "destination": {"name": CLUSTER, "namespace": one.workloads},
                "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
                "revisionHistoryLimit": REMEMBERED,
            },
            "status": {
                "health": health,
                "sync": {"status": "Synced", "revision": last.version},
                "operationState": {
                    "phase": "Succeeded",
                    "message": "successfully synced (all tasks run)",
                    "startedAt": in_seconds(last.started),
                    "finishedAt": in_seconds(last.finished),
                    "operation": {"initiatedBy": _by(last), "sync": {"revision": last.version}},
                    "syncResult": {"revision": last.version},
                },
                "history": [_line(number, sync) for number, sync in enumerate(history, 1)],
                "reconciledAt": in_seconds(self.now() - timedelta(seconds=70)),
                "summary": {"images": [f"registry.example/{one.chart}:{last.version}"]},
            },
        }

    def _guarded(self, act: _Endpoint) -> _Endpoint:
        """Refuse whoever has no token, in Argo CD's words."""

        @wraps(act)
        async def answered(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if hmac.compare_digest(given, f"Bearer {self.token}".encode()):
                return await act(request)
            error = "no session information"
            return JSONResponse({"error": error, "code": 16, "message": error}, 401)

        return answered


def page_of(one: Application) -> str:
    """Where a person would look, below the server's address."""
    return f"/applications/{PLACE}/{one.name}"


def notice(one: Application, sync: Sync, base: str) -> Document:
    """What its notifications say of a sync, in the form of the template that our page of Argo CD gives."""
    by = _by(sync)
    return {
        "app": one.name,
        "namespace": PLACE,
        "phase": "Succeeded",
        "startedAt": in_seconds(sync.started),
        "finishedAt": in_seconds(sync.finished),
        "revision": sync.version,
        "revisions": None,
        "by": by.get("username"),
        "automated": by.get("automated"),
        "dryRun": None,
        "repository": REPOSITORY,
        "cluster": CLUSTER,
        "target": one.workloads,
        "url": f"{base}{page_of(one)}",
        "project": PROJECT,
    }


def _by(sync: Sync) -> Document:
    return {"username": sync.by} if sync.by else {"automated": True}


def _line(number: int, sync: Sync) -> Document:
    times = {"deployStartedAt": in_seconds(sync.started), "deployedAt": in_seconds(sync.finished)}
    return {"id": number, "revision": sync.version, "initiatedBy": _by(sync), **times}


def _only(document: Document, paths: list[str]) -> Document:
    """What these paths lead to, as the `fields` of a real one pick it."""
    kept: Document = {}
    for path in paths:
        *way, last = path.split(".")
        place: Any = document
        for name in way:
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict) and last in place:
            inside = kept
            for name in way:
                inside = inside.setdefault(name, {})
            inside[last] = place[last]
    return kept
