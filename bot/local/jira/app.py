"""Jira's REST API and ticket page as a web app of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.local.jira.config import JiraConfig
from bot.local.jira.errors import JiraRefusal, answer_refusal
from bot.local.jira.gate import Gate
from bot.local.jira.issue_api import IssueApi
from bot.local.jira.linking_api import LinkingApi
from bot.local.jira.page import TicketPage
from bot.local.jira.search_api import SearchApi
from bot.local.jira.site import Site
from bot.local.jira.site_api import SiteApi
from bot.local.keep import Keep

_PREFIX: Final = "/rest/api/{version}"


def create_app(config: JiraConfig, keep: Keep, site: Site | None = None) -> Starlette:
    """Build the app. Given a site, whoever gave it also runs it (a mounted app is never started by its host);
    without one the app has its own and runs it. Either way it is `app.state.site`.
    """
    ours = site or Site(config, keep)

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        if site is not None:
            yield
            return
        async with ours:
            yield

    apis = (SiteApi(ours), SearchApi(ours), IssueApi(ours), LinkingApi(ours))
    app = Starlette(
        routes=[
            *(route for api in apis for route in api.routes(_PREFIX)),
            Route("/browse/{key}", TicketPage(ours).show),
        ],
        middleware=[Middleware(Gate, config=config)],
        exception_handlers={JiraRefusal: answer_refusal, HTTPException: _answer_routing},
        lifespan=running,
    )
    app.state.site = ours
    return app


async def _answer_routing(request: Request, error: Exception) -> Response:
    """Answer a path or method that does not exist in Jira's shape."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = f"null for uri: {request.url.path}" if status == 404 else "Method Not Allowed"
    return JiraRefusal(status, message).response()
