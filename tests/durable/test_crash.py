"""A process killed in any step loses nothing and does nothing outside twice; the same key is one run; code may grow."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.durable.replica import Plan
from tests.postgres import PostgresServer

STEPS = ["create", "card", "invite", "topic", "opened", "pin"]

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]


def killed_in_every_step(plan: Plan, when: str) -> None:
    """Killed in each step in turn, restarted each time, and in the second try of a step that failed in a round."""
    for step in STEPS:
        plan.killed_at(f"{step}:{when}")
    assert plan.lived()


def both_ways(plan_in: Callable[[str], Plan]) -> dict[str, Plan]:
    """Killed before each effect and, in another life, after it; side by side, since most of it is waiting."""
    plans = {when: plan_in(when) for when in ("before", "after")}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(killed_in_every_step, plans.values(), plans))
    return plans


def check(plans: dict[str, Plan]) -> None:
    for plan in plans.values():
        assert sorted(plan.lines("applied")) == sorted(STEPS)
        assert plan.lines("ended") == ["incident:142:open done"]
        called = plan.lines("called")
        # Called again are the step killed in, and its neighbours of a round that had not been written down yet.
        assert [called.count(step) for step in ("create", "opened", "pin")] == [2, 2, 2]
        assert all(2 <= called.count(step) <= 4 for step in ("card", "invite", "topic"))


def folder(base: Path, name: str) -> Path:
    (base / name).mkdir()
    return base / name


def test_killed_in_every_step_on_a_file(tmp_path: Path) -> None:
    def plan_in(when: str) -> Plan:
        home = folder(tmp_path, when)
        return Plan(database=str(home / "engine.db"), folder=home)

    check(both_ways(plan_in))


@pytest.mark.program("postgres")
def test_killed_in_every_step_on_postgres(tmp_path: Path, postgres: PostgresServer) -> None:
    check(both_ways(lambda when: Plan(database=postgres.database(), folder=folder(tmp_path, when))))


def test_killed_in_the_second_try_of_a_step_that_failed_in_a_round(tmp_path: Path) -> None:
    plan = Plan(database=str(tmp_path / "engine.db"), folder=tmp_path)
    plan.mark("trouble-invite")
    plan.killed_at("invite:after")
    assert "topic" in plan.lines("applied")
    assert plan.lived()
    assert sorted(plan.lines("applied")) == sorted(STEPS)
    assert [plan.lines("called").count(step) for step in ("card", "invite", "topic")] == [1, 3, 1]


@pytest.mark.program("postgres")
def test_fifty_callers_in_two_processes_begin_one_run(tmp_path: Path, postgres: PostgresServer) -> None:
    plan = Plan(database=postgres.database(), folder=tmp_path, callers=25)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: plan.lived(), range(2))) == [True, True]
    assert sorted(plan.lines("called")) == sorted(STEPS)
    assert plan.lines("ended") == ["incident:142:open done"] * 2


def test_a_step_appended_under_a_running_flow_is_done(tmp_path: Path) -> None:
    Plan(database=str(tmp_path / "engine.db"), folder=tmp_path).killed_at("pin:before")
    newer = Plan(database=str(tmp_path / "engine.db"), folder=tmp_path, flow="appended")
    assert newer.lived()
    assert newer.lines("applied")[-1] == "bookmark"
    assert newer.lines("ended") == ["incident:142:open done"]


def test_a_step_inserted_into_a_running_flow_fails_loudly_and_does_nothing(tmp_path: Path) -> None:
    Plan(database=str(tmp_path / "engine.db"), folder=tmp_path).killed_at("pin:before")
    newer = Plan(database=str(tmp_path / "engine.db"), folder=tmp_path, flow="inserted")
    assert newer.lived()
    (end,) = newer.lines("ended")
    assert end.startswith("incident:142:open failed")
    assert "greet" in end
    assert "greet" not in newer.lines("called")


@pytest.mark.program("postgres")
def test_a_restart_of_the_store_in_mid_flow_holds_the_flow_up_and_no_more(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    plan = Plan(database=postgres.database(), folder=tmp_path)
    plan.mark("hold-opened")
    process = plan.begun()
    plan.reached("held-opened")
    postgres.stop()
    plan.unmark("hold-opened")
    postgres.start()
    plan.over(process)
    assert plan.lines("left") == ["left"]
    assert sorted(plan.lines("applied")) == sorted(STEPS)
    assert plan.lines("ended") == ["incident:142:open done"]
