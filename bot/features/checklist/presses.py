"""What a person presses, picks or submits about the checklist."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from bot.acts import Act, Acts, Ask, Next, Open, Post, Reply, Wrong
from bot.domain.check import Item
from bot.domain.digest import Digest
from bot.features.checklist import commands, forms
from bot.features.checklist.actions import item_of, key_of
from bot.features.checklist.days import local_day
from bot.features.checklist.hands import LONGEST_SNOOZE, Not, needs_words, until_day
from bot.features.checklist.record import details_key
from bot.features.checklist.service import Checklist
from bot.slack.message import Message

GONE: Final = "I do not know that checklist any more. /checklist shows today's."

Doing = Callable[[Ask, Digest, Item], Awaitable[Acts | Not]]


async def claim(checklist: Checklist, ask: Ask) -> Acts:
    return await _do(checklist, ask, checklist.hands.claim, "You have {}.")


async def release(checklist: Checklist, ask: Ask) -> Acts:
    """One's own at once; somebody else's only after a question."""
    return await _do(checklist, ask, checklist.hands.release, "{} is free again.")


async def release_anyway(checklist: Checklist, ask: Ask) -> Acts:
    async def anyway(ask: Ask, digest: Digest, item: Item) -> Acts | Not:
        return await checklist.hands.release(ask, digest, item, anyway=True)

    return await _do(checklist, ask, anyway, "{} is free again.")


async def done_form(checklist: Checklist, ask: Ask) -> Acts:
    """From memory: what the button carries is all that the form needs."""
    item = _item(ask)
    return (Open(forms.done(ask.key, item)),) if item else _gone()


async def snooze_form(checklist: Checklist, ask: Ask) -> Acts:
    item = _item(ask)
    return (Open(forms.snooze(ask.key, item)),) if item else _gone()


async def done(checklist: Checklist, ask: Ask) -> Acts:
    """*Mark as handled*, submitted."""
    found = await checklist.pressed_item(ask)
    words = ask.value("words")[:500]
    if found is None:
        return (Next(forms.told("Moved on", GONE, words)),)
    digest, item = found
    if await checklist.moved_on(digest):
        return (Next(forms.told("Moved on", _older(digest), words)),)
    if not words and needs_words(digest.item(item)):
        word = digest.item(item).word
        return (Wrong({"words": f"Say what you did: the check says {word}"}),)
    did = await checklist.hands.done(ask, digest, item, words)
    return (Next(forms.told("Moved on", did.why, words)),) if isinstance(did, Not) else did


async def snooze(checklist: Checklist, ask: Ask) -> Acts:
    found = await checklist.pressed_item(ask)
    reason = ask.value("reason")[:200]
    if found is None:
        return (Next(forms.told("Moved on", GONE, reason)),)
    digest, item = found
    if await checklist.moved_on(digest):
        return (Next(forms.told("Moved on", _older(digest), reason)),)
    routine = await checklist.record.routines.of(digest.team)
    today = local_day(routine, checklist.record.clock())
    until = until_day(ask.value("until"), ask.value("day"), today)
    wrong = _wrong_snooze(ask, until, max(today, digest.day))
    if until is None or wrong:
        return (Wrong(wrong),)
    did = await checklist.hands.snooze(ask, digest, item, until, reason)
    return (Next(forms.told("Moved on", did.why, reason)),) if isinstance(did, Not) else did


def _wrong_snooze(ask: Ask, until: date | None, today: date) -> dict[str, str]:
    field = "day" if ask.value("until") == "date" else "until"
    if until is None:
        return {field: "Choose a date"}
    if until <= today:
        return {field: "Use a date after today"}
    if until > today + LONGEST_SNOOZE:
        return {field: f"Use a date within {LONGEST_SNOOZE.days} days"}
    return {} if ask.value("reason") else {"reason": "Say why it can wait"}


async def run(checklist: Checklist, ask: Ask) -> Acts:
    """*Refresh*: this digest, in place. An older day's is history and stays as it was."""
    digest = await checklist.pressed(ask)
    if digest is None:
        return _gone()
    routine = await checklist.record.routines.of(digest.team)
    if digest.day != local_day(routine, checklist.record.clock()):
        return (Reply(forms.moved_on(f"{_older(digest)} To check now: /checklist run")),)
    return await commands.refresh(checklist, ask, digest, tell=not ask.on_message)


