"""Each state that Healthchecks knows, and what speaks against an "up"."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.domain.check import Answer, Status
from bot.domain.errors import NotAuthorised
from bot.integrations import Wiring
from bot.integrations.heartbeats.healthchecks import Healthchecks
from bot.integrations.heartbeats.settings import HeartbeatsSettings
from bot.integrations.http import Outside
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.heartbeats.scripted import KEY, job
from tests.integrations.moment import ago, still


@asynccontextmanager
async def healthchecks(answer: Canned, asked: list[Request], *tags: str) -> AsyncIterator[Healthchecks]:
    def answering(request: Request) -> Canned:
        asked.append(request)
        return answer

    outside = Outside(patience=3, now=still)
    try:
        async with serving(answering) as address:
            settings = HeartbeatsSettings.model_validate({"url": address, "api_key": KEY, "tags": tags})
            yield Healthchecks.connect(settings, Wiring(outside=outside))
    finally:
        await outside.aclose()


async def answered(*jobs: dict[str, Any], tags: tuple[str, ...] = ()) -> Answer:
    async with healthchecks(told({"checks": list(jobs)}), [], *tags) as ours:
        return await ours.jobs()


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"status": "up"}, Status.OK, "reported in time"),
        ({"status": "grace"}, Status.WARN, "late"),
        ({"status": "new", "last_ping": None, "next_ping": None}, Status.WARN, "never reported"),
        ({"status": "paused", "next_ping": None}, Status.WARN, "paused"),
        ({"status": "down"}, Status.FAIL, "did not report in time"),
        ({"status": "sleeping"}, Status.UNKNOWN, "a state we do not know: sleeping"),
        ({"started": True, "next_ping": ago(hours=9)}, Status.OK, "reported in time"),
        ({"last_ping": None}, Status.UNKNOWN, "never reported"),
        ({"next_ping": ago(hours=2)}, Status.UNKNOWN, "late by its own times"),
        ({"last_ping": ago(hours=-2)}, Status.UNKNOWN, "the clocks differ"),
        ({"next_ping": ago(minutes=30)}, Status.OK, "reported in time"),
        ({"next_ping": None, "grace": None, "slug": None, "unique_key": None}, Status.OK, "reported in time"),
    ],
    ids=["up", "grace", "new", "paused", "down", "odd", "running", "no ping", "overdue", "future", "in grace", "bare"],
)
async def test_a_job_is_judged_by_its_state(changes: dict[str, Any], status: Status, words: str) -> None:
    answer = await answered(job(**changes))
    assert (answer.status, words in answer.summary) == (status, True)


async def test_the_worst_of_many_decides_and_is_named_first() -> None:
    answer = await answered(job(), job("Disk image", "down", unique_key="b"), job("Mail", "grace", unique_key="c"))
    assert answer.status is Status.FAIL
    assert answer.summary.startswith("2 of 3 jobs to look at: Disk image: did not report in time")
    assert [one.title for one in answer.evidence] == ["Disk image", "Mail", "Postgres nightly"]


async def test_no_job_at_all_is_no_good_news_and_tags_are_named() -> None:
    assert (await answered()).status is Status.UNKNOWN
    assert "HEALTHCHECKS_TAGS" in (await answered(tags=("backup",))).summary


async def test_tags_are_all_asked_for() -> None:
    asked: list[Request] = []
    async with healthchecks(told({"checks": [job()]}), asked, "backup", "prod") as ours:
        await ours.jobs()
    assert asked[0].query == {"tag": ["backup", "prod"]}
    assert asked[0].headers["x-api-key"] == KEY


async def test_a_wrong_key_is_named_by_its_variable() -> None:
    async with healthchecks(told({"error": "wrong api key"}, 401), []) as ours:
        with pytest.raises(NotAuthorised, match="HEALTHCHECKS_API_KEY"):
            await ours.probe()
