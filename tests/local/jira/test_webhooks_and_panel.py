"""Jira's webhooks against a receiver, and the panel a person presses."""

import hashlib
import hmac
import json
from typing import Any

import httpx

from bot.local.jira.site import Site
from bot.local.keep import Keep
from tests.local.jira.conftest import SECRET, JiraUnderTest, config_for
from tests.local.pagerduty.serving import Receiver, served, until


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in receiver.received]


def events(receiver: Receiver) -> list[str]:
    return [body["webhookEvent"] for body in bodies(receiver)]


async def press(jira: JiraUnderTest, name: str, **given: object) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.post(f"{jira.url}/_/jira/{name}", json=given)


async def look(jira: JiraUnderTest, name: str) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(f"{jira.url}/_/jira/{name}")).json()  # type: ignore[no-any-return]  # JSON


async def test_every_change_is_told_signed_and_in_strings(cloud: JiraUnderTest) -> None:
    document = {"type": "doc", "version": 1, "content": []}
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "It broke"}]}
    key = await cloud.create(version=3, description=document | {"content": [paragraph]})
    await press(cloud, "move", key=key, status="in progress", user="bob")
    await press(cloud, "comment", key=key, text="Looking", user="kim")
    await press(cloud, "delete", key=key, user="ann")
    await cloud.site.deliveries.settled()
    assert events(cloud.receiver) == [
        "jira:issue_created",
        "jira:issue_updated",
        "comment_created",
        "jira:issue_deleted",
    ]
    created, moved, commented, _ = bodies(cloud.receiver)
    assert set(created) == {"timestamp", "webhookEvent", "issue_event_type_name", "user", "issue"}
    assert (created["timestamp"], created["issue"]["fields"]["description"]) == (1772431869310, "It broke")
    assert (moved["issue_event_type_name"], moved["user"]["displayName"]) == ("issue_generic", "Bob Brown")
    (item,) = moved["changelog"]["items"]
    assert (item["field"], item["fromString"], item["toString"]) == ("status", "To Do", "In Progress")
    assert (commented["comment"]["body"], commented["comment"]["author"]["displayName"]) == ("Looking", "Kim Keller")
    for one in cloud.receiver.received:
        expected = "sha256=" + hmac.new(SECRET.encode(), one.body, hashlib.sha256).hexdigest()
        assert one.headers["x-hub-signature"] == expected
        assert one.headers["x-atlassian-webhook-flow"] == "Primary"
        assert "x-atlassian-webhook-retry" not in one.headers


async def test_an_edit_tells_what_changed_and_one_that_changes_nothing_is_silent(cloud: JiraUnderTest) -> None:
    key = await cloud.create(labels=["a"])
    path = f"/rest/api/2/issue/{key}"
    await cloud.http.put(path, json={"fields": {"summary": "Better", "labels": ["a", "b"]}})
    await cloud.http.put(path, json={"fields": {"summary": "Better"}})
    await cloud.http.put(f"{path}/assignee", json={"accountId": "5b10a2ann"})
    await cloud.site.deliveries.settled()
    _, edited, assigned = bodies(cloud.receiver)
    changes = {one["field"]: (one["fromString"], one["toString"]) for one in edited["changelog"]["items"]}
    assert changes == {"summary": ("Checkout errors", "Better"), "labels": ("a", "a b")}
    assert assigned["issue_event_type_name"] == "issue_assigned"
    assert assigned["changelog"]["items"][0]["to"] == "5b10a2ann"


async def test_moving_to_done_also_tells_the_resolution(cloud: JiraUnderTest) -> None:
    key = await cloud.create()
    await press(cloud, "move", key=key, status="Done", user="bob")
    await press(cloud, "move", key=key, status="To Do", user="bob")
    await cloud.site.deliveries.settled()
    changed = [[(i["field"], i["toString"]) for i in body["changelog"]["items"]] for body in bodies(cloud.receiver)[1:]]
    assert changed == [[("status", "Done"), ("resolution", "Done")], [("status", "To Do"), ("resolution", None)]]


