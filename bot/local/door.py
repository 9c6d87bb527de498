"""Who may touch the page and the state API: only this machine's own page, and scripts that hold the key."""

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.local.config import LocalConfig

COOKIE: Final = "local_session"
_READS: Final = frozenset({"GET", "HEAD"})
# Vendors' own paths check their own tokens, as the real ones do.
VENDOR_PATHS: Final = ("/slack/", "/pagerduty/", "/pagerduty-events/", "/jira/", "/systems/")
_PEOPLES_PATHS: Final = ("/jira/browse/",)  # pages for people, shown without a token


class Door:
    """ASGI middleware: `Host` and `Origin` must be ours; a write needs the session cookie or `X-Local-Key`."""

    def __init__(self, app: ASGIApp, config: LocalConfig) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{config.port}", f"localhost:{config.port}"}
        self._key = config.local_key
        self._session = config.session_secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or _is_vendors(scope["path"]):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            await JSONResponse({"detail": refusal}, status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get("host", "") not in self._hosts:
            return "this page answers only to its own address"
        origin = headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return "this request comes from another page"
        if scope.get("method", "GET") in _READS or self._holds_key(headers):
            return ""
        return "open the page first, or send the key in X-Local-Key"

    def _holds_key(self, headers: dict[str, str]) -> bool:
        key, session = headers.get("x-local-key", ""), _cookie(headers.get("cookie", ""))
        has_key = hmac.compare_digest(key.encode(), self._key.encode())
        return has_key or hmac.compare_digest(session.encode(), self._session.encode())


def _is_vendors(path: str) -> bool:
    return path.startswith(VENDOR_PATHS) and not path.startswith(_PEOPLES_PATHS)


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
