"""The heartbeats' row of the checklist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.backup import Job, Run
from bot.domain.check import Item, Status
from bot.integrations.heartbeats.adapter import Heartbeats

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Remembered:
    """Pings in memory."""

    told: Mapping[str, Sequence[Run]]

    async def runs(self, job: str) -> Sequence[Run]:
        return self.told.get(job, ())


def job(name: str) -> Job:
    return Job(name=name, schedule="0 2 * * *")


def good(hours_ago: float, size: int | None = None) -> Run:
    ended = NOW - timedelta(hours=hours_ago)
    return Run(started_at=None, ended_at=ended, ok=True, size_bytes=size)


async def test_jobs_that_ran_are_ok_and_each_is_shown() -> None:
    ours = Heartbeats([job("pg"), job("files")], Remembered({"pg": [good(5)], "files": [good(5)]}), now=lambda: NOW)
    (check,) = ours.checks()
    assert (check.name, check.item) == ("heartbeats.jobs", Item.BACKUPS)
    answer = await check.ask()
    assert (answer.status, answer.summary) == (Status.OK, "All 2 backup jobs are on time")
    assert [one.key for one in answer.evidence] == ["files", "pg"]


async def test_the_worst_job_is_named_and_the_others_are_counted() -> None:
    told = {"pg": [good(29)], "files": [good(5)], "empty": [good(5, size=0)]}
    ours = Heartbeats([job("files"), job("pg"), job("gone"), job("empty")], Remembered(told), now=lambda: NOW)
    answer = await ours.jobs()
    assert answer.status is Status.FAIL
    assert answer.summary == "gone: no good run has ever been reported (1 failed or missing, 2 to look at, 1 on time)"
    assert [(one.key, one.status) for one in answer.evidence] == [
        ("gone", Status.FAIL),
        ("empty", Status.WARN),
        ("pg", Status.WARN),
        ("files", Status.OK),
    ]
    assert answer.evidence[2].detail == "last good run 29 h ago (every 24 h)"


async def test_one_job_alone_speaks_for_itself() -> None:
    ours = Heartbeats([job("pg")], Remembered({"pg": [good(5)]}), now=lambda: NOW)
    assert (await ours.jobs()).summary == "pg: on time"
    late = Heartbeats([job("pg")], Remembered({}), now=lambda: NOW)
    assert (await late.jobs()).summary == "pg: no good run has ever been reported"


def test_without_jobs_there_is_no_check_so_that_nothing_looks_checked() -> None:
    assert Heartbeats([], Remembered({})).checks() == ()
