"""`/oncall`: asked, shown, remembered; and paging, from the form to what came of it."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.acts import Acts, Ask, Next, Open, Post, Reply, Start, Wrong
from bot.domain.errors import Refused, Unavailable
from bot.features.oncall import commands, flow, surfaces, views
from bot.features.oncall.cover import Cover, Shift
from bot.features.oncall.roster import Roster, Told
from bot.features.oncall.service import Duties
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.slack.message import Message, View
from bot.store.database import Store
from bot.store.pages import Page, PageState
from tests.fakes.names import ANN, BOB, Staff
from tests.fakes.run import PlainRun
from tests.features.oncall.conftest import MONDAY, NOW, Board, Planner, Plugged, Siren, Watch, duty
from tests.slack.hostile import TEXTS


def asked(**values: Any) -> Ask:
    usual: dict[str, Any] = {"person": ANN, "at": NOW, "once": "slack:1", "channel": "C0OPS0001"}
    return Ask(**usual | values)


def shape_of(thing: Message | View) -> dict[str, Any]:
    shape = fit(thing) if isinstance(thing, Message) else fit_view(thing)
    assert problems(shape) == []
    return shape


def read(acts: Acts) -> str:
    (shown,) = [act for act in acts if isinstance(act, Reply | Open | Next)]
    return json.dumps(shape_of(shown.message if isinstance(shown, Reply) else shown.view), ensure_ascii=False)


def weekend() -> Planner:
    return Planner(
        duties=[duty("Ann", until=MONDAY), duty("Kim", level=2)],
        later=[duty("Bob", start=MONDAY, until=24 * 7)],
    )


# Who is on call.


async def test_a_service_says_who_until_when_who_then_and_who_second(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [weekend()]
    shown = read(await commands.oncall(duties, asked()))
    monday = f"<!date^{int(MONDAY.timestamp())}^{{date_short_pretty}} {{time}}|23 Nov 08:00 UTC>"
    assert f"*checkout* Ann until {monday}, then Bob · second: Kim (04:00 for them)" in shown


async def test_nobody_is_mentioned(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [weekend(), Siren()]
    assert "<@" not in read(await commands.oncall(duties, asked()))


async def test_somebody_who_is_not_in_slack_is_called_as_the_pager_does(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [Board(duties=[duty("Zoe"), duty("Max", email=None, level=2)])]
    shown = read(await commands.oncall(duties, asked()))
    assert "Zoe of PagerDuty · second: Max of PagerDuty" in shown


async def test_gaps_stand_first_and_say_from_when_to_when(duties: Duties, plugged: Plugged) -> None:
    later = [duty("Bob", start=10, until=20)]
    other = duty("Kim", service_ref="PSVC009", service_name="Aaa")
    plugged.systems = [Planner(duties=[other, duty("Ann", until=6)], later=later)]
    shown = read(await commands.oncall(duties, asked()))
    assert ":warning: nobody from <!date^" in shown
    assert shown.index("*checkout*") < shown.index("*Aaa*")


async def test_nobody_on_call_is_said_in_the_first_line(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [Board(duties=[duty("Ann", service_ref="PSVC009", service_name="Other")])]
    message = next(act for act in await commands.oncall(duties, asked()) if isinstance(act, Reply)).message
    assert message.text == "On call: nobody for 1 of 2 services"
    assert "*checkout* :warning: nobody is on call" in str(shape_of(message))


async def test_a_pager_that_is_down_shows_its_last_answer_and_of_when_it_is(
    duties: Duties, plugged: Plugged, watch: Watch
) -> None:
    board = weekend()
    plugged.systems = [board]
    await duties.ask()
    board.trouble = Unavailable("PagerDuty did not answer (503)")
    watch.now = NOW + timedelta(minutes=30)
    shown = read(await commands.oncall(duties, asked()))
    assert "*checkout* Ann" in shown
    assert "PagerDuty did not answer (503); as of <!date^" in shown
    assert "12:00 UTC" in shown


async def test_a_pager_that_never_answered_says_so_and_nobody_is_made_up(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [Board(trouble=Refused("PagerDuty refused: the key is not valid"))]
    shown = read(await commands.oncall(duties, asked()))
    assert "Who is on call is not known now." in shown
    assert "the key is not valid. It has not answered since Daywatch started." in shown
    assert "nobody is on call" not in shown


async def test_one_that_hangs_slows_nobody_else(duties: Duties, plugged: Plugged) -> None:
    class Hanging(Board):
        async def on_call(self) -> Any:
            await asyncio.sleep(60)

    duties.patience = 0.05
    plugged.systems = [Hanging(source="opsgenie"), weekend()]
    async with asyncio.timeout(5):
        shown = read(await commands.oncall(duties, asked()))
    assert "Opsgenie gave no answer in 0 s" in shown
    assert "*checkout* Ann" in shown


async def test_our_own_mistake_in_one_pager_spares_the_others(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [Board(trouble=KeyError("x")), weekend()]
    shown = read(await commands.oncall(duties, asked()))
    assert "Our own mistake, see the log" in shown
    assert "*checkout* Ann" in shown


async def test_when_only_the_future_is_unknown_the_present_stands(duties: Duties, plugged: Plugged) -> None:
    board = weekend()
    board.later_trouble = Unavailable("PagerDuty did not answer (503)")
    plugged.systems = [board]
    shown = read(await commands.oncall(duties, asked()))
    assert "Who comes next is not known: PagerDuty did not answer (503)" in shown
    assert ", then" not in shown
    assert "nobody" not in shown


async def test_with_nothing_connected_it_says_what_to_do(duties: Duties) -> None:
    assert "/daywatch" in read(await commands.oncall(duties, asked()))
    assert "/daywatch" in read(await commands.oncall(duties, asked(text="checkout")))


async def test_services_that_no_pager_knows_are_named(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [weekend()]
    assert "No pager knows search." in read(await commands.oncall(duties, asked()))


@pytest.mark.parametrize("words", ["checkout", "CHECKOUT", "check", "platform", "#platform"])
async def test_a_service_its_beginning_or_a_team_narrows_it(duties: Duties, plugged: Plugged, words: str) -> None:
    plugged.systems = [Board(duties=[duty("Ann"), duty("Bob", service_ref="PSVC002", service_name="search")])]
    shown = read(await commands.oncall(duties, asked(text=words)))
    assert "*checkout*" in shown
    assert "*search*" not in shown


async def test_an_unknown_name_is_answered_with_the_known_ones(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [weekend()]
    shown = read(await commands.oncall(duties, asked(text="<!channel> moon")))
    assert "Known: checkout, search, platform, find." in shown
    assert "<!channel>" not in shown


async def test_a_service_of_ours_that_no_pager_knows_is_not_called_unknown(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [weekend()]
    assert "Nobody tells who is on call for `search`." in read(await commands.oncall(duties, asked(text="search")))


async def test_past_ten_services_there_is_a_way_to_all(duties: Duties, plugged: Plugged) -> None:
    many = [duty("Ann", service_ref=f"PSVC1{n:02}", service_name=f"Service {n:02}") for n in range(40)]
    plugged.systems = [Board(duties=many), Siren()]
    shown = read(await commands.oncall(duties, asked()))
    assert "All 41" in shown
    everything = read(await commands.show(duties, asked(key="all", view_id="V1")))
    assert everything.count('"Page"') > 20
    assert "and 16 more" in everything


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_name_from_outside_breaks_the_list_or_acts_in_it(text: str) -> None:
    person = duty("Zoe", until=4)
    hostile = type(person)(name=text, email=None, level=1, service_ref="P1", service_name=text, until=MONDAY)
    cover = Cover(
        key="r:P1",
        name=text,
        ref="P1",
        source=None,
        first=(Shift(who=hostile, until=MONDAY),) * 5,
        second=(hostile,) * 5,
        following=(hostile,) * 5,
    )
    roster = Roster(covers=[cover] * 40, told=[Told(source=None, trouble=text or "x")] * 5, unset=[text] * 40)
    page = Page(
        id=1, service=text, service_ref="P1", source=None, channel="#ops", words=text, people=(), who=text, at=NOW
    )
    for thing in (
        views.overview(roster, lambda _: None, NOW, pages=True, asked=text),
        views.overview(Roster(told=roster.told), lambda _: None, NOW, pages=True, asked=text),
        views.everything(roster, lambda _: None, NOW, pages=True),
        views.page_form([cover], chosen="r:P1", words=text),
        views.paging(cover, text),
        views.unknown(text, [text] * 40),
        views.page(page, Staff(), NOW),
    ):
        words = [
            str(block.get("text", "")) for block in shape_of(thing).get("blocks", ()) if block["type"] == "section"
        ]
        assert not any("<!channel" in one or "<!here" in one or "<@" in one for one in words)


def test_the_list_as_it_looks(snapshot: SnapshotAssertion) -> None:
    cover = Cover(
        key="s:checkout",
        name="checkout",
        ref="PSVC001",
        source="pagerduty",
        first=(Shift(who=duty("Kim"), until=MONDAY),),
        following=(duty("Bob"),),
    )
    roster = Roster(covers=[cover], told=[Told(source="pagerduty", at=NOW)], unset=["search"])
    names = Staff()
    assert shape_of(views.overview(roster, lambda one: names.by_email(one.email or ""), NOW, pages=True)) == snapshot


# Paging.


async def test_without_a_pager_nothing_offers_to_page(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [weekend()]
    assert "oncall.page.v1" not in read(await commands.oncall(duties, asked()))
    assert "No system that can page" in read(await commands.page_command(duties, asked()))


async def test_page_asks_first_and_says_what_hour_it_is_there(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [Board(duties=[duty("Kim")]), Siren()]
    shown = read(await commands.oncall(duties, asked()))
    assert "Kim is called for *checkout*. It is 04:00 for them." in shown


async def test_the_form_is_filled_in_as_far_as_the_words_go(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [Siren()]
    shown = read(await commands.page_command(duties, asked(text="Checkout the database is gone")))
    assert '"initial_value": "the database is gone"' in shown
    assert shown.partition('"initial_option"')[2].partition('"options"')[0].count('"s:checkout"') == 1
    assert "initial_option" not in read(await commands.page_command(duties, asked(text="checkouts are slow")))


async def test_the_button_opens_the_form_for_its_service(duties: Duties, plugged: Plugged) -> None:
    plugged.systems = [Board(duties=[duty("Ann", service_ref="PSVC009", service_name="Legacy")]), Siren()]
    await duties.ask()
    shown = read(await commands.page_form(duties, asked(key="r:PSVC009")))
    assert '"value": "r:PSVC009"' in shown


async def paged(duties: Duties, store: Store, **values: Any) -> Acts:
    ask = asked(values={"service": "s:checkout", "words": "The database is gone"} | values, channel="", person=ANN)
    async with store.transaction():
        return await commands.page_sent(duties, ask)


async def drawn(duties: Duties) -> str:
    found = await surfaces.page(duties, "1")
    assert found is not None
    return f"{found.channel} {json.dumps(shape_of(found.message), ensure_ascii=False)}"


async def test_a_page_is_written_down_shown_to_the_team_and_started_once(
    duties: Duties, plugged: Plugged, store: Store
) -> None:
    plugged.systems = [Board(duties=[duty("Bob")]), Siren()]
    await duties.ask()
    acts = await paged(duties, store)
    assert Post("oncall.page:1") in acts
    assert Start(flow="oncall.page", once="oncall:1:page", given={"page": 1}) in acts
    assert "#platform-ops shows what comes of it" in read(acts)
    shown = await drawn(duties)
    assert shown.startswith("#platform-ops ")
    assert f'"user_id": "{BOB.id}"' in shown
    assert "The pager is being asked" in shown
    (audited,) = await duties.audit.of("page:1")
    assert (audited["who"], audited["what"], audited["result"]) == (ANN.id, "oncall.page", "asked")


async def test_an_incomplete_or_made_up_form_pages_nobody(duties: Duties, plugged: Plugged, store: Store) -> None:
    plugged.systems = [Siren()]
    for values, wrong in (
        ({"service": "r:PEVIL"}, "service"),
        ({"service": None}, "service"),
        ({"words": " "}, "words"),
    ):
        (refused,) = await paged(duties, store, **values)
        assert isinstance(refused, Wrong)
        assert wrong in refused.fields
    plugged.systems = []
    assert "No system that can page" in read(await paged(duties, store))
    assert await duties.pages.get(1) is None


async def test_the_flow_calls_under_its_key_and_says_so(duties: Duties, plugged: Plugged, store: Store) -> None:
    siren = Siren()
    plugged.systems = [Siren(source="opsgenie"), siren, Board(duties=[duty("Bob")])]
    await duties.ask()
    await paged(duties, store)
    run = PlainRun("oncall:1:page")
    await flow.page(run, duties, plugged, 1)
    ((once, (ref, title, words, by)),) = siren.pages.items()
    assert (once, ref, title) == ("oncall:1:page", "PSVC001", "checkout: The database is gone")
    assert (words, by.name, by.email) == ("The database is gone", "Ann", "ann@example.com")
    assert run.acts == [Post("oncall.page:1")]
    assert "The pager has it" in await drawn(duties)
    assert [one["result"] for one in await duties.audit.of("page:1")] == ["asked", "sent"]


async def test_a_repeat_of_the_flow_pages_once(duties: Duties, plugged: Plugged, store: Store) -> None:
    siren = Siren()
    plugged.systems = [siren]
    await paged(duties, store)
    for _ in range(2):
        await flow.page(PlainRun("oncall:1:page"), duties, plugged, 1)
    assert len(siren.pages) == 1
    assert len(await duties.audit.of("page:1")) == 2


async def test_a_pager_that_fails_at_first_is_tried_again(duties: Duties, plugged: Plugged, store: Store) -> None:
    siren = Siren(trouble=[Unavailable("PagerDuty did not answer (503)")])
    plugged.systems = [siren]
    await paged(duties, store)
    await flow.page(PlainRun("oncall:1:page", tries=2), duties, plugged, 1)
    assert "The pager has it" in await drawn(duties)


async def test_a_page_that_is_done_without_says_to_call_them(duties: Duties, plugged: Plugged, store: Store) -> None:
    plugged.systems = [Siren(trouble=[Refused("PagerDuty refused: the key is not valid")])]
    await paged(duties, store)
    await flow.page(PlainRun("oncall:1:page"), duties, plugged, 1)
    assert "Not sent; given up" in await drawn(duties)
    found = await duties.pages.get(1)
    assert found is not None
    assert found.state is PageState.NOT_SENT
    assert [one["result"] for one in await duties.audit.of("page:1")] == ["asked", "not sent"]


async def test_when_the_pager_was_unplugged_meanwhile_the_page_is_refused(
    duties: Duties, plugged: Plugged, store: Store
) -> None:
    plugged.systems = [Siren()]
    await paged(duties, store)
    plugged.systems = []
    run = PlainRun("oncall:1:page")
    await flow.page(run, duties, plugged, 1)
    assert "Connect one, or call them yourself" in run.failed[0].reason
