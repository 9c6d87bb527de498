"""What Jira asks of every request: valid credentials, for all of the API but the server's own description."""

import base64
import binascii
import re
import secrets
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.local.jira.config import JiraConfig
from bot.local.jira.errors import JiraRefusal

_OPEN_TO_ALL: Final = re.compile(r".*/rest/api/[^/]+/serverInfo")


class Gate:
    """ASGI middleware in front of the REST app."""

    def __init__(self, app: ASGIApp, config: JiraConfig) -> None:
        self._app, self._config = app, config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            path = request.url.path
            if "/rest/" in path and not _OPEN_TO_ALL.fullmatch(path) and not self._admits(request):
                refusal = JiraRefusal(401, "Client must be authenticated to access this resource.").response()
                refusal.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
                if self._config.cloud:
                    refusal.headers["WWW-Authenticate"] = 'OAuth realm="Jira"'
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _admits(self, request: Request) -> bool:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        match kind.lower():
            case "bearer" if not self._config.cloud and self._config.pat:
                return secrets.compare_digest(given.encode(), self._config.pat.encode())
            case "basic" if self._config.api_token:
                expected = f"{self._config.email}:{self._config.api_token}".encode()
                try:
                    return secrets.compare_digest(base64.b64decode(given, validate=True), expected)
                except (ValueError, binascii.Error):
                    return False
            case _:
                return False
