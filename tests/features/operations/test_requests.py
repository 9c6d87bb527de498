"""Who may not do something asks those who may: one request where it was tried, done by the first of them."""

from dataclasses import replace

import pytest

from bot.acts import Next, Post, Reply
from bot.domain.person import Person, Role
from bot.features.operations import requests
from bot.features.operations.requests import Requests
from bot.slack import notes
from bot.slack.drawn import Drawn
from bot.slack.fit import fit
from bot.slack.flatten import words_of
from bot.slack.habits import habits
from bot.slack.kept import Kind, keep
from bot.slack.limits import problems
from bot.store.audit import Audit
from bot.store.incidents import IncidentRows
from bot.store.requests import RequestRows
from tests.fakes.names import ANN, BOB, KIM
from tests.features.operations.conftest import NOW, Place, Roster, asks
from tests.slack.hostile import TEXTS

SAM = Person(id="U0SAM0001", name="Sam", role=Role.VIEWER)


@pytest.fixture
def service(place: Place) -> Requests:
    return Requests(
        rows=RequestRows(place.store),
        incidents=IncidentRows(place.store),
        roster=Roster((ANN, BOB, KIM, SAM)),
        audit=Audit(place.store),
        plan=lambda: place.plan,
        clock=lambda: NOW,
    )


def kept(
    kind: Kind = Kind.TYPED, label: str = "/incident resolve", needs: Role = Role.RESPONDER, **asked: object
) -> str:
    usual = {"text": "rolled back", "origin": "/incident resolve"} if kind is Kind.TYPED else {}
    value = keep(asks(SAM, **usual | asked), kind, label, needs)
    assert value is not None
    return value


async def drawn(service: Requests, number: int = 1) -> Drawn:
    found = await requests.draw(service, str(number))
    assert found is not None
    shape = fit(found.message)
    assert (problems(shape), habits(shape)) == ([], [])
    return found


def read(found: Drawn) -> str:
    return "\n".join(words_of(block) for block in fit(found.message)["blocks"])


async def test_one_request_stands_where_it_was_tried_and_mentions_those_who_may(service: Requests) -> None:
    pressed = asks(SAM, key=kept())
    reply, post = await requests.ask_them(service, pressed)
    assert isinstance(reply, Reply)
    assert (reply.message.text, reply.replace, post) == ("Asked Ann, Bob, Kim.", True, Post("request:1"))
    found = await drawn(service)
    assert (found.channel, found.thread_ts) == ("C0OPS", None)
    assert "Sam asks: /incident resolve rolled back" in read(found)
    blocks = str(fit(found.message)["blocks"])
    for one in (ANN, BOB, KIM):
        assert f"'user_id': '{one.id}'" in blocks
    assert "Do it" in blocks
    (again,) = await requests.ask_them(service, replace(pressed, once="slack:2"))
    assert isinstance(again, Reply)
    assert "asked already" in again.message.text


async def test_it_stands_in_the_thread_of_the_message_whose_button_was_pressed(service: Requests) -> None:
    on_card = kept(Kind.PRESSED, "Acknowledge", key="INC-1", message_ts="12.5", on_message=True)
    await requests.ask_them(service, asks(SAM, key=on_card))
    found = await drawn(service)
    assert (found.channel, found.thread_ts) == ("C0OPS", "12.5")
    assert "Sam asks: Acknowledge" in read(found)


@pytest.mark.parametrize("channel", ["", "D0SAM"], ids=["home or modal", "direct message"])
async def test_where_nobody_would_see_it_the_teams_channel_gets_it(service: Requests, channel: str) -> None:
    await requests.ask_them(service, asks(SAM, key=kept(channel=channel), channel=channel))
    assert (await drawn(service)).channel == service.plan().teams[0].channel


async def test_in_a_modal_the_answer_stands_in_the_modal(service: Requests) -> None:
    answer, _ = await requests.ask_them(service, asks(SAM, key=kept(), view_id="V1"))
    assert isinstance(answer, Next)


async def test_nobody_to_ask_is_said(service: Requests) -> None:
    (reply,) = await requests.ask_them(replace_roster(service), asks(SAM, key=kept(needs=Role.ADMIN)))
    assert isinstance(reply, Reply)
    assert "Nobody has the role admin" in reply.message.text


def replace_roster(service: Requests) -> Requests:
    class Nobody(Roster):
        def having(self, role: Role) -> list[Person]:
            return []

    return replace(service, roster=Nobody())


async def test_the_first_has_it_and_the_message_says_who(service: Requests) -> None:
    await requests.ask_them(service, asks(SAM, key=kept()))
    assert await service.take(1, asks(BOB), done=True) == (True, (Post("request:1"),))
    first, acts = await service.take(1, asks(KIM), done=True)
    assert not first
    assert isinstance(acts[0], Reply)
    assert acts[0].message.text == "Bob did it at 08:00 UTC."
    found = await drawn(service)
    assert "Bob did it" in read(found)
    assert "Do it" not in str(fit(found.message))
    rows = await service.audit.of("request:1")
    assert [(row["who"], row["what"]) for row in rows] == [(SAM.id, "request.asked"), (BOB.id, "request.done")]


async def test_a_request_that_is_gone_is_an_old_button(service: Requests) -> None:
    first, (reply,) = await service.take(99, asks(BOB), done=True)
    assert not first
    assert isinstance(reply, Reply)
    assert reply.message.text == notes.old_button().text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_whatever_was_asked_is_shown_as_text(service: Requests, text: str) -> None:
    value = keep(asks(SAM, text=text[:400]), Kind.TYPED, "/incident resolve", Role.RESPONDER)
    if value is None:
        pytest.skip("too long for a button, so nobody can ask for it")
    await requests.ask_them(service, asks(SAM, key=value))
    await drawn(service)
    await service.take(1, asks(BOB), done=False)
    assert "took it over" in read(await drawn(service))
