"""PagerDuty through its library, against the stand-in: who is on call, what is open, and acts that may run twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from bot.domain.alert import Agent, AlertState, Change
from bot.domain.capabilities import AlertLookup, DailyCheck, Duty, Pager, Probe
from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable, VendorError
from bot.domain.person import Author
from bot.local.keep import Keep
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.app import create_app
from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.pagerduty.desk import Raise
from bot.local.pagerduty.directory import CHECKOUT
from bot.local.pagerduty.events import create_app as create_events
from bot.local.pagerduty.incident import Actor, Incident
from bot.local.pagerduty.ledger import NOTE
from bot.local.people import ANN, BOB
from tests.features.incidents.world import alert
from tests.integrations.pagerduty.conftest import KEY, READ_ONLY, ROUTING, Connect, Script, serving

KIM_AS_DAYWATCH = "kim@example.com"
ANN_ADAMS = Author(name="Ann Adams", email="Ann@Example.com")
ZOE = Author(name="Zoe Zimt", email="zoe@example.com")  # in Slack, but nobody in PagerDuty
Stand = tuple[Account, str]


def monitoring() -> Actor:
    return Actor(kind="service", id=CHECKOUT.id)


def raised(account: Account, title: str = "Checkout errors", **other: Any) -> Incident:
    return account.desk.trigger(Raise(service=CHECKOUT, title=title, **other), monitoring())


def now_of(account: Account, incident: str) -> Incident:
    found = account.ledger.incident(incident)
    assert found is not None
    return found


def notes(account: Account, incident: str) -> list[str]:
    return [str(one["content"]) for one in account.ledger.parts(NOTE, incident)]


@pytest.fixture
def writer(account: Stand, connected: Connect) -> Any:
    return connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=account[1])


async def test_who_is_on_call_comes_level_by_level_with_the_service(writer: Any) -> None:
    people = [(one.level, one.name, one.email, one.service_ref, one.service_name) for one in await writer.on_call()]
    assert people == [
        (1, "Bob Brown", "bob@example.com", "PSVC001", "Checkout"),
        (1, "Ann Adams", "ann@example.com", "PSVC002", "Search"),
        (2, "Kim Keller", "kim@example.com", "PSVC001", "Checkout"),
        (2, "Kim Keller", "kim@example.com", "PSVC002", "Search"),
    ]


async def test_a_shift_has_its_end_and_who_is_always_on_call_has_none(writer: Any) -> None:
    first, *_, last = await writer.on_call()
    assert first.schedule == "Checkout week"
    assert first.until > datetime.now(UTC)
    assert (last.start, last.until, last.schedule) == (None, None, None)


async def test_who_comes_next_is_told_in_order_and_without_what_runs_already(writer: Any) -> None:
    now = datetime.now(UTC)
    duties = await writer.coming(now + timedelta(days=8))
    assert [one.start for one in duties] == sorted(one.start for one in duties)
    assert all(now < one.start <= now + timedelta(days=8) for one in duties)
    first = next(one for one in duties if one.service_ref == "PSVC001")
    assert (first.name, first.email, first.level, first.service_name) == (
        "Kim Keller",
        "kim@example.com",
        1,
        "Checkout",
    )
    bob = next(one for one in await writer.on_call() if one.service_ref == "PSVC001")
    assert first.start == bob.until


async def test_nobody_comes_before_now(writer: Any) -> None:
    assert await writer.coming(datetime.now(UTC) + timedelta(microseconds=1)) == ()
    assert await writer.coming(datetime.now(UTC) - timedelta(days=1)) == ()


async def test_only_the_policies_of_the_settings_are_asked_for(account: Stand, connected: Connect) -> None:
    reader = connected(api_key=READ_ONLY, api_url=account[1], escalation_policies="PPOL001")
    assert {one.service_ref for one in await reader.on_call()} == {"PSVC001"}


async def test_a_look_tells_what_notices_would_have_told_and_nothing_of_what_is_not_there(
    account: Stand, writer: Any
) -> None:
    fires, taken, over = (raised(account[0], title) for title in ("Fires", "Taken", "Over"))
    await writer.acknowledge(taken.id, ANN_ADAMS)
    account[0].desk.resolve(over, monitoring())
    known = {one.id: alert(id=one.id) for one in (fires, taken, over)}
    standing = await writer.look([*known.values(), alert(id="QNOWHERE")])
    assert standing.fires == {known[fires.id].key, known[taken.id].key}
    assert standing.gone == (), "only its own word says that it is over"
    told = {one.alert.id: one for one in standing.news}
    assert {number: one.change for number, one in told.items()} == {
        taken.id: Change.ACKNOWLEDGED,
        over.id: Change.RESOLVED,
    }
    assert (told[over.id].alert.state, told[taken.id].alert.state) == (AlertState.RESOLVED, AlertState.FIRING)
    assert told[taken.id].by == Agent(id="PUANN01", name="Ann Adams", person=True)
    assert not told[over.id].by.person


async def test_of_half_a_list_each_that_is_missing_is_asked_for_by_itself(
    script: tuple[Script, str], connected: Connect
) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", {"incidents": [], "more": True})
    vendor.answer("GET", "/incidents/P1", {"incident": INCIDENT})
    reader = connected(api_key=KEY, api_url=url)
    standing = await reader.look([alert(id="P1")])
    assert (standing.fires, standing.news) == ({"pagerduty:P1"}, [])
    vendor.answer("GET", "/incidents/P1", (500, {"error": {"message": "down"}}))
    with pytest.raises(Unavailable):
        await reader.look([alert(id="P1")])


async def test_an_incident_that_has_been_open_for_five_weeks_is_seen(connected: Connect) -> None:
    five_weeks_ago = datetime.now(UTC) - timedelta(weeks=5)
    clock = [five_weeks_ago]
    config = PagerDutyConfig(
        api_key=KEY, webhook_secrets=("made-up",), webhook_url="http://127.0.0.1:9/", routing_key=ROUTING
    )
    keep = Keep(None)
    old = Account(config, keep, now=lambda: clock[0])
    raised(old, "Certificate")
    clock[0] = datetime.now(UTC)
    async with serving(create_app(config, keep, old)) as url:
        reader = connected(api_key=KEY, api_url=url)
        told = await next(one for one in reader.checks() if one.item is Item.INCIDENTS).ask()
        assert told.status is Status.FAIL
    keep.close()


async def test_an_acknowledgement_is_the_persons_own(account: Stand, writer: Any) -> None:
    one = raised(account[0])
    await writer.acknowledge(one.id, ANN_ADAMS)
    after = now_of(account[0], one.id)
    assert after.status == "acknowledged"
    assert [mark.user for mark in after.acknowledgements] == [ANN.pagerduty]
    assert notes(account[0], one.id) == []


async def test_who_is_nobody_in_pagerduty_is_named_in_a_note_once(account: Stand, writer: Any) -> None:
    one = raised(account[0])
    for _ in range(2):
        await writer.acknowledge(one.id, ZOE)
    (note,) = notes(account[0], one.id)
    assert note.startswith("Acknowledged. (Zoe Zimt, from Slack)\n[daywatch acknowledged ")


async def test_a_stale_acknowledgement_does_not_reopen(account: Stand, writer: Any) -> None:
    one = raised(account[0])
    account[0].desk.resolve(now_of(account[0], one.id), monitoring())
    await writer.acknowledge(one.id, ANN_ADAMS)
    assert now_of(account[0], one.id).status == "resolved"


async def test_a_second_acknowledgement_changes_nothing(account: Stand, writer: Any) -> None:
    one = raised(account[0])
    await writer.acknowledge(one.id, ANN_ADAMS)
    first = now_of(account[0], one.id)
    await writer.acknowledge(one.id, Author(name="Bob Brown", email=BOB.email))
    assert now_of(account[0], one.id) == first


async def test_resolving_twice_resolves_once_with_the_words(account: Stand, writer: Any) -> None:
    one = raised(account[0])
    await writer.resolve(one.id, ANN_ADAMS, "Rolled back")
    first = now_of(account[0], one.id)
    assert (first.status, first.changed_by) == ("resolved", ANN.pagerduty)
    await writer.resolve(one.id, ZOE, "again")
    assert now_of(account[0], one.id) == first


async def test_a_note_stands_once_for_its_marker(account: Stand, writer: Any) -> None:
    one = raised(account[0])
    for once in ("inc-1:n1", "inc-1:n1", "inc-1:n11"):
        await writer.note(one.id, "Looking", ANN_ADAMS, once=once)
    assert sorted(notes(account[0], one.id)) == ["Looking\n[daywatch inc-1:n11]", "Looking\n[daywatch inc-1:n1]"]


async def test_an_endless_note_is_cut_and_keeps_its_marker(account: Stand, writer: Any) -> None:
    one = raised(account[0])
    await writer.note(one.id, "x" * 50_000, ANN_ADAMS, once="n1")
    (note,) = notes(account[0], one.id)
    assert len(note) <= 10_001
    assert note.endswith("\n[daywatch n1]")


async def test_an_incident_that_is_not_there_is_told(writer: Any) -> None:
    for act in (writer.acknowledge("PNOBODY", ZOE), writer.resolve("../users", ZOE, "")):
        with pytest.raises(NotFound):
            await act


async def test_a_page_is_raised_once_for_its_key(account: Stand, writer: Any) -> None:
    ask = ("PSVC001", "Checkout is slow", "Please look", ANN_ADAMS)
    first = await writer.page(*ask, once="inc-1:page:1", email=None)
    account[0].desk.resolve(now_of(account[0], first), monitoring())
    assert await writer.page(*ask, once="inc-1:page:1", email=None) == first
    assert await writer.page(*ask, once="inc-1:page:2", email=None) != first
    paged = now_of(account[0], first)
    assert (paged.title, paged.service, paged.incident_key) == ("Checkout is slow", "PSVC001", "inc-1:page:1")


async def test_a_page_for_one_person_is_theirs(account: Stand, writer: Any) -> None:
    identity = await writer.page("PSVC002", "Search", "", ANN_ADAMS, once="p1", email="BOB@example.com")
    assert [mark.user for mark in now_of(account[0], identity).assignees] == [BOB.pagerduty]


async def test_a_page_for_somebody_unknown_is_refused_with_a_way_out(writer: Any) -> None:
    with pytest.raises(Refused, match=r"no user with the e-mail zoe@example.com. Page the service instead"):
        await writer.page("PSVC002", "Search", "", ANN_ADAMS, once="p1", email="zoe@example.com")


async def test_a_read_only_key_is_told_what_it_lacks(account: Stand, connected: Connect) -> None:
    one = raised(account[0])
    half = connected(api_key=READ_ONLY, from_email=KIM_AS_DAYWATCH, api_url=account[1])
    with pytest.raises(NotAuthorised, match="read-only key"):
        await half.acknowledge(one.id, ANN_ADAMS)


async def test_a_sender_who_does_not_exist_is_told_with_the_variable(account: Stand, connected: Connect) -> None:
    one = raised(account[0])
    wrong = connected(api_key=KEY, from_email="nobody@example.com", api_url=account[1])
    with pytest.raises(Refused, match="PAGERDUTY_FROM_EMAIL"):
        await wrong.acknowledge(one.id, ZOE)
    assert ("PAGERDUTY_FROM_EMAIL is a user",) in {(name,) for name, problem in await wrong.probe() if problem}


async def test_everything_is_fine_on_a_quiet_morning(account: Stand, writer: Any) -> None:
    told = {check.name: await check.ask() for check in writer.checks()}
    assert {name: answer.status for name, answer in told.items()} == {
        "pagerduty.api": Status.OK,
        "pagerduty.oncall": Status.OK,
        "pagerduty.services": Status.OK,
        "pagerduty.maintenance": Status.OK,
        "pagerduty.incidents": Status.OK,
    }
    assert all(problem is None for _, problem in await writer.probe())


async def test_a_bad_morning_shows(account: Stand, connected: Connect) -> None:
    raised(account[0])
    reader = connected(api_key=READ_ONLY, api_url=account[1])
    told = {check.name: (await check.ask()).status for check in reader.checks()}
    assert told["pagerduty.incidents"] is Status.FAIL
    assert told["pagerduty.services"] is Status.FAIL


async def test_our_webhook_is_asked_about_when_its_id_is_known(account: Stand, connected: Connect) -> None:
    reader = connected(api_key=KEY, api_url=account[1], webhook_subscription="PWHS001")
    check = next(one for one in reader.checks() if one.name == "pagerduty.webhook")
    assert (check.item, (await check.ask()).status) == (Item.ALERTING, Status.OK)
    gone = connected(api_key=KEY, api_url=account[1], webhook_subscription="PWHS999")
    with pytest.raises(NotFound):
        await gone.checks()[-1].ask()


def _hook(number: int, url: str, **method: Any) -> dict[str, Any]:
    delivery = {"type": "http_delivery_method", "url": url, "temporarily_disabled": False, **method}
    events = ["incident.triggered", "incident.acknowledged", "incident.resolved"]
    return {"id": f"PWHS00{number}", "type": "webhook_subscription", "delivery_method": delivery, "events": events}


@pytest.mark.parametrize(
    ("hooks", "status", "words"),
    [
        ([_hook(1, "https://bot.example.com/webhooks/pagerduty")], Status.OK, "our webhook is on"),
        (
            [
                _hook(1, "https://bot.example.com/webhooks/pagerduty"),
                _hook(2, "https://bot.example.com/webhooks/pagerduty/", temporarily_disabled=True),
            ],
            Status.FAIL,
            "PagerDuty has disabled our webhook",
        ),
        ([_hook(1, "https://elsewhere.example.com/hook")], Status.UNKNOWN, "set PAGERDUTY_WEBHOOK_SUBSCRIPTION"),
        ([], Status.UNKNOWN, "Add one"),
    ],
)
async def test_our_webhook_is_known_by_its_address_when_nobody_told_its_id(
    script: tuple[Script, str], connected: Connect, hooks: list[dict[str, Any]], status: Status, words: str
) -> None:
    vendor, url = script
    vendor.answer("GET", "/webhook_subscriptions", {"webhook_subscriptions": hooks, "more": False})
    reader = connected(api_key=KEY, api_url=url, webhook_secrets="s")
    told = await reader.checks()[-1].ask()
    assert (told.status, words in told.summary) == (status, True)
    assert [one.name for one in connected(api_key=KEY, api_url=url).checks()][-1] == "pagerduty.incidents"


async def test_a_key_that_is_not_valid_fails_its_check_and_every_probe(account: Stand, connected: Connect) -> None:
    reader = connected(api_key="wrong", api_url=account[1])
    told = await reader.checks()[0].ask()
    assert (told.status, "Renew PAGERDUTY_API_KEY" in told.summary) == (Status.FAIL, True)
    for check in reader.checks()[1:]:
        with pytest.raises(NotAuthorised):
            await check.ask()
    with pytest.raises(VendorError, match="Renew PAGERDUTY_API_KEY"):
        await reader.probe()


async def test_what_several_checks_need_is_fetched_once(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    for name in ("oncalls", "services", "escalation_policies"):
        vendor.answer("GET", f"/{name}", {name: [], "more": False})
    reader = connected(api_key=KEY, api_url=url)
    await reader.on_call()
    for check in reader.checks():
        if check.name in ("pagerduty.oncall", "pagerduty.services"):
            await check.ask()
    assert sorted(vendor.paths("GET")) == ["/escalation_policies", "/oncalls", "/services"]


async def test_on_calls_are_asked_for_as_documented(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    for name in ("oncalls", "services"):
        vendor.answer("GET", f"/{name}", {name: [], "more": False})
    await connected(api_key=KEY, api_url=url, escalation_policies="E1, E2").on_call()
    (query,) = [query for _, path, query, *_ in vendor.asked if path == "/oncalls"]
    assert (query["earliest"], query["include[]"], query["escalation_policy_ids[]"]) == (
        ["true"],
        ["users"],
        ["E1", "E2"],
    )


async def test_who_comes_next_is_asked_for_between_now_and_then(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    for name in ("oncalls", "services"):
        vendor.answer("GET", f"/{name}", {name: [], "more": False})
    until = datetime.now(UTC) + timedelta(days=8)
    await connected(api_key=KEY, api_url=url, escalation_policies="E1").coming(until)
    (query,) = [query for _, path, query, *_ in vendor.asked if path == "/oncalls"]
    assert "earliest" not in query
    assert (query["until"], query["escalation_policy_ids[]"]) == ([until.isoformat()], ["E1"])
    assert datetime.fromisoformat(query["since"][0]) < until


async def test_half_a_list_of_who_comes_is_not_given_for_the_whole(
    script: tuple[Script, str], connected: Connect
) -> None:
    vendor, url = script
    vendor.answer("GET", "/services", {"services": [], "more": False})
    vendor.answer("GET", "/oncalls", {"oncalls": [], "more": True})
    with pytest.raises(Unavailable, match="PAGERDUTY_ESCALATION_POLICIES"):
        await connected(api_key=KEY, api_url=url).coming(datetime.now(UTC) + timedelta(days=8))


async def test_half_a_list_is_not_given_for_the_whole(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/services", {"services": [], "more": False})
    vendor.answer("GET", "/oncalls", {"oncalls": [], "more": True})
    reader = connected(api_key=KEY, api_url=url)
    with pytest.raises(Unavailable, match="PAGERDUTY_ESCALATION_POLICIES"):
        await reader.on_call()


INCIDENT = {"id": "P1", "status": "triggered", "created_at": "2026-03-02T06:11:09Z", "last_status_change_at": None}
USERS = {
    "users": [{"id": "U2", "name": "Ann B", "email": "ann@example.com.au"}, {"id": "U1", "email": "ann@example.com"}]
}


def unknown(code: int) -> tuple[int, dict[str, Any]]:
    return (400, {"error": {"code": code, "message": "No"}})


async def test_a_person_is_looked_up_once_and_only_by_the_whole_address(
    script: tuple[Script, str], connected: Connect
) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", USERS | {"more": False})
    vendor.answer("GET", "/incidents/P1", {"incident": INCIDENT})
    vendor.answer("PUT", "/incidents/P1", {"incident": INCIDENT})
    adapter = connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url)
    for _ in range(3):
        await adapter.acknowledge("P1", ANN_ADAMS)
    writes = [(body, headers["from"]) for method, _, _, body, headers in vendor.asked if method == "PUT"]
    wanted = {"incident": {"type": "incident_reference", "status": "acknowledged"}}
    assert writes == [(wanted, "ann@example.com")] * 3
    assert vendor.paths("GET").count("/users") == 1


@pytest.mark.parametrize("code", [1001, 1002])
async def test_already_so_counts_as_done(script: tuple[Script, str], connected: Connect, code: int) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", USERS | {"more": False})
    vendor.answer("GET", "/incidents/P1", {"incident": INCIDENT})
    vendor.answer("PUT", "/incidents/P1", unknown(code))
    adapter = connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url)
    await adapter.acknowledge("P1", ANN_ADAMS)
    await adapter.resolve("P1", ANN_ADAMS, "done")
    assert len([1 for method, *_ in vendor.asked if method == "PUT"]) == 2


async def test_a_user_who_was_deleted_meanwhile_is_named_in_the_text(
    script: tuple[Script, str], connected: Connect
) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", USERS | {"more": False})
    vendor.answer("GET", "/incidents/P1", {"incident": INCIDENT})
    vendor.answer("PUT", "/incidents/P1", unknown(1008), {"incident": INCIDENT})
    await connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url).resolve("P1", ANN_ADAMS, "Fixed")
    first, second = [(headers["from"], body) for method, _, _, body, headers in vendor.asked if method == "PUT"]
    assert (first[0], second[0]) == ("ann@example.com", KIM_AS_DAYWATCH)
    assert first[1]["incident"]["resolution"] == "Fixed"
    assert second[1]["incident"]["resolution"] == "Fixed (Ann Adams, from Slack)"


async def test_a_key_that_may_not_read_users_still_acts(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", (403, {"error": {"code": 2010, "message": "Access Denied"}}))
    vendor.answer("GET", "/incidents/P1", {"incident": INCIDENT})
    vendor.answer("PUT", "/incidents/P1", {"incident": INCIDENT})
    await connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url).resolve("P1", ANN_ADAMS, "Fixed")
    (headers,) = [headers for method, *_, headers in vendor.asked if method == "PUT"]
    assert headers["from"] == KIM_AS_DAYWATCH


async def test_an_address_that_no_header_takes_is_not_acted_under(
    script: tuple[Script, str], connected: Connect
) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", {"users": [{"id": "U1", "email": "jürgen@example.com"}], "more": False})
    vendor.answer("GET", "/incidents/P1", {"incident": INCIDENT})
    vendor.answer("PUT", "/incidents/P1", {"incident": INCIDENT})
    adapter = connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url)
    await adapter.resolve("P1", Author(name="Jürgen\n<!channel>", email="JÜRGEN@example.com"), "Fixed")
    ((body, headers),) = [(body, headers) for method, _, _, body, headers in vendor.asked if method == "PUT"]
    assert headers["from"] == KIM_AS_DAYWATCH
    assert body["incident"]["resolution"] == "Fixed (Jürgen <!channel>, from Slack)"


async def test_a_full_notebook_does_not_stop_an_acknowledgement(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", {"users": [], "more": False})
    vendor.answer("GET", "/incidents/P1", {"incident": INCIDENT})
    vendor.answer("GET", "/incidents/P1/notes", {"notes": []})
    vendor.answer("POST", "/incidents/P1/notes", unknown(2001))
    vendor.answer("PUT", "/incidents/P1", {"incident": INCIDENT})
    await connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url).acknowledge("P1", ZOE)
    assert [method for method, *_ in vendor.asked][-1] == "PUT"


async def test_two_pages_at_the_same_moment_are_one(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    theirs = [INCIDENT | {"id": "POTHER", "incident_key": "p1-and-more"}]
    ours = [INCIDENT | {"id": "PFIRST", "incident_key": "p1"}]
    vendor.answer("GET", "/users", USERS | {"more": False})
    vendor.answer(
        "GET", "/incidents", {"incidents": theirs, "more": False}, {"incidents": theirs + ours, "more": False}
    )
    vendor.answer("POST", "/incidents", unknown(2002))
    adapter = connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url)
    assert await adapter.page("PSVC001", "Slow", "", ANN_ADAMS, once="p1", email=None) == "PFIRST"
    (query, *_) = [query for method, path, query, *_ in vendor.asked if (method, path) == ("GET", "/incidents")]
    assert (query["incident_key"], query["service_ids[]"], query["date_range"]) == (["p1"], ["PSVC001"], ["all"])


async def test_a_page_that_is_refused_for_another_reason_says_so(
    script: tuple[Script, str], connected: Connect
) -> None:
    vendor, url = script
    vendor.answer("GET", "/users", USERS | {"more": False})
    vendor.answer("GET", "/incidents", {"incidents": [], "more": False})
    vendor.answer("POST", "/incidents", (400, {"error": {"code": 2001, "message": "Invalid Input Provided"}}))
    adapter = connected(api_key=KEY, from_email=KIM_AS_DAYWATCH, api_url=url)
    with pytest.raises(Refused, match="Invalid Input Provided"):
        await adapter.page("PSVC001", "Slow", "", ANN_ADAMS, once="p1", email=None)


# Pages through a routing key


@pytest.fixture
def events_app(account: Stand) -> Starlette:
    return create_events(account[0])


async def test_a_routing_key_alone_raises_a_page_once(
    account: Stand, events_app: Starlette, connected: Connect
) -> None:
    async with serving(events_app) as url:
        pager = connected(routing_key=ROUTING, events_url=url)
        for _ in range(2):
            key = await pager.page("ignored", "Checkout is slow", "Please look", ZOE, once="inc-1:page:1", email=None)
            assert key == "inc-1:page:1"
    (one,) = [one for one in account[0].ledger.incidents() if one.open]
    assert (one.title, one.service) == ("Checkout is slow", CHECKOUT.id)


async def test_what_a_routing_key_cannot_do_it_refuses_instead_of_pretending(connected: Connect) -> None:
    pager = connected(routing_key=ROUTING)
    acts = (
        pager.acknowledge("P1", ZOE),
        pager.resolve("P1", ZOE, ""),
        pager.note("P1", "x", ZOE, once="n"),
        pager.page("S", "t", "m", ZOE, once="p", email="bob@example.com"),
    )
    for act in acts:
        with pytest.raises(Refused, match="Set PAGERDUTY_API_KEY"):
            await act


async def test_an_event_carries_its_time_and_who_asked(script: tuple[Script, str], connected: Connect) -> None:
    vendor, url = script
    vendor.answer("POST", "/v2/enqueue", (202, {"status": "success", "message": "Event processed", "dedup_key": "k"}))
    at = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    pager = connected(routing_key=ROUTING, events_url=url, now=at)
    await pager.page("S", "T" * 2_000, "m" * 50_000, ZOE, once="k" * 400, email=None)
    ((_, _, _, body, headers),) = vendor.asked
    assert (body["routing_key"], body["event_action"], body["dedup_key"]) == (ROUTING, "trigger", "k" * 255)
    assert body["payload"]["timestamp"] == at.isoformat()
    assert (len(body["payload"]["summary"]), body["payload"]["severity"]) == (1_024, "critical")
    assert body["payload"]["custom_details"]["asked by"] == "Zoe Zimt"
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"status": "invalid event", "message": "Event object is invalid", "errors": ["x"]}), Refused),
        ((429, {}), Unavailable),
        ((500, {}), Unavailable),
        ((202, {"status": "success"}), Unavailable),
    ],
)
async def test_an_event_that_fails_is_told_at_once(
    script: tuple[Script, str], connected: Connect, answer: Any, kind: type[Exception]
) -> None:
    vendor, url = script
    vendor.answer("POST", "/v2/enqueue", answer)
    with pytest.raises(kind):
        await connected(routing_key=ROUTING, events_url=url).page("S", "t", "m", ZOE, once="k", email=None)
    assert len(vendor.asked) == 1


# Which capabilities the settings give


@pytest.mark.parametrize(
    ("given", "reads", "writes"),
    [
        ({"api_key": KEY}, True, False),
        ({"api_key": KEY, "from_email": KIM_AS_DAYWATCH}, True, True),
        ({"api_key": KEY, "routing_key": ROUTING}, True, True),
        ({"routing_key": ROUTING}, False, True),
        ({"webhook_secrets": "a,b"}, False, False),
        ({}, False, False),
    ],
)
async def test_the_adapter_can_just_what_the_settings_allow(
    connected: Connect, given: dict[str, str], *, reads: bool, writes: bool
) -> None:
    adapter = connected(**given)
    assert [isinstance(adapter, one) for one in (Duty, AlertLookup, DailyCheck, Probe)] == [reads] * 4
    assert isinstance(adapter, Pager) is writes


async def test_a_reading_key_with_a_routing_key_pages_by_event(connected: Connect, script: tuple[Script, str]) -> None:
    vendor, url = script
    vendor.answer("POST", "/v2/enqueue", (202, {"dedup_key": "k"}))
    both = connected(api_key=KEY, api_url=url, routing_key=ROUTING, events_url=url)
    assert await both.page("S", "t", "m", ZOE, once="k", email=None) == "k"
    assert both.source == "pagerduty"
