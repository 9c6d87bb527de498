"""A flow's function gets its services by their types, and what does not fit is said at the start."""

import subprocess
import sys
from typing import Protocol

import pytest

from bot.durable.flow import BoundFlow, Flow, FlowMisfit, bound
from bot.durable.plain import Json
from bot.durable.run import Run
from tests.fakes.run import PlainRun


class Chat(Protocol):
    async def say(self, text: str) -> str: ...


class Pager(Protocol):
    async def page(self) -> None: ...


class Room:
    async def say(self, text: str) -> str:
        return f"said {text}"


seen: list[object] = []


async def greet(run: Run, chat: Chat, pager: Pager | None, name: str, tags: list[str], extra: Json = None) -> None:
    seen.append((pager, await run.step("say", chat.say, f"hello {name}"), tags, extra))


async def test_services_come_by_type_and_plain_arguments_by_name() -> None:
    flow = BoundFlow(Flow(name="greet", function=greet), {Chat: Room()})
    await flow(PlainRun(), flow.check({"name": "Ann", "tags": ["a"]}))
    assert seen.pop() == (None, "said hello Ann", ["a"], None)


async def test_a_capability_that_may_be_missing_is_given_when_it_is_there() -> None:
    pager = object()
    flow = BoundFlow(Flow(name="greet", function=greet), {Chat: Room(), Pager: pager})
    await flow(PlainRun(), {"name": "Ann", "tags": []})
    assert seen.pop() == (pager, "said hello Ann", [], None)


def test_a_service_that_nobody_provides_stops_the_start() -> None:
    with pytest.raises(FlowMisfit, match=r"flow 'greet' wants `chat: Chat`, which is neither provided nor plain JSON"):
        BoundFlow(Flow(name="greet", function=greet), {})


def test_two_flows_of_one_name_stop_the_start() -> None:
    with pytest.raises(FlowMisfit, match="two flows are called 'greet'"):
        bound([Flow(name="greet", function=greet)] * 2, {Chat: Room()})


def test_the_table_of_flows_can_be_read_without_the_engine() -> None:
    script = (
        "import sys, bot.durable.run, bot.durable.flow; print([m for m in sys.modules if m in ('dbos', 'sqlalchemy')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_function_without_a_run_stops_the_start() -> None:
    async def lost(name: str) -> None: ...

    with pytest.raises(FlowMisfit, match="first parameter must be `run: Run`"):
        BoundFlow(Flow(name="lost", function=lost), {})


@pytest.mark.parametrize("given", [{"name": "Ann"}, {"name": "Ann", "tags": [], "colour": "red"}])
def test_missing_or_unknown_arguments_are_refused_at_the_start_of_a_flow(given: dict[str, Json]) -> None:
    flow = BoundFlow(Flow(name="greet", function=greet), {Chat: Room()})
    with pytest.raises(TypeError, match="flow 'greet': missing"):
        flow.check(given)
