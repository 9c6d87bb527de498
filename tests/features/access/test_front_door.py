"""The review through Slack's door: the payloads that people's presses make, matched with the bot's own table."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.acts import Act, Acts, Ask, Next, Open, Post, Reply
from bot.commands import COMMANDS
from bot.features.access import views
from bot.features.access.service import Reviews
from bot.slack.fit import fit_view
from bot.slack.flatten import words_of
from bot.slack.message import View
from bot.slack.router import Router
from tests.fakes.names import ANN, BOB, KIM
from tests.features.access.conftest import Place
from tests.slack.payloads import AT, TEAM, press, submission, typed
from tests.slack.test_router import Requests, Staff


@dataclass(slots=True)
class Screen:
    """What stands in front of the person: a modal, or words that only they see."""

    place: Place
    view: View | None = None
    said: str = ""
    posted: list[str] = field(default_factory=list)
    acked: list[dict[str, Any]] = field(default_factory=list)

    async def take(self, once: str, doing: Callable[[], Awaitable[Acts]], limit: float) -> Acts:
        async with self.place.store.transaction():
            acts = await doing()
        self.posted += [act.key for act in acts if isinstance(act, Post)]
        return acts

    async def answer(self, ask: Ask, act: Act) -> None:
        if isinstance(act, Next | Open):
            self.view = act.view
        elif isinstance(act, Reply):
            self.said = act.message.text

    async def loading(self, ask: Ask, title: str) -> str:
        return "V1"

    async def ack(self, **answer: Any) -> None:
        self.acked.append(answer)


@dataclass(slots=True, kw_only=True)
class Door:
    router: Router
    screen: Screen
    count: int = 0

    def shape(self) -> dict[str, Any]:
        """The modal as Slack has it: what the last press showed, or what a form's ack carried."""
        carried = [one["view"] for one in self.screen.acked if "view" in one]
        if carried:
            shape: dict[str, Any] = carried[-1]
            return shape
        assert self.screen.view is not None
        return dict(fit_view(self.screen.view))

    def words(self) -> str:
        return "\n".join(words_of(block) for block in self.shape()["blocks"])

    def value_of(self, action: str, label: str = "") -> str:
        found = [
            one["value"]
            for block in self.shape()["blocks"]
            if block["type"] == "actions"
            for one in block["elements"]
            if one["action_id"] == action and label in one.get("accessibility_label", "")
        ]
        return str(found[0])

    async def types(self, text: str, user: str = KIM.id) -> None:
        self._fresh()
        await self.router.command(self.screen.ack, typed("/daywatch", text, user, self._once()))

    async def presses(self, action: str, value: str, user: str = KIM.id) -> None:
        body = press(action, value, user, self._once())
        if self.screen.view is not None:
            shape = self.shape()
            for name in ("channel", "message", "response_url"):
                body.pop(name)
            body |= {"container": {"type": "view", "view_id": "V1"}, "view": {"id": "V1", **shape}}
        self._fresh()
        await self.router.action(self.screen.ack, body)

    async def sends(self, user: str = KIM.id, **values: Any) -> None:
        shape = self.shape()
        body = submission(shape["callback_id"], values, shape["private_metadata"], user)
        body["trigger_id"] = self._once()
        self._fresh()
        await self.router.form(self.screen.ack, body)

    def _fresh(self) -> None:
        self.screen.acked.clear()

    def _once(self) -> str:
        self.count += 1
        return f"1.2.{self.count}"


@pytest.fixture
def door(place: Place) -> Door:
    screen = Screen(place)
    router = Router(
        table=COMMANDS,
        services={Reviews: place.reviews},
        people=Staff(),  # type: ignore[arg-type]  # people from memory
        desk=screen,
        clock=lambda: AT,
        team=TEAM,
        app="",
        requests=Requests(),
    )
    return Door(router=router, screen=screen)


async def test_from_the_message_to_the_signature(place: Place, door: Door) -> None:
    await place.collect()
    await door.presses(views.REVIEW, "2026-11")
    assert "5 entries · 5 to decide upon" in door.words()
    await door.presses(views.KEEP, door.value_of(views.KEEP, "ana"))
    assert "kept by Kim" in door.words()
    await door.presses(views.REMOVE, door.value_of(views.REMOVE, "guest-7"))
    await door.sends(
        owner={"v": {"type": "users_select", "selected_user": BOB.id}},
        ticket={"v": {"type": "url_text_input", "value": "https://jira.example.com/browse/OPS-1"}},
    )
    assert "to be taken away, says Kim, Bob does it" in door.words()
    await door.presses(views.UNDO, door.value_of(views.UNDO, "ana"))
    await door.presses(views.KEEP_PAGE, door.value_of(views.KEEP_PAGE))
    assert "1 entry is yours" in door.words()
    assert "submit" not in door.shape()
    await door.types("access", ANN.id)
    await door.presses(views.KEEP, door.value_of(views.KEEP, "Kim"), ANN.id)
    assert door.shape()["submit"]["text"] == "Sign off"
    await door.sends(ANN.id)
    assert "Signed off: 4 kept, 1 to be taken away." in door.words()
    assert set(door.screen.posted) == {"access.review:2026-11"}
    (signature,) = [one for one in await place.audit("access:2026-11") if one[1] == "access.signed"]
    assert signature == (ANN.id, "access.signed", "4 kept, 1 to remove")


async def test_whoever_may_not_decide_sees_no_names(place: Place, door: Door) -> None:
    await place.collect()
    for ask in (door.types("access", BOB.id), door.presses(views.REVIEW, "2026-11", BOB.id)):
        await ask
        assert "needs the role operator" in door.screen.said
        assert door.screen.view is None
    number = await place.entry("ben")
    for action, value in ((views.KEEP, f"{number}:0"), (views.KEEP_PAGE, "0"), (views.UNDO, f"{number}:0")):
        await door.presses(action, value, BOB.id)
    form = views.SIGN_FORM, json.dumps({"v": 1, "period": "2026-11"})
    await door.router.form(door.screen.ack, submission(form[0], {}, form[1], BOB.id))
    review = await place.review()
    assert (len(review.undecided), review.signed_at) == (5, None)
    assert await place.audit("access:2026-11") == []


async def test_a_forged_form_decides_about_nothing_of_its_own(place: Place, door: Door) -> None:
    await place.collect()
    mine = await place.entry("kim")
    memory = json.dumps({"v": 1, "entry": mine, "offset": 0})
    await door.router.form(door.screen.ack, submission(views.REMOVE_FORM, {}, memory, KIM.id))
    assert "This is yours" in door.words()
    for entry in ("x", -1, 10**30, None):
        memory = json.dumps({"v": 1, "entry": entry, "offset": "x"})
        body = submission(views.REMOVE_FORM, {}, memory, KIM.id) | {"trigger_id": f"9.{entry}"}
        await door.router.form(door.screen.ack, body)
        assert "not there any more" in door.words()
    assert len((await place.review()).undecided) == 5
