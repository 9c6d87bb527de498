"""Heartbeats: backup scripts report that they began, ended, or failed; each with a token of its own."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from bot.domain.errors import StoreDown
from bot.store.heartbeats import HeartbeatRows, Ping, PingKind
from bot.web.bodies import TooLarge, TooSlow, bounded
from bot.web.tokens import REMEDY, bearer_of, digest_of, guessable, same

log = structlog.get_logger(__name__)

NOTE: Final = 100_000
"""Bytes of a body that are kept. A longer one is taken all the same: a script that fails and sends its whole log must
not have its failure refused."""
MOST_PINGS: Final = 5
WITHIN: Final = timedelta(minutes=1)
_EXIT: Final = re.compile(r"\d{1,3}")
_HIGHEST_EXIT: Final = 255
_NO_STORE: Final = {"Cache-Control": "no-store"}

Tokens = Mapping[str, bytes]
"""Job name → hash of its token."""


def hashed(tokens: Mapping[str, SecretStr]) -> Tokens:
    """What the door keeps of the tokens. Raises `ValueError` with the remedy for one that could be guessed."""
    kept: dict[str, bytes] = {}
    for name, token in tokens.items():
        text = token.get_secret_value()
        if guessable(text):
            raise ValueError(f"heartbeat {name!r}: its token has less than 128 bits; {REMEDY}")
        if name == "t":
            raise ValueError("heartbeat 't': choose another name, /heartbeats/t/ is where tokens stand in addresses")
        digest = digest_of(text)
        if digest in kept.values():
            raise ValueError(f"heartbeat {name!r} has the token of another job; give each its own")
        kept[name] = digest
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeats:
    """404 for an unknown name or token alike, so that nobody learns which jobs there are."""

    tokens: Callable[[], Tokens]
    rows: HeartbeatRows
    clock: Callable[[], datetime]

    def routes(self) -> APIRouter:
        router = APIRouter()
        # The addresses with a token come first: `t` is no job's name.
        for path in ("/heartbeats/t/{token}", "/heartbeats/t/{token}/{ending}"):
            router.add_api_route(path, self.by_address, methods=["GET", "HEAD", "POST"])
        for path in ("/heartbeats/{name}", "/heartbeats/{name}/{ending}"):
            router.add_api_route(path, self.by_name, methods=["POST"], status_code=202)
        return router

    async def by_name(self, request: Request, name: str, ending: str = "") -> Response:
        """With the token as a bearer."""
        given = bearer_of(request.headers.get("authorization", ""))
        wanted = self.tokens().get(name, b"")
        # Compared also for an unknown name, so that both take the same time.
        good = same(digest_of(given), wanted or digest_of(""))
        if not good or not wanted:
            return _answer(404, "No heartbeat of that name with that token.")
        return await self._take(request, name, ending, 202)

    async def by_address(self, request: Request, token: str, ending: str = "") -> Response:
        """For scripts that can only call an address."""
        given = digest_of(token)
        # All are compared, so that the time taken tells nothing about which one it was.
        found = [name for name, wanted in self.tokens().items() if same(given, wanted)]
        if not found:
            return _answer(404, "No heartbeat with that token.")
        return await self._take(request, found[0], ending, 200)

    async def _take(self, request: Request, name: str, ending: str, status: int) -> Response:
        read = _ending(ending)
        if read is None:
            return _answer(404, "End with nothing, /start, /fail, or an exit status from 0 to 255.")
        try:
            body = await bounded(request)
        except TooLarge:
            return _answer(413, "The body is larger than 1 MiB; send the end of the log, or nothing.")
        except TooSlow:
            return _answer(408, "The body did not arrive in time.")
        now = self.clock()
        kind, exit_code = read
        ping = Ping(
            name=name,
            at=now,
            kind=kind,
            exit_code=exit_code,
            run_id=_run_id(request.query_params.get("rid", "")),
            note=_text(body),
            **_numbers(request.headers.get("content-type", ""), body),
        )
        try:
            kept = await self.rows.add(ping, most=MOST_PINGS, since=now - WITHIN)
        except StoreDown:
            return _answer(503, "The store is down; report again later.", {"Retry-After": "5"})
        if not kept:
            log.warning("heartbeat refused, too many", job=name)
            return _answer(
                429, f"More than {MOST_PINGS} reports in a minute; report again later.", {"Retry-After": "60"}
            )
        log.info("heartbeat", job=name, kind=kind.value)
        return _answer(status, "Noted.")


def _ending(ending: str) -> tuple[PingKind, int | None] | None:
    """`""`, `start`, `fail`, or an exit status, of which only 0 is a success."""
    if ending == "":
        return PingKind.SUCCESS, None
    if ending == "start":
        return PingKind.START, None
    if ending == "fail":
        return PingKind.FAIL, None
    if not _EXIT.fullmatch(ending) or not ending.isascii() or int(ending) > _HIGHEST_EXIT:
        return None
    code = int(ending)
    return (PingKind.FAIL if code else PingKind.SUCCESS), code


def _run_id(given: str) -> str | None:
    """Ties a start to its end. What is no UUID is left aside: a script must not fail for it."""
    try:
        return str(UUID(given))
    except ValueError:
        return None


def _text(body: bytes) -> str:
    """The note: the end of a long body, where a log says what went wrong. What is no UTF-8 is dropped."""
    try:
        whole = body.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return whole if len(body) <= NOTE else body[-NOTE:].decode("utf-8", "ignore")


def _numbers(content_type: str, body: bytes) -> dict[str, float | None]:
    """Size and duration of a JSON body. One that cannot be read tells neither, and fails no script."""
    told: Any = None
    if content_type.partition(";")[0].strip().casefold() == "application/json":
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            log.info("heartbeat body is no JSON")
    found = told if isinstance(told, dict) else {}
    return {"size_bytes": _number(found.get("size_bytes"), 1e18), "duration_s": _number(found.get("duration_s"), 1e9)}


def _number(value: object, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= most and math.isfinite(value) else None


def _answer(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status, headers={**_NO_STORE, **(headers or {})})
