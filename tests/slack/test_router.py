"""The router: rights first, acts committed before the ack, reads acked first, answers where they were asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.acts import Act, Acts, Ask, NeedsRole, Next, Open, Post, Reply, Wrong
from bot.domain.person import Person, Role
from bot.slack import notes
from bot.slack import router as routing
from bot.slack.blocks import section
from bot.slack.command import Button, Command, Entry, Form, How, Menu, Options, Shortcut
from bot.slack.desk import NotTaken, Repeated
from bot.slack.kept import numbered
from bot.slack.message import Message, View
from bot.slack.router import Router
from tests.fakes.names import ANN, BOB, GIL, KIM
from tests.slack.payloads import APP, AT, TEAM, picked, press, submission, typed

SAM = Person(id="U0SAM0001", name="Sam", role=Role.VIEWER)
VIEW = View(title="Form", callback_id="form.v1", submit="Go", blocks=(section("x"),))


@dataclass(slots=True)
class Service:
    """Answers what the test wants, and remembers what it was asked."""

    answers: list[Acts | Exception] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    slow: float = 0.0

    async def run(self, ask: Ask) -> Acts:
        self.asked.append(ask)
        await asyncio.sleep(self.slow)
        answer = self.answers.pop(0) if self.answers else ()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def find(self, words: str) -> list[tuple[str, str]]:
        return [(f"{words} {number}", f"s{number}") for number in range(120)]


class Staff:
    """People from memory; `slow` is how long Slack takes to tell about somebody unknown."""

    def __init__(self) -> None:
        self.people = {one.id: one for one in (ANN, BOB, KIM, GIL, SAM)}
        self.slow = 0.0
        self.looked = 0

    def known(self, user: str) -> Person | None:
        return self.people.get(user)

    def stranger(self, user: str) -> Person:
        return Person(id=user, name=user, role=Role.VIEWER)

    def having(self, role: Role) -> list[Person]:
        return [one for one in self.people.values() if one.role >= role]

    async def look_up(self, user: str) -> Person:
        self.looked += 1
        await asyncio.sleep(self.slow)
        return Person(id=user, name="Nia", role=Role.RESPONDER)


@dataclass(slots=True)
class Desk:
    """Everything in the order in which it happened, the acks among it."""

    happened: list[tuple[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    busy: bool = False
    late: bool = False
    offered: tuple[str, str] | None = None
    """Action id and value of the first button of the last note."""

    async def take(self, once: str, doing: Callable[[], Awaitable[Acts]], limit: float) -> Acts:
        if self.busy:
            raise NotTaken
        if once in self.seen:
            raise Repeated
        self.seen.add(once)
        acts = await doing()
        self.happened.append(("committed", limit))
        return acts

    async def answer(self, ask: Ask, act: Act) -> None:
        if isinstance(act, Reply):
            self.offered = next((one for one in buttons(act.message)), None)
        said = act.message.text if isinstance(act, Reply) else act.view.title if isinstance(act, Open | Next) else act
        self.happened.append((type(act).__name__.lower(), said))

    async def loading(self, ask: Ask, title: str) -> str:
        self.happened.append(("loading", title))
        return "" if self.late else "V1"

    async def ack(self, **answer: Any) -> None:
        self.happened.append(("ack", answer))

    @property
    def order(self) -> list[str]:
        return [what for what, _ in self.happened]

    def said(self, what: str) -> Any:
        return next((said for kind, said in self.happened if kind == what), None)


@dataclass(slots=True)
class Requests:
    """What was asked of others: the first who presses has it."""

    taken: dict[int, tuple[str, bool]] = field(default_factory=dict)

    async def take(self, number: int, ask: Ask, *, done: bool) -> tuple[bool, Acts]:
        if number in self.taken:
            return False, (Reply(Message(f"{self.taken[number][0]} did it.")),)
        self.taken[number] = (ask.person.name, done)
        return True, (Post(f"request:{number}"),)


@dataclass(slots=True, kw_only=True)
class Door:
    router: Router
    service: Service
    desk: Desk
    staff: Staff
    requests: Requests

    async def types(self, text: str, command: str = "/incident", user: str = BOB.id, trigger: str = "1.2.abc") -> None:
        await self.router.command(self.desk.ack, typed(command, text, user, trigger))

    async def presses(self, action: str, value: str = "INC-1", user: str = BOB.id, trigger: str = "1.2.abc") -> None:
        await self.router.action(self.desk.ack, press(action, value, user, trigger))

    async def submits(self, callback: str = "form.v1", user: str = BOB.id, memory: str = "") -> None:
        await self.router.form(self.desk.ack, submission(callback, {}, memory, user))


def buttons(message: Message) -> list[tuple[str, str]]:
    shown = [block for block in message.to_dict().get("blocks", ()) if block["type"] == "actions"]
    return [(one["action_id"], one["value"]) for block in shown for one in block["elements"]]


async def run(service: Service, ask: Ask) -> Acts:
    return await service.run(ask)


async def find(service: Service, words: str) -> list[tuple[str, str]]:
    return await service.find(words)


TABLE = (
    Command("/incident", Service, run, "Declare", "[words]", who=Role.RESPONDER, how=How.READ),
    Command("/incident resolve", Service, run, "It is over", "<what>", who=Role.RESPONDER),
    Command("/incident list", Service, run, "List", who=Role.VIEWER, how=How.READ),
    Command("/incident here", Service, run, "Here", who=Role.VIEWER, how=How.READ, guests=True),
    Command("/incident reload", Service, run, "Reload", who=Role.ADMIN),
    Button("act.v1", Service, run, who=Role.RESPONDER),
    Button("join.v1", Service, run, who=Role.VIEWER),
    Button("open.v1", Service, run, who=Role.RESPONDER, how=How.OPEN),
    Button("load.v1", Service, run, who=Role.VIEWER, how=How.LOAD),
    Menu(
        "menu.v1",
        {"why": Entry(Service, run, who=Role.VIEWER, how=How.READ), "page": Entry(Service, run, who=Role.OPERATOR)},
    ),
    Form("form.v1", Service, run, who=Role.RESPONDER),
    Form("memory.v1", Service, run, who=Role.RESPONDER, how=How.OPEN),
    Shortcut("shortcut.v1", "Declare", Service, run, "Declares", who=Role.RESPONDER),
    Options("search.v1", Service, find),
)


@pytest.fixture
def door() -> Door:
    service, desk, staff, requests = Service(), Desk(), Staff(), Requests()
    parts: dict[str, Any] = {"people": staff}  # a fake of the methods that are used
    router = Router(
        table=TABLE,
        services={Service: service},
        desk=desk,
        requests=requests,
        clock=lambda: AT,
        team=TEAM,
        app=APP,
        prefix="dw-",
        **parts,
    )
    return Door(router=router, service=service, desk=desk, staff=staff, requests=requests)


async def test_an_act_is_committed_then_acked_then_answered(door: Door) -> None:
    door.service.answers = [(Post("card:1"), Reply(Message("done")))]
    await door.types("resolve rolled back")
    assert door.desk.order == ["committed", "ack", "reply"]
    assert door.desk.said("committed") == 1.5
    assert door.service.asked[0].text == "rolled back"


async def test_a_read_is_acked_first(door: Door) -> None:
    door.service.answers = [(Reply(Message("list")),)]
    await door.types("list")
    assert door.desk.order == ["ack", "reply"]


async def test_a_modal_opens_right_after_the_ack(door: Door) -> None:
    door.service.answers = [(Open(VIEW),)]
    await door.presses("open.v1")
    assert door.desk.order == ["ack", "open"]


async def test_what_must_be_read_first_shows_a_loading_view(door: Door) -> None:
    door.service.answers = [(Next(VIEW),)]
    await door.presses("load.v1")
    assert door.desk.order == ["ack", "loading", "next"]
    assert door.service.asked[0].view_id == "V1"


async def test_a_loading_view_never_stays_open_over_nothing(door: Door) -> None:
    door.service.answers = [(Reply(Message("I do not know that incident")),), KeyError("ours")]
    await door.presses("load.v1")
    await door.presses("load.v1")
    assert door.desk.order == ["ack", "loading", "next"] * 2


async def test_a_trigger_that_is_too_old_asks_nothing_of_the_store(door: Door) -> None:
    door.desk.late = True
    await door.presses("load.v1")
    assert (door.desk.order, door.service.asked) == (["ack", "loading"], [])


async def test_a_double_click_is_two_asks_and_a_redelivery_is_one(door: Door) -> None:
    await door.presses("act.v1", trigger="1.1.a")
    await door.presses("act.v1", trigger="1.2.b")
    await door.presses("act.v1", trigger="1.2.b")
    assert len(door.service.asked) == 2
    assert door.desk.order.count("ack") == 3


async def test_not_taken_is_said_and_nothing_was_done(door: Door) -> None:
    door.desk.busy = True
    await door.types("resolve x")
    assert door.desk.order == ["ack", "reply"]
    assert "Nothing was changed" in door.desk.said("reply")
    door.desk.happened.clear()
    await door.submits()
    assert door.desk.order == ["ack"]
    assert door.desk.said("ack")["response_action"] == "update"
    assert "Not taken" in str(door.desk.said("ack")["view"])


async def test_our_own_mistake_has_a_reference_and_no_details(door: Door) -> None:
    door.service.answers = [KeyError("the secret title")] * 2
    await door.types("resolve x")
    assert "Something broke on our side (ref " in door.desk.said("reply")
    assert "secret" not in str(door.desk.happened)
    await door.submits()
    assert "Something broke" in str(door.desk.happened[-1])


@pytest.mark.parametrize("words", ["resolve x", "list"], ids=["act", "read"])
async def test_after_our_own_mistake_a_fresh_press_does_the_same_again(door: Door, words: str) -> None:
    door.service.answers = [KeyError("ours"), (Reply(Message("done")),)]
    await door.types(words)
    assert door.desk.offered is not None
    action, value = door.desk.offered
    assert action == notes.RETRY
    await door.presses(action, value, trigger="9.9.z")
    first, second = door.service.asked
    assert (first.text, first.origin, first.channel) == (second.text, second.origin, second.channel)
    assert door.desk.happened[-1] == ("reply", "done")


async def test_a_form_that_broke_may_be_sent_again_as_it_was(door: Door) -> None:
    door.service.answers = [KeyError("ours"), ()]
    typed_in = {"fixed": {"v": {"type": "plain_text_input", "value": "rolled back"}}}
    await door.router.form(door.desk.ack, submission("form.v1", typed_in, '{"incident":"INC-1"}', BOB.id))
    (offer,) = [block for block in door.desk.said("ack")["view"]["blocks"] if block["type"] == "actions"]
    await door.presses(notes.RETRY, offer["elements"][0]["value"], trigger="9.9.z")
    assert [one.value("fixed") for one in door.service.asked] == ["rolled back"] * 2


async def test_a_read_that_takes_too_long_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "READ_LIMIT", 0.02)
    door.service.slow = 1.0
    await door.types("list")
    assert "took too long" in door.desk.said("reply")


async def test_who_may_not_hears_who_may_and_nothing_happens(door: Door) -> None:
    await door.types("resolve x", user=SAM.id)
    needs = "🔒 /dw-incident resolve needs the role responder; you are viewer. People with it: Ann, Bob, Kim."
    assert door.desk.said("reply") == needs
    assert door.service.asked == []
    door.desk.happened.clear()
    await door.submits(user=SAM.id)
    assert door.desk.said("ack")["response_action"] == "update"
    assert "needs the role responder" in str(door.desk.said("ack"))


async def test_a_guest_reads_what_stands_where_they_are_and_does_nothing_else(door: Door) -> None:
    """What is typed tells of other channels and lists people, unless its row says that it does not."""
    await door.types("here", user=GIL.id)
    assert len(door.service.asked) == 1
    for doing in (
        door.types("list", user=GIL.id),
        door.types("resolve x", user=GIL.id),
        door.presses("act.v1", user=GIL.id),
        door.submits(user=GIL.id),
    ):
        await doing
    assert len(door.service.asked) == 1
    assert "Guests can read here" in str(door.desk.happened)


async def test_a_guest_is_told_whom_to_ask_and_no_list_of_people(door: Door) -> None:
    await door.presses("join.v1", user=GIL.id)
    assert door.desk.said("reply") == "🔒 Guests can read here. Ask whoever invited you."
    door.desk.happened.clear()
    door.router.lead = lambda ask: "Ann" if ask.key == "INC-1" else None
    await door.presses("join.v1", user=GIL.id)
    assert door.desk.said("reply") == "🔒 Guests can read here. Ask Ann (lead)."
    assert door.service.asked == []
    await door.presses("join.v1", user=SAM.id)
    assert len(door.service.asked) == 1


async def test_whoever_leads_may_do_what_a_responder_may_and_no_more(door: Door) -> None:
    door.router.leads = lambda person, ask: ask.key == "INC-1" or ask.private.get("incident") == "INC-1"
    await door.presses("act.v1", "INC-1", SAM.id)
    await door.submits(user=SAM.id, memory='{"incident":"INC-1"}')
    assert len(door.service.asked) == 2
    await door.presses("act.v1", "INC-2", SAM.id)
    await door.submits(user=SAM.id, memory='{"incident":"INC-2"}')
    await door.types("reload", user=SAM.id)
    await door.router.action(door.desk.ack, picked("menu.v1", "page:INC-1", SAM.id))
    await door.presses("act.v1", "INC-1", GIL.id)
    assert len(door.service.asked) == 2


async def test_each_entry_of_a_menu_has_its_own_right(door: Door) -> None:
    await door.router.action(door.desk.ack, picked("menu.v1", "why:alert:5", SAM.id))
    assert door.service.asked[0].key == "alert:5"
    await door.router.action(door.desk.ack, picked("menu.v1", "page:alert:5", BOB.id))
    assert len(door.service.asked) == 1
    assert "needs the role operator" in str(door.desk.happened[-1])


async def test_what_no_row_knows_is_an_older_version(door: Door) -> None:
    await door.presses("gone.v0")
    await door.router.action(door.desk.ack, picked("menu.v1", "vanished:alert:5"))
    assert [said for what, said in door.desk.happened if what == "reply"] == [notes.old_button().text] * 2
    door.desk.happened.clear()
    await door.submits("gone.v0")
    assert "older version" in str(door.desk.said("ack")["view"])


async def test_a_link_button_is_acked_and_no_more(door: Door) -> None:
    body = press("link.v1", "x")
    body["actions"][0]["url"] = "https://example.com"
    await door.router.action(door.desk.ack, body)
    assert door.desk.order == ["ack"]


async def test_a_link_button_is_known_by_the_message_it_stands_in(door: Door) -> None:
    """Slack's payload need not bring the address."""
    link = {"type": "button", "action_id": "link.v1", "url": "https://example.com", "value": "x"}
    await door.router.action(
        door.desk.ack, press("link.v1", "x", blocks=[{"type": "actions", "block_id": "b", "elements": [link]}])
    )
    section_ = {"type": "section", "block_id": "b", "accessory": link}
    await door.router.action(door.desk.ack, press("link.v1", "x", trigger="2.2.b", blocks=[section_]))
    assert door.desk.order == ["ack", "ack"]


