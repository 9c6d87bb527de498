"""Whether we are alive, able to work, and how we do: `/healthz`, `/readyz`, `/metrics`."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr

_PROXY_MARKS = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")

Readiness = Callable[[], Awaitable[Mapping[str, str | None]]]
"""What must work, each with None or the reason why it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`/metrics` and reasons are for loopback, and beyond it for the bearer of `DAYWATCH_METRICS_TOKEN`."""

    readiness: Readiness
    refresh: Callable[[], Awaitable[None]]
    """Brings gauges up to date before they are read."""
    token: SecretStr | None

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/healthz", self.alive, methods=["GET"])
        router.add_api_route("/readyz", self.ready, methods=["GET"])
        router.add_api_route("/metrics", self.metrics, methods=["GET"])
        return router

    async def alive(self) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(self, request: Request) -> Response:
        found = await self.readiness()
        broken = {name: why for name, why in found.items() if why is not None}
        status = 503 if broken else 200
        if not self._trusted(request):
            return JSONResponse({"ready": not broken}, status_code=status)
        return JSONResponse({"ready": not broken, "parts": {name: why or "ok" for name, why in found.items()}}, status)

    async def metrics(self, request: Request) -> Response:
        if not self._trusted(request):
            return JSONResponse({"detail": "Send DAYWATCH_METRICS_TOKEN as a bearer token."}, status_code=401)
        await self.refresh()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    def _trusted(self, request: Request) -> bool:
        if self.token is not None:
            given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
            if hmac.compare_digest(given, f"Bearer {self.token.get_secret_value()}".encode()):
                return True
        host = request.client.host if request.client else ""
        try:
            # A proxy on this machine calls from loopback for the whole world, so what it forwards is not trusted.
            return ip_address(host).is_loopback and not any(name in request.headers for name in _PROXY_MARKS)
        except ValueError:
            return False
