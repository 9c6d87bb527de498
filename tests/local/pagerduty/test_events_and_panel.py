"""PagerDuty's Events API by raw HTTP, the directory endpoints, and the panel a person presses."""

import json
from typing import Any

import httpx
import pytest

from bot.local.pagerduty.config import PagerDutyConfig
from tests.local.pagerduty.conftest import API_KEY, ROUTING_KEY, SECRETS, PagerDutyUnderTest

EVENT: dict[str, Any] = {
    "routing_key": ROUTING_KEY,
    "event_action": "trigger",
    "dedup_key": "db1/disk",
    "client": "Prometheus",
    "client_url": "https://prometheus.example.com",
    "payload": {"summary": "Disk almost full", "source": "db1", "severity": "warning"},
}


async def enqueue(pagerduty: PagerDutyUnderTest, event: dict[str, Any]) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.post(f"{pagerduty.url}/pagerduty-events/v2/enqueue", json=event)


async def press(pagerduty: PagerDutyUnderTest, name: str, **given: object) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.post(f"{pagerduty.url}/_/pagerduty/{name}", json=given)


async def look(pagerduty: PagerDutyUnderTest, name: str) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(f"{pagerduty.url}/_/pagerduty/{name}")).json()  # type: ignore[no-any-return]  # JSON


async def test_an_event_becomes_an_incident_with_an_alert(pagerduty: PagerDutyUnderTest) -> None:
    answer = await enqueue(pagerduty, EVENT)
    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "db1/disk"},
    )
    await enqueue(pagerduty, EVENT)
    (incident,) = (await pagerduty.http.get("/incidents?incident_key=db1/disk")).json()["incidents"]
    assert (incident["urgency"], incident["alert_counts"]["triggered"]) == ("low", 1)
    await pagerduty.account.deliveries.settled()
    event = json.loads(pagerduty.receiver.received[0].body)["event"]
    assert event["agent"]["type"] == "inbound_integration_reference"
    assert event["client"] == {"name": "Prometheus", "url": "https://prometheus.example.com"}


async def test_an_unknown_key_is_accepted_and_does_nothing(pagerduty: PagerDutyUnderTest) -> None:
    for action in ("acknowledge", "resolve"):
        answer = await enqueue(pagerduty, {"routing_key": ROUTING_KEY, "event_action": action, "dedup_key": "unknown"})
        assert answer.status_code == 202
    assert pagerduty.account.deliveries.log() == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"routing_key": "x" * 32},
        {"routing_key": None},
        {"event_action": "explode"},
        {"dedup_key": "k" * 256},
        {"payload": None},
        {"payload": {"summary": "s" * 1025, "source": "db1", "severity": "info"}},
        {"payload": {"summary": "s", "source": "", "severity": "info"}},
        {"payload": {"summary": "s", "source": "db1", "severity": "awful"}},
        {"event_action": "resolve", "dedup_key": None},
    ],
)
async def test_a_bad_event_is_refused_with_reasons(pagerduty: PagerDutyUnderTest, wrong: dict[str, Any]) -> None:
    answer = await enqueue(pagerduty, EVENT | wrong)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert answer.json()["errors"]
    assert pagerduty.account.ledger.incidents() == ()


async def test_an_event_over_half_a_megabyte_is_too_large(pagerduty: PagerDutyUnderTest) -> None:
    payload = EVENT["payload"] | {"custom_details": "x" * 600_000}
    assert (await enqueue(pagerduty, EVENT | {"payload": payload})).status_code == 413


async def test_a_service_is_as_well_as_its_worst_incident(pagerduty: PagerDutyUnderTest) -> None:
    async def status() -> str:
        return str((await pagerduty.http.get("/services/PSVC001")).json()["service"]["status"])

    assert await status() == "active"
    number = (await press(pagerduty, "raise", service="checkout", title="Errors")).json()["incident"]["id"]
    assert await status() == "critical"
    await press(pagerduty, "acknowledge", incident=number, user="bob")
    assert await status() == "warning"
    await press(pagerduty, "resolve", incident=number, user="bob")
    assert await status() == "active"


