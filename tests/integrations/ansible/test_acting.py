"""Jobs launched again and cancelled: once as far as can be seen, and only where that is allowed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.ansible.acting import ActingAnsible
from bot.integrations.ansible.connect import connect
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.http import Outside
from tests.integrations.ansible.scripted import TOKEN, job, page
from tests.integrations.contract.server import Canned, Request, serving, told

ANA = Author(name="Ana")


class Controller:
    """As much of AWX as acting needs: one job, those launched since, and what was asked of it."""

    def __init__(self, status: str = "failed") -> None:
        self.first = job(70, status=status)
        self.launched: list[dict[str, Any]] = []
        self.cancelled = 0

    def answer(self, request: Request) -> Canned:
        match request.line:
            case "GET /api/v2/jobs/70/":
                return told(self.first)
            case "GET /api/v2/jobs/":
                assert request.query["launch_type"] == ["relaunch"]
                assert (request.query["id__gt"], request.query["job_template"]) == (["70"], ["7"])
                running = [one for one in self.launched if one["status"] in request.query["status__in"][0]]
                return page(*running)
            case "POST /api/v2/jobs/70/relaunch/":
                self.launched.append(job(81 + len(self.launched), status="pending", job_template=7))
                return told({**self.launched[-1], "job": self.launched[-1]["id"]}, 201)
            case "POST /api/v2/jobs/70/cancel/":
                self.cancelled += 1
                return Canned(status=202 if self.cancelled == 1 else 405)
        return told({"detail": "Not found."}, 404)


@asynccontextmanager
async def acting(controller: Controller) -> AsyncIterator[ActingAnsible]:
    outside = Outside(patience=3)
    try:
        async with serving(controller.answer) as address:
            settings = AnsibleSettings(url=address, token=SecretStr(TOKEN), act=True)
            ours = connect(settings, Wiring(outside=outside))
            assert isinstance(ours, ActingAnsible)
            yield ours
    finally:
        await outside.aclose()


async def test_a_job_is_launched_again_once_while_the_new_one_runs() -> None:
    controller = Controller()
    async with acting(controller) as ours:
        assert [await ours.rerun("70", ANA, once="k1") for _ in range(2)] == ["81", "81"]
        controller.launched[0]["status"] = "failed"
        assert await ours.rerun("70", ANA, once="k2") == "82"


async def test_a_job_that_still_runs_is_not_launched_again() -> None:
    controller = Controller("running")
    async with acting(controller) as ours:
        assert await ours.rerun("70", ANA, once="k1") == "70"
    assert controller.launched == []


@pytest.mark.parametrize(("status", "asked"), [("running", 2), ("pending", 2), ("failed", 0), ("canceled", 0)])
async def test_what_runs_is_cancelled_and_what_ended_is_as_it_should_be(status: str, asked: int) -> None:
    controller = Controller(status)
    async with acting(controller) as ours:
        await ours.cancel("70", ANA)
        await ours.cancel("70", ANA)  # 405: it ended meanwhile
    assert controller.cancelled == asked


async def test_a_job_waits_for_no_approval_and_what_is_no_job_is_refused() -> None:
    async with acting(Controller()) as ours:
        with pytest.raises(Refused, match="approved in AWX itself"):
            await ours.approve("70", ANA, "")
        for run in ("70/../../users", "", "\u0667"):
            with pytest.raises(Refused, match="no job of AWX"):
                await ours.cancel(run, ANA)
