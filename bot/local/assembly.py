"""The local workspace as one web app: Slack, PagerDuty, Jira and example systems, and the page that shows them."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Scope

from bot.local.config import LocalConfig
from bot.local.door import Door
from bot.local.faults import Faults, Faulty
from bot.local.faults_api import fault_routes
from bot.local.jira import panel as jira_panel
from bot.local.jira.app import create_app as create_jira
from bot.local.jira.config import JiraConfig
from bot.local.jira.site import Site
from bot.local.keep import Keep
from bot.local.page.drawn import templates
from bot.local.page.examples import example_routes
from bot.local.page.live import Live
from bot.local.page.pager import pager_routes
from bot.local.page.routes import page_routes
from bot.local.pagerduty import events as pagerduty_events
from bot.local.pagerduty import panel as pagerduty_panel
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.app import create_app as create_pagerduty
from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.slack.app import create_slack
from bot.local.slack.routes import state_routes, vendor_routes
from bot.local.systems.app import create_app as create_systems
from bot.local.systems.deploying import Deploying
from bot.local.systems.moments import utc_now
from bot.local.systems.syncs import Syncs

_UNLIMITED = 1_000_000
_AT_HOME = "Europe/Berlin"  # where its people and the example team are


def create_workspace(config: LocalConfig, now: Callable[[], float] = time.time) -> Starlette:
    """Everything mounted on one app; its state lives in the config's data folder."""
    keep = Keep(config.data_dir / "workspace.db" if config.data_dir else None)
    slack = create_slack(config, keep, now)
    account = Account(_pagerduty(config), keep)
    site = Site(_jira(config), keep)
    syncs = Syncs(keep, utc_now)
    faults, live = Faults(), Live(slack.world)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            running.callback(keep.close)
            running.push_async_callback(slack.stop)
            await running.enter_async_context(account)
            await running.enter_async_context(site)
            yield

    def mounted(path: str, system: str, app: Starlette) -> Mount:
        return Mount(path, Faulty(app, system=system, faults=faults, call_of=_rest_call))

    routes: list[BaseRoute] = [
        Route("/_/healthz", _healthy),
        *fault_routes(faults),
        *pagerduty_panel.routes(account),
        *jira_panel.routes(site),
        *state_routes(slack),
        mounted("/pagerduty-events", "pagerduty-events", pagerduty_events.create_app(account)),
        mounted("/pagerduty", "pagerduty", create_pagerduty(account.config, keep, account)),
        mounted("/jira", "jira", create_jira(site.config, keep, site)),
        *example_routes(syncs, templates()),
        *_deploying(config, syncs).routes(),
        mounted("/systems", "systems", create_systems(keep, syncs, config.argocd_token)),
        *pager_routes(account, templates()),
        *page_routes(slack, live, config.session_secret, config.manifest),
        Mount(
            "/slack",
            Faulty(Starlette(routes=vendor_routes(slack)), system="slack", faults=faults, call_of=_slack_call),
        ),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Door, config=config)], lifespan=lifespan)
    app.state.slack, app.state.faults, app.state.live = slack, faults, live
    return app


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"ok": True})


def _pagerduty(config: LocalConfig) -> PagerDutyConfig:
    return PagerDutyConfig(
        api_key=config.pagerduty_api_key,
        webhook_secrets=(config.pagerduty_webhook_secret,),
        webhook_url=f"{config.bot_url}/webhooks/pagerduty",
        routing_key=config.pagerduty_routing_key,
        api_base=f"{config.url}/pagerduty",
        html_base=f"{config.url}/on-call",
        requests_a_minute=960 if config.limits == "real" else _UNLIMITED,
        timezone=_AT_HOME,
    )


def _jira(config: LocalConfig) -> JiraConfig:
    return JiraConfig(
        email=config.jira_email,
        api_token=config.jira_api_token,
        webhook_secret=config.jira_webhook_secret,
        webhook_url=f"{config.bot_url}/webhooks/jira",
        project=config.jira_project,
        base_url=f"{config.url}/jira",
    )


def _deploying(config: LocalConfig, syncs: Syncs) -> Deploying:
    return Deploying(
        syncs=syncs,
        base=f"{config.url}/systems/argocd",
        webhook=f"{config.bot_url}/webhooks/argocd",
        token=config.argocd_webhook_token,
    )


def _inside(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _slack_call(scope: Scope) -> str:
    """The Web API method, or `response` and `upload` for the other doors."""
    inside = _inside(scope)
    return inside.removeprefix("/api/") if inside.startswith("/api/") else inside.split("/")[1]


def _rest_call(scope: Scope) -> str:
    return f"{scope['method']} {_inside(scope)}"