async def test_people_policies_priorities_and_windows(pagerduty: PagerDutyUnderTest) -> None:
    async def read(path: str) -> dict[str, Any]:
        return (await pagerduty.http.get(path)).json()  # type: ignore[no-any-return]  # JSON

    found = (await read("/users?query=bob@example.com"))["users"]
    assert [one["id"] for one in found] == ["PUBOB01"]
    assert (await pagerduty.http.get("/users/me")).status_code == 400
    assert (await read("/users/PUANN01"))["user"]["role"] == "owner"
    assert len((await read("/users"))["users"]) == 4
    policies = (await read("/escalation_policies"))["escalation_policies"]
    assert [len(one["escalation_rules"]) for one in policies] == [2, 2]
    assert [one["name"] for one in (await read("/priorities"))["priorities"]] == ["P1", "P2", "P3", "P4", "P5"]
    assert (await read("/maintenance_windows?filter=ongoing"))["maintenance_windows"] == []
    assert (await pagerduty.http.get("/webhook_subscriptions/PNONE")).status_code == 404
    assert (await pagerduty.http.post("/webhook_subscriptions/PWHS001/ping")).status_code == 202


async def test_a_plan_without_an_ability_is_told_to_pay(pagerduty: PagerDutyUnderTest) -> None:
    incident = (await press(pagerduty, "raise", service="search", title="Slow")).json()["incident"]
    config = pagerduty.account.config
    pagerduty.account.config = PagerDutyConfig(
        api_key=API_KEY,
        webhook_secrets=SECRETS,
        webhook_url=config.webhook_url,
        routing_key=ROUTING_KEY,
        abilities=("teams",),
    )
    path = f"/incidents/{incident['id']}/status_updates"
    answer = await pagerduty.http.post(path, json={"message": "We know"})
    assert (answer.status_code, (await pagerduty.http.get("/priorities")).status_code) == (402, 402)


async def test_the_panel_shows_what_was_done_and_every_delivery(pagerduty: PagerDutyUnderTest) -> None:
    raised = await press(pagerduty, "raise", service="PSVC001", urgency="low", title="Errors", priority="P2")
    assert raised.status_code == 201
    number = raised.json()["incident"]["incident_number"]
    assert (await press(pagerduty, "annotate", incident=number, user="kim", content="Looking")).status_code == 200
    change = {"priority": "P1", "escalation_level": 2}
    assert (await press(pagerduty, "change", incident=number, user="kim", change=change)).status_code == 200
    await press(pagerduty, "resolve", incident=number, user="ann", resolution="Rolled back")
    assert (await press(pagerduty, "reopen", incident=number, user="ann")).json()["incident"]["status"] == "triggered"
    await pagerduty.account.deliveries.settled()
    (incident,) = (await look(pagerduty, "state"))["incidents"]
    assert [note["content"] for note in incident["notes"]] == ["Looking", "Rolled back"]
    deliveries = (await look(pagerduty, "deliveries"))["deliveries"]
    assert deliveries[-1]["event_type"] == "incident.triggered"
    assert {(one["state"], one["answered"], one["tries"]) for one in deliveries} == {("delivered", 202, 1)}
    assert (await press(pagerduty, "resend", event_id=deliveries[-1]["event_id"])).status_code == 202
    await pagerduty.account.deliveries.settled()
    assert (await look(pagerduty, "deliveries"))["deliveries"][-1]["tries"] == 2


async def test_the_panel_refuses_what_makes_no_sense(pagerduty: PagerDutyUnderTest) -> None:
    assert (await press(pagerduty, "raise", service="none", title="Errors")).status_code == 400
    assert (await press(pagerduty, "raise", service="search", title="Errors", user="gil")).status_code == 400
    assert (await press(pagerduty, "resolve", incident="QNONE", user="ann")).status_code == 404
    assert (await press(pagerduty, "resend", event_id="01NONE")).status_code == 404
    assert (await press(pagerduty, "storm", service="search", count=10_000)).status_code == 400


async def test_a_storm_raises_many_and_a_ping_says_hello(pagerduty: PagerDutyUnderTest) -> None:
    stormed = await press(pagerduty, "storm", service="search", count=30)
    assert len(stormed.json()["incidents"]) == 30
    assert (await press(pagerduty, "ping", user="ann")).status_code == 202
    await pagerduty.account.deliveries.settled()
    assert len(pagerduty.receiver.received) == 31
