"""What GitLab is asked to do: each looks first, so that a repeat does nothing twice."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.domain.errors import NotAuthorised, Refused
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.gitlab.adapter import GitLab, GitLabReader, connect
from bot.integrations.http import Outside
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.gitlab.scripted import deployment, job, pipeline, settings
from tests.integrations.moment import still

PIPELINE, DEPLOYMENT = "pipeline:12:4711", "deployment:12:301"
PROJECT = "/api/v4/projects/12"
ANN = Author(name="Ann", email="ann@example.com")


class Runner:
    """A pipeline and a deployment at GitLab, and what was done to them."""

    def __init__(self, **changes: Any) -> None:
        self.pipeline = pipeline(**changes)
        self.deployment = deployment()
        self.newest = [self.deployment]
        self.jobs: list[dict[str, Any]] = []
        self.done: list[tuple[str, Any]] = []
        self.code = 201

    def __call__(self, request: Request) -> Canned:
        what = request.path.removeprefix(PROJECT)
        if request.method == "POST":
            self.done.append((what, json.loads(request.body) if request.body else None))
            if what == "/pipelines/4711/retry" and self.code < 300:
                self.pipeline |= {"status": "running"}
            return told({"message": "no"} if self.code > 299 else {}, self.code)
        answers: dict[str, Any] = {
            "/pipelines/4711": self.pipeline,
            "/pipelines/4711/jobs": self.jobs,
            "/deployments/301": self.deployment,
            "/deployments": self.newest,
        }
        return told(answers[what])


@asynccontextmanager
async def acting(runner: Runner) -> AsyncIterator[GitLab]:
    outside = Outside(patience=3, now=still)
    try:
        async with serving(runner) as address:
            ours = connect(settings(address, run_pipelines=True), Wiring(outside=outside))
            assert isinstance(ours, GitLab)
            yield ours
    finally:
        await outside.aclose()


async def test_a_pipeline_that_failed_is_run_again_once_and_keeps_its_id() -> None:
    runner = Runner(status="failed")
    async with acting(runner) as ours:
        assert await ours.rerun(PIPELINE, ANN, once="a") == PIPELINE
        assert await ours.rerun(PIPELINE, ANN, once="a") == PIPELINE
    assert runner.done == [("/pipelines/4711/retry", None)]


async def test_a_pipeline_without_a_job_that_failed_is_refused() -> None:
    runner = Runner()
    async with acting(runner) as ours:
        with pytest.raises(Refused, match="no job that failed"):
            await ours.rerun(PIPELINE, ANN, once="a")
    assert runner.done == []


async def test_an_earlier_deployment_is_done_again_by_its_job_and_not_twice() -> None:
    runner = Runner()
    async with acting(runner) as ours:
        assert await ours.rerun(DEPLOYMENT, ANN, once="a") == DEPLOYMENT
        runner.newest = [deployment(id=310, status="running"), runner.deployment]
        assert await ours.rerun(DEPLOYMENT, ANN, once="a") == "deployment:12:310"
        runner.deployment = deployment(status="running")
        assert await ours.rerun(DEPLOYMENT, ANN, once="a") == DEPLOYMENT
        runner.deployment = deployment(deployable=None)
        with pytest.raises(Refused, match="made by the API"):
            await ours.rerun(DEPLOYMENT, ANN, once="a")
    assert runner.done == [("/jobs/90881/retry", None)]


async def test_a_pipeline_is_cancelled_unless_it_has_ended() -> None:
    running, ended = Runner(status="running"), Runner(status="canceled")
    for runner in (running, ended):
        async with acting(runner) as ours:
            await ours.cancel(PIPELINE, ANN)
    assert (running.done, ended.done) == ([("/pipelines/4711/cancel", None)], [])
    async with acting(running) as ours:
        with pytest.raises(Refused, match="only pipelines"):
            await ours.cancel(DEPLOYMENT, ANN)


async def test_a_deployment_is_approved_in_somebody_s_name_and_once() -> None:
    runner, comment = Runner(), "Looks good (by Ann, from Daywatch)"
    runner.deployment = deployment(status="blocked", approvals=[])
    async with acting(runner) as ours:
        await ours.approve(DEPLOYMENT, ANN, "Looks good")
        runner.deployment = deployment(status="created", approvals=[{"status": "approved", "comment": comment}])
        await ours.approve(DEPLOYMENT, ANN, "Looks good")
        with pytest.raises(Refused, match="waits for nobody"):
            await ours.approve(DEPLOYMENT, ANN, "Another")
    assert runner.done == [("/deployments/301/approval", {"status": "approved", "comment": comment})]


async def test_only_the_one_job_that_holds_a_pipeline_up_is_started() -> None:
    runner = Runner(status="manual")
    destroy = job(id=7, name="destroy", status="manual", allow_failure=True)
    runner.jobs = [job(id=6, name="deploy", status="manual"), destroy]
    async with acting(runner) as ours:
        await ours.approve(PIPELINE, ANN, "")
        runner.jobs.append(job(id=8, name="deploy-eu", status="manual"))
        with pytest.raises(Refused, match="deploy, deploy-eu"):
            await ours.approve(PIPELINE, ANN, "")
        runner.jobs = [destroy]
        with pytest.raises(Refused, match="none"):
            await ours.approve(PIPELINE, ANN, "")
        runner.pipeline = pipeline()
        with pytest.raises(Refused, match="waits for nobody"):
            await ours.approve(PIPELINE, ANN, "")
    assert runner.done == [("/jobs/6/play", None)]


@pytest.mark.parametrize("given", ["run:12:1", "pipeline:acme/shop:1", "pipeline:12:x", "", "pipeline:12:1/../2"])
async def test_only_what_is_ours_can_be_acted_on(given: str) -> None:
    async with acting(Runner()) as ours:
        for act in (ours.rerun(given, ANN, once="a"), ours.cancel(given, ANN), ours.approve(given, ANN, "")):
            with pytest.raises(Refused, match="neither a pipeline nor a deployment"):
                await act


async def test_a_token_that_may_only_read_is_told_which_right_it_lacks() -> None:
    runner = Runner(status="failed")
    runner.code = 403
    async with acting(runner) as ours:
        with pytest.raises(NotAuthorised, match="scope api, role Developer"):
            await ours.rerun(PIPELINE, ANN, once="a")


def test_people_may_act_only_where_that_is_said() -> None:
    wiring = Wiring(outside=Outside())
    assert type(connect(settings("http://127.0.0.1:1"), wiring)) is GitLabReader
    ours = connect(settings("http://127.0.0.1:1", run_pipelines=True), wiring)
    assert isinstance(ours, GitLab)
    assert ours.source == "gitlab"
