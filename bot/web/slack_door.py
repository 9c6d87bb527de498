"""`POST /slack/events`: Slack's HTTP mode, verified here, read and answered by Bolt."""

import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.web.bodies import TooLarge, TooSlow, bounded

log = structlog.get_logger(__name__)

OLDEST: Final = 300
"""Seconds that a request's own time may be off: what is older may be somebody's recording."""
_LONGEST_STAMP: Final = 12


@dataclass(slots=True)
class SlackHttp:
    """404 in Socket Mode; 503 while it is `expected` but not open yet."""

    expected: bool = False
    clock: Callable[[], float] = time.time
    _app: AsyncApp | None = None
    _secret: SecretStr = field(default_factory=lambda: SecretStr(""))

    def open(self, app: AsyncApp, secret: SecretStr) -> None:
        self._app, self._secret = app, secret

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/slack/events", self.receive, methods=["POST"])
        return router

    async def receive(self, request: Request) -> Response:
        if self._app is None:
            if self.expected:
                return JSONResponse({"detail": "Starting; send it again."}, 503, headers={"Retry-After": "2"})
            return JSONResponse({"detail": "Slack's HTTP mode is off here."}, status_code=404)
        try:
            body = await bounded(request)
        except TooLarge:
            return JSONResponse({"detail": "The body is larger than 1 MiB."}, status_code=413)
        except TooSlow:
            return JSONResponse({"detail": "The body did not arrive in time."}, status_code=408)
        return await self._answered(self._app, request, body)

    async def _answered(self, app: AsyncApp, request: Request, body: bytes) -> Response:
        if not self._signed(request.headers, body):
            if _checks_tls(body):
                return Response(status_code=200)
            log.warning("request to Slack's door refused")
            return JSONResponse({"detail": "The signature is missing, wrong or too old."}, status_code=401)
        text = _readable(request.headers.get("content-type", ""), body)
        if text is None:
            log.warning("signed by Slack, but nothing that we can read")
            return Response(status_code=200)
        headers: dict[str, str | Sequence[str]] = {key: [value] for key, value in request.headers.items()}
        answer = await app.async_dispatch(AsyncBoltRequest(body=text, query=request.url.query, headers=headers))
        told = {key: values[0] for key, values in answer.headers.items() if values}
        return Response(content=answer.body, status_code=answer.status, headers=told)

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Over the raw bytes, before anything reads them; whatever characters the headers hold."""
        stamp = headers.get("x-slack-request-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST_STAMP):
            return False
        if abs(self.clock() - int(stamp)) > OLDEST:
            return False
        secret = self._secret.get_secret_value().encode()
        wanted = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
        given = headers.get("x-slack-signature", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, f"v0={wanted}".encode())


def _checks_tls(body: bytes) -> bool:
    """Slack asks now and then, unsigned, whether the address has a good certificate."""
    return parse_qs(body.decode("utf-8", "replace")).get("ssl_check") == ["1"]


def _readable(content_type: str, body: bytes) -> str | None:
    """The text, if it is one of the shapes that Slack's payloads have: Bolt takes that for granted."""
    try:
        text = body.decode()
        if content_type.partition(";")[0].strip().casefold() == "application/json":
            return text if _whole(json.loads(text)) else None
        payload = parse_qs(text).get("payload")
        return text if payload is None or _whole(json.loads(payload[0])) else None
    except (ValueError, RecursionError):
        return None


def _whole(payload: object) -> bool:
    return isinstance(payload, dict) and isinstance(payload.get("event", {}), dict)