async def test_errors_stand_under_their_fields_and_the_next_view_rides_in_the_ack(door: Door) -> None:
    door.service.answers = [(Wrong({"title": "Say what"}),), (Post("x"), Next(VIEW)), (Next(VIEW, push=True),), ()]
    for _ in range(4):
        door.desk.seen.clear()
        await door.submits()
    acks = [said for what, said in door.desk.happened if what == "ack"]
    assert acks[0] == {"response_action": "errors", "errors": {"title": "Say what"}}
    assert [one.get("response_action") for one in acks[1:]] == ["update", "push", None]
    assert acks[1]["view"]["callback_id"] == "form.v1"


async def test_a_form_with_nowhere_to_answer_answers_in_itself(door: Door) -> None:
    door.service.answers = [(Reply(Message("I do not know that incident")),)]
    await door.submits("memory.v1")
    assert "I do not know that incident" in str(door.desk.said("ack")["view"])
    assert door.desk.order == ["ack"]
    door.service.answers = [(Reply(Message("Done here")),)]
    door.desk.happened.clear()
    await door.submits("memory.v1", memory='{"channel":"C1"}')
    assert door.desk.order == ["ack", "reply"]
    assert door.desk.said("ack") == {}


async def test_somebody_unknown_is_looked_up_after_the_ack(door: Door) -> None:
    await door.types("resolve x", user="U0NEW")
    assert door.desk.order[0] == "ack"
    assert (door.service.asked[0].person.name, door.staff.looked) == ("Nia", 1)


