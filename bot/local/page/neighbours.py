"""The stand-ins beside the page, spoken to through their panels' JSON as any script would, but inside the process."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from starlette.requests import Request
from starlette.types import ASGIApp

Json = dict[str, Any]
_FRESH: Final = 0.2  # seconds for which an answer serves all open pages


@dataclass(slots=True)
class Neighbours:
    """Asks `/_/…` of the workspace that the page belongs to."""

    _heard: dict[str, tuple[float, Json]] = field(default_factory=dict)

    async def ask(self, request: Request, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Read; several open pages share an answer."""
        key = f"{path}?{httpx.QueryParams(query or {})}"
        at, known = self._heard.get(key, (0.0, {}))
        if time.monotonic() - at < _FRESH:
            return known
        _, answer = await self._call(request, "GET", path, query=query)
        if len(self._heard) > 200:
            self._heard.clear()
        self._heard[key] = (time.monotonic(), answer)
        return answer

    async def tell(
        self, request: Request, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None
    ) -> tuple[bool, Json]:
        """Do something there: whether it was taken, and the answer."""
        self._heard.clear()
        return await self._call(request, method, path, body, query)

    async def _call(
        self,
        request: Request,
        method: str,
        path: str,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
    ) -> tuple[bool, Json]:
        # The router, not the app: whoever asks is already inside the door.
        inside: ASGIApp = request.app.router
        transport = httpx.ASGITransport(app=inside)
        async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
            answer = await client.request(method, path, json=body, params=query)
        said: Any = answer.json() if answer.content else {}
        return answer.is_success, said if isinstance(said, dict) else {"all": said}


def trouble(said: Json) -> str:
    """The words of a refusal, in whichever vendor's shape it came."""
    if said.get("detail"):
        return str(said["detail"])
    error = said.get("error")
    if isinstance(error, dict):
        return " ".join([str(error.get("message", "")), *map(str, error.get("errors") or [])]).strip()
    told = [*map(str, said.get("errorMessages") or []), *map(str, (said.get("errors") or {}).values())]
    return " ".join(told) or str(error or "That did not work.")
