"""PagerDuty's incidents over REST, asked by raw HTTP: shapes, rules and refusals of the sheet."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.local.keep import Keep
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.app import create_app
from tests.local.pagerduty.conftest import READ_KEY, PagerDutyUnderTest, config_for, headers
from tests.local.pagerduty.serving import Clock

WISH = {
    "type": "incident",
    "title": "Checkout errors",
    "service": {"id": "PSVC001", "type": "service_reference"},
    "urgency": "high",
    "body": {"type": "incident_body", "details": "5xx above 2 %"},
}

PROMISED = {
    *("id", "incident_number", "title", "status", "urgency", "priority", "service", "assignments", "acknowledgements"),
    *("created_at", "updated_at", "last_status_change_at", "escalation_policy", "teams", "html_url", "incident_key"),
    *("conference_bridge", "resolve_reason"),
}


async def create(pagerduty: PagerDutyUnderTest, **more: object) -> dict[str, Any]:
    answer = await pagerduty.http.post("/incidents", json={"incident": WISH | more})
    assert answer.status_code == 201, answer.text
    return answer.json()["incident"]  # type: ignore[no-any-return]  # JSON


async def change(pagerduty: PagerDutyUnderTest, identity: str, **wish: object) -> httpx.Response:
    document = {"incident": {"type": "incident_reference"} | wish}
    return await pagerduty.http.put(f"/incidents/{identity}", json=document)


def code(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_new_incident_goes_to_whoever_is_on_call_first(pagerduty: PagerDutyUnderTest) -> None:
    incident = await create(pagerduty, priority="P1")
    assert incident["status"] == "triggered"
    assert incident["assignments"][0]["assignee"]["summary"] == "Bob Brown"
    assert incident["priority"]["summary"] == "P1"
    assert incident["service"] == {
        "id": "PSVC001",
        "type": "service_reference",
        "summary": "Checkout",
        "self": "http://127.0.0.1/pagerduty/services/PSVC001",
        "html_url": "http://127.0.0.1/_/pagerduty/services/PSVC001",
    }
    read = (await pagerduty.http.get(f"/incidents/{incident['id']}")).json()["incident"]
    assert read["body"]["details"] == "5xx above 2 %"


async def test_the_rest_incident_has_the_fields_of_the_sheet_and_not_those_of_the_webhook(
    pagerduty: PagerDutyUnderTest,
) -> None:
    incident = await create(pagerduty)
    assert set(incident) >= PROMISED
    assert not {"number", "assignees"} & set(incident)


async def test_an_open_incident_with_the_same_key_is_refused(pagerduty: PagerDutyUnderTest) -> None:
    first = await create(pagerduty, incident_key="daywatch-inc-7")
    again = await pagerduty.http.post("/incidents", json={"incident": WISH | {"incident_key": "daywatch-inc-7"}})
    assert code(again) == (400, 2001)
    assert (await change(pagerduty, first["id"], status="resolved")).status_code == 200
    assert (await create(pagerduty, incident_key="daywatch-inc-7"))["id"] != first["id"]


async def test_acknowledge_resolve_and_reopen(pagerduty: PagerDutyUnderTest) -> None:
    incident = await create(pagerduty)
    acknowledged = (await change(pagerduty, incident["id"], status="acknowledged")).json()["incident"]
    assert acknowledged["acknowledgements"][0]["acknowledger"]["summary"] == "Ann Adams"
    assert code(await change(pagerduty, incident["id"], status="acknowledged")) == (400, 1002)
    resolved = (await change(pagerduty, incident["id"], status="resolved", resolution="Rolled back")).json()["incident"]
    assert (resolved["status"], resolved["assignments"]) == ("resolved", [])
    notes = (await pagerduty.http.get(f"/incidents/{incident['id']}/notes")).json()["notes"]
    assert [note["content"] for note in notes] == ["Rolled back"]
    assert code(await change(pagerduty, incident["id"], status="resolved")) == (400, 1001)
    reopened = (await change(pagerduty, incident["id"], status="triggered")).json()["incident"]
    assert (reopened["status"], reopened["resolved_at"]) == ("triggered", None)
    assert reopened["assignments"][0]["assignee"]["summary"] == "Bob Brown"


async def test_acknowledging_a_resolved_incident_reopens_it(pagerduty: PagerDutyUnderTest) -> None:
    incident = await create(pagerduty)
    await change(pagerduty, incident["id"], status="resolved")
    assert (await change(pagerduty, incident["id"], status="acknowledged")).json()["incident"][
        "status"
    ] == "acknowledged"


async def test_reassigning_escalating_and_retitling(pagerduty: PagerDutyUnderTest) -> None:
    incident = await create(pagerduty)
    kim = {"assignee": {"id": "PUKIM01", "type": "user_reference"}}
    moved = (await change(pagerduty, incident["id"], assignments=[kim])).json()["incident"]
    assert [one["assignee"]["summary"] for one in moved["assignments"]] == ["Kim Keller"]
    renamed = (await change(pagerduty, incident["id"], title="Checkout is down")).json()["incident"]
    assert renamed["summary"] == "[#1] Checkout is down"
    up = (await change(pagerduty, incident["id"], escalation_level=2)).json()["incident"]
    assert up["assignments"][0]["assignee"]["summary"] == "Kim Keller"
    assert code(await change(pagerduty, incident["id"], escalation_level=9)) == (400, 2001)


async def test_many_incidents_change_together_or_not_at_all(pagerduty: PagerDutyUnderTest) -> None:
    first, second = await create(pagerduty), await create(pagerduty)
    wish = [{"id": one["id"], "type": "incident_reference", "status": "resolved"} for one in (first, second)]
    unknown = {"id": "QNONE", "type": "incident_reference", "status": "resolved"}
    assert code(await pagerduty.http.put("/incidents", json={"incidents": [*wish, unknown]})) == (404, 2100)
    open_ones = (await pagerduty.http.get("/incidents?statuses[]=triggered")).json()["incidents"]
    assert len(open_ones) == 2
    done = await pagerduty.http.put("/incidents", json={"incidents": wish})
    assert [one["status"] for one in done.json()["incidents"]] == ["resolved", "resolved"]
    too_many = {"incidents": [wish[0]] * 251}
    assert (await pagerduty.http.put("/incidents", json=too_many)).status_code == 413


async def test_an_incident_of_five_weeks_ago_shows_only_with_all_dates(pagerduty: PagerDutyUnderTest) -> None:
    old = await create(pagerduty)
    pagerduty.clock.forward(days=35)
    new = await create(pagerduty)
    listed = (await pagerduty.http.get("/incidents")).json()["incidents"]
    assert [one["id"] for one in listed] == [new["id"]]
    everything = (await pagerduty.http.get("/incidents?date_range=all")).json()["incidents"]
    assert [one["id"] for one in everything] == [old["id"], new["id"]]
    since = {"since": "2026-02-20T00:00:00Z"}
    assert len((await pagerduty.http.get("/incidents", params=since)).json()["incidents"]) == 2
    assert code(await pagerduty.http.get("/incidents", params={"since": "2025-01-01T00:00:00Z"})) == (400, 2001)


async def test_lists_filter_sort_and_page(pagerduty: PagerDutyUnderTest) -> None:
    numbers = [(await create(pagerduty, urgency="low" if n % 2 else "high"))["incident_number"] for n in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    page = (await pagerduty.http.get("/incidents?limit=2&offset=2&total=true&sort_by=incident_number:desc")).json()
    assert [one["incident_number"] for one in page["incidents"]] == [3, 2]
    assert (page["limit"], page["offset"], page["more"], page["total"]) == (2, 2, True, 5)
    assert (await pagerduty.http.get("/incidents")).json()["total"] is None
    assert (await pagerduty.http.get("/incidents?limit=500")).json()["limit"] == 100
    low = (await pagerduty.http.get("/incidents?urgencies[]=low&service_ids[]=PSVC001")).json()["incidents"]
    assert [one["incident_number"] for one in low] == [2, 4]
    assert (await pagerduty.http.get("/incidents?service_ids[]=PSVC002")).json()["incidents"] == []


@pytest.mark.parametrize(
    "query",
    [
        "offset=9990&limit=20",
        "limit=0",
        "offset=-1",
        "statuses[]=open",
        "urgencies[]=loud",
        "since=soon",
        "sort_by=mood",
    ],
)
async def test_a_list_that_makes_no_sense_is_refused(pagerduty: PagerDutyUnderTest, query: str) -> None:
    assert code(await pagerduty.http.get(f"/incidents?{query}")) == (400, 2001)


@pytest.mark.parametrize(
    "wish",
    [
        {"type": "ticket"},
        {"title": ""},
        {"service": {"id": "PNONE"}},
        {"urgency": "loud"},
        {"priority": "P9"},
        {"assignments": [{"assignee": {"id": "PNOBODY"}}]},
        {"escalation_policy": {"id": "PNONE"}},
    ],
)
async def test_a_new_incident_that_makes_no_sense_is_refused(
    pagerduty: PagerDutyUnderTest, wish: dict[str, object]
) -> None:
    assert code(await pagerduty.http.post("/incidents", json={"incident": WISH | wish})) == (400, 2001)
    assert (await pagerduty.http.get("/incidents")).json()["incidents"] == []


async def test_keys_senders_and_addresses_are_checked(pagerduty: PagerDutyUnderTest) -> None:
    wish = {"incident": WISH}
    assert code(await pagerduty.http.get("/incidents", headers=headers("wrong"))) == (401, 2006)
    foreign = {b"Authorization": "Token token=ü".encode()}
    assert code(await pagerduty.http.get("/incidents", headers=foreign)) == (401, 2006)
    assert (await pagerduty.http.get("/incidents", headers=headers(READ_KEY))).status_code == 200
    assert code(await pagerduty.http.post("/incidents", json=wish, headers=headers(READ_KEY))) == (403, 2010)
    stranger = headers(sender="nobody@example.com")
    assert code(await pagerduty.http.post("/incidents", json=wish, headers=stranger)) == (400, 1008)
    nameless = headers(sender="")
    assert code(await pagerduty.http.post("/incidents", json=wish, headers=nameless)) == (400, 2016)
    assert code(await pagerduty.http.get("/incidents/QNONE")) == (404, 2100)
    assert code(await pagerduty.http.get("/nothing")) == (404, 2100)
    assert code(await pagerduty.http.post("/incidents", content=b"{")) == (400, 2001)
    old = headers() | {"Accept": "application/vnd.pagerduty+json;version=1"}
    assert (await pagerduty.http.get("/incidents", headers=old)).status_code == 406


async def test_every_answer_counts_down_the_minute_and_then_refuses() -> None:
    clock, keep = Clock(), Keep(None)
    config = replace(config_for("http://127.0.0.1:9/none"), requests_a_minute=2)
    app = create_app(config, keep, Account(config, keep, clock))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(base_url="http://pagerduty", transport=transport, headers=headers()) as http:
        first = await http.get("/abilities")
        assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("2", "1")
        assert (await http.get("/abilities")).headers["ratelimit-reset"] == "60"
        refused = await http.get("/abilities")
        assert refused.status_code == 429
        assert refused.json()["error"] == {"message": "Rate Limit Exceeded", "code": 2020, "errors": []}
        clock.forward(seconds=61)
        assert (await http.get("/abilities")).status_code == 200
    keep.close()


async def test_notes_alerts_and_log_entries_of_an_incident(pagerduty: PagerDutyUnderTest) -> None:
    incident = await create(pagerduty)
    path = f"/incidents/{incident['id']}"
    note = await pagerduty.http.post(f"{path}/notes", json={"note": {"content": "Looking"}})
    assert note.json()["note"]["user"]["summary"] == "Ann Adams"
    assert code(await pagerduty.http.post(f"{path}/notes", json={"note": {"content": ""}})) == (400, 2001)
    assert (await pagerduty.http.get(f"{path}/alerts")).json()["alerts"] == []
    entries = (await pagerduty.http.get(f"{path}/log_entries")).json()["log_entries"]
    assert [entry["type"] for entry in entries] == ["annotate_log_entry", "trigger_log_entry"]


async def test_a_snooze_ends_by_itself(pagerduty: PagerDutyUnderTest) -> None:
    incident = await create(pagerduty)
    path = f"/incidents/{incident['id']}"
    snoozed = await pagerduty.http.post(f"{path}/snooze", json={"duration": 600})
    assert (snoozed.status_code, snoozed.json()["incident"]["status"]) == (201, "acknowledged")
    assert snoozed.json()["incident"]["pending_actions"] == [{"type": "unacknowledge", "at": "2026-03-02T06:21:09Z"}]
    assert code(await pagerduty.http.post(f"{path}/snooze", json={"duration": 604_801})) == (400, 2001)
    pagerduty.clock.forward(seconds=600)
    pagerduty.account.desk.wake(pagerduty.clock())
    assert (await pagerduty.http.get(path)).json()["incident"]["status"] == "triggered"


async def test_merging_resolves_the_sources(pagerduty: PagerDutyUnderTest) -> None:
    target, source = await create(pagerduty), await create(pagerduty)
    wish = {"source_incidents": [{"id": source["id"], "type": "incident_reference"}]}
    assert (await pagerduty.http.put(f"/incidents/{target['id']}/merge", json=wish)).status_code == 200
    merged = (await pagerduty.http.get(f"/incidents/{source['id']}")).json()["incident"]
    assert merged["status"] == "resolved"
    assert merged["resolve_reason"]["incident"]["id"] == target["id"]
    itself = {"source_incidents": [{"id": target["id"]}]}
    assert code(await pagerduty.http.put(f"/incidents/{target['id']}/merge", json=itself)) == (400, 2001)


async def test_responders_are_asked_in_the_name_of_the_body(pagerduty: PagerDutyUnderTest) -> None:
    incident = await create(pagerduty)
    wish = {
        "requester_id": "PUBOB01",
        "message": "Please help",
        "responder_request_targets": [{"responder_request_target": {"id": "PUKIM01", "type": "user_reference"}}],
    }
    path = f"/incidents/{incident['id']}/responder_requests"
    asked = (await pagerduty.http.post(path, json=wish)).json()["responder_request"]
    assert asked["requester"]["summary"] == "Bob Brown"
    assert code(await pagerduty.http.post(path, json=wish | {"requester_id": "PNONE"})) == (400, 2001)
