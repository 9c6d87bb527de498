"""The list of a review, and what is pressed in it: keep, remove, undo, sign off."""

from typing import Final

from bot.acts import Act, Acts, Ask, Next, Post, Reply, Wrong
from bot.features.access import views
from bot.features.access.service import Reviews, key_of, unchanged
from bot.store.access import Decision, Review

_MOST_TICKET: Final = 500


async def show(reviews: Reviews, ask: Ask) -> Acts:
    """`/daywatch access`, the message's *Review*, and turning the pages: `key` is where a page begins."""
    if reviews.rules is None:
        return (Reply(views.not_on()),)
    review = await reviews.current()
    if review is None or review.collected_at is None:
        return (Reply(views.not_yet()),)
    return (_list(reviews, ask, review, _number(ask.key)),)


async def keep(reviews: Reviews, ask: Ask) -> Acts:
    return await _decided(reviews, ask, ask.key, Decision.KEEP)


async def undo(reviews: Reviews, ask: Ask) -> Acts:
    return await _decided(reviews, ask, ask.key, None)


async def remove_form(reviews: Reviews, ask: Ask) -> Acts:
    """In the place of the list, to which the form leads back."""
    number, offset = _parts(ask.key)
    entry = await reviews.rows.entry(number)
    if entry is None:
        return await show(reviews, ask)
    return (Next(views.remove_form(entry, offset, reviews.clock())),)


async def remove(reviews: Reviews, ask: Ask) -> Acts:
    ticket = ask.value("ticket")
    if ticket and (not ticket.startswith(("https://", "http://")) or len(ticket) > _MOST_TICKET):
        return (Wrong({"ticket": "Use the address of a ticket, beginning with https://"}),)
    key = f"{ask.private.get('entry')}:{ask.private.get('offset')}"
    owner = ask.value("owner") or None
    return await _decided(reviews, ask, key, Decision.REMOVE, owner=owner, ticket=ticket or None)


async def keep_page(reviews: Reviews, ask: Ask) -> Acts:
    offset = _number(ask.key)
    review, _ = await reviews.held(0)
    if review is None:
        return (Reply(views.not_on()),)
    await reviews.keep_all(ask, review, review.entries[offset : offset + views.PAGE])
    return await _again(reviews, ask, offset)


async def keep_same(reviews: Reviews, ask: Ask) -> Acts:
    review, _ = await reviews.held(0)
    if review is None:
        return (Reply(views.not_on()),)
    await reviews.keep_all(ask, review, unchanged(review))
    return await _again(reviews, ask, _number(ask.key))


async def sign(reviews: Reviews, ask: Ask) -> Acts:
    """Only what is wholly decided, and only what was looked at: a list of an earlier period is not this one."""
    review, _ = await reviews.held(0)
    if review is None:
        return (Reply(views.not_on()),)
    if review.period != ask.private.get("period"):
        return (_list(reviews, ask, review, 0, note="A new period has begun: this is its review."),)
    if review.signed_at is not None:
        who = reviews.names.name(review.signed_by)
        return (_list(reviews, ask, review, 0, note=f"{who} has signed it off already."),)
    if review.undecided or not review.entries:
        return (_list(reviews, ask, review, 0, note="Something came in meanwhile and is to be decided upon first."),)
    acts = await reviews.sign(ask, review)
    return (Next(views.signed(review)), *acts)


async def _decided(
    reviews: Reviews,
    ask: Ask,
    key: str,
    decision: Decision | None,
    *,
    owner: str | None = None,
    ticket: str | None = None,
) -> Acts:
    number, offset = _parts(key)
    review, entry = await reviews.held(number)
    if review is None:
        return (Reply(views.not_on()),)
    if entry is None:
        return (_list(reviews, ask, review, offset, note="It is not there any more, or has another role now."),)
    if reviews.is_own(ask.person, entry):
        return (_list(reviews, ask, review, offset, note="This is yours: somebody else decides."),)
    if reviews.locked(review, entry):
        return (_list(reviews, ask, review, offset, note="It is signed off already."),)
    await reviews.decide(ask, entry, decision, owner=owner, ticket=ticket)
    return await _again(reviews, ask, offset)


async def _again(reviews: Reviews, ask: Ask, offset: int) -> Acts:
    """The list as it is now, and the message with its numbers."""
    review = await reviews.current()
    if review is None:
        return (Reply(views.not_on()),)
    return (_list(reviews, ask, review, offset), Post(key_of(review.period), after=2.0))


def _list(reviews: Reviews, ask: Ask, review: Review, offset: int, note: str = "") -> Act:
    return Next(
        views.review_list(
            review,
            offset,
            own=lambda entry: reviews.is_own(ask.person, entry),
            locked=lambda entry: reviews.locked(review, entry),
            names=reviews.names.name,
            now=reviews.clock(),
            note=note,
        )
    )


def _parts(key: str) -> tuple[int, int]:
    number, _, offset = key.partition(":")
    return _number(number), _number(offset)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
