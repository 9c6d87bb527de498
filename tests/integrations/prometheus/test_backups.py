"""How backup jobs are judged that tell of themselves by metrics."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.domain.check import Answer, Item, Status
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.prometheus.adapter import Prometheus
from bot.integrations.prometheus.job import BackupJob
from bot.integrations.prometheus.settings import PrometheusSettings
from tests.integrations.contract.server import Canned, Request
from tests.integrations.prometheus.figures import DAY, HOUR, NOW, Series, answering
from tests.integrations.prometheus.scripted import SCRIPT
from tests.integrations.prometheus.test_adapter import prometheus

OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN
HOURLY: Final = BackupJob(name="pg", schedule="0 * * * *", grace_minutes=30, min_size="1MB")
OF_NO_USE: Final = "the time of its last good run is of no use"
OF_DB1: Final = {"job_name": "pg", "instance": "db1:9100"}


def told(**figures: float | str | None) -> Mapping[str, Series]:
    """A job that ran well half an hour ago, with some figures told otherwise; None is one that is not told."""
    usual: dict[str, float | str | None] = {"success": NOW - 1_800, "code": 0, "size": 8e9, "usual": 8e9, **figures}
    return {f"backup {name}": [(OF_DB1, value)] for name, value in usual.items() if value is not None}


async def ask(series: Mapping[str, Series], *jobs: BackupJob, **settings: Any) -> Answer:
    """The answer of the check. Any: whatever the settings take."""
    answer = answering(series)

    def server(request: Request) -> Canned:
        return answer(request) or SCRIPT.replying()(request)

    async with prometheus(server=server, backups=jobs or (HOURLY,), **settings) as ours:
        return await ours.backups()


async def test_a_job_on_time_is_ok() -> None:
    answer = await ask(told())
    assert (answer.status, answer.summary) == (OK, "1 backup job is on time, 1 reports")
    (one,) = answer.evidence
    assert (one.title, one.detail) == ("pg on db1:9100", "on time")
    assert one.since == datetime.fromtimestamp(NOW - 1_800, UTC)


@pytest.mark.parametrize(
    ("figures", "status", "words"),
    [
        ({"success": NOW - 3 * HOUR}, FAIL, "last good run 3 h ago (every 60 min)"),
        ({"success": None}, FAIL, "no good run has ever been reported"),
        ({"success": 0}, FAIL, "no good run has ever been reported"),
        ({"code": 7}, FAIL, "the last run failed with exit status 7"),
        ({"size": 0}, WARN, "the last backup is empty"),
        ({"size": 3e9}, WARN, "the last backup has 3.0 GB, usually 8.0 GB"),
        ({"size": 100, "usual": None}, WARN, "the last backup has 100 B, at least 1.0 MB expected"),
        ({"size": None}, WARN, "the last run did not say its size"),
        (
            {"success": NOW * 1_000},
            UNKNOWN,
            "the time of its last good run is of no use: it is in milliseconds, write seconds",
        ),
        ({"success": NOW + DAY}, UNKNOWN, "the time of its last good run is of no use: it is no time that can be"),
        ({"success": "NaN"}, UNKNOWN, "the time of its last good run is of no use: it is no time that can be"),
        ({"success": "-Inf"}, UNKNOWN, "the time of its last good run is of no use: it is no time that can be"),
        ({"code": "NaN"}, UNKNOWN, "its exit code is no number"),
        ({"code": "+Inf"}, FAIL, "the last run failed"),
    ],
)
async def test_a_job_is_judged_by_its_last_good_run_its_exit_code_and_its_size(
    figures: Mapping[str, Any], status: Status, words: str
) -> None:
    answer = await ask(told(**figures))
    assert (answer.status, [one.detail for one in answer.evidence]) == (status, [words])


async def test_a_job_of_which_nothing_is_told_fails() -> None:
    answer = await ask({})
    assert (answer.status, answer.evidence[0].detail) == (FAIL, "nothing reports it")
    answer = await ask({"backup broken": [({"instance": "db1:9100"}, 1)]})
    assert answer.evidence[0].detail == "nothing reports it; node exporter cannot read a text file on db1:9100"


async def test_each_host_of_a_job_is_judged_by_itself_and_one_that_is_missing_is_missed() -> None:
    hosts = [{"job_name": "etc", "instance": f"{name}:1"} for name in "ab"]
    series: Mapping[str, Series] = {
        "backup success": [(hosts[0], NOW - 600), (hosts[1], NOW - 9 * HOUR)],
        "backup code": [(one, 0) for one in hosts],
    }
    job = BackupJob(name="etc", schedule="0 * * * *")
    answer = await ask(series, job)
    assert (answer.status, [one.title for one in answer.evidence]) == (FAIL, ["etc on b:1", "etc on a:1"])
    only = job.model_copy(update={"labels": {"instance": "a:1"}})
    assert (await ask(series, only)).status is OK
    answer = await ask(series, only.model_copy(update={"at_least": 2}))
    assert answer.evidence[0].detail == "reports from 1 of 2 hosts"


async def test_of_a_pair_of_servers_the_worse_word_counts() -> None:
    pair = [{**OF_DB1, "replica": name} for name in "ab"]
    series: Mapping[str, Series] = {
        **told(),
        "backup success": [(pair[0], NOW - 600), (pair[1], NOW - 9 * HOUR)],
        "backup code": [(pair[0], 0)],
        "backup size": [(pair[0], 8e9)],
    }
    answer = await ask(series)
    assert (answer.status, len(answer.evidence)) == (FAIL, 1)


def test_jobs_stand_in_the_settings_and_without_any_there_is_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Prometheus.connect(PrometheusSettings(url="http://127.0.0.1:1"), Wiring(outside=Outside()))
    assert "prometheus.backups" not in {check.name for check in bare.checks()}
    monkeypatch.setenv("PROMETHEUS_BACKUPS", json.dumps([{"name": "pg", "schedule": "0 2 * * *"}]))
    ours = Prometheus.connect(PrometheusSettings(url="http://127.0.0.1:1"), Wiring(outside=Outside()))
    assert {check.name: check.item for check in ours.checks()}["prometheus.backups"] is Item.BACKUPS


@pytest.mark.parametrize("wrong", [{"schedule": "x"}, {"timezone": "Mars"}, {"min_size": "big"}, {"strange": 1}])
def test_a_job_that_cannot_be_read_is_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        BackupJob(**{"name": "pg", "schedule": "0 2 * * *", **wrong})