async def test_somebody_who_cannot_be_looked_up_in_time_is_a_viewer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.staff.slow = 30.0
    began = asyncio.get_running_loop().time()
    await door.submits(user="U0NEW")
    assert asyncio.get_running_loop().time() - began < 2.0
    assert door.service.asked == []
    assert "needs the role responder" in str(door.desk.said("ack"))


async def asked_of_others(door: Door) -> str:
    """What *Do it* carries, once *Ask them* was pressed on the last note."""
    assert door.desk.offered is not None
    action, value = door.desk.offered
    assert action == notes.ASK_THEM
    door.desk.happened.clear()
    return numbered(7, value)


async def test_what_was_refused_is_done_once_by_the_first_of_those_who_may(door: Door) -> None:
    await door.types("resolve rolled back", user=SAM.id)
    value = await asked_of_others(door)
    await door.presses(notes.DO_IT, value, SAM.id, "2.1.a")
    assert "needs the role responder" in door.desk.said("reply")
    assert (door.service.asked, door.desk.offered) == ([], None)
    for user, trigger in ((BOB.id, "2.2.b"), (KIM.id, "2.3.c")):
        await door.presses(notes.DO_IT, value, user, trigger)
    (asked,) = door.service.asked
    assert (asked.person, asked.text, asked.origin) == (BOB, "rolled back", "/incident resolve")
    assert (asked.channel, asked.trigger_id) == ("C0OPS", "2.2.b")
    assert door.requests.taken == {7: ("Bob", True)}
    assert door.desk.happened[-1] == ("reply", "Bob did it.")


