"""A whole bot process for crash tests: it runs one flow, can be killed in any step, and leaves its traces in files."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import uvloop
from pydantic import SecretStr

from bot.domain.errors import Unavailable
from bot.durable.database import PostgresUrl, SqliteFile
from bot.durable.engine import Engine
from bot.durable.flow import Flow
from bot.durable.patience import Patience
from bot.durable.run import Run
from bot.durable.takeover import Pace
from tests.durable.desk import RememberingDesk

QUICK = Patience(awaited=(0.05, 0.1), round=(0.05, 0.1, 0.1), person=5.0, desk=(0.01,))
PACE = Pace(beat_every=0.2, look_every=0.3, dead_after=1.2)

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.durable.replica"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`database` is a file or an address; `kill_at` is `<effect>:before` or `<effect>:after`."""

    database: str
    folder: Path
    flow: str = "opening"
    once: tuple[str, ...] = ("incident:142:open",)
    callers: int = 1
    """How many ask for each flow at the same time."""
    kill_at: str = ""
    stays: bool = False
    """Lives on when its flows have ended, until the file `enough` is there."""
    pace: Pace = field(default=PACE)

    def begun(self) -> ForkServerProcess:
        process = _processes.Process(target=live, args=(self,), daemon=True)
        process.start()
        return process

    def lived(self, seconds: float = 30) -> bool:
        """Live it to its end; whether that was a good one."""
        before = len(self.lines("left"))
        self.over(self.begun(), seconds)
        return len(self.lines("left")) > before

    def over(self, process: ForkServerProcess, seconds: float = 15) -> None:
        # How it ended is told by its traces: under load the fork server now and then loses an exit code.
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"still running after {seconds} s; {self.traces()}")

    def killed_at(self, moment: str) -> None:
        assert not replace(self, kill_at=moment).lived(), f"was to be killed at {moment}; {self.traces()}"
        assert self.lines("killed")[-1:] == [moment], self.traces()

    def lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    def traces(self) -> dict[str, list[str]]:
        return {name: self.lines(name) for name in ("called", "applied", "ended", "killed", "left")}

    def reached(self, name: str, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not (self.folder / name).exists():
            assert time.monotonic() < until, f"{name} was not reached; {self.traces()}"
            time.sleep(0.02)

    def mark(self, name: str) -> None:
        (self.folder / name).touch()

    def unmark(self, name: str) -> None:
        (self.folder / name).unlink()


class Effects:
    """The world outside, in files. Every effect looks before it is applied; all calls and applications are counted."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    async def do(self, what: str) -> str:
        self._write("called", what)
        self._die_at(f"{what}:before")
        await self._hold(what)
        trouble = self._plan.folder / f"trouble-{what}"
        if trouble.exists():
            trouble.unlink()
            raise Unavailable(f"{what} is down")
        if what not in self._plan.lines("applied"):
            self._write("applied", what)
        self._die_at(f"{what}:after")
        return f"{what} done"

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        await doing()

    def ended(self, what: str) -> None:
        self._write("ended", what)

    async def _hold(self, what: str) -> None:
        if (self._plan.folder / f"hold-{what}").exists():
            self._plan.mark(f"held-{what}")
            while (self._plan.folder / f"hold-{what}").exists():  # noqa: ASYNC110  # another process removes the file
                await asyncio.sleep(0.02)

    def _die_at(self, moment: str) -> None:
        if moment == self._plan.kill_at:
            self._write("killed", moment)
            os.kill(os.getpid(), signal.SIGKILL)

    def _write(self, name: str, line: str) -> None:
        with (self._plan.folder / name).open("a") as file:
            file.write(f"{line}\n")


async def opening(run: Run, effects: Effects) -> None:
    await run.step("create", effects.do, "create")
    await run.together(
        run.step("card", effects.do, "card"),
        run.step("invite", effects.do, "invite"),
        run.step("topic", effects.do, "topic"),
    )
    await run.record("opened", effects.do, "opened")
    await run.wait("approval", 0.05)
    await run.sleep(0.02)
    await run.step("pin", effects.do, "pin")


async def appended(run: Run, effects: Effects) -> None:
    await opening(run, effects)
    await run.step("bookmark", effects.do, "bookmark")


async def inserted(run: Run, effects: Effects) -> None:
    await run.step("greet", effects.do, "greet")
    await opening(run, effects)


async def resting(run: Run, effects: Effects) -> None:
    await run.step("create", effects.do, "create")
    await run.sleep(2)
    await run.step("pin", effects.do, "pin")


FUNCTIONS = {"resting": resting, "opening": opening, "appended": appended, "inserted": inserted}


def live(plan: Plan) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_live(plan))
    with (plan.folder / "left").open("a") as file:
        file.write("left\n")


async def _live(plan: Plan) -> None:
    effects = Effects(plan)
    engine = Engine(
        database=PostgresUrl(SecretStr(plan.database)) if "://" in plan.database else SqliteFile(Path(plan.database)),
        # The name of a released flow stays when its function changes.
        flows=[Flow(name="opening", function=FUNCTIONS[plan.flow])],
        provide={Effects: effects},
        desk=RememberingDesk(),
        recorder=effects,
        patience=QUICK,
        pace=plan.pace,
        drain_seconds=0.2,
    )
    async with engine, asyncio.timeout(30):
        await asyncio.gather(*(engine.start("opening", once, {}) for once in plan.once for _ in range(plan.callers)))
        plan.mark("begun")
        for once in plan.once:
            while (status := await engine.status(once)) is None or status.state.alive:  # noqa: ASYNC110  # no event tells
                await asyncio.sleep(0.03)
            effects.ended(f"{once} {status.state} {status.error or ''}".strip())
        while plan.stays and not (plan.folder / "enough").exists():  # noqa: ASYNC110  # a file has no event
            await asyncio.sleep(0.03)
