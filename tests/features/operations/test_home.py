"""App Home: what waits for a person, from stored state, and nothing of what is not theirs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.acts import Start
from bot.domain.check import Item, Status
from bot.domain.digest import Hand, HandKind
from bot.domain.errors import StoreDown, Unavailable
from bot.domain.incident import State
from bot.domain.oncall import OnCall
from bot.domain.ticket import TicketState
from bot.features.operations import commands, events, flow, home_views
from bot.features.operations.home_views import HomeSeen, OnDuty, ToDo
from bot.features.operations.systems import Survey, SystemState
from bot.slack.fit import fit_view
from bot.slack.flatten import words_of
from bot.slack.habits import habits
from bot.slack.limits import problems
from bot.store.incidents import IncidentRows
from bot.store.tables import action_item, postmortem
from tests.fakes.names import ANN, BOB, GIL, KIM, Staff
from tests.fakes.run import PlainRun
from tests.features.operations.conftest import NOW, OFFERS, PLAN, Board, Place, asks
from tests.slack.hostile import TEXTS
from tests.store import an_incident


def seen(**values: object) -> HomeSeen:
    usual: dict[str, object] = {
        "person": BOB,
        "duty": None,
        "incidents": (),
        "list": (),
        "plan": PLAN,
        "survey": None,
        "now": NOW,
        "names": Staff().name,
        "offers": OFFERS,
    }
    return HomeSeen(**usual | values)  # type: ignore[arg-type]  # a test says only what it is about


async def told(place: Place, user: str) -> str:
    assert await place.service().homes.show(user)
    shape = fit_view(place.tabs.shown[user])
    assert (problems(shape), habits(shape)) == ([], [])
    return "\n".join(words_of(block) for block in shape["blocks"])


async def test_somebody_with_nothing_reads_that_nothing_waits_and_gets_the_actions(place: Place) -> None:
    text = await told(place, BOB.id)
    assert "Nothing waits for you." in text
    assert home_views.DECLARE in str(fit_view(place.tabs.shown[BOB.id]))


async def test_a_viewer_gets_no_actions_and_a_line_why(place: Place) -> None:
    text = await told(place, GIL.id)
    assert "Guests can read here." in text
    assert home_views.DECLARE not in str(fit_view(place.tabs.shown[GIL.id]))


async def test_buttons_that_the_table_does_not_have_are_not_drawn() -> None:
    shape = fit_view(home_views.home(seen(offers=frozenset({home_views.DECLARE}))))
    drawn = [one["action_id"] for block in shape["blocks"] if block["type"] == "actions" for one in block["elements"]]
    assert drawn == [home_views.DECLARE, home_views.REFRESH, home_views.CONNECTED]


async def test_my_incidents_are_the_open_ones_in_which_i_take_part_the_worst_first(place: Place) -> None:
    await an_incident(place.store, NOW, severity="sev3", lead=BOB.id, title="Search is slow", channel="C0A")
    await an_incident(place.store, NOW, severity="sev1", responders=[BOB.id], title="Checkout down", channel="C0B")
    await an_incident(place.store, NOW, lead=KIM.id, title="Nobody asked Bob")
    await an_incident(place.store, NOW, lead=BOB.id, status=State.RESOLVED, title="Over and done")
    text = await told(place, BOB.id)
    assert "Your incidents (2)" in text
    assert text.index("Checkout down") < text.index("Search is slow")
    assert "you lead" in text
    assert "Nobody asked Bob" not in text
    assert "Over and done" not in text


async def test_a_private_incident_shows_on_the_home_of_its_people_alone(place: Place) -> None:
    await an_incident(place.store, NOW, private=True, lead=KIM.id, title="Secret breach")
    assert "Secret breach" in await told(place, KIM.id)
    assert "Secret breach" not in await told(place, BOB.id)
    assert "Nothing waits for you." in await told(place, ANN.id)


async def test_my_list_holds_claims_of_today_tasks_and_action_items_by_the_day_they_are_due(place: Place) -> None:
    homes = place.service().homes
    incident = await an_incident(place.store, NOW)
    closed = await an_incident(place.store, NOW, status=State.CLOSED)
    await homes.tasks.add(incident.id, "Ask the payment provider", BOB.id, datetime(2026, 11, 25, tzinfo=UTC))
    await homes.tasks.add(closed.id, "Forgotten when it was closed", BOB.id)
    hand = Hand(id=0, item=Item.BACKUPS, kind=HandKind.CLAIM, who=BOB.id, at=NOW, at_status=Status.FAIL)
    await homes.claims.add("platform", NOW.date(), hand)
    await homes.claims.add("platform", date(2026, 11, 20), hand)
    await place.store.write(
        postmortem.insert().values(incident_id=incident.id, state="filed", asked_at=NOW, filings=1, fields={})
    )
    await place.store.write(
        action_item.insert().values(
            incident_id=incident.id,
            number=1,
            what="Alarm on certificate expiry",
            owner=BOB.id,
            due="2026-11-20",
            state=TicketState.NEW,
            ticket="OPS-77",
            ticket_url="https://acme.atlassian.net/browse/OPS-77",
            gone=False,
        )
    )
    text = await told(place, BOB.id)
    assert "On your list (3)" in text
    assert text.index("Validate backups") < text.index("3 days late") < text.index("Ask the payment provider")
    assert f"Task {incident.name}: Ask the payment provider" in text.replace(", due 25 Nov", "")
    assert "Forgotten" not in text


async def test_who_is_on_call_sees_it_and_others_see_who_is(place: Place) -> None:
    until = NOW + timedelta(hours=9)
    duty = OnCall(
        name="Bob of PagerDuty",
        email="BOB@example.com",
        level=1,
        service_ref=None,
        service_name="checkout",
        until=until,
    )
    place.linked.adapters.append(Board(duties=(duty,)))
    assert "You are on call for checkout until" in await told(place, BOB.id)
    assert "You are not on call. On call: Bob of PagerDuty." in await told(place, KIM.id)


async def test_a_pager_that_does_not_answer_leaves_on_call_unknown_and_is_asked_again(place: Place) -> None:
    board = Board(trouble=Unavailable("PagerDuty gave no answer in 10 s"))
    place.linked.adapters.append(board)
    service = place.service()
    for _ in range(2):
        assert await service.homes.show(BOB.id)
    text = "\n".join(words_of(block) for block in fit_view(place.tabs.shown[BOB.id])["blocks"])
    assert "On call is unknown: PagerDuty gave no answer in 10 s" in text
    assert "not on call" not in text
    assert board.asked == 2


async def test_the_pager_is_asked_once_a_minute_however_many_look(place: Place) -> None:
    board = Board()
    place.linked.adapters.append(board)
    service = place.service()
    for person in (ANN, BOB, KIM):
        await service.homes.show(person.id)
    place.now += timedelta(minutes=2)
    await service.homes.show(ANN.id)
    assert board.asked == 2


async def test_opening_the_tab_starts_its_drawing_once_an_event(place: Place) -> None:
    service = place.service()
    given = {"type": "app_home_opened", "user": BOB.id, "tab": "home", "event_ts": "1795420800.000100"}
    acts = await events.home_opened(service, given)
    assert acts == (Start(flow="home.draw", once=f"home:{BOB.id}:1795420800.000100", given={"user": BOB.id}),)
    assert await events.home_opened(service, given | {"tab": "messages"}) == ()
    assert await events.home_opened(service, given | {"user": "<@U1>"}) == ()
    assert await events.home_opened(service, {}) == ()
    run = PlainRun()
    await flow.draw(run, service, BOB.id)
    assert list(place.tabs.shown) == [BOB.id]


async def test_a_slack_that_refuses_is_nobodys_news(place: Place) -> None:
    place.tabs.trouble = Unavailable("Slack did not answer views.publish (503)")
    run = PlainRun()
    await flow.draw(run, place.service(), BOB.id)
    assert (run.failed, place.tabs.shown) == ([], {})


async def test_a_store_that_is_down_does_not_end_the_flow_as_a_mistake_of_ours(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_self: object) -> None:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(IncidentRows, "open", down)
    run = PlainRun()
    await flow.draw(run, place.service(), BOB.id)
    assert (run.steps, place.tabs.shown) == (["publish"], {})


async def test_refresh_draws_it_at_once(place: Place) -> None:
    assert await commands.refresh_home(place.service(), asks(BOB, channel="")) == ()
    assert list(place.tabs.shown) == [BOB.id]


async def test_an_incident_redraws_the_home_of_its_people_who_looked_lately(place: Place) -> None:
    service = place.service()
    incident = await an_incident(place.store, NOW, lead=BOB.id, responders=[KIM.id, ANN.id])
    service.homes.opened(ANN.id)
    place.now += timedelta(minutes=31)
    service.homes.opened(BOB.id)
    service.homes.opened(GIL.id)
    acts = await events.incident_changed(service, {"incident": incident.id})
    assert [act.given for act in acts if isinstance(act, Start)] == [{"user": BOB.id}]
    assert await events.incident_changed(service, {"incident": 999}) == ()


def test_the_as_of_line_says_what_is_not_well() -> None:
    survey = Survey(at=NOW, on=(SystemState(title="Jira"), SystemState(title="PagerDuty", trouble="no answer")))
    shape = fit_view(home_views.home(seen(survey=survey)))
    assert "2 systems connected, 1 not well: PagerDuty" in str(shape["blocks"])


def test_a_list_of_fifty_is_cut_and_its_count_stays() -> None:
    many = [ToDo(kind="task", words="A long task " * 20, of="INC-1", due=NOW.date()) for _ in range(50)]
    shape = fit_view(home_views.home(seen(list=many)))
    assert "On your list (50)" in str(shape)
    assert "and 40 more" in str(shape)
    assert problems(shape) == []


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_no_foreign_words_break_it_or_call_anybody(place: Place, text: str) -> None:
    incident = replace(await an_incident(place.store, NOW, lead=BOB.id), title=text)
    todo = [
        ToDo(kind="task", words=text, of=incident.name),
        ToDo(kind="action", words=text, ticket=text or None, url=text, late=2),
    ]
    duty = OnCall(name=text, email=None, level=2, service_ref=None, service_name=text or None, until=None)
    for on in (OnDuty(mine=(duty,)), OnDuty(others=(text,), known=True), OnDuty(troubles=(text,))):
        shape = fit_view(home_views.home(seen(incidents=(incident,) * 5, list=todo, duty=on)))
        assert problems(shape) == []
        assert "<!channel>" not in str(shape["blocks"][:-2]).replace("'text': '<!channel>", "")


def test_a_full_home_looks_so(snapshot: SnapshotAssertion) -> None:
    duty = OnCall(name="Bob", email=BOB.email, level=1, service_ref=None, service_name="checkout", until=NOW)
    todo = (
        ToDo(kind="claim", words="Validate backups", at=NOW, status=Status.FAIL),
        ToDo(kind="task", words="ask the payment provider", of="INC-142"),
        ToDo(
            kind="action", words="alarm on certificate expiry", late=3, ticket="OPS-77", url="https://a.example/OPS-77"
        ),
    )
    assert fit_view(home_views.home(seen(duty=OnDuty(mine=(duty,)), list=todo))) == snapshot
