"""The order of suspicion: what speaks for a change, and what the list says of it."""

import random
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import ChangeKind, Recorded, Result
from bot.domain.suspicion import Suspect, Why, nearest_first, suspects
from bot.slack.blocks import reasons
from tests.changes import BEGAN, MINUTE, recorded, running

HOURS = timedelta(hours=6)


def judged(*found: Recorded, service: str | None = "checkout") -> list[Suspect]:
    return list(suspects(found, service=service, began=BEGAN, within=HOURS))


def told(*found: Recorded, **given: Any) -> list[str]:
    return [reasons(one).replace("\u00a0", " ") for one in judged(*found, **given)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "13 min before, same service, production"),
        ({"result": Result.FAILED, "before": 4}, "failed 4 min before, same service, production"),
        ({"before": -1}, "still running when it began, same service, production"),
        ({"before": -1, "result": Result.FAILED}, "still running when it began, same service, failed, production"),
        ({"service": None, "environment": None}, "13 min before, no service of its own"),
        ({"service": "search", "environment": "eu"}, "13 min before"),
        (
            {"environment": "qa", "result": Result.CANCELLED},
            "13 min before, same service, cancelled, not production",
        ),
        ({"kind": ChangeKind.PIPELINE, "before": 84}, "1 h 24 min before, same service, production, a pipeline run"),
    ],
)
def test_each_line_says_why_it_stands_where_it_stands(values: dict[str, Any], words: str) -> None:
    assert told(recorded(**values)) == [words]


def test_the_order_follows_the_points() -> None:
    in_order = [
        recorded(1, 4, result=Result.FAILED),
        recorded(2, before=-1),  # still running
        recorded(3, 13),
        recorded(4, 50),
        recorded(5, 110),
        recorded(6, 3, kind=ChangeKind.PIPELINE, environment=None),
        recorded(7, 5, result=Result.CANCELLED, environment=None, kind=ChangeKind.PIPELINE),
        recorded(8, 240, environment="staging"),
        recorded(9, 240, environment="staging", service="search"),
    ]
    shuffled = random.Random(5).sample(in_order, len(in_order))
    found = judged(*shuffled)
    assert [one.points for one in found] == sorted((one.points for one in found), reverse=True)
    assert [one.recorded.id for one in found] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_of_two_alike_the_nearer_one_comes_first_and_then_always_the_same() -> None:
    alike = [recorded(number, 5, id=f"{number}") for number in range(1, 6)]
    near = recorded(9, 4, id="z")
    wanted = ["z", "1", "2", "3", "4", "5"]
    for seed in range(5):
        found = judged(*random.Random(seed).sample([*alike, near], 6))
        assert [one.recorded.change.id for one in found] == wanted


def test_only_what_began_before_and_within_the_hours_is_a_suspect() -> None:
    began_with_it = recorded(1, 0, started_at=BEGAN, ended_at=BEGAN)
    after = recorded(2, -5)
    long_ago = recorded(3, 361)
    just_within = recorded(4, 360)
    long_rollout = recorded(5, 10, started_at=BEGAN - timedelta(hours=9))
    forgotten = Recorded(id=6, change=running(26 * 60), service="checkout")
    still = Recorded(id=7, change=running(23 * 60), service="checkout")
    ended_first = recorded(8, 20, started_at=BEGAN - 5 * MINUTE)  # a system whose clocks disagree
    found = judged(began_with_it, after, long_ago, just_within, long_rollout, forgotten, still, ended_first)
    assert sorted(one.recorded.id for one in found) == [1, 4, 5, 7, 8]
    assert next(one for one in found if one.recorded.id == 8).gap == 5 * MINUTE


def test_what_was_taken_back_is_seen_by_its_version_or_its_title() -> None:
    old = recorded(1, 3000, version="v1")
    bad = recorded(2, 13, version="v2")
    worse = recorded(3, 8, version="v3")
    back = recorded(4, -20, version="v1")
    found = {one.recorded.id: Why.ROLLED_BACK in one.why for one in judged(old, bad, worse, back)}
    assert found == {2: True, 3: True}
    named = recorded(5, -20, version=None, title="Revert “new pool”")
    found = {one.recorded.id: Why.ROLLED_BACK in one.why for one in judged(bad, worse, named)}
    assert found == {2: False, 3: True}, "a title speaks of the last one before it"


@pytest.mark.parametrize(
    "back",
    [
        recorded(4, -20, version="v3"),
        recorded(4, -20, version="v2"),  # done once more
        recorded(4, -20, version=None, title="turn the page back"),
        recorded(4, -20, version="v1", places=("search",)),
        recorded(4, -20, version="v1", environment="staging"),
        recorded(4, 20, version="v1"),  # before it
        recorded(4, -20, version="v1", places=()),
        recorded(4, -20, version="v1", kind=ChangeKind.PIPELINE),  # another branch is built
    ],
)
def test_what_came_later_is_no_rollback_by_itself(back: Recorded) -> None:
    old, new = recorded(1, 3000, version="v1"), recorded(2, 13, version="v2")
    (found,) = [one for one in judged(old, new, back) if one.recorded.id == 2]
    assert Why.ROLLED_BACK not in found.why


def test_a_run_that_is_called_a_rollback_speaks_of_the_deployment_before_it() -> None:
    new, build = recorded(1, 13, version="v2"), recorded(2, 8, kind=ChangeKind.PIPELINE)
    run = recorded(3, -20, kind=ChangeKind.PIPELINE, title="Roll back workflow")
    found = {one.recorded.id: Why.ROLLED_BACK in one.why for one in judged(new, build, run)}
    assert found == {1: True, 2: False}


def test_without_a_service_all_are_alike() -> None:
    found = judged(recorded(1, 30, service="search"), recorded(2, 20, service=None), service=None)
    assert [one.recorded.id for one in found] == [2, 1]
    assert {why for one in found for why in one.why} == {Why.PRODUCTION}


def test_a_card_reads_as_a_history() -> None:
    found = judged(recorded(1, 30, result=Result.FAILED), recorded(2, 20), recorded(3, -1))
    assert [one.recorded.id for one in nearest_first(found)] == [3, 2, 1]
