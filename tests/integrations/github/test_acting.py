"""What GitHub is asked to do: each looks first, so that a repeat does nothing twice."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.domain.errors import NotAuthorised, Refused
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.github.adapter import GitHub, GitHubReader, connect
from bot.integrations.http import Outside
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.github.scripted import run, settings
from tests.integrations.moment import still

RUN = "run:acme/shop:30433642"
ONE = "/repos/acme/shop/actions/runs/30433642"
ANN = Author(name="Ann", email="ann@example.com")


class Runner:
    """One run at GitHub, and what was done to it."""

    def __init__(self, **changes: Any) -> None:
        self.run = run(**changes)
        self.waiting: list[dict[str, Any]] = []
        self.approvals: list[dict[str, Any]] = []
        self.done: list[tuple[str, Any]] = []
        self.answers: dict[str, Canned] = {}

    def __call__(self, request: Request) -> Canned:
        if request.line in self.answers:
            return self.answers[request.line]
        what = request.path.removeprefix(ONE)
        if request.method == "POST":
            self.done.append((what, json.loads(request.body) if request.body else None))
            if what == "/rerun":
                self.run |= {"status": "queued", "conclusion": None, "run_attempt": 2}
            return told({}, 201 if what == "/rerun" else 202 if what == "/cancel" else 200)
        return told({"": self.run, "/pending_deployments": self.waiting, "/approvals": self.approvals}[what])


def waits(*, may: bool = True, number: int = 161088068, name: str = "production") -> dict[str, Any]:
    place = {"id": number, "node_id": "E", "name": name, "url": "u", "html_url": "h"}
    return {
        "environment": place,
        "wait_timer": 0,
        "wait_timer_started_at": None,
        "current_user_can_approve": may,
        "reviewers": [],
    }


@asynccontextmanager
async def acting(runner: Runner) -> AsyncIterator[GitHub]:
    outside = Outside(patience=3, now=still)
    try:
        async with serving(runner) as address:
            ours = connect(settings(address, run_workflows=True), Wiring(outside=outside))
            assert isinstance(ours, GitHub)
            yield ours
    finally:
        await outside.aclose()


async def test_a_run_is_run_again_once_and_keeps_its_id() -> None:
    runner = Runner(conclusion="failure")
    async with acting(runner) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == RUN
        assert await ours.rerun(RUN, ANN, once="a") == RUN
    assert runner.done == [("/rerun", None)]


async def test_a_run_is_cancelled_unless_it_has_ended() -> None:
    running, ended = Runner(status="in_progress", conclusion=None), Runner()
    for runner in (running, ended):
        async with acting(runner) as ours:
            await ours.cancel(RUN, ANN)
    assert (running.done, ended.done) == ([("/cancel", None)], [])
    running.answers["POST " + ONE + "/cancel"] = told({"message": "Cannot cancel"}, 409)
    async with acting(running) as ours:
        await ours.cancel(RUN, ANN)  # it ended in between


async def test_what_waits_for_us_is_approved_in_somebody_s_name_and_once() -> None:
    runner = Runner(status="waiting", conclusion=None)
    runner.waiting = [waits(), waits(may=False, number=2, name="legal")]
    comment = "Looks good (by Ann, from Daywatch)"
    async with acting(runner) as ours:
        await ours.approve(RUN, ANN, "Looks good")
        runner.waiting, runner.approvals = (
            [],
            [{"state": "approved", "comment": comment, "environments": [], "user": {}}],
        )
        await ours.approve(RUN, ANN, "Looks good")
        with pytest.raises(Refused, match="waits for nobody"):
            await ours.approve(RUN, ANN, "Another")
    assert runner.done == [
        ("/pending_deployments", {"environment_ids": [161088068], "state": "approved", "comment": comment})
    ]


async def test_a_run_that_waits_for_others_is_refused_with_the_reason() -> None:
    runner = Runner(status="waiting", conclusion=None)
    runner.waiting = [waits(may=False)]
    async with acting(runner) as ours:
        with pytest.raises(Refused, match="we are not among its reviewers"):
            await ours.approve(RUN, ANN, "")
    assert runner.done == []


@pytest.mark.parametrize("given", ["deployment:acme/shop:3", "run:acme/shop/../x:1", "run:acme/shop:x", "", "run:..:1"])
async def test_only_a_run_can_be_acted_on(given: str) -> None:
    async with acting(Runner()) as ours:
        for act in (ours.rerun(given, ANN, once="a"), ours.cancel(given, ANN), ours.approve(given, ANN, "")):
            with pytest.raises(Refused, match="only runs of workflows"):
                await act


async def test_a_token_that_may_only_read_is_told_which_right_it_lacks() -> None:
    runner = Runner()
    runner.answers["POST " + ONE + "/rerun"] = told({"message": "Resource not accessible"}, 403)
    async with acting(runner) as ours:
        with pytest.raises(NotAuthorised, match="Actions: write"):
            await ours.rerun(RUN, ANN, once="a")


def test_people_may_act_only_where_that_is_said() -> None:
    wiring = Wiring(outside=Outside())
    assert type(connect(settings("http://127.0.0.1:1"), wiring)) is GitHubReader
    ours = connect(settings("http://127.0.0.1:1", run_workflows=True), wiring)
    assert isinstance(ours, GitHub)
    assert ours.source == "github"
