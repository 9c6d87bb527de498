"""`/daywatch flags`: what there is, the ones to know of first, and one with its environments."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.acts import Ask, Reply
from bot.domain.capabilities import Capability, Connections, Flags
from bot.domain.errors import NotAuthorised, NotFound
from bot.domain.flag import Flag, FlagState
from bot.features.flags import commands
from bot.features.flags.service import FlagLists
from bot.slack.fit import fit
from bot.slack.habits import habits
from bot.slack.limits import problems
from tests.fakes.names import ANN
from tests.slack.hostile import TEXTS


def flag(key: str = "new-cart", *, on: bool = False, **values: Any) -> Flag:
    """Any: whatever a flag has."""
    states = (
        FlagState(environment="development", on=True, production=False),
        FlagState(environment="live", on=on, production=True, detail="half of them"),
    )
    usual: dict[str, Any] = {"source": "unleash", "project": "shop", "key": key, "title": key, "states": states}
    return Flag(**usual | values)


@dataclass(slots=True, kw_only=True)
class Keeper(Flags):
    """`trouble` is what the list raises, `missing` what a single flag does."""

    found: Sequence[Flag] = ()
    trouble: Exception | None = None
    missing: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def source(self) -> str:
        return "unleash"

    async def flags(self) -> Sequence[Flag]:
        if self.trouble is not None:
            raise self.trouble
        return self.found

    async def flag(self, project: str, key: str) -> Flag:
        self.asked.append((project, key))
        if self.missing is not None:
            raise self.missing
        return flag(key, on=True, kind="release", owner="ana@example.com", url="https://flags.example.com/x")


class Stuck(Keeper):
    async def flags(self) -> Sequence[Flag]:
        await asyncio.Event().wait()
        raise AssertionError


@dataclass(slots=True)
class Linked(Connections):
    keepers: Sequence[object]

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.keepers if isinstance(one, capability)]


async def said(text: str, *keepers: object) -> str:
    lists = FlagLists(connections=Linked(keepers), patience=0.1)
    ask = Ask(person=ANN, at=datetime(2026, 11, 23, tzinfo=UTC), once="1", text=text)
    (reply,) = await commands.flags(lists, ask)
    assert isinstance(reply, Reply)
    assert not reply.everybody
    shape = fit(reply.message)
    assert (problems(shape), habits(shape)) == ([], [])
    return json.dumps(shape, ensure_ascii=False)


USUAL = (
    flag("a-flag", on=True),
    flag("old", on=True, stale="41 days old, and everybody gets it"),
    flag("stop-payments", on=True, kill_switch=True),
    flag("b-flag"),
)


async def test_without_a_system_it_says_what_to_do() -> None:
    assert "No system that keeps feature flags is connected" in await said("")


async def test_kill_switches_come_first_then_what_could_be_taken_out() -> None:
    shown = await said("", Keeper(found=USUAL))
    assert "4 flags" in shown
    assert "3 on in production · 1 kill switch on · 1 could be taken out" in shown
    order = [shown.index(f'"{name}"') for name in ("stop-payments", "old", "a-flag", "b-flag")]
    assert order == sorted(order)


async def test_words_narrow_and_one_that_is_left_is_shown_as_it_is_now() -> None:
    keeper = Keeper(found=USUAL)
    assert "2 flags" in await said("SHOP flag", keeper)
    assert keeper.asked == []
    shown = await said("old", keeper)
    assert keeper.asked == [("shop", "old")]
    for words in ("release", "ana@example.com", "41 days old", "half of them", "https://flags.example.com/x"):
        assert words in shown
    assert shown.index("live") < shown.index("development")
    assert "None of 4 flags fits" in await said("nothing", keeper)


async def test_one_that_cannot_be_asked_for_by_itself_is_shown_as_listed() -> None:
    assert "half of them" in await said("old", Keeper(found=USUAL, missing=NotFound("gone")))


async def test_who_does_not_answer_is_named_beside_those_who_do() -> None:
    broken, refused = Keeper(trouble=RuntimeError("x")), Keeper(trouble=NotAuthorised("LaunchDarkly refused."))
    shown = await said("", Keeper(found=USUAL), broken, refused, Stuck())
    for words in ("4 flags", "our own mistake", "LaunchDarkly refused.", "unleash gave no answer in 0 s"):
        assert words in shown
    assert "No flags could be read." in await said("", refused)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_hostile_names_fit_and_stay_text(text: str) -> None:
    states = [FlagState(environment=text, on=True, production=True, detail=text) for _ in range(40)]
    bad = [
        flag(f"{text}{number}", title=text, project=text, kind=text, owner=text, stale=text, states=states, url=text)
        for number in range(30)
    ]
    await said("", Keeper(found=bad))
    await said(f"{text}7", Keeper(found=bad[7:8], missing=NotFound(text)))
