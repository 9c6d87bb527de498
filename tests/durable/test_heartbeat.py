"""Heartbeats and takeover by themselves: who counts as alive, who is taken over from, and by whom."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from pydantic import SecretStr

from bot.durable.database import PostgresUrl
from bot.durable.takeover import Pace, Takeover
from tests.postgres import PostgresServer

pytestmark = pytest.mark.program("postgres")

PACE = Pace(beat_every=0.05, look_every=0.05, dead_after=0.5)


class Replica:
    def __init__(self, address: str, name: str) -> None:
        self.recovered: list[list[str]] = []
        self.losses = 0
        url = PostgresUrl(SecretStr(address)).for_driver()
        self.takeover = Takeover(url, me=name, pace=PACE, recover=self.recover, lost=self.lose)

    async def recover(self, executors: list[str]) -> None:
        self.recovered.append(sorted(executors))

    async def lose(self) -> None:
        self.losses += 1


@pytest.fixture
def address(postgres: PostgresServer) -> str:
    """A database with flows of three executors: two at work, one of which never had a heartbeat, and one done."""
    address = postgres.database()
    run(
        address,
        "CREATE SCHEMA engine",
        "CREATE TABLE engine.workflow_status (executor_id text, status text)",
        "INSERT INTO engine.workflow_status VALUES ('b', 'PENDING'), ('ghost', 'PENDING'), ('old', 'SUCCESS')",
    )
    return address


@pytest.fixture
async def replica(address: str) -> AsyncIterator[Callable[[str], Replica]]:
    replicas: list[Replica] = []

    def begun(name: str) -> Replica:
        replicas.append(Replica(address, name))
        return replicas[-1]

    yield begun
    for one in replicas:
        await one.takeover.end()


def run(address: str, *statements: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


async def test_a_replica_is_alive_from_its_first_beat_until_it_is_silent_for_too_long(
    replica: Callable[[str], Replica],
) -> None:
    a = replica("a")
    assert not a.takeover.alive()
    await a.takeover.begin()
    assert a.takeover.alive()
    await asyncio.sleep(PACE.dead_after + 0.05)
    assert not a.takeover.alive()
    await a.takeover.beat()
    assert a.takeover.alive()
    assert a.losses == 0


async def test_replicas_count_each_other(replica: Callable[[str], Replica]) -> None:
    a, b = replica("a"), replica("b")
    assert a.takeover.live_replicas == 1
    await a.takeover.begin()
    await b.takeover.begin()
    await a.takeover.beat()
    assert (a.takeover.live_replicas, b.takeover.live_replicas) == (2, 2)
    await b.takeover.end()
    await a.takeover.beat()
    assert a.takeover.live_replicas == 1


async def test_only_who_is_silent_is_taken_over_from(replica: Callable[[str], Replica]) -> None:
    a, b = replica("a"), replica("b")
    await a.takeover.begin()
    await b.takeover.begin()
    await a.takeover.look()
    assert a.recovered == [["ghost"]]
    await asyncio.sleep(PACE.dead_after + 0.05)
    await a.takeover.beat()
    await a.takeover.look()
    assert a.recovered[-1] == ["b", "ghost"]


async def test_a_replica_that_is_itself_late_takes_over_nothing(replica: Callable[[str], Replica]) -> None:
    a = replica("a")
    await a.takeover.begin()
    await asyncio.sleep(PACE.dead_after + 0.05)
    await a.takeover.look()
    assert a.recovered == []


async def test_who_was_thought_dead_learns_it_at_the_next_beat(replica: Callable[[str], Replica]) -> None:
    a, b = replica("a"), replica("b")
    await a.takeover.begin()
    await b.takeover.begin()
    await asyncio.sleep(PACE.dead_after + 0.05)
    await a.takeover.beat()
    await a.takeover.look()
    await b.takeover.beat()
    assert (a.losses, b.losses) == (0, 1)


async def test_two_that_look_at_once_do_not_both_take_over(replica: Callable[[str], Replica]) -> None:
    a, b = replica("a"), replica("c")
    gone_on = asyncio.Event()

    async def slow(executors: list[str]) -> None:
        await gone_on.wait()

    a.takeover._recover = slow
    await a.takeover.begin()
    await b.takeover.begin()
    first = asyncio.create_task(a.takeover.look())
    await asyncio.sleep(0.1)
    await b.takeover.look()
    assert b.recovered == []
    gone_on.set()
    await first


async def test_a_store_that_is_away_for_a_while_ends_no_heartbeat(
    replica: Callable[[str], Replica], address: str
) -> None:
    a = replica("a")
    await a.takeover.begin()
    task = asyncio.create_task(a.takeover.run())
    run(address, "ALTER TABLE engine.replica RENAME TO away")
    await asyncio.sleep(PACE.dead_after + 0.2)
    assert not a.takeover.alive()
    run(address, "ALTER TABLE engine.away RENAME TO replica")
    until = time.monotonic() + 5
    while not a.takeover.alive():
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task})


async def test_the_table_is_set_up_by_several_at_once(replica: Callable[[str], Replica]) -> None:
    await asyncio.gather(*(replica(name).takeover.begin() for name in "abcd"))