async def test_a_refused_press_is_done_with_all_that_it_carried(door: Door) -> None:
    await door.router.action(door.desk.ack, picked("menu.v1", "page:alert:5", BOB.id))
    await door.presses(notes.DO_IT, await asked_of_others(door), KIM.id)
    assert (door.service.asked[0].key, door.service.asked[0].message_ts) == ("alert:5", "1.1")


async def test_a_refused_form_is_done_with_what_was_typed(door: Door) -> None:
    typed_in = {"fixed": {"v": {"type": "plain_text_input", "value": "rolled back"}}}
    await door.router.form(door.desk.ack, submission("form.v1", typed_in, '{"incident":"INC-1"}', SAM.id))
    (offer,) = [block for block in door.desk.said("ack")["view"]["blocks"] if block["type"] == "actions"]
    value = offer["elements"][0]["value"]
    door.service.answers = [(Wrong({"fixed": "Use a date after today."}),)]
    await door.presses(notes.DO_IT, numbered(8, value), BOB.id)
    (asked,) = door.service.asked
    assert (asked.value("fixed"), asked.private["incident"]) == ("rolled back", "INC-1")
    assert door.desk.happened[-1] == ("reply", "Not done: Use a date after today.")


async def test_a_form_that_is_asked_for_opens_for_the_first_who_may(door: Door) -> None:
    await door.presses("open.v1", "INC-1", SAM.id)
    value = await asked_of_others(door)
    door.service.answers = [(Open(VIEW),)] * 2
    await door.presses(notes.DO_IT, value, BOB.id, "3.1.a")
    assert door.desk.order == ["committed", "ack", "open"]
    await door.presses(notes.DO_IT, value, KIM.id, "3.2.b")
    assert (len(door.service.asked), door.requests.taken) == (1, {7: ("Bob", False)})


