"""The engine on a file: begun once, told, cancelled, revived, forgotten, and shut so that the next start goes on."""

import asyncio
import logging
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.errors import Refused, StoreDown, Unavailable
from bot.durable.database import PostgresUrl, SqliteFile
from bot.durable.engine import Engine, EngineClosing
from bot.durable.flow import Flow, FlowMisfit
from bot.durable.patience import Patience
from bot.durable.run import Failed, Run
from bot.durable.status import FlowState
from tests.durable.desk import PlainRecorder, RememberingDesk

QUICK = Patience(awaited=(0.05, 0.1), round=(0.05, 0.1, 0.1), person=3.0, desk=(0.01,))


class Outside:
    """Counts its calls; some wait for a door to open, some fail as often as they are told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.troubles: dict[str, list[Exception]] = {}
        self.door = asyncio.Event()
        self.busy = 0
        self.busiest = 0

    async def do(self, what: str) -> str:
        self.calls.append(what)
        if self.troubles.get(what):
            raise self.troubles[what].pop(0)
        return f"{what} done"

    async def behind_door(self, what: str) -> str:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await self.door.wait()
        finally:
            self.busy -= 1
        return await self.do(what)


async def opening(run: Run, outside: Outside, incident: int) -> None:
    channel = await run.step("create", outside.do, f"create {incident}")
    assert channel == f"create {incident} done"
    results = await run.together(
        run.step("card", outside.do, "card"),
        run.step("invite", outside.do, "invite"),
    )
    await run.record("opened", outside.do, f"opened with {len([one for one in results if isinstance(one, Failed)])}")


async def asking(run: Run, outside: Outside) -> None:
    words = await run.wait("approval", 20)
    await run.step("went on", outside.do, f"approved by {words['by'] if words else 'nobody'}")


async def slow(run: Run, outside: Outside) -> None:
    await run.step("slow", outside.behind_door, "slow")


async def mistaken(run: Run, outside: Outside) -> None:
    await run.step("first", outside.do, "first")
    if "mended" not in outside.calls:
        raise ZeroDivisionError("a mistake between the steps")
    await run.step("second", outside.do, "second")


FLOWS = (
    Flow(name="incident.open", function=opening),
    Flow(name="ask", function=asking),
    Flow(name="slow", function=slow, at_once=2),
    Flow(name="mistaken", function=mistaken),
)


class House:
    def __init__(self, folder: Path) -> None:
        self.file = SqliteFile(folder / "engine.db")
        self.outside = Outside()
        self.desk = RememberingDesk()
        self.recorder = PlainRecorder()

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        async with Engine(
            database=self.file,
            flows=FLOWS,
            provide={Outside: self.outside},
            desk=self.desk,
            recorder=self.recorder,
            patience=QUICK,
            drain_seconds=0.5,
        ) as engine:
            yield engine


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def reached(what: Callable[[], Awaitable[bool]] | Callable[[], bool], seconds: float = 8.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            answer = what()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)


async def ended(engine: Engine, once: str) -> FlowState:
    async def over() -> bool:
        status = await engine.status(once)
        return status is not None and not status.state.alive

    await reached(over)
    status = await engine.status(once)
    assert status is not None
    return status.state


async def test_a_flow_is_begun_once_however_often_it_is_asked_for(house: House) -> None:
    async with house.engine() as engine:
        await asyncio.gather(
            *(engine.start("incident.open", "incident:142:open", {"incident": 142}) for _ in range(50))
        )
        assert await ended(engine, "incident:142:open") is FlowState.DONE
    assert house.outside.calls == ["create 142", "card", "invite", "opened with 0"]
    async with house.engine() as engine:
        await engine.start("incident.open", "incident:142:open", {"incident": 142})
        await asyncio.sleep(0.3)
    assert len(house.outside.calls) == 4


async def test_a_vendors_failure_is_told_at_the_desk_and_tried_again(house: House) -> None:
    house.outside.troubles = {"create 1": [Unavailable("down"), Unavailable("down")], "invite": [Unavailable("down")]}
    async with house.engine() as engine:
        await engine.start("incident.open", "incident:1:open", {"incident": 1})
        assert await ended(engine, "incident:1:open") is FlowState.DONE
    assert house.recorder.acts == ["opened with 1 done"]
    assert sorted(house.desk.settled_steps) == [("create", "done"), ("invite", "done")]


async def test_a_person_retries_a_refused_step(house: House) -> None:
    house.outside.troubles = {"create 1": [Refused("not_allowed")]}
    async with house.engine() as engine:
        await engine.start("incident.open", "incident:1:open", {"incident": 1})
        await reached(lambda: bool(house.desk.notes))
        assert await engine.tell("incident:1:open", {"step": "create", "do": "retry"})
        assert await ended(engine, "incident:1:open") is FlowState.DONE
    assert house.desk.settled_steps == [("create", "done")]


async def test_doing_without_an_awaited_step_ends_the_flow_quietly(house: House) -> None:
    house.outside.troubles = {"create 1": [Refused("not_allowed")]}
    async with house.engine() as engine:
        await engine.start("incident.open", "incident:1:open", {"incident": 1})
        await reached(lambda: bool(house.desk.notes))
        await engine.tell("incident:1:open", {"step": "create", "do": "without"})
        assert await ended(engine, "incident:1:open") is FlowState.DONE
        assert not await engine.tell("incident:1:open", {"step": "create", "do": "retry"})
    assert house.outside.calls == ["create 1"]


async def test_a_waiting_flow_hears_an_answer_even_after_a_restart(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("ask", "ask:1", {})
        await asyncio.sleep(0.2)
    async with house.engine() as engine:
        await engine.tell("ask:1", {"topic": "approval", "by": "Ann"})
        assert await ended(engine, "ask:1") is FlowState.DONE
    assert house.outside.calls == ["approved by Ann"]


async def test_words_that_no_flow_understands_are_refused(house: House) -> None:
    async with house.engine() as engine:
        with pytest.raises(ValueError, match="no flow understands"):
            await engine.tell("ask:1", {"step": "create", "do": "dance"})
        assert not await engine.tell("nobody:1", {"topic": "approval"})
        assert await engine.status("nobody:1") is None


async def test_a_later_flow_begins_in_its_time_and_can_be_cancelled_before(house: House) -> None:
    async with house.engine() as engine:
        await engine.start_later("incident.open", "later:1", {"incident": 1}, 0.3)
        await engine.start_later("incident.open", "later:2", {"incident": 2}, 0.3)
        await engine.cancel("later:2")
        assert house.outside.calls == []
        assert await ended(engine, "later:1") is FlowState.DONE
        assert await ended(engine, "later:2") is FlowState.CANCELLED
    assert "create 2" not in house.outside.calls


async def test_a_waiting_flow_is_cancelled_at_once(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("ask", "ask:1", {})
        await asyncio.sleep(0.1)
        await engine.cancel("ask:1")
        await engine.cancel("never begun")
        assert await ended(engine, "ask:1") is FlowState.CANCELLED
        await reached(lambda: not engine._running)
    assert house.outside.calls == []


async def test_only_so_many_flows_of_a_kind_are_busy_at_once(house: House) -> None:
    async with house.engine() as engine:
        for number in range(6):
            await engine.start("slow", f"slow:{number}", {})
        await reached(lambda: house.outside.busy == 2)
        await asyncio.sleep(0.2)
        house.outside.door.set()
        for number in range(6):
            assert await ended(engine, f"slow:{number}") is FlowState.DONE
    assert house.outside.busiest == 2


async def test_a_flow_that_waits_leaves_its_place_to_others(house: House) -> None:
    house.outside.door.set()
    house.outside.troubles = {"slow": [Refused("no"), Refused("no")]}
    async with house.engine() as engine:
        for number in range(3):
            await engine.start("slow", f"slow:{number}", {})
        assert await ended(engine, "slow:2") is FlowState.DONE
        for number in range(2):
            await engine.tell(f"slow:{number}", {"step": "slow", "do": "retry"})
            assert await ended(engine, f"slow:{number}") is FlowState.DONE


async def test_a_flow_that_failed_is_shown_and_revived_where_it_stood(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("mistaken", "mistaken:1", {})
        assert await ended(engine, "mistaken:1") is FlowState.FAILED
        (stuck,) = await engine.stuck()
        assert (stuck.key, stuck.flow, stuck.state) == ("mistaken:1", "mistaken", FlowState.FAILED)
        assert stuck.error == "a mistake between the steps"
        house.outside.calls.append("mended")
        assert await engine.revive("mistaken:1")
        assert await ended(engine, "mistaken:1") is FlowState.DONE
        status = await engine.status("mistaken:1")
        assert status is not None
        assert (status.key, status.revived) == ("mistaken:1", 1)
        assert await engine.stuck() == ()
        assert not await engine.revive("mistaken:1")
    assert house.outside.calls == ["first", "mended", "second"]


async def test_a_flow_can_be_revived_again_and_again(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("mistaken", "mistaken:1", {})
        await ended(engine, "mistaken:1")
        for life in (1, 2):
            await asyncio.gather(engine.revive("mistaken:1"), engine.revive("mistaken:1"))
            assert await ended(engine, "mistaken:1") is FlowState.FAILED
            status = await engine.status("mistaken:1")
            assert status is not None
            assert status.revived == life
    assert house.outside.calls == ["first"]


async def test_ended_flows_are_forgotten_after_their_time(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("incident.open", "incident:1:open", {"incident": 1})
        await ended(engine, "incident:1:open")
        await engine.start("ask", "ask:1", {})
        assert await engine.prune(datetime.now(UTC) - timedelta(days=90)) == 0
        await asyncio.sleep(0.01)
        assert await engine.prune(datetime.now(UTC) + timedelta(seconds=1)) == 1
        assert await engine.status("incident:1:open") is None
        assert await engine.status("ask:1") is not None


async def test_twenty_hung_calls_in_somebody_elses_threads_delay_no_flow(house: House) -> None:
    hung = ThreadPoolExecutor(20)
    try:
        async with house.engine() as engine:
            loop = asyncio.get_running_loop()
            calls = [loop.run_in_executor(hung, time.sleep, 5.0) for _ in range(20)]
            began = time.monotonic()
            await engine.start("incident.open", "incident:1:open", {"incident": 1})
            await ended(engine, "incident:1:open")
            assert time.monotonic() - began < 4.0  # behind them it would wait five seconds
            await asyncio.gather(*calls)
    finally:
        hung.shutdown()


async def test_a_second_process_on_the_folder_is_told_who_uses_it(house: House) -> None:
    async with house.engine():
        script = (
            "import sys, pathlib\n"
            "from bot.durable.database import FolderInUse, only_one\n"
            "try:\n"
            "    with only_one(pathlib.Path(sys.argv[1])): print('in')\n"
            "except FolderInUse as error: print(error)\n"
        )
        said = await output_of(script, str(house.file.path))
        assert said.startswith("another Daywatch uses this folder (pid ")
    assert await output_of(script, str(house.file.path)) == "in"


async def test_a_shutdown_lets_a_step_under_way_come_to_its_end(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("slow", "slow:1", {})
        await reached(lambda: house.outside.busy == 1)
        asyncio.get_running_loop().call_later(0.2, house.outside.door.set)
    assert house.outside.calls == ["slow"]


async def test_a_step_that_is_cut_off_is_done_at_the_next_start(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("slow", "slow:1", {})
        await reached(lambda: house.outside.busy == 1)
    assert house.outside.calls == []
    house.outside.door.set()
    async with house.engine() as engine:
        assert await ended(engine, "slow:1") is FlowState.DONE
    assert house.outside.calls == ["slow"]


async def test_nothing_is_begun_any_more_by_an_engine_that_closes(house: House) -> None:
    async with house.engine() as engine:
        pass
    with pytest.raises(EngineClosing):
        await engine.start("ask", "ask:1", {})


async def test_clean_restarts_do_not_count_as_crashes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.durable.below.CRASHES", 1)
    async with house.engine() as engine:
        await engine.start("ask", "ask:1", {})
    for _ in range(2):
        async with house.engine() as engine:
            await reached(lambda: bool(engine._running))
    async with house.engine() as engine:
        await engine.tell("ask:1", {"topic": "approval", "by": "Ann"})
        assert await ended(engine, "ask:1") is FlowState.DONE


async def test_a_flow_parked_after_too_many_crashes_is_shown_and_revived(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("ask", "ask:1", {})
    with closing(sqlite3.connect(house.file.path)) as journal:
        journal.execute("UPDATE workflow_status SET recovery_attempts = 11")
        journal.commit()
    async with house.engine() as engine:
        assert await ended(engine, "ask:1") is FlowState.PARKED
        assert [(one.key, one.state) for one in await engine.stuck()] == [("ask:1", FlowState.PARKED)]
        assert await engine.revive("ask:1")
        await engine.tell("ask:1", {"topic": "approval", "by": "Ann"})
        assert await ended(engine, "ask:1") is FlowState.DONE
    assert house.outside.calls == ["approved by Ann"]


async def test_a_store_that_cannot_be_reached_stops_the_start_and_leaves_nothing_behind(house: House) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"postgresql://daywatch:geheim@127.0.0.1:{nobody.getsockname()[1]}/daywatch"
        engine = Engine(
            database=PostgresUrl(SecretStr(address)), flows=(), provide={}, desk=house.desk, recorder=house.recorder
        )
        with pytest.raises(StoreDown) as refused:
            await engine.__aenter__()
    assert "geheim" not in f"{refused.value} {refused.value.__cause__}"
    async with house.engine() as working:
        assert working.live_replicas() == 1
        with pytest.raises(RuntimeError, match="one engine a process"):
            async with house.engine():
                pass


async def test_the_loops_threads_work_again_after_the_engine(house: House) -> None:
    async with house.engine() as engine:
        await engine.start("ask", "ask:1", {})
    assert await asyncio.to_thread(lambda: 42) == 42


async def test_the_environment_changes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBOS__CLOUD", "DBOS__VMID", "DBOS__APPVERSION", "DBOS__APPID"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setattr("dbos._utils.GlobalParams.dbos_cloud", True)
    async with house.engine() as engine:
        await engine.start("ask", "ask:1", {})
        newest = await engine._apart(lambda: engine._ledger.newest("ask:1"))
        assert newest is not None
        assert (newest.row.executor_id, newest.row.app_version) == ("local", "1")


async def test_a_flow_begun_from_within_a_step_is_none_of_its_steps(house: House) -> None:
    async with house.engine() as engine:

        async def hand_over(what: str) -> str:
            await engine.start("incident.open", "incident:9:open", {"incident": 9})
            assert await engine.status("incident:9:open") is not None
            return what

        house.outside.do = hand_over  # type: ignore[method-assign]  # the outside calls back in, as the store's outbox does
        await engine.start("slow", "slow:1", {})
        house.outside.door.set()
        assert await ended(engine, "slow:1") is FlowState.DONE
        assert (await engine.status("incident:9:open")) is not None


@pytest.mark.parametrize("once", ["", "  ", "a#2", "x" * 201])
async def test_a_key_that_could_be_mistaken_is_refused(house: House, once: str) -> None:
    async with house.engine() as engine:
        with pytest.raises(ValueError, match="a flow's key"):
            await engine.start("ask", once, {})


async def test_arguments_that_do_not_fit_are_refused_before_anything_is_begun(house: House) -> None:
    async with house.engine() as engine:
        with pytest.raises(TypeError, match=r"missing \['incident'\]"):
            await engine.start("incident.open", "incident:1:open", {})
        with pytest.raises(KeyError):
            await engine.start("no.such.flow", "x", {})
        assert await engine.status("incident:1:open") is None


async def test_a_service_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FlowMisfit, match="outside: Outside"):
        Engine(
            database=SqliteFile(tmp_path / "engine.db"),
            flows=FLOWS,
            provide={},
            desk=RememberingDesk(),
            recorder=PlainRecorder(),
        )


async def test_the_engine_below_says_nothing_on_the_console(
    house: House, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with house.engine() as engine:
            await engine.start("mistaken", "mistaken:1", {})
            await ended(engine, "mistaken:1")
    assert "dbos" not in capfd.readouterr().err.lower()
    assert [record.getMessage() for record in caplog.records if record.name == "dbos"] == []


async def output_of(script: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode().strip()
