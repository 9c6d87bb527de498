"""PagerDuty's REST API v2 as a web app of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from bot.local.keep import Keep
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.pagerduty.directory_api import DirectoryApi
from bot.local.pagerduty.doorkeeper import Doorkeeper
from bot.local.pagerduty.errors import ApiError, answer_error
from bot.local.pagerduty.incident_api import IncidentApi


def create_app(config: PagerDutyConfig, keep: Keep, account: Account | None = None) -> Starlette:
    """Build the app. Given an account, whoever gave it also runs it (a mounted app is never started by its host);
    without one the app has its own and runs it. Either way it is `app.state.account`.
    """
    ours = account or Account(config, keep)

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        if account is not None:
            yield
            return
        async with ours:
            yield

    app = Starlette(
        routes=[*IncidentApi(ours).routes(), *DirectoryApi(ours).routes()],
        middleware=[Middleware(Doorkeeper, config=config, now=ours.now)],
        exception_handlers={ApiError: answer_error, HTTPException: _answer_routing},
        lifespan=running,
    )
    app.state.account = ours
    return app


async def _answer_routing(_request: Request, error: Exception) -> Response:
    """Answer a path or method that does not exist in PagerDuty's shape."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = "Not Found" if status == 404 else "Method Not Allowed"
    return ApiError(status, 2100, message).response()
