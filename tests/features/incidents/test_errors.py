"""The error lines of a service: from all systems that keep logs, as plain text, for those who are in the channel."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.acts import Acts, Ask, Reply
from bot.domain.capabilities import Capability, ServiceErrors
from bot.domain.error_line import ErrorLine, ErrorLines
from bot.domain.errors import Refused
from bot.domain.plan import Match, Service
from bot.features.incidents import commands, lists
from bot.features.incidents.errors import Errors, Told
from bot.slack.fit import fit
from bot.slack.limits import problems
from bot.slack.message import drawn
from tests.fakes.names import ANN
from tests.features.incidents.test_people import declared
from tests.features.incidents.world import BEGAN, PLAN, World
from tests.slack.hostile import TEXTS

FOUND = ErrorLines(lines=[ErrorLine(words="no stock for 17", count=12)], looked_at=14, whole=True)


@dataclass(slots=True)
class Logs(ServiceErrors):
    told: ErrorLines | Exception | None = None
    asked: list[tuple[str, Mapping[str, str], datetime]] = field(default_factory=list)

    @property
    def kept_in(self) -> str:
        return "Loki eu"

    async def top_errors(self, service: str, labels: Mapping[str, str], since: datetime, *, most: int) -> ErrorLines:
        self.asked.append((service, labels, since))
        if self.told is None:
            await asyncio.sleep(60)
        if isinstance(self.told, Exception):
            raise self.told
        assert self.told is not None
        return self.told


@dataclass(frozen=True, slots=True)
class Connected:
    kept: Sequence[Any]

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.kept if isinstance(one, capability)]


def errors(world: World, *logs: Logs, patience: float = 8.0) -> Errors:
    match = Match(labels={"app": "checkout"})
    plan = PLAN.model_copy(update={"services": (Service(name="checkout", match=match), Service(name="search"))})
    board, clock = world.response.board, world.clock
    return Errors(connections=Connected(logs), board=board, plan=lambda: plan, clock=clock, patience=patience)


def ask(text: str = "", channel: str = "C0OTHER") -> Ask:
    return Ask(person=ANN, at=BEGAN, once="t1", text=text, channel=channel)


def reply(acts: Acts) -> Reply:
    (one,) = acts
    assert isinstance(one, Reply)
    return one


async def test_in_an_incident_s_channel_all_see_the_errors_of_its_service(world: World) -> None:
    incident = await declared(world)
    await world.response.board.refresh()
    logs = Logs(FOUND)
    told = reply(await commands.errors(errors(world, logs), ask(channel=incident.channel or "")))
    assert told.everybody
    assert logs.asked == [("checkout", {"app": "checkout"}, world.clock() - timedelta(minutes=60))]
    seen = str(drawn(told.message.blocks))
    assert "12 × no stock for 17" in seen
    assert "last 60 minutes, in Loki eu: " in seen
    assert "14 lines." in seen


async def test_elsewhere_the_service_is_named_and_only_who_asked_sees_it(world: World) -> None:
    logs = Logs(FOUND)
    told = reply(await commands.errors(errors(world, logs), ask(" Search ")))
    assert not told.everybody
    assert logs.asked[0][:2] == ("search", {})


@pytest.mark.parametrize("text", ["", "billing' OR 1=1"])
async def test_a_service_that_is_not_known_is_asked_for(world: World, text: str) -> None:
    told = reply(await commands.errors(errors(world, Logs(FOUND)), ask(text)))
    assert told.message.text == "Of which service? /incident errors <service>. There are: checkout, search."


async def test_without_logs_it_says_where_to_look(world: World) -> None:
    told = reply(await commands.errors(errors(world), ask("checkout")))
    assert told.message.text.startswith("No system that keeps logs is connected.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Refused("Loki refused: the credential is not valid (any more)."), "the credential is not valid"),
        (ValueError("ours"), "our own mistake, see the log"),
        (None, "no answer in 0 s"),
        (ErrorLines(lines=[], looked_at=0, whole=True), "no errors."),
        (ErrorLines(lines=FOUND.lines, looked_at=1_000, whole=False), "1,000 or more lines."),
    ],
)
async def test_one_system_s_trouble_is_told_beside_the_other_s_answer(
    world: World, answer: ErrorLines | Exception | None, words: str
) -> None:
    both = errors(world, Logs(answer), Logs(FOUND), patience=0.2 if answer is None else 8.0)
    seen = str(drawn(reply(await commands.errors(both, ask("checkout"))).message.blocks))
    assert words in seen
    assert "12 × no stock for 17" in seen


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_whatever_is_in_a_line_it_stays_text_within_limits(text: str) -> None:
    lines = [ErrorLine(words=text, count=10_000_000)] * 10
    found = [Told(kept_in=text[:80], errors=ErrorLines(lines=lines, looked_at=1, whole=True))] * 5
    message = lists.errors(text[:60] or "x", [*found, Told(kept_in="x", trouble=text)], minutes=60)
    assert problems(fit(message, key="k")) == []
