"""Webhooks: signed notices from vendors, kept before they are answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature, StoreDown, Unreadable
from bot.store.deliveries import Delivery
from bot.web.bodies import TooLarge, TooSlow, bounded
from bot.web.inbox import Inbox

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who may call `/webhooks/<name>`: how its requests are verified, and which header names a delivery."""

    webhook: Webhook
    delivery_id_header: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """404 for what is unknown or switched off, 401 for what does not prove its sender, 202 for all that does."""

    senders: Mapping[str, Sender]
    inbox: Inbox
    clock: Callable[[], datetime]

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/webhooks/{name}", self.receive, methods=["POST"], status_code=202)
        router.add_api_route("/webhooks/{name}/{token}", self.receive_with_token, methods=["POST"], status_code=202)
        return router

    async def receive(self, request: Request, name: str) -> JSONResponse:
        return await self._receive(request, name, None)

    async def receive_with_token(self, request: Request, name: str, token: str) -> JSONResponse:
        """For senders that can only call an address: the token takes the place of a bearer header."""
        return await self._receive(request, name, token)

    async def _receive(self, request: Request, name: str, token: str | None) -> JSONResponse:
        sender = self.senders.get(name)
        if sender is None:
            return _answer(404, f"No webhook {name!r} here, or it is switched off: set its secret to switch it on.")
        try:
            body = await bounded(request)
        except TooLarge:
            return _answer(413, "The body is larger than 1 MiB.")
        except TooSlow:
            return _answer(408, "The body did not arrive in time.")
        headers = {key.lower(): value for key, value in request.headers.items()}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        try:
            sender.webhook.verify(headers, body)
        except BadSignature:
            log.warning("webhook refused", source=name)
            return _answer(401, "The signature or token is missing or wrong: compare the secret on both sides.")
        return await self._keep(name, sender, headers, body)

    async def _keep(self, name: str, sender: Sender, headers: Mapping[str, str], body: bytes) -> JSONResponse:
        delivery = Delivery(
            source=name,
            object_key=_object(sender.webhook, body),
            delivery_key=self._key(sender, headers, body),
            body=body,
            received_at=self.clock(),
        )
        try:
            await self.inbox.keep(delivery)
        except StoreDown:
            return _answer(503, "The store is down; send it again later.", {"Retry-After": "5"})
        return _answer(202, "Accepted.")

    def _key(self, sender: Sender, headers: Mapping[str, str], body: bytes) -> str:
        """An id inside the signed body; else an id header with the body's hash; else a new key each time."""
        inside = _read(lambda: sender.webhook.delivery_key(headers, body))
        if inside:
            return inside
        header = headers.get(sender.delivery_id_header or "", "")
        if header:
            return f"{header[:120]}:{sha256(body).hexdigest()}"
        return str(uuid4())


def _object(webhook: Webhook, body: bytes) -> str:
    """What cannot be read is an object of its own, so that it holds nothing back."""
    return _read(lambda: webhook.object_key(body)) or f"unreadable:{uuid4()}"


def _read(key: Callable[[], str | None]) -> str | None:
    """A part of an authenticated body. However odd the body is, it is kept and its sender gets a 202."""
    try:
        return key()
    except Unreadable:
        return None
    except Exception:
        log.exception("a key was not read from a delivery")
        return None


def _answer(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status, headers=dict(headers or {}))