async def look_again(checklist: Checklist, ask: Ask) -> Acts:
    """*Refresh* on the only-you message: asked now, for that person alone."""
    digest = await checklist.pressed(ask)
    if digest is None:
        return _gone()
    fresh = await checklist.fresh(await checklist.record.routines.of(digest.team))
    return (Reply(await checklist.seeing.message(fresh, private=True), replace=True),)


async def now(checklist: Checklist, ask: Ask) -> Acts:
    """*Checklist* on the Home tab, *Show current* on an old message: all checks, asked just now, in a modal."""
    routine, _ = await checklist.aimed(ask)
    routine = routine or (await checklist.record.routines.all())[0]
    return (Next(await checklist.seeing.all_checks(await checklist.fresh(routine))),)


async def all_checks(checklist: Checklist, ask: Ask) -> Acts:
    digest = await checklist.pressed(ask)
    return (Next(await checklist.seeing.all_checks(digest)),) if digest else _gone_view()


async def details(checklist: Checklist, ask: Ask) -> Acts:
    """The modal, and the same evidence in the digest's thread for everybody."""
    found = await checklist.pressed_item(ask)
    if found is None:
        return _gone_view()
    digest, item = found
    await checklist.desk.record(lambda: _into_thread(checklist, digest, item))
    return (Next(await checklist.seeing.details_view(digest, item)),)


async def check_again(checklist: Checklist, ask: Ask) -> Acts:
    """In the details modal: this item's checks, asked now."""
    found = await checklist.pressed_item(ask)
    if found is None:
        return _gone_view()
    digest, item = found
    if await checklist.moved_on(digest):
        return (Next(forms.told("Moved on", _older(digest))),)
    fresh = await checklist.ask_again(digest, item)
    await checklist.desk.record(lambda: _into_thread(checklist, fresh, item))
    return (Next(await checklist.seeing.details_view(fresh, item)),)


async def show_history(checklist: Checklist, ask: Ask) -> Acts:
    digest = await checklist.pressed(ask)
    if digest is None:
        return _gone()
    routine = await checklist.record.routines.of(digest.team)
    return (Reply(await commands.history_of(checklist, routine)),)


async def show_help(checklist: Checklist, ask: Ask) -> Acts:
    return (Reply(checklist.help(ask.person)),)


async def _into_thread(checklist: Checklist, digest: Digest, item: Item) -> Acts:
    """The item's reply under the digest: posted the first time, else redrawn."""
    if digest.posted_at is None:
        return ()
    return (Post(details_key(digest.id, item)),)


async def _do(checklist: Checklist, ask: Ask, doing: Doing, words: str) -> Acts:
    """One of the hands, and the answer in the place where it was pressed."""
    found = await checklist.pressed_item(ask)
    if found is None:
        return _gone()
    digest, item = found
    if await checklist.moved_on(digest):
        return (Reply(forms.moved_on(_older(digest))),)
    did = await doing(ask, digest, item)
    if isinstance(did, Not):
        question = forms.release_question(key_of(digest, item), did.why) if did.taken_by else Message(did.why)
        return (Reply(question),)
    return (*did, *(await _seen(checklist, ask, digest, item, words)))


async def _seen(checklist: Checklist, ask: Ask, digest: Digest, item: Item, words: str) -> list[Act]:
    """The message redraws itself; a modal is redrawn, and an only-you message gets a word."""
    if ask.view_id:
        changed = await checklist.record.get(digest.id)
        return [Next(await checklist.seeing.details_view(changed or digest, item))]
    return [] if ask.on_message else [Reply(Message(words.format(item.heading)))]


def _item(ask: Ask) -> Item | None:
    found = item_of(ask.key)
    return found[1] if found else None


def _older(digest: Digest) -> str:
    return f"This moved on: it is the checklist of {digest.day:%a} {digest.day.day} {digest.day:%b}."


def _gone() -> Acts:
    return (Reply(Message(GONE)),)


def _gone_view() -> Acts:
    return (Next(forms.told("Moved on", GONE)),)
