"""Transactions: all or nothing, one writer at a time, and a database that is away is said to be away."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.domain.errors import StoreDown
from bot.store.audit import Audit
from bot.store.database import Store
from bot.store.incidents import IncidentRows
from bot.store.outbox import Outbox
from bot.store.tables import act
from tests.store import an_incident

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


async def note(store: Store, who: str) -> None:
    await Audit(store).note(at=AT, who=who, what="test", object_="x", whence="")


async def known(store: Store) -> list[str]:
    return [row["who"] for row in await Audit(store).of("x")]


async def test_what_fails_half_way_leaves_nothing(store: Store) -> None:
    async def doing() -> None:
        async with store.transaction():
            await note(store, "ann")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await doing()
    assert await known(store) == []


async def test_a_transaction_inside_another_is_part_of_it(store: Store) -> None:
    async def doing() -> None:
        async with store.transaction():
            async with store.transaction():
                await note(store, "ann")
            raise RuntimeError("late")

    with pytest.raises(RuntimeError, match="late"):
        await doing()
    assert await known(store) == []


async def test_a_part_may_fail_alone(store: Store) -> None:
    async def part() -> None:
        async with store.savepoint():
            await note(store, "bob")
            raise RuntimeError("part")

    async with store.transaction():
        await note(store, "ann")
        with pytest.raises(RuntimeError, match="part"):
            await part()
        await note(store, "kim")
    assert await known(store) == ["ann", "kim"]


async def test_a_part_needs_a_whole(store: Store) -> None:
    with pytest.raises(RuntimeError, match="open transaction"):
        async with store.savepoint():
            pass


async def test_others_see_nothing_before_the_commit_and_do_not_wait(store: Store) -> None:
    async with store.transaction():
        await note(store, "ann")
        seen = await asyncio.create_task(_outside(store))
    assert seen == []
    assert await known(store) == ["ann"]


async def _outside(store: Store) -> list[str]:
    # A task takes over the context of who made it; the doors make theirs outside of any transaction.
    from contextvars import Context  # noqa: PLC0415 - only here

    return await asyncio.get_running_loop().create_task(known(store), context=Context())


async def test_fifty_writers_take_their_turns(sqlite: Store) -> None:
    async def one(number: int) -> None:
        async with sqlite.transaction():
            await note(sqlite, f"p{number}")
            await asyncio.sleep(0)
            await note(sqlite, f"p{number}")

    await asyncio.gather(*(one(number) for number in range(50)))
    told = await known(sqlite)
    assert len(told) == 100
    assert all(told[at] == told[at + 1] for at in range(0, 100, 2))


async def test_a_writer_that_is_cut_off_leaves_nothing_and_blocks_nobody(sqlite: Store) -> None:
    began = asyncio.Event()

    async def slow() -> None:
        async with sqlite.transaction():
            await note(sqlite, "slow")
            began.set()
            await asyncio.sleep(30)

    first = asyncio.create_task(slow())
    await began.wait()
    waiting = asyncio.create_task(note(sqlite, "waiting"))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    async with asyncio.timeout(5):
        await note(sqlite, "ann")
    assert await known(sqlite) == ["ann"]


async def test_an_unreachable_database_is_down(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    try:
        with pytest.raises(StoreDown):
            await store.ping()
        with pytest.raises(StoreDown):
            await note(store, "ann")
    finally:
        await store.close()


async def test_our_own_mistake_is_not_called_a_database_that_is_down(store: Store) -> None:
    with pytest.raises(DBAPIError):
        await store.all(text("SELECT * FROM no_such_table"))
    with pytest.raises(DBAPIError):
        async with store.transaction():
            await store.write(text("SELEKT"))


async def test_errors_do_not_repeat_what_people_wrote(store: Store) -> None:
    await Outbox(store).save("start", "k", {}, AT)
    again = {"kind": "x", "key": "k", "body": {"title": "secret title"}, "made_at": AT, "tries": 0}
    with pytest.raises(IntegrityError) as caught:
        await store.write(insert(act).values(**again))
    assert "secret title" not in str(caught.value)
    assert "hide_parameters" in str(caught.value)


async def test_times_keep_their_moment_and_need_a_zone(store: Store) -> None:
    incident = await an_incident(store, AT)
    assert incident.opened_at == AT
    assert incident.opened_at.tzinfo is UTC
    with pytest.raises(Exception, match="needs a zone"):
        await IncidentRows(store).change(incident.id, AT, resolved_at=AT.replace(tzinfo=None))


async def test_the_file_is_opened_for_durability(sqlite: Store) -> None:
    assert await sqlite.value(text("PRAGMA journal_mode")) == "wal"
    assert await sqlite.value(text("PRAGMA synchronous")) == 2
    assert await sqlite.value(text("PRAGMA foreign_keys")) == 1
