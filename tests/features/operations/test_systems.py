"""What is connected: asked together, remembered for a while, told with what to do."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.acts import Next, Open, Reply
from bot.domain.plan import Permissions
from bot.features.operations import commands, views
from bot.features.operations.systems import Survey, Systems, SystemState
from bot.slack.fit import fit, fit_view
from bot.slack.flatten import words_of
from bot.slack.habits import habits
from bot.slack.limits import problems
from bot.slack.message import Message, View, whole
from tests.fakes.names import ANN, GIL
from tests.features.operations.conftest import NOW, Place, asks
from tests.slack.hostile import TEXTS

WELL = SystemState(title="Prometheus", tried=(("be reached", None), ("read rules", None)))
HALF = SystemState(title="Jira", tried=(("be reached", None), ("create tickets in OPS", "give it the right Create")))
DOWN = SystemState(title="PagerDuty", trouble="no answer in 12 s")
SILENT = SystemState(title="Datadog")
ABOUT = views.About(version="0.1.0", now=NOW, open_rights=False)


def read(shape: dict[str, object]) -> str:
    blocks = shape["blocks"]
    assert isinstance(blocks, list)
    return "\n".join(words_of(block) for block in blocks)


def test_what_is_failing_comes_first_with_what_to_do_and_what_is_off_in_one_line() -> None:
    survey = Survey(at=NOW, on=(WELL, HALF, DOWN, SILENT), off=("Argo CD", "Velero"))
    shape = fit(views.status(survey, ABOUT))
    lines = read(shape).splitlines()
    assert lines[0] == "4 on, 2 failing, 2 off"
    assert "Jira" in lines[1]
    assert "give it the right Create" in lines[1]
    assert "no answer in 12 s" in lines[2]
    assert "Off until their variables are set: Argo CD, Velero" in read(shape)
    assert (problems(shape), habits(shape)) == ([], [])


def test_nothing_connected_says_what_that_means_and_the_one_next_step() -> None:
    told = read(fit(views.status(Survey(at=NOW, off=("Argo CD",)), ABOUT)))
    assert "0 on, 1 off" in told
    assert "done by hand" in told
    assert "restart" in told


def test_while_no_permissions_are_set_it_says_so() -> None:
    about = views.About(version="0.1.0", now=NOW, open_rights=True)
    assert "every full member is responder" in read(fit(views.status(Survey(at=NOW), about)))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_vendors_words_break_the_answer_or_call_anybody(text: str) -> None:
    state = SystemState(title=text or "x", trouble=text or "y")
    many = [state] * 40
    for message in (views.status(Survey(at=NOW, on=(state,), off=(text,)), ABOUT), _full(many)):
        shape = fit(message)
        assert problems(shape) == []
        assert "<!channel>" not in str(shape.get("text"))
    assert problems(fit_view(views.status_view(Survey(at=NOW, on=many), ABOUT))) == []


def _full(many: Sequence[SystemState]) -> Message:
    return views.status(Survey(at=NOW, on=many, off=[f"System {n}" for n in range(60)]), ABOUT)


async def test_the_answer_is_remembered_for_minutes_and_asked_anew_on_demand(place: Place) -> None:
    place.states = (WELL,)
    service = place.service()
    await commands.status(service, asks())
    place.now += timedelta(minutes=4)
    await commands.status(service, asks())
    assert place.asked == 1
    place.states = (DOWN,)
    (act,) = await commands.check_all(service, asks(view_id="V1"))
    assert isinstance(act, Next)
    assert "no answer in 12 s" in read(fit_view(act.view))
    place.now += timedelta(minutes=6)
    await commands.status(service, asks())
    assert place.asked == 3


async def test_many_who_look_at_once_ask_once() -> None:
    began = 0

    async def slow() -> Sequence[SystemState]:
        nonlocal began
        began += 1
        await asyncio.sleep(0.01)
        return (WELL,)

    systems = Systems(ask=slow, off=list, clock=lambda: NOW)
    await asyncio.gather(*(systems.now() for _ in range(20)))
    assert began == 1


async def test_typed_it_answers_in_the_channel_and_pressed_it_fills_a_modal(place: Place) -> None:
    service = place.service()
    (typed,) = await commands.status(service, asks())
    (pressed,) = await commands.connected(service, asks(channel="", view_id="V1"))
    assert isinstance(typed, Reply)
    assert isinstance(pressed, Next)
    assert pressed.view.title == "Connected"


async def test_who_may_do_what_names_people_and_mentions_nobody(place: Place) -> None:
    place.plan = place.plan.model_copy(update={"permissions": Permissions(admin=(ANN.id,))})
    (act,) = await commands.rights(place.service(), asks(replace(GIL, guest=False)))
    assert isinstance(act, Open)
    shape = fit_view(act.view)
    told = read(shape)
    assert "You are *viewer*" in told
    assert "Ann" in told
    assert "/daywatch reload" in told
    assert "<@" not in str(shape)
    assert not any(block.type == "user" for block in whole(act.view.blocks))
    assert problems(shape) == []


async def test_a_guest_gets_no_list_of_people(place: Place) -> None:
    (act,) = await commands.rights(place.service(), asks(GIL))
    assert isinstance(act, Reply)
    assert act.message.text == "🔒 Guests can read here. Ask whoever invited you."


def test_rights_of_a_thousand_people_fit_into_a_modal() -> None:
    people = {ANN.role: [ANN] * 1000}
    needs = [(f"/incident verb{n}", ANN.role) for n in range(100)]
    view: View = views.rights(people, needs, ANN, given=False)
    assert problems(fit_view(view)) == []
