"""Journeys share one workspace; each journey leaves nothing open that others could join, and no fault behind."""

from collections.abc import Iterator

import pytest

from tests.journeys.stage import Stage


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    words = ("--limits", "off", "--redeliver", "1,2,4,8")
    stage = Stage.set_up(tmp_path_factory.mktemp("journeys"), *words, examples=("argocd",))
    yield stage
    stage.tear_down()


@pytest.fixture(scope="module")
def fresh(running: Stage) -> Stage:
    """A bot that has not used up what Slack's limits allow in a minute (it paces itself by them)."""
    if running.used:
        running.kill9()
        running.start_again()
    running.used = True
    return running


@pytest.fixture
def stage(fresh: Stage) -> Iterator[Stage]:
    """The running bot in the running workspace, over Socket Mode."""
    fresh.with_room()
    before = len(fresh.log_lines())
    yield fresh
    fresh.heal()
    if fresh.bot is None:
        fresh.start_again()
    fresh.resolve_joinable()
    assert fresh.mistakes(since=before) == []