async def test_a_failing_delivery_comes_again_with_the_same_identifier(cloud: JiraUnderTest) -> None:
    cloud.receiver.answers = iter((500, 429))
    await cloud.create()
    await cloud.site.deliveries.settled()
    seen = [one.headers for one in cloud.receiver.received]
    assert len({one["x-atlassian-webhook-identifier"] for one in seen}) == 1
    assert [one.get("x-atlassian-webhook-retry") for one in seen] == [None, "1", "2"]
    assert [(one.state, one.tries) for one in cloud.site.deliveries.log()] == [("delivered", 3)]


async def test_a_refused_delivery_is_dropped_and_five_failures_are_enough(cloud: JiraUnderTest) -> None:
    cloud.receiver.answers = iter((404, 500, 500, 500, 500, 500, 202))
    await cloud.create()
    await cloud.site.deliveries.settled()
    await cloud.create()
    await cloud.site.deliveries.settled()
    assert [(one.state, one.tries) for one in cloud.site.deliveries.log()] == [("dropped", 1), ("given up", 5)]


async def test_a_failing_delivery_does_not_hold_back_the_next(cloud: JiraUnderTest) -> None:
    cloud.receiver.answers = iter((500,))
    first = await cloud.create()
    await until(lambda: len(cloud.receiver.received) == 1)
    second = await cloud.create()
    await cloud.site.deliveries.settled()
    assert {body["issue"]["key"] for body in bodies(cloud.receiver)} == {first, second}
    assert len(cloud.receiver.received) == 3


async def test_issues_and_waiting_webhooks_survive_a_restart() -> None:
    keep, receiver = Keep(None), Receiver()
    async with served(receiver.app()) as bot:
        address = f"{bot}/webhooks/jira"
    fields = {"type": "10100", "summary": "Checkout errors", "labels": ("a",)}
    async with Site(config_for(address), keep) as site:
        issue = site.tracker.create(fields, "5b10a2ann")
        await until(lambda: site.deliveries.log()[0].tries >= 1)
    async with served(receiver.app()) as bot, Site(config_for(f"{bot}/webhooks/jira"), keep) as again:
        await again.deliveries.settled()
        assert events(receiver) == ["jira:issue_created"]
        assert again.tracker.issue("OPS-1") == issue
        assert again.tracker.create(fields, "5b10a2ann").key == "OPS-2"
    keep.close()


async def test_the_board_shows_tickets_by_status_and_moves_them(cloud: JiraUnderTest) -> None:
    key = await cloud.create(labels=["INC-1"])
    moved = await press(cloud, "move", key=key, status="In Progress", user="bob")
    assert moved.json()["ticket"]["status"] == "In Progress"
    assert (await press(cloud, "assign", key=key, assignee="kim", user="bob")).json()["ticket"][
        "assignee"
    ] == "Kim Keller"
    board = await look(cloud, "board")
    assert [(one["status"], len(one["issues"])) for one in board["columns"]] == [
        ("To Do", 0),
        ("In Progress", 1),
        ("In Review", 0),
        ("Done", 0),
    ]
    ticket = await look(cloud, f"ticket?key={key}")
    assert (ticket["moves"], ticket["page"]) == (["In Review", "Done", "To Do"], f"http://127.0.0.1/jira/browse/{key}")


async def test_the_panel_refuses_what_makes_no_sense_and_sends_again_what_was_sent(cloud: JiraUnderTest) -> None:
    key = await cloud.create()
    assert (await press(cloud, "move", key=key, status="Flying", user="bob")).status_code == 400
    assert (await press(cloud, "move", key=key, status="Done", user="gil")).status_code == 400
    assert (await press(cloud, "comment", key=key, text=" ", user="bob")).status_code == 400
    assert (await press(cloud, "move", key="OPS-99", status="Done", user="bob")).status_code == 404
    assert (await press(cloud, "resend", event_id="none")).status_code == 404
    await cloud.site.deliveries.settled()
    (sent,) = (await look(cloud, "deliveries"))["deliveries"]
    assert (sent["state"], sent["answered"], sent["tries"]) == ("delivered", 202, 1)
    assert (await press(cloud, "resend", event_id=sent["event_id"])).status_code == 202
    await cloud.site.deliveries.settled()
    assert len(cloud.receiver.received) == 2
