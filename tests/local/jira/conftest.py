"""A Jira site of its own for each test, Cloud or Server, with a receiver for its webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.local.jira import panel
from bot.local.jira.app import create_app
from bot.local.jira.config import JiraConfig
from bot.local.jira.site import Site
from bot.local.keep import Keep
from tests.local.pagerduty.serving import Clock, Receiver, served

EMAIL, TOKEN, PAT, SECRET = "daywatch@example.com", "api-token", "personal-token", "hook-secret"


@dataclass(slots=True, kw_only=True)
class JiraUnderTest:
    """The running site, its address, an authorised client and what the receiver got."""

    site: Site
    url: str
    http: httpx.AsyncClient
    receiver: Receiver
    clock: Clock

    async def create(self, version: int = 2, **fields: object) -> str:
        """Make an issue by v2 and give its key."""
        required = {"project": {"key": "OPS"}, "issuetype": {"name": "Incident"}, "summary": "Checkout errors"}
        answer = await self.http.post(f"/rest/api/{version}/issue", json={"fields": required | fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    async def find(self, jql: str, **more: object) -> dict[str, Any]:
        """Search as Cloud does."""
        asked = {"jql": jql, "fields": ["summary"]} | more
        answer = await self.http.post("/rest/api/3/search/jql", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]  # JSON


def config_for(webhook_url: str) -> JiraConfig:
    return JiraConfig(
        webhook_url=webhook_url,
        webhook_secret=SECRET,
        email=EMAIL,
        api_token=TOKEN,
        patience=0.5,
        wait_between_tries=0.02,
    )


@asynccontextmanager
async def running(**wanted: Any) -> AsyncIterator[JiraUnderTest]:
    clock, receiver, keep = Clock(), Receiver(), Keep(None)
    async with served(receiver.app()) as bot:
        site = Site(replace(config_for(f"{bot}/webhooks/jira"), **wanted), keep, clock)
        app = Starlette(routes=[Mount("/jira", create_app(site.config, keep, site)), *panel.routes(site)])
        credentials: dict[str, Any] = (
            {"auth": (EMAIL, TOKEN)} if site.config.cloud else {"headers": {"Authorization": f"Bearer {PAT}"}}
        )
        async with (
            site,
            served(app) as url,
            httpx.AsyncClient(base_url=f"{url}/jira", trust_env=False, **credentials) as http,
        ):
            yield JiraUnderTest(site=site, url=url, http=http, receiver=receiver, clock=clock)
    keep.close()


@pytest.fixture
async def cloud() -> AsyncIterator[JiraUnderTest]:
    async with running() as site:
        yield site


@pytest.fixture
async def server() -> AsyncIterator[JiraUnderTest]:
    async with running(flavour="server", api_token="", pat=PAT) as site:
        yield site
