"""The two lines of the checklist, and what `daywatch doctor` learns."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.check import Item, Status
from bot.domain.errors import Unavailable
from tests.integrations.jira.answers import Answered, issue, page, rule, screen, search_of
from tests.integrations.jira.conftest import Connect
from tests.integrations.jira.pretend import MYSELF, Asked, PretendJira, Says, says

BOTH = pytest.mark.parametrize("flavour", ["cloud", "server"])
ANA = {"accountId": "5b10", "name": "ana", "displayName": "Ana"}
PROJECT = {"id": "10000", "key": "OPS", "name": "Operations"}


def _one(number: int = 42, **fields: object) -> Answered:
    return issue(f"OPS-{number}", created="2026-03-02T06:15:10.123+0000", assignee=ANA, **fields)


@BOTH
async def test_open_issues_that_have_owners_are_fine(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    pretend.on(search_of(flavour), says(page(flavour, _one(1), _one(2))))
    check, *_ = connect(flavour).checks()
    answer = await check.ask()
    assert (check.name, check.item) == ("jira.open", Item.INCIDENTS)
    assert (answer.status, answer.summary) == (Status.OK, "2 open issues, none without an owner")
    assert pretend.asked[0].query["jql"] == ['project = "OPS" AND statusCategory != Done ORDER BY created ASC']


@BOTH
async def test_an_open_issue_without_an_owner_warns(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    pretend.on(
        search_of(flavour), says(page(flavour, _one(1), _one(2) | {"fields": _one(2)["fields"] | {"assignee": None}}))
    )
    answer = await connect(flavour).checks()[0].ask()
    assert (answer.status, answer.summary) == (Status.WARN, "2 open issues, 1 without an owner")
    (evidence,) = answer.evidence
    assert (evidence.key, evidence.url) == ("OPS-2", f"{pretend.url}/browse/OPS-2")
    assert evidence.since == datetime(2026, 3, 2, 6, 15, 10, 123000, UTC)
    assert answer.link is not None
    assert answer.link.startswith(f"{pretend.url}/issues/?jql=project%20%3D%20%22OPS%22")


@BOTH
async def test_an_issue_past_its_due_date_warns(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    pretend.on(search_of(flavour), says(page(flavour, _one(duedate="2026-11-20"))))
    answer = await connect(flavour, open_filter="issuetype = Task").checks()[1].ask()
    assert (answer.status, answer.summary) == (Status.WARN, "1 issue past the due date")
    assert answer.evidence[0].detail == "To Do, due 2026-11-20, Ana"
    jql = pretend.asked[0].query["jql"][0]
    assert 'AND (issuetype = Task) AND duedate < "2026-11-23"' in jql


async def test_the_team_sets_from_when_on_it_warns_or_fails(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says(page("cloud", _one(1, duedate="2026-11-20"), _one(2, duedate="2026-11-20"))))
    told = []
    for limits in ({"warn": 3}, {"warn": 2}, {"fail": 2}):
        (_, overdue, _) = connect(thresholds={"jira.overdue": limits}).checks()
        told.append((await overdue.ask()).status)
    assert told == [Status.OK, Status.WARN, Status.FAIL]


@BOTH
async def test_no_issue_at_all_counts_only_where_the_project_can_be_seen(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    pretend.on(search_of(flavour), says(page(flavour)))
    pretend.on("GET project/OPS", says(PROJECT))
    for check in connect(flavour).checks():
        assert (await check.ask()).status is Status.OK
    assert len(pretend.calls("GET project/OPS")) == 2


def _cloud_pages(total: int) -> Says | object:
    def answer(asked: Asked) -> Says:
        assert "startAt" not in asked.query
        start = int(asked.query.get("nextPageToken", ["0"])[0])
        size = min(int(asked.query["maxResults"][0]), 40)  # Jira may give fewer than asked for
        issues = [_one(number + 1) for number in range(start, min(start + size, total))]
        more = start + size < total
        return says({"issues": issues, "isLast": not more} | ({"nextPageToken": str(start + size)} if more else {}))

    return answer


def _server_pages(total: int) -> Says | object:
    def answer(asked: Asked) -> Says:
        start = int(asked.query["startAt"][0])
        size = min(int(asked.query["maxResults"][0]), 40)  # the server may lower it
        issues = [_one(number + 1) for number in range(start, min(start + size, total))]
        return says({"issues": issues, "startAt": start, "maxResults": size, "total": total})

    return answer


@BOTH
@pytest.mark.parametrize("total", [40, 41, 130])
async def test_every_page_is_read(pretend: PretendJira, connect: Connect, flavour: str, total: int) -> None:
    pages = _cloud_pages(total) if flavour == "cloud" else _server_pages(total)
    pretend.on(search_of(flavour), pages)  # type: ignore[arg-type]  # a script either way
    answer = await connect(flavour).checks()[0].ask()
    assert (answer.status, answer.summary) == (Status.OK, f"{total} open issues, none without an owner")


@BOTH
async def test_a_list_seen_only_in_part_is_unknown(
    pretend: PretendJira, connect: Connect, flavour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.integrations.jira.judging.LIMIT", 60)
    pages = _cloud_pages(200) if flavour == "cloud" else _server_pages(200)
    pretend.on(search_of(flavour), pages)  # type: ignore[arg-type]  # a script either way
    answer = await connect(flavour).checks()[0].ask()
    assert (answer.status, answer.summary) == (Status.UNKNOWN, "more than 60 open issues, none without an owner")
    assert answer.reason == "only the first 60 were read; narrow them down with JIRA_OPEN_FILTER"


async def test_a_search_that_never_ends_is_left(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says({"issues": [], "nextPageToken": "again", "isLast": False}))
    pretend.on("GET project/OPS", says(PROJECT))
    answer = await connect().checks()[0].ask()
    assert answer.status is Status.UNKNOWN
    assert len(pretend.calls("GET search/jql")) < 10


async def test_overdue_goes_by_the_date_of_the_teams(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says({"issues": [], "isLast": True}))
    pretend.on("GET project/OPS", says(PROJECT))
    jira = connect()
    jira._wiring = replace(jira._wiring, zones=("Pacific/Pago_Pago",))  # there it is still the day before
    await jira.checks()[1].ask()
    (asked,) = pretend.calls("GET search/jql")
    assert 'duedate < "2026-11-22"' in asked.query["jql"][0]


async def test_a_page_that_is_not_the_last_and_names_no_next_is_not_the_whole(
    pretend: PretendJira, connect: Connect
) -> None:
    pretend.on("GET search/jql", says({"issues": [], "isLast": False}))
    pretend.on("GET project/OPS", says(PROJECT))
    assert [(await check.ask()).status for check in connect().checks()] == [Status.UNKNOWN] * 3


async def test_a_server_that_promises_more_than_it_gives_is_not_believed(
    pretend: PretendJira, connect: Connect
) -> None:
    pretend.on("GET search", says({"issues": [], "startAt": 0, "maxResults": 100, "total": 7}))
    pretend.on("GET project/OPS", says(PROJECT))
    assert (await connect("server").checks()[0].ask()).status is Status.UNKNOWN


def _healthy(pretend: PretendJira, flavour: str) -> None:
    pretend.on("GET myself", MYSELF)
    pretend.on("GET serverInfo", says({"deploymentType": "Cloud" if flavour == "cloud" else "Server"}))
    pretend.on("GET project/OPS", says(PROJECT))

    def rights(asked: Asked) -> Says:
        assert asked.query["projectKey"] == ["OPS"]
        names = asked.query["permissions"][0].split(",")
        return says({"permissions": {name: {"key": name, "havePermission": name != "LINK_ISSUES"} for name in names}})

    pretend.on("GET mypermissions", rights)
    screen(pretend, flavour)


@BOTH
async def test_doctor_learns_each_missing_right(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    _healthy(pretend, flavour)
    told = dict(await connect(flavour).probe())
    assert {what: remedy for what, remedy in told.items() if remedy} == {
        "right to link tickets": "Grant LINK_ISSUES to the account in the permission scheme of OPS."
    }
    assert told["signed in as Daywatch (5b10)"] is None
    assert told["issue type Task"] is None


async def test_doctor_learns_that_the_credential_is_for_the_other_kind(pretend: PretendJira, connect: Connect) -> None:
    _healthy(pretend, "cloud")
    told = dict(await connect("server").probe())
    assert told["kind of Jira"] == "This is Jira Cloud: set JIRA_EMAIL and JIRA_API_TOKEN instead of JIRA_PAT."


async def test_doctor_learns_that_the_project_cannot_be_seen(pretend: PretendJira, connect: Connect) -> None:
    _healthy(pretend, "cloud")
    pretend.on("GET project/OPS", says({"errorMessages": ["No project could be found with key 'OPS'."]}, 404))
    told = dict(await connect().probe())
    assert "JIRA_PROJECT" in (told["project OPS"] or "")


async def test_doctor_learns_what_is_wrong_with_the_issue_types(pretend: PretendJira, connect: Connect) -> None:
    _healthy(pretend, "cloud")
    screen(pretend, "cloud", rule("summary", required=True))
    told = dict(await connect(issue_type="Incident").probe())
    assert "types of the project" in (told["issue type Incident"] or "")
    assert told["issue type Task"] == "Add the field Labels to its create screen."


async def test_doctor_does_not_take_trouble_for_an_answer(pretend: PretendJira, connect: Connect) -> None:
    _healthy(pretend, "cloud")
    pretend.on("GET mypermissions", says({}, 500))
    with pytest.raises(Unavailable):
        await connect().probe()


def _typed(number: int, kind: str | None, priority: str | None) -> Answered:
    named = {"issuetype": kind, "priority": priority}
    return _one(number, **{name: {"name": value} for name, value in named.items() if value is not None})


@BOTH
async def test_incidents_and_important_bugs_are_told_by_type_and_priority(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    listed = [
        _typed(1, "[System] Incident", "Low"),
        _typed(2, "Bug", "High"),
        _typed(3, "Bug", "Medium"),
        _typed(4, "Task", "Highest"),
        _typed(5, None, "1 - Critical"),
        _typed(6, "Task", None),
        _typed(7, "Incident", None),
        _typed(8, "Bug", None),
    ]
    pretend.on(search_of(flavour), says(page(flavour, *listed)))
    answer = await connect(flavour).checks()[2].ask()
    assert answer.status is Status.FAIL
    assert answer.summary == "5 incidents or bugs open, 1 of the highest priority: Checkout errors"
    told = {one.key: one.status for one in answer.evidence}
    assert told == {
        "OPS-1": Status.WARN,
        "OPS-2": Status.WARN,
        "OPS-5": Status.FAIL,
        "OPS-7": Status.WARN,
        "OPS-8": Status.WARN,
    }


async def test_an_open_issue_that_does_not_tell_its_type_is_never_ok(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says(page("cloud", _typed(1, None, "Low"), _typed(2, "Task", "Low"))))
    answer = await connect().checks()[2].ask()
    assert (answer.status, [one.key for one in answer.evidence]) == (Status.UNKNOWN, ["OPS-1"])
    assert answer.reason == "1 open issue without a type, so nobody can tell"


async def test_a_team_s_own_filter_says_what_an_incident_is(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says(page("cloud", _typed(1, "Task", "Low"))))
    jira = connect(incident_filter="component = shop", thresholds={"jira.incidents": {"warn": 2}})
    answer = await jira.checks()[2].ask()
    assert (answer.status, answer.summary) == (Status.OK, "1 incident or bug open")
    assert "statusCategory != Done AND (component = shop)" in pretend.asked[0].query["jql"][0]


async def test_open_issues_are_listed_once_for_all_that_ask(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says(page("cloud", _typed(1, "Bug", "Blocker"))))
    owners, _, incidents = connect().checks()
    assert [(await one.ask()).status for one in (owners, incidents)] == [Status.OK, Status.FAIL]
    assert len(pretend.asked) == 1