async def test_who_may_not_finds_out_inside_and_may_ask_as_well(door: Door) -> None:
    door.service.answers = [NeedsRole(Role.OPERATOR, "Declaring")]
    await door.types("it is down", user=BOB.id)
    assert "🔒 Declaring needs the role operator; you are responder." in door.desk.said("reply")
    await door.presses(notes.DO_IT, await asked_of_others(door), KIM.id)
    assert [one.person.name for one in door.service.asked] == ["Bob", "Kim"]


async def test_guests_get_no_button_and_neither_does_what_is_too_long_for_one(door: Door) -> None:
    await door.presses("act.v1", user=GIL.id)
    assert door.desk.offered is None
    await door.types(f"resolve {'x' * 1990}", user=SAM.id)
    assert "needs the role responder" in door.desk.happened[-1][1]
    assert door.desk.offered is None


@pytest.mark.parametrize("value", ["", "7", "7|", "7|{}", "x|{}", '7|{"kind":"sent"}', "null", "[]"])
async def test_a_value_of_another_shape_is_an_old_button(door: Door, value: str) -> None:
    for action in (notes.DO_IT, notes.RETRY):
        door.desk.happened.clear()
        await door.presses(action, value)
        assert door.desk.said("reply") == notes.old_button().text


async def test_near_misses_are_asked_back_with_a_button_that_does_it(door: Door) -> None:
    await door.types("resolv", "/dw-incident")
    assert door.service.asked == []
    assert door.desk.said("reply") == "Did you mean /dw-incident resolve?"
    door.service.answers = [(Reply(Message("done")),)]
    await door.presses(notes.AGAIN, "/incident resolve")
    assert (len(door.service.asked), door.service.asked[0].channel) == (1, "C0OPS")


