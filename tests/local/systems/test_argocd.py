"""The example Argo CD, as the bot's own adapter reads it, over a day and a restart."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.domain.change import Change, ChangeReported, Result
from bot.domain.check import Status
from bot.integrations import Wiring
from bot.integrations.argocd.adapter import ArgoCD
from bot.integrations.argocd.settings import ArgoCDSettings
from bot.integrations.argocd.webhook import ArgoCDWebhook
from bot.integrations.http import Outside
from bot.local.keep import Keep
from bot.local.systems.app import create_app
from bot.local.systems.deploying import Deploying
from bot.local.systems.examples import APPLICATIONS, CHECKOUT
from bot.local.systems.syncs import Syncs
from tests.local.pagerduty.serving import Clock, Receiver, served

TOKEN = "example-token"


@asynccontextmanager
async def connected(keep: Keep, clock: Clock) -> AsyncIterator[ArgoCD]:
    outside = Outside(patience=3, now=clock)
    try:
        async with served(create_app(keep, Syncs(keep, clock), TOKEN, clock)) as address:
            settings = ArgoCDSettings(url=f"{address}/argocd", token=SecretStr(TOKEN))
            found = ArgoCD.connect(settings, Wiring(outside=outside, thresholds={}))
            assert found is not None
            yield found
    finally:
        await outside.aclose()


@pytest.fixture
def keep() -> Keep:
    return Keep(None)


async def of_checkout(argocd: ArgoCD, clock: Clock, **back: float) -> list[Change]:
    """The earliest first; each with its page below the server's address, which is another after each start."""
    found = await argocd.changed(clock() - timedelta(**back))
    mine = [below(one) for one in found if one.places[0] == "example-checkout"]
    return sorted(mine, key=lambda one: one.started_at)


def below(one: Change) -> Change:
    return replace(one, url=str(one.url).partition("/argocd/")[2])


async def test_the_first_digest_has_one_rollout_that_hangs_and_is_well_besides(keep: Keep) -> None:
    async with connected(keep, Clock()) as argocd:
        answers = {check.name: await check.ask() for check in argocd.checks()}
    assert [name for name, answer in answers.items() if answer.status is not Status.OK] == ["argocd.apps"]
    apps = answers["argocd.apps"]
    assert apps.status is Status.WARN
    assert apps.summary.startswith(
        "1 of 3 applications to look at: example-search: progressing for 51 min: 1 of 2 updated"
    )
    (finding,) = apps.evidence
    assert str(finding.url).endswith("/argocd/applications/argocd/example-search")


async def test_just_started_the_newest_deployment_of_checkout_was_13_minutes_ago_by_kim(keep: Keep) -> None:
    clock = Clock()
    async with connected(keep, clock) as argocd:
        changes = await of_checkout(argocd, clock, hours=6)
    assert len(changes) == 6
    last = changes[-1]
    assert clock() - last.started_at < timedelta(minutes=13, seconds=1)
    assert (last.version, last.by, last.environment, last.result) == ("2.14.1", "Kim", "production", Result.SUCCEEDED)
    assert last.url == "applications/argocd/example-checkout"
    assert {one.by for one in changes} == {"Kim", "Bob", "auto-sync"}
    assert "checkout" in last.places


async def test_hours_later_and_after_a_restart_what_was_told_stands_and_more_came(keep: Keep) -> None:
    clock = Clock()
    async with connected(keep, clock) as argocd:
        before = await of_checkout(argocd, clock, hours=6)
    clock.forward(hours=5, minutes=20)
    async with connected(keep, clock) as argocd:
        after = await of_checkout(argocd, clock, hours=24)
        assert await argocd.changed(clock() - timedelta(days=1)), "as far back as it is ever asked"
    assert [one for one in after if one.started_at <= before[-1].started_at][-6:] == before
    assert len([one for one in after if one.started_at > before[-1].started_at]) == 5
    assert clock() - after[-1].started_at < timedelta(hours=1)
    assert len({one.version for one in after}) == len(after)


def test_versions_count_up_for_all_that_is_remembered(keep: Keep) -> None:
    clock = Clock()
    syncs = Syncs(keep, clock)
    syncs.press(CHECKOUT, "Ann")
    clock.forward(days=3)
    syncs.press(CHECKOUT, "Ann")
    for one in APPLICATIONS:
        numbers = [tuple(int(part) for part in sync.version.split(".")) for sync in syncs.of(one)]
        assert all(earlier < later for earlier, later in pairwise(numbers)), numbers
        assert min(min(number) for number in numbers) >= 0


async def test_who_has_no_token_is_refused_and_nothing_can_be_changed(keep: Keep) -> None:
    app = create_app(keep, Syncs(keep, Clock()), TOKEN, Clock())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://systems") as http:
        refused = await http.get("/argocd/api/v1/applications")
        assert (refused.status_code, refused.json()["code"]) == (401, 16)
        http.headers["Authorization"] = f"Bearer {TOKEN}"
        elsewhere = await http.get("/argocd/api/v1/applications", params={"projects": "another"})
        assert elsewhere.json()["items"] == []
        (one, *_) = (await http.get("/argocd/api/v1/applications", params={"fields": "items.metadata.name"})).json()[
            "items"
        ]
        assert one == {"metadata": {"name": "example-checkout"}}
        sync = await http.post("/argocd/api/v1/applications/example-checkout/sync", json={})
        assert sync.status_code == 404


def pressing(keep: Keep, clock: Clock, bot: str) -> httpx.AsyncClient:
    button = Deploying(
        syncs=Syncs(keep, clock), base="http://127.0.0.1:1/systems/argocd", webhook=f"{bot}/webhooks/argocd", token="s3"
    )
    app = Starlette(routes=button.routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")


async def test_the_button_s_notice_proves_itself_and_tells_the_same_as_a_look(keep: Keep) -> None:
    clock, receiver = Clock(), Receiver()
    async with served(receiver.app()) as bot, pressing(keep, clock, bot) as page:
        for _ in range(2):
            assert (await page.post("/_/systems/deploy", json={"user": "ann"})).status_code == 201
    webhook = ArgoCDWebhook(SecretStr("s3"))
    told = []
    for one in receiver.received:
        webhook.verify(one.headers, one.body)
        (news,) = webhook.parse(one.body)
        assert isinstance(news, ChangeReported)
        told.append(below(news.change))
    clock.forward(minutes=4)
    async with connected(keep, clock) as argocd:
        looked = (await of_checkout(argocd, clock, hours=1))[-2:]
    assert told == looked
    assert [(one.version, one.by) for one in looked] == [("2.14.2", "Ann"), ("2.14.3", "Ann")]


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [(b"no json", 400, "Who"), (b"[]", 400, "Who"), (b'{"user": "ann"}', 502, "the bot did not take its notice (404)")],
)
async def test_what_the_button_cannot_do_is_said(keep: Keep, given: bytes, status: int, words: str) -> None:
    receiver = Receiver(iter([404]))
    async with served(receiver.app()) as bot, pressing(keep, Clock(), bot) as page:
        answer = await page.post("/_/systems/deploy", content=given)
    assert (answer.status_code, words in json.dumps(answer.json())) == (status, True)


async def test_a_bot_that_is_away_is_said(keep: Keep) -> None:
    async with pressing(keep, Clock(), "http://127.0.0.1:9") as page:
        answer = await page.post("/_/systems/deploy", json={"user": "U0KIM0001"})
    assert "the bot cannot be reached" in answer.json()["detail"]
