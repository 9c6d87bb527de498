"""A replica that dies or freezes: its flows go on with another, and one that comes back takes no harm and does none."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.durable.replica import PACE, Plan
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.crash, pytest.mark.program("postgres"), pytest.mark.timeout(60)]

STEPS = ["create", "card", "invite", "topic", "opened", "pin"]


def test_a_replica_killed_for_good_is_taken_over_from(tmp_path: Path, postgres: PostgresServer) -> None:
    plan = Plan(database=postgres.database(), folder=tmp_path)
    plan.killed_at("opened:before")
    other = replace(plan, once=("incident:143:open",), stays=True)
    living = other.begun()
    until = time.monotonic() + 15
    while plan.lines("called").count("pin") < 2:
        assert time.monotonic() < until, plan.traces()
        time.sleep(0.05)
    plan.mark("enough")
    plan.over(living)
    assert plan.lines("left") == ["left"]
    # Both flows share the world outside, where each effect is found the second time.
    assert sorted(plan.lines("applied")) == sorted(STEPS)


def test_a_frozen_replica_that_thaws_leaves_its_flow_to_the_other_and_works_on(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    plan = Plan(database=postgres.database(), folder=tmp_path, stays=True)
    plan.mark("hold-opened")
    frozen = plan.begun()
    plan.reached("held-opened")
    assert frozen.pid is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    time.sleep(PACE.dead_after + 0.2)
    plan.unmark("hold-opened")
    living = plan.begun()
    until = time.monotonic() + 15
    while not plan.lines("ended"):
        assert time.monotonic() < until, plan.traces()
        time.sleep(0.05)
    os.kill(frozen.pid, signal.SIGCONT)
    until = time.monotonic() + 15
    while len(plan.lines("ended")) < 2:
        assert time.monotonic() < until, plan.traces()
        time.sleep(0.05)
    plan.mark("enough")
    for process in (frozen, living):
        plan.over(process)
    assert plan.lines("left") == ["left"] * 2
    assert plan.lines("ended") == ["incident:142:open done"] * 2
    assert sorted(plan.lines("applied")) == sorted(STEPS)
    # The step that was under way when it froze was called on both, the steps after it on the other one only.
    assert plan.lines("called").count("opened") == 2
    assert plan.lines("called").count("pin") == 1


def test_a_replica_that_froze_while_it_wrote_holds_nobody_up(tmp_path: Path, postgres: PostgresServer) -> None:
    address = postgres.database()
    plan = Plan(database=address, folder=tmp_path)
    plan.mark("hold-opened")
    frozen = plan.begun()
    plan.reached("held-opened")
    assert frozen.pid is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    with psycopg.connect(address, autocommit=True) as connection:
        # Of this database: other tests' replicas may not have left the server yet.
        query = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'daywatch %-%'"
        name = connection.execute(query + " AND datname = current_database() LIMIT 1").fetchone()
    assert name is not None
    # Its session, as it would stand when it froze between a lock and the commit.
    with psycopg.connect(address, application_name=name[0]) as connection:
        connection.execute("SELECT * FROM engine.workflow_status FOR UPDATE")
        time.sleep(PACE.dead_after)
        plan.unmark("hold-opened")
        assert plan.lived(15)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    frozen.kill()
    frozen.join()
    assert plan.lines("ended") == ["incident:142:open done"]


def test_a_frozen_replica_that_thaws_begins_no_step_of_what_is_no_longer_its_own(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    plan = Plan(database=postgres.database(), folder=tmp_path, flow="resting", stays=True)
    plan.mark("hold-pin")
    frozen = plan.begun()
    plan.reached("applied")
    time.sleep(0.5)  # until it is written down
    assert frozen.pid is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    time.sleep(PACE.dead_after + 0.2)
    living = plan.begun()
    plan.reached("held-pin")
    # Its sleep is over, its flow's next step is under way elsewhere and not written down yet.
    os.kill(frozen.pid, signal.SIGCONT)
    time.sleep(0.8)
    plan.unmark("hold-pin")
    plan.mark("enough")
    for process in (frozen, living):
        plan.over(process)
    assert plan.lines("left") == ["left"] * 2
    assert plan.lines("called") == ["create", "pin"]
