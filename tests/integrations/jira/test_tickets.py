"""Tickets are linked once, pointed back, moved as their workflow allows, and read in full."""

from datetime import date

import pytest

from bot.domain.errors import NotFound, Refused, Unavailable
from bot.domain.ticket import TicketState
from tests.integrations.jira.answers import CANCELLED, DOING, DONE, TODO, Answered, issue, page, rule, search_of
from tests.integrations.jira.conftest import Connect
from tests.integrations.jira.pretend import Asked, PretendJira, Says, says

BOTH = pytest.mark.parametrize("flavour", ["cloud", "server"])
RELATES = {"id": "10003", "name": "Relates", "inward": "relates to", "outward": "relates to"}
BLOCKS = {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}


def _linked(pretend: PretendJira, *links: Answered, types: tuple[Answered, ...] = (BLOCKS, RELATES)) -> None:
    pretend.on("GET issue/OPS-1", says(issue("OPS-1", issuelinks=list(links))))
    pretend.on("GET issue/OPS-2", says(issue("OPS-2")))
    pretend.on("GET issueLinkType", says({"issueLinkTypes": list(types)}))
    pretend.on("POST issueLink", Says(status=201))


@BOTH
async def test_two_tickets_are_linked(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    _linked(pretend)
    await connect(flavour).relate("OPS-1", "OPS-2")
    (made,) = pretend.calls("POST issueLink")
    assert made.body == {
        "type": {"name": "Relates"},
        "inwardIssue": {"key": "OPS-1"},
        "outwardIssue": {"key": "OPS-2"},
    }


@pytest.mark.parametrize("end", ["inwardIssue", "outwardIssue"])
async def test_a_link_that_is_there_stays_the_only_one(pretend: PretendJira, connect: Connect, end: str) -> None:
    _linked(pretend, {"id": "1", "type": RELATES, end: {"id": "2", "key": "OPS-2"}})
    await connect().relate("OPS-1", "OPS-2")
    assert not pretend.calls("POST issueLink")


async def test_a_link_of_another_kind_is_not_the_one(pretend: PretendJira, connect: Connect) -> None:
    _linked(pretend, {"id": "1", "type": BLOCKS, "inwardIssue": {"id": "2", "key": "OPS-2"}})
    await connect().relate("OPS-1", "OPS-2")
    assert len(pretend.calls("POST issueLink")) == 1


async def test_a_moved_ticket_is_known_under_its_new_key(pretend: PretendJira, connect: Connect) -> None:
    _linked(pretend, {"id": "1", "type": RELATES, "inwardIssue": {"id": "2", "key": "WEB-9"}})
    pretend.on("GET issue/OPS-2", says(issue("WEB-9")))
    await connect().relate("OPS-1", "OPS-2")
    assert not pretend.calls("POST issueLink")


async def test_a_renamed_link_type_is_found_by_its_words(pretend: PretendJira, connect: Connect) -> None:
    _linked(pretend, types=(BLOCKS, RELATES | {"name": "Verwandt"}))
    await connect().relate("OPS-1", "OPS-2")
    assert pretend.calls("POST issueLink")[0].body["type"] == {"name": "Verwandt"}


async def test_without_a_fitting_link_type_the_remedy_is_told(pretend: PretendJira, connect: Connect) -> None:
    _linked(pretend, types=(BLOCKS,))
    with pytest.raises(Refused, match=r"no link type 'Relates' .it has: Blocks"):
        await connect().relate("OPS-1", "OPS-2")


async def test_a_ticket_is_not_linked_to_itself(pretend: PretendJira, connect: Connect) -> None:
    _linked(pretend)
    with pytest.raises(Refused, match="to itself"):
        await connect().relate("OPS-1", "OPS-1")


@pytest.mark.parametrize("key", ["", "OPS", "../../myself", "OPS-1?x", "OPS-1/../2", "{0}-1"])
async def test_what_is_no_key_goes_into_no_address(pretend: PretendJira, connect: Connect, key: str) -> None:
    with pytest.raises(Refused, match="not the key of a Jira ticket"):
        await connect().move(key, done=True)
    assert not pretend.asked


@pytest.mark.parametrize("status", [200, 201])
async def test_pointing_back_replaces_the_link_of_the_same_once(
    pretend: PretendJira, connect: Connect, status: int
) -> None:
    pretend.on("POST issue/OPS-1/remotelink", says({"id": 10000, "self": "https://x"}, status))
    await connect().point_back("OPS-1", "https://acme.slack.com/archives/C1", "INC-142\nin Slack", once="inc-142")
    (made,) = pretend.asked  # and not a list of application links, which only administrators may see
    assert made.body == {
        "globalId": "daywatch=inc-142",
        "object": {"url": "https://acme.slack.com/archives/C1", "title": "INC-142 in Slack"},
    }


async def test_a_ticket_points_only_to_web_addresses(pretend: PretendJira, connect: Connect) -> None:
    with pytest.raises(Refused):
        await connect().point_back("OPS-1", "javascript:alert(1)", "x", once="x")
    assert not pretend.asked


def _workflow(pretend: PretendJira, now: Answered, *ways: Answered) -> None:
    pretend.on("GET issue/OPS-1", says(issue("OPS-1", status=now)))
    pretend.on("GET issue/OPS-1/transitions", says({"expand": "transitions", "transitions": list(ways)}))
    pretend.on("POST issue/OPS-1/transitions", Says(status=204))


def _way(id_: str, to: Answered, **fields: Answered) -> Answered:
    return {"id": id_, "name": f"to {to['name']}", "to": to, "fields": fields}


@BOTH
@pytest.mark.parametrize("order", [1, -1])
async def test_done_means_done_and_not_cancelled(
    pretend: PretendJira, connect: Connect, flavour: str, order: int
) -> None:
    _workflow(pretend, TODO, *[_way("11", DOING), _way("21", CANCELLED), _way("31", DONE)][::order])
    await connect(flavour).move("OPS-1", done=True)
    (moved,) = pretend.calls("POST issue/OPS-1/transitions")
    assert moved.body == {"transition": {"id": "31"}}


async def test_a_status_is_judged_by_its_category_in_any_language(pretend: PretendJira, connect: Connect) -> None:
    _workflow(pretend, DOING, _way("11", TODO), _way("71", DONE | {"name": "Erledigt"}))
    await connect().move("OPS-1", done=True)
    assert pretend.calls("POST issue/OPS-1/transitions")[0].body["transition"] == {"id": "71"}


@pytest.mark.parametrize(("now", "done"), [(DONE, True), (CANCELLED, True), (TODO, False), (DOING, False)])
async def test_a_ticket_that_is_there_already_is_not_moved(
    pretend: PretendJira, connect: Connect, now: Answered, *, done: bool
) -> None:
    _workflow(pretend, now, _way("11", DOING), _way("31", DONE))
    await connect().move("OPS-1", done=done)
    assert not pretend.calls("POST issue/OPS-1/transitions")


async def test_reopening_goes_to_the_beginning_where_it_can(pretend: PretendJira, connect: Connect) -> None:
    _workflow(pretend, DONE, _way("21", DOING), _way("11", TODO))
    await connect().move("OPS-1", done=False)
    assert pretend.calls("POST issue/OPS-1/transitions")[0].body["transition"] == {"id": "11"}


async def test_a_workflow_without_a_way_says_where_it_leads(pretend: PretendJira, connect: Connect) -> None:
    _workflow(pretend, TODO, _way("11", DOING))
    with pytest.raises(Refused, match=r"leads from here to 'In Progress', not to a status that means done.*by hand"):
        await connect().move("OPS-1", done=True)


async def test_a_resolution_that_the_screen_wants_is_given(pretend: PretendJira, connect: Connect) -> None:
    values = [{"id": "1", "name": "Won't Do"}, {"id": "2", "name": "Duplicate"}, {"id": "3", "name": "Done"}]
    _workflow(pretend, TODO, _way("31", DONE, resolution=rule("resolution", required=True, allowedValues=values)))
    await connect().move("OPS-1", done=True)
    assert pretend.calls("POST issue/OPS-1/transitions")[0].body["fields"] == {"resolution": {"id": "3"}}


async def test_other_fields_that_the_screen_wants_are_named(pretend: PretendJira, connect: Connect) -> None:
    cause = rule("customfield_1", required=True) | {"name": "Root cause"}
    _workflow(pretend, TODO, _way("31", DONE, customfield_1=cause, comment=rule("comment")))
    with pytest.raises(Refused, match="To move OPS-1 to 'Done' Jira wants 'Root cause' filled"):
        await connect().move("OPS-1", done=True)
    assert not pretend.calls("POST issue/OPS-1/transitions")


async def test_a_conflict_while_moving_is_tried_again_later(pretend: PretendJira, connect: Connect) -> None:
    _workflow(pretend, TODO, _way("31", DONE))
    pretend.on("POST issue/OPS-1/transitions", says({"errorMessages": ["Conflict"]}, 409))
    with pytest.raises(Unavailable):
        await connect().move("OPS-1", done=True)


@BOTH
async def test_tickets_are_read_in_the_order_asked_and_missing_ones_left_out(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    # One key that is gone makes Jira refuse the whole search.
    gone = {"errorMessages": ["An issue with key 'OPS-3' does not exist for field 'key'."], "errors": {}}
    pretend.on(search_of(flavour), says(gone, 400))
    pretend.on("GET issue/OPS-1", says(issue("OPS-1", status=DONE)))
    pretend.on("GET issue/OPS-2", says(issue("OPS-2", status=DOING)))
    found = await connect(flavour).tickets(["OPS-2", "OPS-3", "OPS-1", "not a key", "OPS-2"])
    assert [(one.key, one.state) for one in found] == [
        ("OPS-2", TicketState.IN_PROGRESS),
        ("OPS-1", TicketState.DONE),
    ]


async def test_a_ticket_too_new_for_the_index_is_read_by_itself(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says(page("cloud", issue("OPS-1"))))
    pretend.on("GET issue/OPS-2", says(issue("OPS-2")))
    assert [one.key for one in await connect().tickets(["OPS-1", "OPS-2"])] == ["OPS-1", "OPS-2"]


async def test_many_tickets_are_asked_for_in_pieces(pretend: PretendJira, connect: Connect) -> None:
    def all_of_them(asked: Asked) -> Says:
        keys = [part.strip('"() ') for part in asked.query["jql"][0].removeprefix("key in ").split(",")]
        return says(page("cloud", *map(issue, keys)))

    pretend.on("GET search/jql", all_of_them)
    keys = [f"OPS-{number}" for number in range(1, 121)]
    assert [one.key for one in await connect().tickets(keys)] == keys
    assert len(pretend.asked) == 3


async def test_trouble_is_not_taken_for_missing_tickets(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says({"errorMessages": ["bad"]}, 400))
    pretend.on("GET issue/OPS-1", says({}, 500))
    with pytest.raises(Unavailable):
        await connect().tickets(["OPS-1"])


async def test_behind_the_gateway_people_get_the_address_they_can_open(
    pretend: PretendJira, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.integrations.jira.login.GATEWAY", "127.0.0.1")
    pretend.on("GET serverInfo", says({"deploymentType": "Cloud", "baseUrl": "https://acme.atlassian.net"}))
    pretend.on("GET search/jql", says(page("cloud", issue("OPS-1"))))
    (ticket,) = await connect().tickets(["OPS-1"])
    assert ticket.url == "https://acme.atlassian.net/browse/OPS-1"


async def test_a_ticket_that_is_not_there_cannot_be_moved(pretend: PretendJira, connect: Connect) -> None:
    with pytest.raises(NotFound):
        await connect().move("OPS-404", done=True)


def _account(name: str, flavour: str = "cloud") -> Answered:
    ids = {"accountId": f"5b10{name}"} if flavour == "cloud" else {"name": name}
    shown = {"emailAddress": f"{name}@example.com", "displayName": name.title(), "active": True}
    return {"self": f"https://x/user/{name}", **ids, **shown}


def _editable(pretend: PretendJira, flavour: str = "cloud", **fields: object) -> None:
    pretend.on("GET issue/OPS-1", says(issue("OPS-1", **fields)))
    pretend.on("GET user/search", says([_account("bob", flavour)]))
    pretend.on("PUT issue/OPS-1", Says(status=204))


@pytest.mark.parametrize(("flavour", "bob"), [("cloud", {"id": "5b10bob"}), ("server", {"name": "bob"})])
async def test_a_new_date_an_owner_and_a_title_reach_the_ticket(
    pretend: PretendJira, connect: Connect, flavour: str, bob: Answered
) -> None:
    _editable(pretend, flavour, summary="Alert on 5xx", duedate="2026-12-04", assignee=_account("ann", flavour))
    await connect(flavour).change(
        "OPS-1", due=date(2026, 12, 18), assignee_email="bob@example.com", summary="Alert on\n5xx and 4xx"
    )
    (sent,) = pretend.calls("PUT issue/OPS-1")
    assert sent.body == {"fields": {"duedate": "2026-12-18", "summary": "Alert on 5xx and 4xx", "assignee": bob}}


@BOTH
async def test_what_a_ticket_shows_already_is_not_written_again(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    _editable(pretend, flavour, summary="Alert on 5xx", duedate="2026-12-04", assignee=_account("bob", flavour))
    await connect(flavour).change(
        "OPS-1", due=date(2026, 12, 4), assignee_email="bob@example.com", summary="Alert on 5xx"
    )
    await connect(flavour).change("OPS-1", due=None, assignee_email=None)
    assert not pretend.calls("PUT issue/OPS-1")


async def test_somebody_unknown_to_jira_takes_the_ticket_from_nobody(pretend: PretendJira, connect: Connect) -> None:
    _editable(pretend, assignee=_account("ann"))
    pretend.on("GET user/search", says([]))
    await connect().change("OPS-1", due=date(2026, 12, 18), assignee_email="kim@example.com")
    (sent,) = pretend.calls("PUT issue/OPS-1")
    assert sent.body == {"fields": {"duedate": "2026-12-18"}}


async def test_a_field_that_is_not_on_the_screen_keeps_no_other_back(pretend: PretendJira, connect: Connect) -> None:
    def refusing(asked: Asked) -> Says:
        if "duedate" in asked.body["fields"]:
            return says({"errorMessages": [], "errors": {"duedate": "Field 'duedate' cannot be set."}}, 400)
        return Says(status=204)

    _editable(pretend)
    pretend.on("PUT issue/OPS-1", refusing)
    await connect().change("OPS-1", due=date(2026, 12, 18), assignee_email="bob@example.com")
    assert [set(one.body["fields"]) for one in pretend.calls("PUT issue/OPS-1")] == [
        {"duedate", "assignee"},
        {"assignee"},
    ]
    with pytest.raises(Refused, match="duedate"):
        await connect().change("OPS-1", due=date(2026, 12, 18), assignee_email=None)


async def test_a_deleted_ticket_is_not_changed(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET issue/OPS-1", says({"errorMessages": ["Issue does not exist"], "errors": {}}, 404))
    with pytest.raises(NotFound):
        await connect().change("OPS-1", due=date(2026, 12, 18), assignee_email=None)
    with pytest.raises(NotFound):
        await connect().rewrite("OPS-1", "Anything")


async def test_an_unclear_answer_to_a_change_is_asked_again_later(pretend: PretendJira, connect: Connect) -> None:
    _editable(pretend)
    pretend.on("PUT issue/OPS-1", Says(status=503))
    with pytest.raises(Unavailable):
        await connect().rewrite("OPS-1", "Anything")


@BOTH
async def test_a_text_is_replaced_once_and_with_nothing_in_it_that_formats(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    _editable(pretend, description="Old")
    await connect(flavour).rewrite("OPS-1", "# What happened\n\n{code} [~bob]\n\n- one\n- two")
    (sent,) = pretend.calls("PUT issue/OPS-1")
    text = sent.body["fields"]["description"]
    assert text == "h1. What happened\n\n\\{code\\} \\[\\~bob\\]\n\n* one\n* two"
    _editable(pretend, description=text.replace("\n", "\r\n") + "\r\n")
    await connect(flavour).rewrite("OPS-1", "# What happened\n\n{code} [~bob]\n\n- one\n- two")
    assert len(pretend.calls("PUT issue/OPS-1")) == 1


@pytest.mark.parametrize("key", ["", "OPS", "../../myself", "OPS-1?x"])
async def test_what_is_no_key_is_not_written_to(pretend: PretendJira, connect: Connect, key: str) -> None:
    with pytest.raises(Refused, match="not the key of a Jira ticket"):
        await connect().rewrite(key, "Anything")
    assert not pretend.asked


@BOTH
async def test_words_become_a_search_in_our_project_alone(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    pretend.on(search_of(flavour), says(page(flavour, issue("OPS-7"))))
    found = await connect(flavour).search('Payment "timeout" OR project = SECRET) -- ~*?', most=5)
    assert [(one.key, one.summary) for one in found] == [("OPS-7", "Checkout errors")]
    (call,) = pretend.calls(search_of(flavour))
    asked = 'project = "OPS" AND text ~ "payment timeout or project secret" ORDER BY updated DESC'
    assert call.query["jql"] == [asked]


@BOTH
async def test_a_key_finds_its_ticket(pretend: PretendJira, connect: Connect, flavour: str) -> None:
    pretend.on(search_of(flavour), says(page(flavour, issue("WEB-9"))))
    assert [one.key for one in await connect(flavour).search(" web-9 ", most=5)] == ["WEB-9"]


async def test_nothing_is_found_only_where_the_project_can_be_seen(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET search/jql", says(page("cloud")))
    pretend.on("GET project/OPS", Says(status=404, body=b"{}"))
    with pytest.raises(NotFound):
        await connect().search("payment", most=5)


async def test_signs_alone_are_no_search(pretend: PretendJira, connect: Connect) -> None:
    with pytest.raises(Refused, match="at least one word"):
        await connect().search("*** ~", most=5)
