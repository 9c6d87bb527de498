"""Notices as they come over the wire: signed with two secrets at once, in order, and read by us."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.alert import AlertChanged, AlertState, Change
from bot.domain.errors import BadSignature
from bot.integrations.pagerduty.webhook import PagerDutyWebhook
from bot.local.keep import Keep
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.pagerduty.desk import Raise
from bot.local.pagerduty.directory import CHECKOUT, CHECKOUT_POLICY, PRIORITIES
from bot.local.pagerduty.incident import NOBODY, Actor, over_rest
from bot.local.people import ANN, BOB
from tests.integrations.pagerduty.conftest import KEY, ROUTING, serving

webhook = PagerDutyWebhook([b"the-new-one"])


class Receiver:
    """Our door: verifies, keeps, answers 202."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.keys: list[str | None] = []

    async def take(self, request: Request) -> Response:
        body = await request.body()
        webhook.verify(request.headers, body)
        self.bodies.append(body)
        self.keys.append(webhook.delivery_key(request.headers, body))
        return Response(status_code=202)

    def news(self) -> list[AlertChanged]:
        return [one for body in self.bodies for one in webhook.parse(body) if isinstance(one, AlertChanged)]


def everything_happens_to(account: Account) -> str:
    desk, monitoring, ann = account.desk, Actor(kind="integration", id=CHECKOUT.integration.id), over_rest(ANN)
    one = desk.trigger(Raise(service=CHECKOUT, title="Checkout errors", priority=PRIORITIES["PPRI001"]), monitoring)
    one = desk.acknowledge(one, ann)
    one = desk.unacknowledge(one, NOBODY)
    one = desk.escalate(one, CHECKOUT_POLICY, 2, ann)
    one = desk.reassign(one, (BOB,), ann)
    one = desk.prioritise(one, PRIORITIES["PPRI002"], ann)
    desk.annotate(one, "<!channel> looking", ann)
    desk.publish(one, "Payments are slow", ann)
    one = desk.resolve(one, ann)
    desk.reopen(one, ann)
    account.deliveries.ping(NOBODY)
    return one.id


async def test_a_whole_incident_is_told_in_order_and_a_second_delivery_has_the_same_key() -> None:
    receiver = Receiver()
    app = Starlette(routes=[Route("/webhooks/pagerduty", receiver.take, methods=["POST"])])
    keep = Keep(None)
    async with serving(app) as url:
        config = PagerDutyConfig(
            api_key=KEY,
            webhook_secrets=("the-old-one", "the-new-one"),
            webhook_url=f"{url}/webhooks/pagerduty",
            routing_key=ROUTING,
        )
        async with Account(config, keep) as account:
            incident = everything_happens_to(account)
            await account.deliveries.settled()
            first = receiver.keys[0]
            assert first is not None
            assert account.deliveries.send_again(first)
            await account.deliveries.settled()
    keep.close()
    assert receiver.keys[-1] == first
    news = receiver.news()[:-1]
    assert {one.alert.id for one in news} == {incident}
    assert [one.change for one in news] == [
        Change.TRIGGERED,
        Change.ACKNOWLEDGED,
        Change.UNACKNOWLEDGED,
        Change.ESCALATED,
        Change.REASSIGNED,
        Change.REPRIORITISED,
        Change.NOTED,
        Change.NOTED,
        Change.RESOLVED,
        Change.REOPENED,
    ]
    assert [one.by.person if one.by else None for one in news[:3]] == [False, True, None]
    assert [one.words for one in news if one.change is Change.NOTED] == ["<!channel> looking", "Payments are slow"]
    assert (news[0].alert.priority, news[5].alert.priority) == ("P1", "P2")
    assert (news[8].alert.state, news[9].alert.state) == (AlertState.RESOLVED, AlertState.FIRING)
    assert sorted(one.alert.occurred_at for one in news) == [one.alert.occurred_at for one in news]


async def test_a_wrong_secret_is_refused_at_the_door() -> None:
    refused = asyncio.Event()

    async def take(request: Request) -> Response:
        body = await request.body()
        try:
            webhook.verify(request.headers, body)
        except BadSignature:
            refused.set()
            return Response(status_code=401)
        return Response(status_code=202)

    keep = Keep(None)
    async with serving(Starlette(routes=[Route("/", take, methods=["POST"])])) as url:
        config = PagerDutyConfig(api_key=KEY, webhook_secrets=("another",), webhook_url=f"{url}/", routing_key=ROUTING)
        async with Account(config, keep) as account:
            account.deliveries.ping(NOBODY)
            await asyncio.wait_for(refused.wait(), 5)
            await account.deliveries.settled()
            assert [one.state for one in account.deliveries.log()] == ["dropped"]
    keep.close()
