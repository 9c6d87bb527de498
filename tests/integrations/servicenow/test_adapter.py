"""ServiceNow's answers, and its traps: ignored filters, short pages, hidden rows, strings for everything."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Status
from bot.domain.errors import NotAuthorised, NotInstalled, Refused, Unavailable
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.servicenow.adapter import ServiceNow
from bot.integrations.servicenow.login import address_of
from bot.integrations.servicenow.settings import ServiceNowSettings
from tests.integrations.contract.server import Answering, Canned, Request, serving, told
from tests.integrations.servicenow.scripted import (
    ALERTS,
    APPROVALS,
    CHANGES,
    INCIDENTS,
    PASSWORD,
    SCRIPT,
    alert,
    approval,
    change,
    incident,
    rows,
)

NOW: Final = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@asynccontextmanager
async def servicenow(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Answering | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    zones: Sequence[str] = ("UTC",),
    **settings: Any,  # any of the settings
) -> AsyncIterator[ServiceNow]:
    async with serving(server or SCRIPT.replying(instead)) as address:
        outside = Outside(now=lambda: NOW)
        given = {"username": "daywatch", "password": SecretStr(PASSWORD), **settings}
        ours = ServiceNowSettings(instance=address, **given)
        try:
            wired = ServiceNow.connect(ours, Wiring(outside=outside, thresholds=thresholds or {}, zones=zones))
            assert wired is not None
            yield wired
        finally:
            await outside.aclose()


def counted(canned: Canned, total: int, **headers: str) -> Canned:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(canned, headers={**canned.headers, "x-total-count": str(total), **more})


def details(answer: Answer) -> list[tuple[str, Status]]:
    return [(one.detail or one.title, one.status) for one in answer.evidence]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([incident()], []),
        ([incident(priority="1")], [("P1", Status.FAIL)]),
        ([incident(priority="2")], [("P2", Status.WARN)]),
        ([incident(priority="2", assigned_to="")], [("P2, nobody has it", Status.FAIL)]),
        ([incident(priority="2", assigned_to=None)], [("P2, nobody has it", Status.FAIL)]),
        (
            [incident(priority="2", assigned_to="", opened_at="2026-11-23 08:20:00")],
            [("P2, nobody has it", Status.WARN)],
        ),
        ([incident(priority="2", assigned_to={"link": "https://x/y", "value": "a1"})], [("P2", Status.WARN)]),
        ([incident(priority={"value": "1", "display_value": "1 - Critical"})], [("P1", Status.FAIL)]),
        ([incident(priority="")], [("its priority is hidden from us", Status.UNKNOWN)]),
        ([incident(priority="1", state="6")], []),
        ([incident(priority="1", active="false")], []),
        ([incident(priority="1", state="")], [("P1", Status.FAIL)]),
    ],
)
async def test_open_incidents_are_judged_by_priority_and_owner(
    found: Sequence[Any], expected: Sequence[tuple[str, Status]]
) -> None:
    async with servicenow({INCIDENTS: rows(incident(99), *found)}) as ours:
        answer = await ours.incidents()
    assert details(answer) == expected
    assert answer.status is (expected[0][1] if expected else Status.OK)
    for one in answer.evidence:
        assert (one.url or "").endswith(f"/incident.do?sys_id={one.key}")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([change()], []),
        ([change(conflict_status="Conflict")], [("conflicts with another change or a freeze", Status.WARN)]),
        ([change(approval="requested", state="-3")], [("not approved yet", Status.WARN)]),
        ([change(approval="rejected", state="-3")], [("its approval was refused", Status.WARN)]),
        (
            [change(state="-1", end_date="2026-11-23 08:00:00")],
            [("still being implemented, planned until 23 Nov 08:00 UTC", Status.FAIL)],
        ),
        (
            [change(state="-1.0", end_date="2026-11-20 08:00:00", start_date="2026-11-20 07:00:00")],
            [("still being implemented, planned until 20 Nov 08:00 UTC", Status.FAIL)],
        ),
        (
            [change(state="-2", start_date="2026-11-23 05:00:00", end_date="2026-11-23 06:00:00")],
            [("planned until 06:00 UTC and not begun", Status.WARN)],
        ),
        ([change(state="4", conflict_status="Conflict")], []),
        ([change(conflict_status="Conflict", start_date="2026-11-25 09:00:00", end_date="2026-11-25 10:00:00")], []),
        ([change(state="")], [("its state is hidden from us", Status.UNKNOWN)]),
    ],
)
async def test_changes_are_judged_by_their_end_conflicts_and_approval(
    found: Sequence[Any], expected: Sequence[tuple[str, Status]]
) -> None:
    async with servicenow({CHANGES: rows(change(99), *found)}) as ours:
        answer = await ours.changes()
    assert details(answer) == expected
    assert answer.status is (expected[0][1] if expected else Status.OK)


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (approval(state="approved"), Status.OK, "No approval is waiting"),
        (approval(state="requested"), Status.WARN, "1 approval waits: CHG0000001 New load balancer"),
        (approval(state="requested", sys_created_on="2026-11-19 06:00:00"), Status.FAIL, "waits since 19 Nov 06:00"),
        ({"sys_id": "a" * 32, "state": "requested"}, Status.WARN, "1 approval waits: Approval aaaa"),
    ],
)
async def test_waiting_approvals_warn_and_old_ones_fail(found: Any, status: Status, words: str) -> None:
    async with servicenow({APPROVALS: rows(found)}) as ours:
        answer = await ours.approvals()
    assert (answer.status, words in answer.summary) == (status, True), answer


async def test_nothing_urgent_and_no_changes_are_ok_only_where_rows_can_be_seen() -> None:
    def server(request: Request) -> Canned:
        narrow = request.query["sysparm_query"] != ["ORDERBYsys_id"]
        return rows() if narrow else SCRIPT.replying()(request)

    async with servicenow(server=server) as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
    async with servicenow({INCIDENTS: rows()}) as ours:
        with pytest.raises(NotAuthorised, match="role itil or sn_incident_read"):
            await ours.incidents()


async def test_pages_are_read_to_the_end_although_some_are_short_or_empty() -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        assert request.query["sysparm_limit"] == ["200"]
        offset = request.query["sysparm_offset"][0]
        asked.append(offset)
        pages = {"0": rows(incident(1)), "200": rows(), "400": rows(incident(2, priority="1"))}
        return counted(pages[offset], 401)

    async with servicenow(server=server) as ours:
        answer = await ours.incidents()
    assert asked == ["0", "200", "400"]
    assert answer.status is Status.FAIL
    assert details(answer) == [
        ("P1", Status.FAIL),
        ("399 more rows are hidden from us. Give the user the right to read incidents (role itil or sn_incident_read)",
         Status.UNKNOWN),
    ]  # fmt: skip


@pytest.mark.parametrize("told_by", ["link", "nothing"])
async def test_without_a_total_the_next_page_is_followed_until_nothing_comes(told_by: str) -> None:
    def server(request: Request) -> Canned:
        first = request.query["sysparm_offset"] == ["0"]
        found = rows(incident(1)) if first else rows(incident(2, priority="1"))
        if request.query["sysparm_offset"] == ["400"]:
            return rows()
        link = {"link": '<https://x/next>;rel="next"'} if told_by == "link" and first else {}
        return replace(found, headers={**found.headers, **link})

    async with servicenow(server=server) as ours:
        assert (await ours.incidents()).status is Status.FAIL


async def test_hidden_rows_make_an_ok_unknown() -> None:
    async with servicenow({INCIDENTS: counted(rows(incident()), 3)}) as ours:
        answer = await ours.incidents()
    assert answer.status is Status.UNKNOWN
    assert "2 more rows are hidden" in (answer.reason or "")


@pytest.mark.parametrize(
    ("canned", "words"),
    [
        (counted(rows(*(incident(number) for number in range(200))), 900), "repeats a page"),
        (counted(rows(incident()), 2_001), "Name your groups in SERVICENOW_GROUPS"),
        (
            replace(rows(incident()), headers={"content-type": "application/json", "link": '<x>;rel="next"'}),
            "repeats a page",
        ),
        (
            replace(rows(), headers={"content-type": "application/json", "link": '<x>;rel="next"'}),
            "never ends its list",
        ),
        (told({"result": [incident()], "error": {"message": "Transaction cancelled"}}), "broke off its answer"),
        (told({"result": [{"number": "INC1"}]}), "a form we do not know"),
        (told({"result": incident()}), "a form we do not know"),
        (Canned(body=b"<html>hibernating</html>", headers={"content-type": "text/html"}), "a web page"),
    ],
)
async def test_an_answer_that_is_not_whole_is_refused(canned: Canned, words: str) -> None:
    async with servicenow({INCIDENTS: canned}) as ours:
        with pytest.raises(Refused, match=words):
            await ours.incidents()


async def test_what_is_asked_is_as_documented_and_changes_nothing() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying()(request)

    groups = ("DB^active=false", "Web")
    async with servicenow(server=server, groups=groups, zones=("Europe/Berlin", "America/New_York")) as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in asked} == {"GET"}
    documented = {
        "sysparm_query",
        "sysparm_fields",
        "sysparm_display_value",
        "sysparm_exclude_reference_link",
        "sysparm_limit",
        "sysparm_offset",
    }
    assert {name for one in asked for name in one.query} == documented
    queries = {one.query["sysparm_query"][0] for one in asked}
    ours_only = "assignment_group.nameINDBactive=false,Web^ORDERBYsys_id"
    assert f"active=true^priority<=2^state!=6^state!=7^state!=8^{ours_only}" in queries
    assert f"start_date<=2026-11-24 04:59:59^end_date>=2026-11-22 23:00:00^state!=4^{ours_only}" in queries
    assert f"state=-1^end_date<2026-11-23 08:30:00^{ours_only}" in queries
    assert f"state=requested^sysapproval.{ours_only}" in queries


async def test_a_missing_right_is_named_and_thresholds_are_the_team_s() -> None:
    async with servicenow({CHANGES: told({"error": {"message": "no"}, "status": "failure"}, 403)}) as ours:
        with pytest.raises(NotAuthorised, match="sn_change_read"):
            await ours.changes()
        assert [remedy is None for _, remedy in await ours.probe()] == [True, False, True, True]
    limits = {
        "servicenow.incidents": {"fail_priority": 0, "warn_priority": 3},
        "servicenow.approvals": {"fail_days": 0},
    }
    found = {
        INCIDENTS: rows(incident(priority="1"), incident(2, priority="3")),
        APPROVALS: rows(approval(state="requested")),
    }
    async with servicenow(found, thresholds=limits) as ours:
        assert details(await ours.incidents()) == [("P1", Status.WARN), ("P3", Status.WARN)]
        assert (await ours.approvals()).status is Status.FAIL


def oauth(tokens: Sequence[Canned], good: str) -> tuple[Answering, list[str]]:
    """A server that gives these tokens one after the other and takes only the good one."""
    given, asked = iter(tokens), []

    def server(request: Request) -> Canned:
        asked.append(request.line)
        if request.line == "POST /oauth_token.do":
            sent = parse_qs(request.body.decode())
            assert sent == {"grant_type": ["client_credentials"], "client_id": ["me"], "client_secret": ["hush-4711"]}
            return next(given)
        if request.headers.get("authorization") != f"Bearer {good}":
            return told({"error": {"message": "User Not Authenticated"}}, 401)
        return SCRIPT.replying()(request)

    return server, asked


CLIENT: Final[Mapping[str, Any]] = {
    "username": "",
    "password": SecretStr(""),
    "client_id": "me",
    "client_secret": SecretStr("hush-4711"),
}


async def test_an_oauth_client_fetches_its_token_once_and_again_when_it_is_refused() -> None:
    first, second = (
        told({"access_token": "old", "expires_in": 1799}),
        told({"access_token": "good", "expires_in": 1799}),
    )
    server, asked = oauth([second], "good")
    async with servicenow(server=server, **CLIENT) as ours:
        await ours.incidents()
        await ours.approvals()
    assert asked.count("POST /oauth_token.do") == 1
    server, asked = oauth([first, second], "good")
    async with servicenow(server=server, **CLIENT) as ours:
        with pytest.raises(NotAuthorised, match="Renew SERVICENOW_CLIENT_SECRET"):
            await ours.incidents()
        assert (await ours.incidents()).status is Status.OK
    assert asked.count("POST /oauth_token.do") == 2


@pytest.mark.parametrize(
    ("token", "kind", "words"),
    [
        (told({"error": "invalid_client"}, 401), NotAuthorised, "Renew SERVICENOW_CLIENT_SECRET"),
        (told({}, 503), Unavailable, "no token at the moment"),
        (Canned(body=b"<html>", headers={"content-type": "text/html"}), Refused, "something else than a token"),
    ],
)
async def test_a_client_without_a_token_is_told(token: Canned, kind: type[Exception], words: str) -> None:
    server, _ = oauth([token, token], "good")
    async with servicenow(server=server, **CLIENT) as ours:
        with pytest.raises(kind, match=words) as told_:
            await ours.incidents()
    assert "hush-4711" not in str(told_.value)


async def test_a_bearer_token_is_sent_as_one_and_an_expired_one_says_so() -> None:
    def server(request: Request) -> Canned:
        assert request.headers["authorization"] == "Bearer t-1234"
        return told({"error": {"message": "User Not Authenticated"}}, 401)

    async with servicenow(server=server, username="", token=SecretStr("t-1234")) as ours:
        with pytest.raises(NotAuthorised, match="Renew SERVICENOW_TOKEN"):
            await ours.incidents()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("acme", "https://acme.service-now.com"),
        ("acme.service-now.com", "https://acme.service-now.com"),
        ("https://acme.service-now.com/", "https://acme.service-now.com"),
        ("http://127.0.0.1:99", "http://127.0.0.1:99"),
    ],
)
def test_an_instance_is_a_name_or_an_address(given: str, address: str) -> None:
    assert address_of(given) == address


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (alert(state="Open", severity="1"), Status.FAIL, "severity 1, db1"),
        (alert(state="Reopen", severity="1"), Status.FAIL, "severity 1, db1"),
        (alert(state="Flapping", severity="1", acknowledged="true"), Status.WARN, "severity 1, acknowledged, db1"),
        (alert(state="Open", severity="2", maintenance="true"), Status.WARN, "severity 2, in maintenance, db1"),
        (alert(state="Open", severity="3"), Status.WARN, "severity 3, db1"),
        (alert(state="Open", severity=""), Status.UNKNOWN, "its severity is hidden from us"),
        (alert(state="", severity="1"), Status.FAIL, "severity 1, db1"),
    ],
)
async def test_monitoring_alerts_are_judged_by_severity_and_whether_somebody_has_them(
    found: Any, status: Status, words: str
) -> None:
    async with servicenow({ALERTS: rows(found, alert(2), alert(3, state="Open", severity="4"))}) as ours:
        answer = await ours.alerts()
    assert answer.status is status
    assert details(answer) == [(words, status)]
    assert answer.evidence[0].title == "Alert0000001 Disk 96% on db1"


async def test_an_instance_without_event_management_says_so() -> None:
    nothing = told({"error": {"message": "Invalid table em_alert", "detail": None}, "status": "failure"}, 400)
    async with servicenow({ALERTS: nothing}) as ours:
        with pytest.raises(NotInstalled):
            await ours.alerts()
        assert {remedy for _, remedy in await ours.probe()} == {None}
    other = told({"error": {"message": "Bad query", "detail": None}, "status": "failure"}, 400)
    async with servicenow({ALERTS: other}) as ours:
        with pytest.raises(Refused, match="Bad query"):
            await ours.alerts()
