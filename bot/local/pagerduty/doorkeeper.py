"""What PagerDuty's REST API asks of every request: a known key, the right version, JSON, not too many a minute."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.pagerduty.directory import user_by_email
from bot.local.pagerduty.errors import (
    ApiError,
    access_denied,
    from_missing,
    invalid,
    not_authenticated,
    requester_unknown,
)
from bot.local.pagerduty.incident import Actor, Now, over_rest

_WRITES = {"POST", "PUT", "DELETE", "PATCH"}
_ACCEPTED = {"*/*", "application/*", "application/json", "application/vnd.pagerduty+json"}


@dataclass(slots=True)
class _Minute:
    """How many requests a key has made in the running minute."""

    begun: datetime
    used: int = field(default=0)


class Doorkeeper:
    """ASGI middleware in front of the REST app."""

    def __init__(self, app: ASGIApp, config: PagerDutyConfig, now: Now) -> None:
        self._app, self._config, self._now = app, config, now
        self._minutes: dict[str, _Minute] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            key = self._key(request)
            self._check(request, key)
            headers = self._count(key)
        except ApiError as refusal:
            await refusal.response()(scope, receive, send)
            return

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self._app(scope, receive, send_counted)

    def _key(self, request: Request) -> str:
        given = request.headers.get("authorization", "")
        for prefix in ("Token token=", "Bearer "):
            if given.startswith(prefix):
                key = given.removeprefix(prefix).strip().encode()
                known = (self._config.api_key, *self._config.read_only_keys)
                for one in known:
                    if secrets.compare_digest(one.encode(), key):
                        return one
        raise not_authenticated()

    def _check(self, request: Request, key: str) -> None:
        accepted = request.headers.get("accept", "*/*").split(",")[0]
        kind, _, parameters = accepted.partition(";")
        if kind.strip() not in _ACCEPTED or ("version=" in parameters and "version=2" not in parameters):
            raise ApiError(406, 2001, "Not Acceptable", "Accept must be application/vnd.pagerduty+json;version=2")
        if request.method not in _WRITES:
            return
        if key in self._config.read_only_keys:
            raise access_denied()
        length = request.headers.get("content-length", "0")
        sent = request.headers.get("content-type", "").partition(";")[0].strip()
        if sent != "application/json" and (length != "0" or request.method == "PUT"):
            raise invalid("Content-Type must be application/json.")

    def _count(self, key: str) -> dict[str, str]:
        now = self._now()
        minute = self._minutes.get(key)
        if minute is None or (now - minute.begun).total_seconds() >= 60:
            minute = self._minutes[key] = _Minute(now)
        minute.used += 1
        left = self._config.requests_a_minute - minute.used
        if left < 0:
            raise ApiError(429, 2020, "Rate Limit Exceeded")
        reset = 60 - int((now - minute.begun).total_seconds())
        return {
            "ratelimit-limit": str(self._config.requests_a_minute),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(reset),
        }


def requester(request: Request) -> Actor:
    """Who acts: the person whose address the `From` header names."""
    given = request.headers.get("from", "").strip()
    if not given:
        raise from_missing()
    person = user_by_email(given)
    if person is None:
        raise requester_unknown()
    return over_rest(person)
