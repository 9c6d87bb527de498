"""Backup jobs judged by absence: every rule, and the nights on which clocks change."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.domain.backup import Job, Run, judge
from bot.domain.check import Status

NIGHTLY = Job(name="pg-nightly", schedule="0 2 * * *", timezone="Europe/Berlin", grace=timedelta(hours=1))
BERLIN = ZoneInfo("Europe/Berlin")


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment in Berlin, as it is stored."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def good(ended: datetime, *, size: int | None = 1_000, took: int = 40) -> Run:
    return Run(started_at=ended - timedelta(minutes=took), ended_at=ended, ok=True, exit_code=0, size_bytes=size)


def failed(ended: datetime, code: int = 3) -> Run:
    return Run(started_at=None, ended_at=ended, ok=False, exit_code=code)


def begun(moment: datetime) -> Run:
    return Run(started_at=moment, ended_at=None, ok=None)


@pytest.mark.parametrize(
    ("now", "status", "words"),
    [
        (at(12, 2, 40), Status.OK, "on time"),
        (at(13, 2, 30), Status.OK, "on time"),
        (at(13, 3), Status.OK, "on time"),
        (at(13, 3, 1), Status.WARN, "last good run 24 h ago (every 24 h)"),
        (at(14, 2), Status.WARN, "last good run 47 h ago (every 24 h)"),
        (at(14, 2, 1), Status.FAIL, "last good run 47 h ago (every 24 h)"),
        (at(20, 8), Status.FAIL, "last good run 8 days ago (every 24 h)"),
    ],
)
def test_late_warns_within_twice_the_period_and_then_fails(now: datetime, status: Status, words: str) -> None:
    verdict = judge(NIGHTLY, [good(at(12, 2, 40))], now)
    assert (verdict.status, verdict.words) == (status, words)


def test_never_seen_fails() -> None:
    verdict = judge(NIGHTLY, [], at(12, 8))
    assert (verdict.status, verdict.words) == (Status.FAIL, "no good run has ever been reported")


def test_a_first_run_that_is_under_way_is_not_ok_yet() -> None:
    assert judge(NIGHTLY, [begun(at(12, 2))], at(12, 2, 30)).status is Status.WARN


def test_an_explicit_failure_fails_until_a_later_success() -> None:
    runs = [failed(at(13, 2, 10)), good(at(12, 2, 40))]
    verdict = judge(NIGHTLY, runs, at(13, 2, 20))
    assert (verdict.status, verdict.words) == (Status.FAIL, "the last run failed with exit status 3")
    assert judge(NIGHTLY, [good(at(13, 2, 50)), *runs], at(13, 8)).status is Status.OK


def test_a_start_without_an_end_fails_after_the_grace() -> None:
    runs = [begun(at(13, 2)), good(at(12, 2, 40))]
    assert judge(NIGHTLY, runs, at(13, 2, 59)).status is Status.OK
    verdict = judge(NIGHTLY, runs, at(13, 3, 1))
    assert (verdict.status, verdict.words) == (Status.FAIL, "started, but has not ended in 60 min")
    assert verdict.since == at(13, 2)


def test_a_lost_start_is_forgotten_when_a_later_run_has_ended() -> None:
    assert judge(NIGHTLY, [good(at(13, 2, 40)), begun(at(13, 1))], at(13, 8)).status is Status.OK


def test_running_longer_than_usual_warns() -> None:
    job = Job(name="pg", schedule="0 2 * * *", grace=timedelta(hours=6))
    runs = [begun(at(13, 3)), *(good(at(day, 3, 10), took=10) for day in (12, 11, 10))]
    assert judge(job, runs, at(13, 3, 20)).status is Status.OK
    verdict = judge(job, runs, at(13, 3, 30))
    assert (verdict.status, verdict.words) == (Status.WARN, "running for 30 min, usually 10 min")


@pytest.mark.parametrize(
    ("size", "least", "status", "words"),
    [
        (1_000, None, Status.OK, "on time"),
        (501, None, Status.OK, "on time"),
        (500, None, Status.OK, "on time"),
        (499, None, Status.WARN, "the last backup has 499 B, usually 1.0 kB"),
        (0, None, Status.WARN, "the last backup is empty"),
        (None, None, Status.OK, "on time"),
        (None, 900, Status.WARN, "the last run did not say its size"),
        (899, 900, Status.WARN, "the last backup has 899 B, at least 900 B expected"),
        (900, 900, Status.OK, "on time"),
    ],
)
def test_an_empty_or_small_backup_warns(size: int | None, least: int | None, status: Status, words: str) -> None:
    job = Job(name="pg", schedule="0 2 * * *", timezone="Europe/Berlin", min_size=least)
    sizes = [size, 1_000, 990, 1_010, None, 1_000, 0, 1_000]
    runs = [good(at(13 - index, 2, 40), size=each) for index, each in enumerate(sizes)]
    verdict = judge(job, runs, at(13, 8))
    assert (verdict.status, verdict.words) == (status, words)


def test_only_the_last_seven_sizes_say_what_is_usual() -> None:
    runs = [good(at(20 - index, 2, 40), size=100 if index < 8 else 100_000) for index in range(16)]
    assert judge(NIGHTLY, runs, at(20, 8)).status is Status.OK


def test_the_worst_is_told_first() -> None:
    runs = [failed(at(13, 2, 10)), good(at(10, 2, 40), size=0)]
    assert judge(NIGHTLY, runs, at(13, 8)).words == "the last run failed with exit status 3"


def test_the_order_in_which_runs_are_given_does_not_matter() -> None:
    runs = [good(at(11, 2, 40)), good(at(13, 2, 40)), failed(at(12, 2, 10))]
    assert judge(NIGHTLY, runs, at(13, 8)).status is Status.OK


def test_a_host_whose_clock_is_ahead_is_not_late_at_once() -> None:
    early = at(13, 2) - timedelta(seconds=20)
    assert judge(NIGHTLY, [good(early, took=0)], at(13, 8)).status is Status.OK
    quick = Job(name="q", schedule="* * * * *", grace=timedelta(0))
    assert judge(quick, [good(at(13, 8), took=0)], at(13, 8, 1) + timedelta(seconds=1)).status is Status.WARN


@pytest.mark.parametrize(
    ("last", "now", "status"),
    [
        # 29 March 2026: 02:00 to 03:00 does not exist; the run of 02:00 comes at 03:00.
        (at(28, 2, 40, 3), at(29, 3, 30, 3), Status.OK),
        (at(28, 2, 40, 3), at(29, 4, 1, 3), Status.WARN),
        (at(29, 3, 20, 3), at(30, 2, 50, 3), Status.OK),
        (at(29, 3, 20, 3), at(30, 3, 1, 3), Status.WARN),
        # 25 October 2026: 02:00 to 03:00 comes twice; one run is enough.
        (at(25, 2, 20, 10), at(26, 2, 50, 10), Status.OK),
        (at(25, 2, 20, 10), at(26, 3, 1, 10), Status.WARN),
        (at(24, 2, 40, 10), at(25, 5, 0, 10), Status.WARN),
    ],
)
def test_the_nights_on_which_clocks_change_neither_skip_nor_double_a_run(
    last: datetime, now: datetime, status: Status
) -> None:
    assert judge(NIGHTLY, [good(last)], now).status is status


def test_a_weekday_job_is_not_late_on_sunday() -> None:
    job = Job(name="w", schedule="0 2 * * 1-5", grace=timedelta(hours=1))
    friday = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    assert judge(job, [good(friday)], datetime(2026, 11, 22, 12, tzinfo=UTC)).status is Status.OK
    assert judge(job, [good(friday)], datetime(2026, 11, 23, 3, 1, tzinfo=UTC)).status is Status.WARN


@pytest.mark.parametrize(
    ("schedule", "zone", "words"),
    [
        ("0 2 * *", "UTC", "not a cron schedule"),
        (" ", "UTC", "not a cron schedule"),
        ("61 2 * * *", "UTC", "not a cron schedule"),
        ("0 0 30 2 *", "UTC", "not a cron schedule"),
        ("0 2 * * *", "Mars/Base", "not a time zone"),
        ("0 2 * * *", "../etc/passwd", "not a time zone"),
        ("0 2 * * *", "", "not a time zone"),
    ],
)
def test_a_job_that_cannot_be_read_says_so(schedule: str, zone: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Job(name="x", schedule=schedule, timezone=zone)


@settings(deadline=None)  # a busy machine is no finding
@given(
    minutes=some.lists(some.integers(0, 60 * 24 * 30), max_size=10),
    states=some.lists(some.sampled_from((True, False, None)), min_size=10, max_size=10),
    now=some.integers(0, 60 * 24 * 40),
)
def test_no_history_is_ok_without_a_recent_good_run(minutes: list[int], states: list[bool | None], now: int) -> None:
    base = datetime(2026, 3, 15, tzinfo=UTC)
    runs = [
        Run(started_at=moment, ended_at=None if ok is None else moment, ok=ok)
        for moment, ok in zip((base + timedelta(minutes=each) for each in minutes), states, strict=False)
    ]
    present = base + timedelta(minutes=now)
    if judge(NIGHTLY, runs, present).status is Status.OK:
        newest = max(run.ended_at for run in runs if run.ok and run.ended_at is not None)
        assert present - newest <= timedelta(hours=26)


TEST = Job(name="pg-restore", within=timedelta(days=90), restores="pg-nightly")


@pytest.mark.parametrize(
    ("runs", "status", "words"),
    [
        ([], Status.WARN, "no good restore test of pg-nightly has ever been reported"),
        ([good(at(12, 2))], Status.OK, "last good one 24 h ago"),
        ([good(at(12, 2, month=8))], Status.WARN, "last good restore test of pg-nightly 93 days ago (every 90 days)"),
        ([good(at(1, 2)), failed(at(12, 2))], Status.FAIL, "the last run failed with exit status 3"),
        ([begun(at(12, 2))], Status.FAIL, "started, but has not ended in 60 min"),
    ],
)
def test_a_restore_test_is_judged_by_its_age(runs: list[Run], status: Status, words: str) -> None:
    verdict = judge(TEST, runs, at(13, 2))
    assert (verdict.status, verdict.words) == (status, words)


@pytest.mark.parametrize("given", [{}, {"schedule": "0 2 * * *", "within": timedelta(days=1)}])
def test_a_job_has_a_schedule_or_an_age_and_not_both(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either a schedule or"):
        Job(name="x", **given)
