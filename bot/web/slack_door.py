"""`POST /slack/events`: Slack's HTTP mode, verified and answered by Bolt."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.web.bodies import TooLarge, TooSlow, bounded


@dataclass(slots=True)
class SlackHttp:
    """404 in Socket Mode; 503 while it is `expected` but not open yet."""

    expected: bool = False
    _app: AsyncApp | None = None

    def open(self, app: AsyncApp) -> None:
        self._app = app

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
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return JSONResponse({"detail": "The body is not UTF-8."}, status_code=401)
        headers: dict[str, str | Sequence[str]] = {key: [value] for key, value in request.headers.items()}
        answer = await self._app.async_dispatch(AsyncBoltRequest(body=text, query=request.url.query, headers=headers))
        told = {key: values[0] for key, values in answer.headers.items() if values}
        return Response(content=answer.body, status_code=answer.status, headers=told)
