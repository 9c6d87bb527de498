"""Access reviews on both databases: found, changed, gone, back again, decided, compared, forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.access import Access, Holder
from bot.store.access import AccessRows, Decision, News
from bot.store.database import Store

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
ANA = Access(system="aws", principal="ana", role="Admin", strong=True, title="Ana", last_used=AT, expires=AT)
BEN = Access(system="aws", principal="ben", role="viewer", holder=Holder.GUEST, email="ben@example.com")
ODD = Access(system="s" * 300, principal="\x00" + "p" * 500, role="\ud800" + "r" * 500, note="\x00n", title="\ud800t")


async def test_what_is_found_again_stays_itself_and_what_is_missing_goes(store: Store) -> None:
    rows = AccessRows(store)
    review = await rows.open("2026-11", AT)
    assert await rows.open("2026-11", AT + timedelta(days=1)) == review
    await rows.collected(review, {"aws": [ANA, ANA, BEN], "odd": [ODD]}, ["aws", "odd"], AT)
    await rows.told("2026-11", [("x", "no answer")], AT)
    first = {one.access.principal[:3]: one for one in (await rows.open("2026-11", AT)).entries}
    assert (first["ana"].access, first["ben"].access) == (ANA, BEN)
    assert {one.news for one in first.values()} == {News.FIRST}
    used = replace(ANA, last_used=AT + timedelta(hours=6))
    await rows.decide([first["ben"].id], Decision.KEEP, who="U1", at=AT)
    await rows.collected(review, {"aws": [used], "odd": [ODD]}, ["aws", "odd"], AT + timedelta(hours=6))
    found = await rows.get("2026-11")
    assert found is not None
    assert (found.unread, len(found.entries)) == ([("x", "no answer")], 2)
    assert [one.access.last_used for one in found.entries if one.id == first["ana"].id] == [used.last_used]
    back = AT + timedelta(hours=12)
    await rows.collected(review, {"aws": [used, BEN]}, ["aws"], back)
    ben = await rows.entry(first["ben"].id)
    assert ben is not None
    assert (ben.gone_at, ben.decision, ben.seen_at) == (None, None, back)
    assert len((await rows.open("2026-11", AT)).entries) == 3  # who was not asked about is not gone


async def test_the_next_review_is_compared_with_the_last_that_was_signed(store: Store) -> None:
    rows = AccessRows(store)
    review = await rows.open("2026-10", AT - timedelta(days=30))
    cat = replace(ANA, principal="cat", role="viewer")
    await rows.collected(review, {"aws": [ANA, BEN, cat]}, ["aws"], AT)
    ids = {one.access.principal: one.id for one in (await rows.open("2026-10", AT)).entries}
    await rows.decide([ids["ana"]], Decision.KEEP, who="U1", at=AT)
    await rows.decide([ids["ben"]], Decision.REMOVE, who="U1", at=AT, owner="U2", ticket="https://x.example/1")
    await rows.sign("2026-10", "U1", AT)
    await rows.open("2026-11", AT + timedelta(days=1))  # never signed
    later = await rows.open("2026-12", AT + timedelta(days=30))
    assert later.compared == "2026-10"
    more, other, new = replace(ANA, role="Owner"), replace(cat, role="Admin"), replace(ANA, principal="zoe")
    await rows.collected(later, {"aws": [ANA, more, other, BEN, new]}, ["aws"], AT + timedelta(days=30))
    found = (await rows.open("2026-12", AT)).entries
    assert [(one.access.principal, one.news, one.before) for one in found] == [
        ("ben", News.STILL, ""),
        ("ana", News.NEW, ""),
        ("cat", News.ROLE, "viewer"),
        ("zoe", News.NEW, ""),
        ("ana", News.SAME, ""),
    ]
    assert await rows.prune(AT + timedelta(days=10)) == 2
    assert await rows.get("2026-10") is None
    assert await rows.entry(ids["ana"]) is None
    assert await rows.get("2026-12") is not None