async def test_a_repeated_command_is_checked_against_who_presses_it(door: Door) -> None:
    await door.presses(notes.AGAIN, "/incident reload", BOB.id)
    assert door.service.asked == []
    assert "needs the role admin" in door.desk.said("reply")


async def test_and_more_opens_all_of_a_command(door: Door) -> None:
    await door.types("help", "/dw-incident", SAM.id)
    assert door.desk.offered == (notes.ALL_HELP, "/incident")
    await door.presses(*door.desk.offered, SAM.id)
    assert door.desk.happened[-1] == ("open", "/dw-incident")


async def test_help_tells_what_you_may_do_as_this_workspace_types_it(door: Door) -> None:
    await door.types("help", "/dw-incident", SAM.id)
    assert door.desk.said("reply") == "Help for /dw-incident"
    assert door.service.asked == []


async def test_suggestions_are_at_most_a_hundred(door: Door) -> None:
    await door.router.options(door.desk.ack, {"action_id": "search.v1", "value": "che"})
    options = door.desk.said("ack")["options"]
    assert (len(options), options[0]["value"], options[0]["text"]["text"]) == (100, "s0", "che 0")
    door.desk.happened.clear()
    await door.router.options(door.desk.ack, {"action_id": "nobody.v1", "value": "che"})
    assert door.desk.said("ack") == {"options": []}


async def test_a_shortcut_opens_its_form(door: Door) -> None:
    door.service.answers = [(Open(VIEW),)]
    body = {"type": "message_action", "callback_id": "shortcut.v1", "trigger_id": "t", "user": {"id": BOB.id}}
    await door.router.shortcut(door.desk.ack, body | {"message": {"text": "It is down", "ts": "1.1"}})
    assert (door.desk.order, door.service.asked[0].words) == (["ack", "open"], "It is down")
    await door.router.shortcut(door.desk.ack, body | {"callback_id": "gone.v0"})
    assert door.desk.order == ["ack", "open", "ack"]


@pytest.mark.parametrize(
    ("body", "ours"),
    [
        (typed("/incident", ""), True),
        (press("a", "b"), True),
        (typed("/incident", "") | {"team_id": "T0OTHER"}, False),
        (typed("/incident", "") | {"api_app_id": "A0OTHER"}, False),
        (press("a", "b") | {"team": {"id": "T0OTHER"}}, False),
        ({"type": "event_callback", "team_id": TEAM, "api_app_id": APP}, True),
    ],
)
async def test_another_workspace_and_another_app_are_not_ours(door: Door, body: dict[str, Any], *, ours: bool) -> None:
    assert door.router.ours(body) is ours


async def test_what_is_going_on_is_waited_for_at_the_end(door: Door) -> None:
    door.service.slow = 0.1
    reading = asyncio.create_task(door.types("list"))
    await asyncio.sleep(0.02)
    await door.router.settle()
    assert reading.done()
    await reading
