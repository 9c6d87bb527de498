"""The record of changes: what is told later replaces what was told before, in whatever order it comes."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

from sqlalchemy import event

from bot.domain.change import ChangeReported, Recorded, Result
from bot.store.changes import Asked, ChangeRows
from bot.store.database import Store
from tests.changes import BEGAN, MINUTE, change, reported, running

DAY = timedelta(days=1)


async def keep(rows: ChangeRows, *told: ChangeReported, service: str | None = "checkout") -> list[str]:
    return [one.change.id for one in await rows.keep([(one, service) for one in told])]


async def whole(rows: ChangeRows) -> list[Recorded]:
    return list(await rows.of(None, BEGAN - 30 * DAY, BEGAN + 30 * DAY))


def story() -> tuple[ChangeReported, ...]:
    """How a deployment went on, each with its moment."""
    begun = running(20, id="7", by=None)
    going = running(20, id="7", version="v2.14.1")
    ended = change(13, id="7", started_at=begun.started_at, result=Result.FAILED)
    return (reported(begun), reported(going, BEGAN - 17 * MINUTE), reported(ended))


async def test_a_change_comes_back_as_it_was_told(store: Store) -> None:
    rows = ChangeRows(store)
    assert not await rows.any()
    assert await keep(rows, reported(change())) == ["checkout:13"]
    (one,) = await whole(rows)
    assert (one.change, one.service) == (change(), "checkout")
    assert await rows.some([one.id]) == [one]
    assert await rows.any()


async def test_the_last_news_stands_in_whatever_order_it_comes(store: Store) -> None:
    rows = ChangeRows(store)
    for number, order in enumerate(permutations(story())):
        for news in order:
            await keep(rows, replace(news, change=replace(news.change, id=f"{number}")))
    found = await whole(rows)
    assert len(found) == 6
    assert {one.change.result for one in found} == {Result.FAILED}
    assert {one.change.ended_at for one in found} == {BEGAN - 13 * MINUTE}


async def test_the_same_in_one_batch(store: Store) -> None:
    rows = ChangeRows(store)
    assert await keep(rows, *reversed(story())) == ["7"]
    assert [one.change.result for one in await whole(rows)] == [Result.FAILED]


async def test_repeats_are_no_news(store: Store) -> None:
    rows = ChangeRows(store)
    news = reported(change())
    assert await keep(rows, news, news) == ["checkout:13"]
    assert await keep(rows, news) == []
    assert await keep(rows, replace(news, at=BEGAN)) == [], "the same, told later by a look"
    late = ChangeReported(change=running(15, id="checkout:13"), at=BEGAN - MINUTE)
    assert await keep(rows, late) == [], "a notice that was overtaken by the look"


async def test_in_the_same_second_the_end_is_later(store: Store) -> None:
    rows, at = ChangeRows(store), BEGAN
    ended, going = change(id="7"), running(15, id="7")
    assert await keep(rows, ChangeReported(change=ended, at=at)) == ["7"]
    assert await keep(rows, ChangeReported(change=going, at=at)) == []
    assert await keep(rows, *(ChangeReported(change=one, at=at + MINUTE) for one in (ended, going))) == []
    assert [one.change.result for one in await whole(rows)] == [Result.SUCCEEDED]


async def test_what_has_ended_runs_again_only_when_it_began_anew(store: Store) -> None:
    rows = ChangeRows(store)
    await keep(rows, reported(change(13, id="7")))
    assert await keep(rows, ChangeReported(change=running(15, id="7"), at=BEGAN)) == [], "clocks disagree"
    assert await keep(rows, ChangeReported(change=running(10, id="7"), at=BEGAN)) == ["7"]
    (one,) = await whole(rows)
    assert (one.change.result, one.change.ended_at) == (Result.RUNNING, None)


async def test_what_is_told_without_a_detail_does_not_lose_it(store: Store) -> None:
    rows = ChangeRows(store)
    await keep(rows, reported(change()))
    bare = change(by=None, version=None, environment=None, url=None, result=Result.FAILED)
    await keep(rows, ChangeReported(change=bare, at=BEGAN))
    (one,) = await whole(rows)
    assert one.change == change(result=Result.FAILED)


async def test_another_service_is_news_and_the_same_id_of_another_source_is_another_change(store: Store) -> None:
    rows = ChangeRows(store)
    await keep(rows, reported(change()), service=None)
    assert await keep(rows, reported(change())) == ["checkout:13"]
    assert await keep(rows, reported(change(source="github"))) == ["checkout:13"]
    assert len(await whole(rows)) == 2


async def test_hostile_texts_are_held_and_found_again(store: Store) -> None:
    rows = ChangeRows(store)
    odd = "a\0b\ud800" + "x" * 5000
    wild = change(id=odd, title=odd, places=(odd, "checkout") * 50, by=odd, version=odd, environment=odd, source=odd)
    assert len(await keep(rows, reported(wild))) == 1
    assert await keep(rows, reported(wild)) == [], "it is recognised"
    await keep(rows, reported(change(url="https://example.com/" + "x" * 5000)))
    assert [one.change.url for one in await whole(rows) if one.change.source == "argocd"] == [None]


async def test_two_at_once_make_one_row(store: Store) -> None:
    rows = ChangeRows(store)
    told = [reported(change(number, id=f"{number}")) for number in range(30)]

    async def write(order: list[ChangeReported]) -> None:
        async with store.transaction():
            await keep(rows, *order)

    await asyncio.gather(write(told), write(told[::-1]), write(told))
    assert len(await whole(rows)) == 30


async def test_a_window_holds_what_was_there_in_it(store: Store) -> None:
    rows, since = ChangeRows(store), BEGAN - timedelta(hours=6)
    told = [
        change(400, id="over before"),
        change(10, id="long", started_at=BEGAN - timedelta(hours=20)),
        change(20, id="within"),
        running(500, id="still running"),
        running(2000, id="forgotten"),
        change(-30, id="after"),
    ]
    await keep(rows, *map(reported, told))
    await keep(rows, reported(change(20, id="other")), service="search")
    await keep(rows, reported(change(20, id="nobody's")), service=None)
    assert {one.change.id for one in await rows.of("checkout", since, BEGAN)} == {"long", "within", "still running"}
    assert {one.change.id for one in await rows.elsewhere("checkout", since, BEGAN)} == {"other", "nobody's"}
    assert await rows.count_elsewhere("checkout", since, BEGAN) == 2
    assert len(await rows.of(None, since, BEGAN)) == 5
    assert [one.change.id for one in await rows.begun("checkout", BEGAN, BEGAN + DAY)] == ["after"]
    assert await rows.begun(None, BEGAN, BEGAN + MINUTE) == []
    assert [one.change.id for one in await rows.last("checkout", since, limit=2)] == ["over before", "still running"]


async def test_the_last_look_at_each_system_is_remembered(store: Store) -> None:
    rows = ChangeRows(store)
    assert await rows.asked() == {}
    silent = Asked(name="Argo CD", asked_at=BEGAN, answered_at=None, trouble="no answer in 20 s")
    await rows.looked(silent)
    assert await rows.asked() == {"Argo CD": silent}
    heard = Asked(name="Argo CD", asked_at=BEGAN + MINUTE, answered_at=BEGAN + MINUTE)
    await rows.looked(heard)
    assert await rows.asked() == {"Argo CD": heard}


async def test_old_changes_are_forgotten(store: Store) -> None:
    rows = ChangeRows(store)
    await keep(rows, reported(change()), reported(change(60 * 24 * 500, id="old")))
    assert await rows.prune(BEGAN - 400 * DAY) == 1
    assert [one.change.id for one in await whole(rows)] == ["checkout:13"]


async def test_every_question_goes_along_an_index(sqlite: Store) -> None:
    """So that a million rows cost as little as a hundred."""
    rows, since, asked = ChangeRows(sqlite), BEGAN - timedelta(hours=6), list[tuple[str, Any]]()

    def remember(_connection: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        asked.append((statement, given))

    listening = (sqlite.engine.sync_engine, "before_cursor_execute", remember)
    event.listen(*listening)
    async with sqlite.transaction():
        for service in ("checkout", None):
            await rows.of(service, since, BEGAN)
            await rows.begun(service, since, BEGAN)
            await rows.last(service, since)
        await rows.elsewhere("checkout", since, BEGAN)
        await rows.count_elsewhere("checkout", since, BEGAN)
        await rows.some([1, 2])
        await keep(rows, reported(change()))
        await keep(rows, reported(change(), BEGAN))
        await rows.prune(since)
        event.remove(*listening)
    questions = [one for one in asked if one[0].startswith(("SELECT", "UPDATE", "DELETE"))]
    assert len(questions) > 12
    async with sqlite.engine.connect() as connection:
        for statement, given in questions:
            steps = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)).all()
            told = [step[-1] for step in steps]
            assert not [one for one in told if one.startswith("SCAN") and "INDEX" not in one], (statement, told)
            assert "USE TEMP B-TREE FOR ORDER BY" not in told or "IN (" in statement, (statement, told)
