"""PagerDuty's V3 webhooks against a receiver: signatures, order, redelivery, dropping, switching off."""

import asyncio
import hashlib
import hmac
import itertools
import json
from typing import Any

import pytest

from bot.local.keep import Keep
from bot.local.pagerduty import deliveries
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.desk import Raise
from bot.local.pagerduty.directory import CHECKOUT, PRIORITIES
from bot.local.pagerduty.incident import on_page, over_rest
from bot.local.people import ANN, BOB, KIM
from tests.local.pagerduty.conftest import SECRETS, PagerDutyUnderTest, config_for
from tests.local.pagerduty.serving import Receiver, served, until

ANN_ON_PAGE = on_page(ANN)
PROMISED = {
    *(
        "id",
        "type",
        "number",
        "status",
        "incident_key",
        "created_at",
        "title",
        "urgency",
        "html_url",
        "self",
        "service",
    ),
    *("assignees", "escalation_policy", "teams", "priority", "conference_bridge", "resolve_reason"),
    "incident_type",
}


def events(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body)["event"] for one in receiver.received]


def types(receiver: Receiver) -> list[str]:
    return [event["event_type"] for event in events(receiver)]


async def test_a_delivery_is_signed_over_the_raw_body_with_both_secrets(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.account.desk.trigger(Raise(service=CHECKOUT, title="Käse is off"), ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    (one,) = pagerduty.receiver.received
    expected = ["v1=" + hmac.new(secret.encode(), one.body, hashlib.sha256).hexdigest() for secret in SECRETS]
    assert one.headers["x-pagerduty-signature"].split(",") == expected
    assert one.headers["x-webhook-id"] == json.loads(one.body)["event"]["id"]
    assert one.headers["x-webhook-subscription"] == "PWHS001"


async def test_the_webhook_incident_has_the_shape_of_the_sheet(pagerduty: PagerDutyUnderTest) -> None:
    incident = pagerduty.account.desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    (event,) = events(pagerduty.receiver)
    assert set(event) == {"id", "event_type", "resource_type", "occurred_at", "agent", "client", "data"}
    assert event["occurred_at"] == "2026-03-02T06:11:09.310Z"
    assert (event["agent"]["summary"], event["client"]) == ("Ann Adams", {"name": "PagerDuty"})
    data = event["data"]
    assert set(data) == PROMISED
    assert (data["type"], data["number"], data["id"]) == ("incident", 1, incident.id)


async def test_every_act_is_announced_in_order(pagerduty: PagerDutyUnderTest) -> None:
    desk, by = pagerduty.account.desk, over_rest(ANN)
    incident = desk.trigger(Raise(service=CHECKOUT, title="Errors"), by)
    incident = desk.acknowledge(incident, by)
    incident = desk.unacknowledge(incident, by)
    incident = desk.prioritise(incident, PRIORITIES["PPRI002"], by)
    incident = desk.reassign(incident, (KIM,), by)
    incident = desk.escalate(incident, CHECKOUT.policy, 2, by)
    desk.annotate(incident, "Looking", by)
    desk.publish(incident, "We know", by)
    incident = desk.ask_responder(incident, BOB, "Help", by)
    incident = desk.resolve(incident, by)
    desk.reopen(incident, by)
    pagerduty.account.deliveries.ping(by)
    await pagerduty.account.deliveries.settled()
    told = types(pagerduty.receiver)
    assert [name for name in told if name != "pagey.ping"] == [
        "incident.triggered",
        "incident.acknowledged",
        "incident.unacknowledged",
        "incident.priority_updated",
        "incident.reassigned",
        "incident.escalated",
        "incident.annotated",
        "incident.status_update_published",
        "incident.responder.added",
        "incident.resolved",
        "incident.reopened",
    ]
    assert "pagey.ping" in told
    by_type = {event["event_type"]: event for event in events(pagerduty.receiver)}
    assert by_type["incident.triggered"]["client"] is None
    assert by_type["incident.annotated"]["data"]["incident"]["id"] == incident.id
    assert by_type["incident.responder.added"]["data"]["state"] == "pending"
    assert by_type["incident.status_update_published"]["data"]["message"] == "We know"
    assert by_type["pagey.ping"]["data"]["type"] == "ping"


async def test_a_timer_is_nobody(pagerduty: PagerDutyUnderTest) -> None:
    desk = pagerduty.account.desk
    incident = desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
    desk.snooze(incident, 60, ANN_ON_PAGE)
    pagerduty.clock.forward(seconds=60)
    await until(lambda: "incident.unacknowledged" in types(pagerduty.receiver))
    assert events(pagerduty.receiver)[-1]["agent"] is None


async def test_a_failing_delivery_holds_back_the_later_ones_of_its_incident_only(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.receiver.answers = iter((500, 429, 503))
    desk = pagerduty.account.desk
    incident = desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
    desk.acknowledge(incident, ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    assert types(pagerduty.receiver) == ["incident.triggered"] * 4 + ["incident.acknowledged"]
    assert len({one.headers["x-webhook-id"] for one in pagerduty.receiver.received[:4]}) == 1
    first, second = pagerduty.account.deliveries.log()
    assert (first.state, first.tries, first.answered) == ("delivered", 4, 202)
    assert (second.state, second.tries) == ("delivered", 1)


async def test_another_incident_overtakes_a_failing_one(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.receiver.answers = itertools.chain((500,), itertools.repeat(202))
    desk = pagerduty.account.desk
    desk.trigger(Raise(service=CHECKOUT, title="First"), ANN_ON_PAGE)
    await until(lambda: len(pagerduty.receiver.received) == 1)
    desk.trigger(Raise(service=CHECKOUT, title="Second"), ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    assert sorted(event["data"]["title"] for event in events(pagerduty.receiver)) == ["First", "First", "Second"]


async def test_a_refused_delivery_is_dropped_and_the_next_one_goes_out(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.receiver.answers = iter((404,))
    desk = pagerduty.account.desk
    incident = desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
    desk.acknowledge(incident, ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    assert types(pagerduty.receiver) == ["incident.triggered", "incident.acknowledged"]
    assert [one.state for one in pagerduty.account.deliveries.log()] == ["dropped", "delivered"]


async def test_three_refusals_in_a_row_switch_the_hook_off_and_what_happens_then_is_lost(
    pagerduty: PagerDutyUnderTest,
) -> None:
    pagerduty.receiver.answers = iter((401, 401, 401))
    desk, hook = pagerduty.account.desk, "/webhook_subscriptions/PWHS001"
    incident = desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
    for word in ("one", "two"):
        desk.annotate(incident, word, ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    shown = (await pagerduty.http.get(hook)).json()["webhook_subscription"]["delivery_method"]
    assert shown["temporarily_disabled"] is True
    desk.annotate(incident, "lost", ANN_ON_PAGE)
    assert pagerduty.account.deliveries.log()[-1].state == "lost"
    await pagerduty.http.post(f"{hook}/enable")
    desk.annotate(incident, "heard", ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    assert len(pagerduty.receiver.received) == 4
    assert events(pagerduty.receiver)[-1]["data"]["content"] == "heard"


async def test_the_hook_comes_back_by_itself_after_a_while(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.receiver.answers = iter((400, 400, 400))
    for title in ("one", "two", "three"):
        pagerduty.account.desk.trigger(Raise(service=CHECKOUT, title=title), ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    assert pagerduty.account.deliveries.disabled
    pagerduty.clock.forward(seconds=61)
    assert not pagerduty.account.deliveries.disabled


async def test_a_receiver_that_is_too_slow_gets_it_again(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.receiver.delay = 0.7
    pagerduty.account.desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
    await until(lambda: len(pagerduty.receiver.received) >= 2)
    pagerduty.receiver.delay = 0
    await pagerduty.account.deliveries.settled()
    (delivery,) = pagerduty.account.deliveries.log()
    assert (delivery.state, delivery.tries >= 2) == ("delivered", True)


async def test_send_again_repeats_the_same_event(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.account.desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    event_id = pagerduty.account.deliveries.log()[0].id
    assert pagerduty.account.deliveries.send_again(event_id)
    await pagerduty.account.deliveries.settled()
    first, second = pagerduty.receiver.received
    assert first.body == second.body
    assert first.headers["x-webhook-id"] == second.headers["x-webhook-id"]
    assert not pagerduty.account.deliveries.send_again("01NONE")


async def test_a_body_over_the_limit_is_dropped_unsent(pagerduty: PagerDutyUnderTest) -> None:
    pagerduty.account.desk.trigger(Raise(service=CHECKOUT, title="x" * 300_000), ANN_ON_PAGE)
    await pagerduty.account.deliveries.settled()
    assert pagerduty.account.deliveries.log()[0].state == "dropped"
    assert pagerduty.receiver.received == []


async def test_what_waits_survives_a_restart_and_a_receiver_that_was_away() -> None:
    keep, receiver = Keep(None), Receiver()
    async with served(receiver.app()) as bot:
        address = f"{bot}/webhooks/pagerduty"
    async with Account(config_for(address), keep) as account:
        incident = account.desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
        account.desk.acknowledge(incident, ANN_ON_PAGE)
        await until(lambda: account.deliveries.log()[0].tries >= 2)
        assert account.deliveries.log()[0].answered is None
    async with served(receiver.app()) as bot, Account(config_for(f"{bot}/webhooks/pagerduty"), keep) as again:
        await again.deliveries.settled()
        assert types(receiver) == ["incident.triggered", "incident.acknowledged"]
        kept = again.ledger.incident(incident.id)
        assert kept is not None
        assert kept.status == "acknowledged"
        assert kept.acknowledgements[0].user == ANN.pagerduty
    keep.close()


async def test_an_account_that_is_left_leaves_no_task_behind(pagerduty: PagerDutyUnderTest) -> None:
    keep = Keep(None)
    before = asyncio.all_tasks()
    async with Account(config_for("http://127.0.0.1:9/none"), keep) as account:
        account.desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
        await until(lambda: account.deliveries.log()[0].tries >= 1)
    assert asyncio.all_tasks() <= before
    keep.close()


async def test_the_log_of_deliveries_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "_MOST_KEPT", 3)
    keep, receiver = Keep(None), Receiver()
    async with served(receiver.app()) as bot, Account(config_for(f"{bot}/webhooks/pagerduty"), keep) as account:
        incident = account.desk.trigger(Raise(service=CHECKOUT, title="Errors"), ANN_ON_PAGE)
        for number in range(6):
            account.desk.annotate(incident, f"note {number}", ANN_ON_PAGE)
            await account.deliveries.settled()
        assert len(account.deliveries.log()) == len(keep.all("pagerduty.delivery")) == 3
    assert len(receiver.received) == 7
    keep.close()
