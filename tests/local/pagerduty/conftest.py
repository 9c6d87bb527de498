"""A PagerDuty account of its own for each test, with a receiver for its webhooks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.local.keep import Keep
from bot.local.pagerduty import events, panel
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.app import create_app
from bot.local.pagerduty.config import PagerDutyConfig, Redelivery
from tests.local.pagerduty.serving import Clock, Receiver, served

API_KEY = "u+local-key"
READ_KEY = "u+read-only"
ROUTING_KEY = "r" * 32
SECRETS = ("first-secret", "second-secret")


@dataclass(slots=True, kw_only=True)
class PagerDutyUnderTest:
    """The running account, its address, an authorised client and what the receiver got."""

    account: Account
    url: str
    http: httpx.AsyncClient
    receiver: Receiver
    clock: Clock


def config_for(webhook_url: str) -> PagerDutyConfig:
    return PagerDutyConfig(
        api_key=API_KEY,
        read_only_keys=(READ_KEY,),
        webhook_secrets=SECRETS,
        webhook_url=webhook_url,
        routing_key=ROUTING_KEY,
        redelivery=Redelivery(patience=0.5, first_wait=0.02, longest_wait=0.05),
    )


@pytest.fixture
async def pagerduty() -> AsyncIterator[PagerDutyUnderTest]:
    clock, receiver, keep = Clock(), Receiver(), Keep(None)
    async with served(receiver.app()) as bot:
        account = Account(config_for(f"{bot}/webhooks/pagerduty"), keep, clock)
        app = Starlette(
            routes=[
                Mount("/pagerduty", create_app(account.config, keep, account)),
                Mount("/pagerduty-events", events.create_app(account)),
                *panel.routes(account),
            ]
        )
        async with (
            account,
            served(app) as url,
            httpx.AsyncClient(base_url=f"{url}/pagerduty", trust_env=False, headers=headers()) as http,
        ):
            yield PagerDutyUnderTest(account=account, url=url, http=http, receiver=receiver, clock=clock)
    keep.close()


def headers(key: str = API_KEY, sender: str = "ann@example.com") -> dict[str, str]:
    return {
        "Authorization": f"Token token={key}",
        "Accept": "application/vnd.pagerduty+json;version=2",
        "Content-Type": "application/json",
        "From": sender,
    }
