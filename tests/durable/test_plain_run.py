"""The run that feature tests use: direct, in order, and with failures as the engine would show them."""

import pytest

from bot.domain.errors import Refused, Unavailable
from bot.durable.run import DoneWithout, Failed, Run
from tests.fakes.run import PlainRun


class Outside:
    def __init__(self, failing: set[str]) -> None:
        self.failing = failing

    async def do(self, what: str) -> str:
        if what in self.failing:
            raise Unavailable(f"{what} is down")
        return what


async def opening(run: Run, outside: Outside) -> tuple[object, ...]:
    channel = await run.step("create", outside.do, "create")
    card, invite = await run.together(run.step("card", outside.do, "card"), run.step("invite", outside.do, "invite"))
    return channel, card, invite, await run.wait("approval", 60)


async def test_steps_run_in_order_and_a_failed_one_of_a_round_is_a_value() -> None:
    run = PlainRun(answers={"approval": {"by": "Ann"}})
    outside = Outside({"invite"})
    assert await opening(run, outside) == ("create", "card", Failed("invite", "invite is down"), {"by": "Ann"})
    assert run.steps == ["create", "card", "invite"]
    assert run.rounds == [("card", "invite")]
    outside.failing.clear()
    await run.settle()
    assert run.steps[-1] == "invite"


async def test_a_step_that_the_flow_awaits_is_done_without_when_it_fails() -> None:
    with pytest.raises(DoneWithout, match="create"):
        await opening(PlainRun(tries=2), Outside({"create"}))


async def test_a_mistake_comes_through() -> None:
    async def wrong() -> object:
        return object()

    with pytest.raises(TypeError, match="plain JSON"):
        await PlainRun().step("wrong", wrong)


async def test_what_is_recorded_adds_its_acts() -> None:
    async def filed(ticket: str) -> tuple[str, ...]:
        return (f"tell {ticket}",)

    run = PlainRun()
    await run.record("filed", filed, "OPS-1")
    assert run.acts == ["tell OPS-1"]


async def test_a_refusal_is_a_failure_like_any_other() -> None:
    async def refuse() -> None:
        raise Refused("no")

    run = PlainRun()
    assert await run.together(run.step("refuse", refuse)) == (Failed("refuse", "no"),)
    await run.settle()
    assert run.steps == ["refuse", "refuse"]
