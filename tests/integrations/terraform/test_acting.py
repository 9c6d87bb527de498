"""Runs started again, stopped and approved: once, whatever is repeated, and only where that is allowed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.terraform.acting import ActingTerraform
from bot.integrations.terraform.connect import connect
from bot.integrations.terraform.settings import TerraformSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.terraform.scripted import TOKEN, page, run

ANA = Author(name="Ana")


class Cloud:
    """As much of HCP Terraform as acting needs: one run, those begun since, and what was asked of it."""

    def __init__(self, **facts: Any) -> None:
        self.first = run(**facts)
        self.begun: list[dict[str, Any]] = []
        self.acted: list[tuple[str, dict[str, Any]]] = []

    def answer(self, request: Request) -> Canned:
        match request.line:
            case "GET /api/v2/runs/run-1":
                return told({"data": self.first})
            case "GET /api/v2/workspaces/ws-1/runs":
                return page(*self.begun, self.first)
            case "POST /api/v2/runs":
                assert request.headers["content-type"] == "application/vnd.api+json"
                body = json.loads(request.body)["data"]
                assert body["relationships"] == {"workspace": {"data": {"type": "workspaces", "id": "ws-1"}}}
                self.begun.append(run("9", "pending", message=body["attributes"]["message"]))
                return told({"data": self.begun[-1]}, 201)
            case line if line.startswith("POST /api/v2/runs/run-1/actions/"):
                self.acted.append((line.rpartition("/")[2], json.loads(request.body)))
                return Canned(status=202)
        return told({"errors": [{"status": "404", "title": "not found"}]}, 404)


def may(**actions: bool) -> dict[str, Any]:
    """Any: attributes of a run."""
    return {"actions": {f"is-{name}": given for name, given in actions.items()}}


@asynccontextmanager
async def acting(cloud: Cloud) -> AsyncIterator[ActingTerraform]:
    outside = Outside(patience=3)
    try:
        async with serving(cloud.answer) as address:
            settings = TerraformSettings(url=address, token=SecretStr(TOKEN), org="acme", act=True)
            ours = connect(settings, Wiring(outside=outside))
            assert isinstance(ours, ActingTerraform)
            yield ours
    finally:
        await outside.aclose()


async def test_a_run_begins_again_once() -> None:
    cloud = Cloud(status="errored")
    async with acting(cloud) as ours:
        assert [await ours.rerun("run-1", ANA, once="k1") for _ in range(2)] == ["run-9", "run-9"]
    (begun,) = cloud.begun
    assert begun["attributes"]["message"] == "Run again for Ana [daywatch k1]"


@pytest.mark.parametrize("facts", [{"plan-only": True}, {"is-destroy": True}])
async def test_what_was_a_plan_only_or_destroyed_is_not_begun_again(facts: dict[str, Any]) -> None:
    cloud = Cloud(**facts)
    async with acting(cloud) as ours:
        with pytest.raises(Refused, match="in Terraform itself"):
            await ours.rerun("run-1", ANA, once="k1")
    assert cloud.begun == []


@pytest.mark.parametrize(
    ("facts", "acted"),
    [
        ({"status": "applying", **may(cancelable=True)}, ["cancel"]),
        ({"status": "planned", **may(discardable=True)}, ["discard"]),
        ({"status": "errored"}, []),
        ({"status": "canceled"}, []),
    ],
)
async def test_a_run_is_stopped_as_its_state_allows(facts: dict[str, Any], acted: list[str]) -> None:
    cloud = Cloud(**facts)
    async with acting(cloud) as ours:
        await ours.cancel("run-1", ANA)
    assert [action for action, _ in cloud.acted] == acted


async def test_a_run_that_nobody_may_stop_says_so() -> None:
    async with acting(Cloud(status="applying")) as ours:
        with pytest.raises(Refused, match=r"lets nobody stop this run now \(applying\)"):
            await ours.cancel("run-1", ANA)


async def test_what_waits_is_approved_and_what_was_approved_is_not_again() -> None:
    cloud = Cloud(status="planned", **may(confirmable=True))
    async with acting(cloud) as ours:
        await ours.approve("run-1", ANA, "looks right")
        cloud.first = run(status="applying")
        await ours.approve("run-1", ANA, "looks right")
    assert cloud.acted == [("apply", {"comment": "looks right (Ana, by Daywatch)"})]


@pytest.mark.parametrize("status", ["planning", "errored", "discarded", "pondering"])
async def test_what_waits_for_nobody_cannot_be_approved(status: str) -> None:
    cloud = Cloud(status=status)
    async with acting(cloud) as ours:
        with pytest.raises(Refused, match="waits for no approval"):
            await ours.approve("run-1", ANA, "")
    assert cloud.acted == []
