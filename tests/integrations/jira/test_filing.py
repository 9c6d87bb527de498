"""A ticket is filed once, with what Jira's screens take, whatever happens on the way."""

import asyncio
from dataclasses import replace
from datetime import date
from threading import Event

import pytest

from bot.domain.errors import NotAuthorised, Refused, Unavailable
from bot.domain.ticket import TicketDraft, TicketState
from tests.integrations.jira.answers import USUAL, issue, makes, page, rule, screen, search_of
from tests.integrations.jira.conftest import Connect
from tests.integrations.jira.pretend import Asked, PretendJira, Says, says

BOTH = pytest.mark.parametrize("flavour", ["cloud", "server"])
DRAFT = TicketDraft(
    once="daywatch-inc-142",
    kind="postmortem",
    summary="Checkout\nerrors {code}",
    body="**Impact:** [~bob] could not pay {code}",
    labels=("post mortem", "daywatch-inc-142"),
    assignee_email="ana@example.com",
    due=date(2026, 12, 1),
)
PEOPLE = "GET user/search"


class Pauses:
    """Time as the adapter sees it; waiting only moves the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waited: list[float] = []

    def clock(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@BOTH
async def test_a_ticket_is_made_with_all_the_screen_takes(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    makes(pretend, flavour)
    who = {"accountId": "5b10"} if flavour == "cloud" else {"name": "ana", "emailAddress": "Ana@example.com"}
    pretend.on(PEOPLE, says([{**who, "displayName": "Ana", "active": True}]))
    ticket = await connect(flavour, pause=Pauses().pause).file(DRAFT)
    assert (ticket.key, ticket.url) == ("OPS-42", f"{pretend.url}/browse/OPS-42")
    assert (ticket.state, ticket.status) == (TicketState.NEW, "To Do")
    (made,) = pretend.calls("POST issue")
    assert made.body == {
        "fields": {
            "project": {"key": "OPS"},
            "issuetype": {"id": "10001"},
            "summary": "Checkout errors {code}",
            "description": "*Impact:* \\[\\~bob\\] could not pay \\{code\\}",
            "labels": ["daywatch-inc-142", "post-mortem"],
            "duedate": "2026-12-01",
            "assignee": {"id": "5b10"} if flavour == "cloud" else {"name": "ana"},
        }
    }
    (looked,) = pretend.calls(PEOPLE)
    assert looked.query["query" if flavour == "cloud" else "username"] == ["ana@example.com"]


@BOTH
async def test_a_ticket_that_carries_the_label_is_the_one(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    pretend.on(search_of(flavour), says(page(flavour, issue("OPS-7"))))
    pretend.on("GET issue/OPS-7", says(issue("OPS-7")))
    assert (await connect(flavour).file(DRAFT)).key == "OPS-7"
    asked, _ = pretend.asked
    assert asked.query["jql"] == ['project = "OPS" AND labels = "daywatch-inc-142" ORDER BY created ASC']
    assert "summary" in asked.query["fields"]


async def test_a_ticket_with_only_a_similar_label_is_another(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")
    pretend.on("GET search", says(page("server", issue("OPS-7", labels=["daywatch-inc-142-action-1"]))))
    assert (await connect("server").file(DRAFT)).key == "OPS-42"


@BOTH
async def test_a_repeat_finds_what_was_just_made_though_the_index_lags(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    makes(pretend, flavour)
    jira = connect(flavour, pause=Pauses().pause)
    first, second = await jira.file(DRAFT), await jira.file(DRAFT)
    assert first == second
    assert len(pretend.calls("POST issue")) == 1


@BOTH
async def test_two_at_the_same_time_make_one(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    makes(pretend, flavour)
    jira = connect(flavour, pause=Pauses().pause)
    await asyncio.gather(jira.file(DRAFT), jira.file(DRAFT), jira.file(DRAFT))
    assert len(pretend.calls("POST issue")) == 1


async def test_a_deleted_ticket_is_filed_anew(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")
    jira = connect("server")
    await jira.file(DRAFT)
    pretend.on("GET issue/OPS-42", says({"errorMessages": ["Issue Does Not Exist"], "errors": {}}, 404), says(issue()))
    await jira.file(DRAFT)
    assert len(pretend.calls("POST issue")) == 2


@BOTH
async def test_a_deleted_ticket_that_the_search_shows_still_is_none(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    makes(pretend, flavour)
    pretend.on(search_of(flavour), says(page(flavour, issue("OPS-7"))))
    assert (await connect(flavour).file(DRAFT)).key == "OPS-42"


async def test_a_title_of_emoji_fits_as_jira_counts_it(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")
    await connect("server").file(replace(DRAFT, summary="\N{FIRE}" * 150))
    summary = pretend.calls("POST issue")[0].body["fields"]["summary"]
    assert len(summary.encode("utf-16-le")) // 2 <= 255
    assert summary == "\N{FIRE}" * 127 + "…"


async def test_after_a_start_cloud_s_search_is_given_time_to_catch_up(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    pretend.on("GET search/jql", says(page("cloud")), says(page("cloud", issue("OPS-7"))))
    pretend.on("GET issue/OPS-7", says(issue("OPS-7")))
    time = Pauses()
    jira = connect("cloud", clock=time.clock, pause=time.pause)
    assert (await jira.file(DRAFT)).key == "OPS-7"
    assert time.waited
    assert not pretend.calls("POST issue")


async def test_later_nobody_waits(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    time = Pauses()
    jira = connect("cloud", clock=time.clock, pause=time.pause)
    time.now = 60
    await jira.file(DRAFT)
    assert not time.waited


@BOTH
async def test_what_the_search_does_not_show_yet_is_found_by_reading_on_behind_its_newest(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    makes(pretend, flavour)
    known = issue("OPS-40", labels=["daywatch"])
    pretend.on(
        search_of(flavour),
        lambda asked: says(page(flavour, *([known] if "created DESC" in asked.query["jql"][0] else []))),
    )
    pretend.on("GET issue/OPS-41", says({"errorMessages": ["Issue does not exist"], "errors": {}}, 404))
    pretend.on("GET issue/OPS-42", says(issue("OPS-42", labels=["daywatch-inc-142-a1"])))
    pretend.on("GET issue/OPS-43", says(issue("OPS-43")))
    assert (await connect(flavour).file(DRAFT)).key == "OPS-43"
    assert not pretend.calls("POST issue")


async def test_a_call_that_jira_may_still_be_at_work_on_is_not_made_again_at_once(
    pretend: PretendJira, connect: Connect
) -> None:
    makes(pretend, "server")
    pretend.on(PEOPLE, says([]))
    released = Event()

    def late(_asked: Asked) -> Says:
        released.wait(10)
        return says({"id": "10042", "key": "OPS-42"}, 201)

    pretend.on("POST issue", late)
    time = Pauses()
    jira = connect("server", clock=time.clock, pause=time.pause, seconds=0.5)
    try:
        with pytest.raises(Unavailable, match="no answer in"):
            await jira.file(DRAFT)
        with pytest.raises(Unavailable, match="looked for before it is made again"):
            await jira.file(DRAFT)
        assert len(pretend.calls("POST issue")) == 1
        pretend.on(search_of("server"), says(page("server", issue("OPS-42"))))
        assert (await jira.file(DRAFT)).key == "OPS-42"
    finally:
        released.set()


async def test_a_clear_no_is_no_reason_to_wait(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    pretend.on(PEOPLE, says([]))
    pretend.on("POST issue", says({}, 429, Retry_After="1"), says({"id": "10042", "key": "OPS-42"}, 201))
    time = Pauses()
    jira = connect("cloud", clock=time.clock, pause=time.pause)
    time.now = 60
    with pytest.raises(Unavailable):
        await jira.file(DRAFT)
    assert (await jira.file(DRAFT)).key == "OPS-42"
    assert not time.waited


async def test_a_reporter_is_never_missing(pretend: PretendJira, connect: Connect) -> None:
    """Jira takes whoever asks, whatever it says about the field."""
    makes(pretend, "cloud")
    rules = [rule("reporter", required=True) if one["fieldId"] == "reporter" else one for one in USUAL]
    screen(pretend, "cloud", *rules)
    assert (await connect("cloud").file(DRAFT)).key == "OPS-42"


async def test_descriptions_in_pages_that_only_say_which_is_the_last(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")

    def paged(asked: Asked) -> Says:
        start = int(asked.query["startAt"][0])
        return says({"values": USUAL[start : start + 3], "startAt": start, "isLast": start + 3 >= len(USUAL)})

    pretend.on("GET issue/createmeta/OPS/issuetypes/10001", paged)
    await connect("server").file(DRAFT)
    assert "duedate" in pretend.calls("POST issue")[0].body["fields"]


@pytest.mark.parametrize(
    "unclear", [says({}, 502), Says(status=201, body=b'{"id": "100', promised=500), says({"ok": 1}, 201)]
)
async def test_after_an_unclear_answer_it_looks_again_before_making_another(
    pretend: PretendJira, connect: Connect, unclear: Says
) -> None:
    makes(pretend, "cloud")
    pretend.on("POST issue", unclear)
    time = Pauses()
    jira = connect("cloud", clock=time.clock, pause=time.pause)
    time.now = 60
    with pytest.raises(Unavailable):
        await jira.file(DRAFT)
    pretend.on("GET search/jql", says(page("cloud")), says(page("cloud", issue("OPS-7"))))
    pretend.on("GET issue/OPS-7", says(issue("OPS-7")))
    assert (await jira.file(DRAFT)).key == "OPS-7"
    assert len(pretend.calls("POST issue")) == 1


@BOTH
async def test_a_field_that_is_not_on_the_screen_is_left_out(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    makes(pretend, flavour)
    screen(pretend, flavour, *(one for one in USUAL if one["fieldId"] not in ("duedate", "assignee")))
    await connect(flavour, pause=Pauses().pause).file(DRAFT)
    (made,) = pretend.calls("POST issue")
    assert not {"duedate", "assignee"} & set(made.body["fields"])
    assert not pretend.calls(PEOPLE)


async def test_optional_fields_that_jira_refuses_are_left_out_once(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    pretend.on(PEOPLE, says([{"accountId": "5b10", "active": True}]))
    refused = {
        "errorMessages": [],
        "errors": {
            "duedate": "Field 'duedate' cannot be set. It is not on the appropriate screen, or unknown.",
            "assignee": "User '5b10' cannot be assigned issues.",
        },
    }
    pretend.on("POST issue", says(refused, 400), says({"id": "10042", "key": "OPS-42"}, 201))
    assert (await connect("cloud", pause=Pauses().pause).file(DRAFT)).key == "OPS-42"
    first, second = pretend.calls("POST issue")
    assert set(first.body["fields"]) - set(second.body["fields"]) == {"duedate", "assignee"}


async def test_a_refusal_that_leaving_out_does_not_cure_is_told(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")
    refused = {"errorMessages": [], "errors": {"summary": "Summary must be less than 255 characters."}}
    pretend.on("POST issue", says(refused, 400))
    pretend.on(PEOPLE, says([]))
    with pytest.raises(Refused, match=r"less than 255 characters.*See what the create screen of 'Task'"):
        await connect("server").file(DRAFT)
    assert len(pretend.calls("POST issue")) == 1


async def test_a_label_that_jira_refuses_is_not_left_out(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")
    pretend.on(PEOPLE, says([]))
    pretend.on("POST issue", says({"errors": {"labels": "It is not on the appropriate screen, or unknown."}}, 400))
    with pytest.raises(Refused, match="labels"):
        await connect("server").file(DRAFT)


async def test_a_screen_without_labels_is_told_with_its_remedy(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")
    screen(pretend, "server", *(one for one in USUAL if one["fieldId"] != "labels"))
    with pytest.raises(Refused, match="no field Labels"):
        await connect("server").file(DRAFT)


async def test_a_required_field_that_nobody_fills_is_told_before_anything_is_made(
    pretend: PretendJira, connect: Connect
) -> None:
    makes(pretend, "server")
    screen(pretend, "server", *USUAL, rule("customfield_1", required=True) | {"name": "Root cause"})
    with pytest.raises(Refused, match="wants 'Root cause' filled"):
        await connect("server").file(DRAFT)
    assert not pretend.calls("POST issue")


async def test_an_unknown_issue_type_names_those_there_are(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    with pytest.raises(Refused, match=r"no issue type 'Incident'. It has: Task, Bug.*JIRA_ISSUE_TYPE"):
        await connect("cloud", issue_type="Incident", pause=Pauses().pause).file(DRAFT)


async def test_action_items_have_an_issue_type_of_their_own(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    draft = TicketDraft(once="daywatch-inc-142-action-1", kind="action", summary="Add an alert", body="")
    await connect("cloud", issue_type="Incident", action_issue_type="task", pause=Pauses().pause).file(draft)
    (made,) = pretend.calls("POST issue")
    assert made.body["fields"]["issuetype"] == {"id": "10001"}


async def test_a_jira_that_does_not_describe_its_screens_is_tried_all_the_same(
    pretend: PretendJira, connect: Connect
) -> None:
    makes(pretend, "server")
    pretend.on(PEOPLE, says([]))
    pretend.on("GET issue/createmeta/OPS/issuetypes/10001", says({"errorMessages": ["no"]}, 404))
    await connect("server").file(DRAFT)
    assert "duedate" in pretend.calls("POST issue")[0].body["fields"]


async def test_long_descriptions_of_screens_are_read_to_their_end(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "server")
    rules = [*USUAL, *(rule(f"customfield_{number}") for number in range(150)), rule("last", required=True)]

    def paged(asked: Asked) -> Says:
        start = int(asked.query["startAt"][0])
        return says({"values": rules[start : start + 50], "startAt": start, "maxResults": 50, "total": len(rules)})

    pretend.on("GET issue/createmeta/OPS/issuetypes/10001", paged)
    with pytest.raises(Refused, match="'Last'"):
        await connect("server").file(DRAFT)


@pytest.mark.parametrize(
    "people",
    [
        [],
        [{"accountId": "1", "emailAddress": "joana@example.com", "active": True}],
        [{"accountId": "1", "active": True}, {"accountId": "2", "active": True}],
        [{"accountId": "1", "emailAddress": "ana@example.com", "active": False}],
    ],
    ids=["hidden", "somebody else", "not clear who", "gone"],
)
async def test_nobody_is_assigned_on_a_guess(
    pretend: PretendJira, connect: Connect, people: list[dict[str, object]]
) -> None:
    makes(pretend, "cloud")
    pretend.on(PEOPLE, says(people))
    await connect("cloud", pause=Pauses().pause).file(DRAFT)
    assert "assignee" not in pretend.calls("POST issue")[0].body["fields"]


async def test_no_right_to_look_people_up_is_no_reason_for_no_ticket(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    pretend.on(PEOPLE, says({"errorMessages": ["no"]}, 403))
    assert (await connect("cloud", pause=Pauses().pause).file(DRAFT)).key == "OPS-42"


async def test_no_right_to_create_is_told(pretend: PretendJira, connect: Connect) -> None:
    makes(pretend, "cloud")
    pretend.on(PEOPLE, says([]))
    pretend.on("POST issue", says({"errorMessages": ["You do not have permission to create issues."]}, 403))
    with pytest.raises(NotAuthorised, match="does not allow our account"):
        await connect("cloud", pause=Pauses().pause).file(DRAFT)
