"""Message rows: what is wanted, what is shown, and who is drawing."""

from datetime import UTC, datetime, timedelta

from bot.store.database import Store
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
SPAN = timedelta(seconds=40)


async def test_wanting_raises_the_version_and_showing_catches_up(store: Store) -> None:
    rows = MessageRows(store)
    await rows.want("card:1")
    await rows.want("card:1")
    row = await rows.lease("card:1", "me", AT, SPAN)
    assert row is not None
    assert (row.wanted, row.shown, row.tried) == (2, 0, False)
    await rows.want("card:1")
    await rows.shown("card:1", "me", row.wanted, "C1", "1.1")
    assert await rows.behind(AT) == ["card:1"], "what was wanted while it was drawn is still to be drawn"


async def test_a_message_is_drawn_by_one_at_a_time_and_taken_over_from_the_dead(store: Store) -> None:
    rows = MessageRows(store)
    await rows.want("card:1")
    assert await rows.lease("card:1", "me", AT, SPAN)
    assert await rows.lease("card:1", "other", AT, SPAN) is None
    assert await rows.behind(AT) == []
    late = AT + SPAN + timedelta(seconds=1)
    taken = await rows.lease("card:1", "other", late, SPAN)
    assert taken is not None
    assert taken.tried, "the dead one may have posted it"
    await rows.shown("card:1", "me", 1, "C1", "9.9")
    place = await rows.place("card:1")
    assert place is not None
    assert place.ts is None, "who has lost the lease has no say"


async def test_a_failure_waits_for_its_next_try_unless_something_new_is_wanted(store: Store) -> None:
    rows = MessageRows(store)
    await rows.want("card:1")
    await rows.lease("card:1", "me", AT, SPAN)
    await rows.not_shown("card:1", "me", "down", AT + timedelta(minutes=5))
    assert await rows.behind(AT) == []
    assert await rows.behind(AT + timedelta(minutes=5)) == ["card:1"]
    await rows.want("card:1")
    assert await rows.behind(AT) == ["card:1"]


async def test_what_is_gone_stays_gone(store: Store) -> None:
    rows = MessageRows(store)
    await rows.want("card:1")
    await rows.gone("card:1", "is_archived")
    await rows.want("card:1")
    assert await rows.behind(AT) == []


async def test_a_first_showing_makes_its_own_row(store: Store) -> None:
    rows = MessageRows(store)
    assert await rows.lease("card:1", "me", AT, SPAN) is None
    row = await rows.lease("card:1", "me", AT, SPAN, first=True)
    assert row is not None
    assert (row.wanted, row.tried) == (1, False)
    await rows.nothing("card:1", "me", row)
    again = await rows.lease("card:1", "me", AT, SPAN, first=True)
    assert again is not None
    assert (again.wanted, again.shown, again.tried) == (2, 1, False)


async def test_the_same_act_is_saved_once_and_a_persons_ask_counts_once(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.save("start", "start:a", {"n": 1}, AT)
    await outbox.save("start", "start:a", {"n": 2}, AT)
    (saved,) = await outbox.waiting(AT)
    assert saved.body == {"n": 1}
    assert [await outbox.first("slack:t1", AT) for _ in range(2)] == [True, False]
    assert len(await outbox.waiting(AT)) == 1, "an ask is nothing to hand over"


async def test_what_could_not_be_handed_over_waits_longer_each_time(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.save("start", "start:a", {}, AT)
    (saved,) = await outbox.waiting(AT)
    await outbox.failed(saved, AT, "engine away")
    assert await outbox.waiting(AT) == []
    (again,) = await outbox.waiting(AT + timedelta(seconds=1))
    assert again.tries == 1
    await outbox.handed(again.id, AT)
    assert not await outbox.hold(again.id)
    await outbox.ended(["a"], AT)
    assert await outbox.prune(AT + timedelta(days=1)) == 1
