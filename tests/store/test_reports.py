"""What CI posted: the newest of each name and of some days before, the same once, no more than can be read at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.report import KeptReport, Report
from bot.store import reports
from bot.store.database import Store
from bot.store.reports import ReportRows, TooMuch

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_report(name: str = "shop", made: datetime | None = None, at: datetime = NOON, **facts: Any) -> KeptReport:
    return KeptReport(report=Report(name=name, facts=facts or {"bad": 1}, words="1 bad", made_at=made), received_at=at)


async def ages(rows: ReportRows, name: str = "shop") -> list[float]:
    """Hours, the newest first."""
    kept = await rows.kept("trivy", None)
    return [(NOON - one.at) / timedelta(hours=1) for one in kept if one.report.name == name]


async def test_reports_come_back_as_they_were_the_newest_first(store: Store) -> None:
    rows = ReportRows(store)
    first = a_report(made=NOON - timedelta(hours=3), found=["CVE-1", {"deep": [1, None, 2.5]}])
    second = a_report("cart", at=NOON + timedelta(hours=1))
    await rows.add("trivy", None, first)
    await rows.add("trivy", None, second)
    await rows.add("trivy", "eu", a_report("elsewhere"))
    assert await rows.kept("trivy", None) == [second, first]
    assert [one.report.name for one in await rows.kept("trivy", "eu")] == ["elsewhere"]
    assert await rows.kept("opa", None) == []


async def test_one_that_was_made_earlier_and_comes_later_is_not_the_newest(store: Store) -> None:
    rows = ReportRows(store)
    for hours in (1, 9):
        await rows.add("trivy", None, a_report(made=NOON - timedelta(hours=hours), hours=hours))
    assert await ages(rows) == [1, 9]


async def test_the_same_again_is_there_once_and_another_of_the_same_time_too(store: Store) -> None:
    rows = ReportRows(store)
    for found in (1, 1, 2):
        await rows.add("trivy", None, a_report(made=NOON, found=found))
    assert [one.report.facts["found"] for one in await rows.kept("trivy", None)] == [2, 1]


async def test_of_each_name_the_newest_and_the_last_of_some_days_stay(store: Store) -> None:
    rows = ReportRows(store)
    for hours in range(10 * 24, -1, -6):
        await rows.add("trivy", None, a_report(at=NOON - timedelta(hours=hours)))
    await rows.add("trivy", None, a_report("cart", at=NOON - timedelta(days=9)))
    # Two of today, then the evening before, and so on.
    assert await ages(rows) == [0, 6, 18, 42, 66]
    assert len(await ages(rows, "cart")) == 1


async def test_texts_that_no_database_holds_are_mended(store: Store) -> None:
    rows = ReportRows(store)
    await rows.add("trivy", None, a_report("a\0b\ud800", found={"k\0": "v\ud800"}))
    (one,) = await rows.kept("trivy", None)
    assert (one.report.name, one.report.facts) == ("a\ufffdb?", {"found": {"k\ufffd": "v?"}})


async def test_a_very_long_name_is_still_itself(store: Store) -> None:
    rows = ReportRows(store)
    for _ in range(3):
        await rows.add("trivy", None, a_report("n" * 900))
    assert len(await rows.kept("trivy", None)) == 2


async def test_what_was_received_long_ago_is_forgotten(store: Store) -> None:
    rows = ReportRows(store)
    await rows.add("trivy", None, a_report(at=NOON - timedelta(days=91)))
    await rows.add("trivy", None, a_report(made=NOON - timedelta(days=91)))
    assert await rows.prune(NOON - timedelta(days=90)) == 1
    assert len(await rows.kept("trivy", None)) == 1


async def test_the_last_to_arrive_is_known(store: Store) -> None:
    rows = ReportRows(store)
    assert await rows.last("trivy", None) is None
    await rows.add("trivy", None, a_report())
    await rows.add("trivy", None, a_report("cart", at=NOON + timedelta(minutes=1)))
    last = await rows.last("trivy", None)
    assert last is not None
    assert (last.name, last.words, last.names) == ("cart", "1 bad", 2)


async def test_too_much_is_refused_with_what_to_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ReportRows(store)
    with pytest.raises(TooMuch, match="part by part"):
        await rows.add("trivy", None, a_report(found="x" * reports.LARGEST))
    monkeypatch.setattr(reports, "MOST_NAMES", 2)
    for name in ("a", "b", "a"):
        await rows.add("trivy", None, a_report(name))
    with pytest.raises(TooMuch, match="the same name"):
        await rows.add("trivy", None, a_report("c"))
    await rows.add("trivy", "eu", a_report("c"))
    monkeypatch.setattr(reports, "MOST_BYTES", 60)
    with pytest.raises(TooMuch, match="are kept already"):
        await rows.add("trivy", None, a_report("a", found="x" * 60))
