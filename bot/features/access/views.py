"""How an access review looks: a message of numbers, and a list in a modal that only whoever may decide sees. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block, ButtonElement, RichTextSectionElement

from bot.domain.access import Holder
from bot.features.access.periods import name_of
from bot.features.access.service import tally, unchanged
from bot.slack.blocks import (
    actions,
    and_more,
    button,
    clean,
    confirm,
    context,
    count,
    cut,
    date,
    date_mrkdwn,
    field,
    foreign,
    line,
    link,
    marks,
    pick_user,
    plain,
    rich,
    section,
    web_address,
    words,
)
from bot.slack.blocks.rich import Part
from bot.slack.message import Cut, Message, Surface, View
from bot.store.access import Decision, Entry, News, Review

REVIEW: Final = "access.review.v1"
TURN: Final = "access.turn.v1"
KEEP: Final = "access.keep.v1"
REMOVE: Final = "access.remove.v1"
UNDO: Final = "access.undo.v1"
KEEP_PAGE: Final = "access.keep_page.v1"
KEEP_SAME: Final = "access.keep_same.v1"
SIGN_FORM: Final = "access.sign_form.v1"
REMOVE_FORM: Final = "access.remove_form.v1"

PAGE: Final = 8
_SHOWN_UNREAD: Final = 3
_SIGN: Final = "🔑"
_HOLDERS: Final = {Holder.GUEST: "from outside", Holder.MACHINE: "a program's", Holder.KEY: "token or key"}


def message(
    review: Review, signed_by: str, now: datetime, *, late: datetime | None = None, over: bool = False
) -> Message:
    """For a channel that many read: how many, never who. `over`: the next one has begun."""
    name = f"Access review for {name_of(review.period)}"
    if review.signed_at is not None:
        kept, removed = tally(review)
        told = f"{kept} kept, {removed} to be taken away" if removed else f"all {kept} kept"
        row = line(marks.OK.element, f" {name}: signed off by {clean(signed_by)[:40]}, ", date(review.signed_at, now))
        return Message(f"{name} is signed off", blocks=(rich(row, line(told)),), surface=Surface.NUDGE)
    if over:
        told = f"{name} was not signed off. The next one has begun."
        return Message(told, blocks=(rich(line(f"{_SIGN} {told}")),), surface=Surface.NUDGE)
    state = "overdue" if late is not None and now >= late else "due"
    top = line(f"{_SIGN} ", words(name, bold=True), f" is {state}")
    return Message(
        f"{name} is {state}: {_numbers(review)}",
        blocks=(
            rich(top, line(_numbers(review))),
            context(_as_of(review, now)),
            actions(button("Review", REVIEW, review.period, style="primary", label=f"{name}: look at the list")),
        ),
        surface=Surface.NUDGE,
    )


def _numbers(review: Review) -> str:
    """The differences first."""
    numbers = (
        (review.counted(News.STILL), "not taken away"),
        (review.counted(News.NEW), "new"),
        (review.counted(News.ROLE), "with another role"),
        (review.counted(News.SAME), "unchanged"),
    )
    told = [f"{number} {what}" for number, what in numbers if number]
    return " · ".join(
        [count(len(review.entries), "entry", "entries"), *told, f"{len(review.undecided)} to decide upon"]
    )


def _as_of(review: Review, now: datetime) -> str:
    at = f"as of {date_mrkdwn(review.collected_at, now)}" if review.collected_at else "not collected yet"
    missing = sorted({source for source, _ in review.unread})
    return f"{at} · could not read all of {', '.join(map(_plain, missing[:5]))}" if missing else at


def _plain(source: str) -> str:
    return "".join(one for one in clean(source)[:40] if one.isalnum() or one in " -_.")


def review_list(
    review: Review,
    offset: int,
    *,
    own: Callable[[Entry], bool],
    locked: Callable[[Entry], bool],
    names: Callable[[str | None], str],
    now: datetime,
    note: str = "",
) -> View:
    """A page of it: what is new first. It can be signed off once everything is decided upon."""
    offset = max(0, min(offset, (len(review.entries) - 1) // PAGE * PAGE))
    page = review.entries[offset : offset + PAGE]
    blocks: list[Block | Cut] = [section(plain(note, 200))] if note else []
    blocks.append(section(plain(_numbers(review), 300)))
    blocks += _unread(review)
    for entry in page:
        blocks += _entry(entry, offset, own=own(entry), locked=locked(entry), names=names, now=now)
    if not review.entries:
        blocks.append(section("Nobody was found who may do anything. Connect a system, or post a list of your own."))
    mine = sum(own(one) for one in review.undecided)
    if mine and mine == len(review.undecided):
        blocks.append(context(f"{count(mine, 'entry is', 'entries are')} yours: somebody else decides."))
    controls = _controls(review, page, offset, own)
    if controls:
        blocks.append(actions(*controls))
    done = review.signed_at is None and review.entries and not review.undecided
    return View(
        title=cut(f"Access, {name_of(review.period)}", 24),
        callback_id=SIGN_FORM,
        submit="Sign off" if done else None,
        close="Close",
        blocks=blocks,
        memory={"period": review.period, "offset": offset},
        surface=Surface.TIMELINE,
    )


def _unread(review: Review) -> Sequence[Block]:
    if not review.unread:
        return ()
    rows = [line(marks.UNKNOWN.element, " ", foreign(why, 200)) for _, why in review.unread[:_SHOWN_UNREAD]]
    if len(review.unread) > _SHOWN_UNREAD:
        rows.append(line(and_more(len(review.unread) - _SHOWN_UNREAD)))
    return (rich(*rows),)


def _controls(review: Review, page: Sequence[Entry], offset: int, own: Callable[[Entry], bool]) -> list[ButtonElement]:
    found: list[ButtonElement] = []
    if offset > 0:
        found.append(button("Earlier", TURN, str(max(0, offset - PAGE)), label="Earlier entries"))
    if offset + PAGE < len(review.entries):
        found.append(button("Later", TURN, str(offset + PAGE), label="Later entries"))
    open_here = sum(one.decision is None and not own(one) for one in page)
    if open_here > 1:
        found.append(button(f"Keep these {open_here}", KEEP_PAGE, str(offset)))
    same = sum(not own(one) for one in unchanged(review))
    if same > 1:
        sure = confirm("Keep them?", f"{same} that were kept at the last review, too.", "Keep", "Look at them")
        found.append(button("Keep unchanged", KEEP_SAME, str(offset), confirm=sure))
    return found


def _entry(
    entry: Entry, offset: int, *, own: bool, locked: bool, names: Callable[[str | None], str], now: datetime
) -> Sequence[Block]:
    value, who = f"{entry.id}:{offset}", clean(entry.access.title or entry.access.principal)[:40]
    if entry.decision is None and own:
        return (rich(*_lines(entry, now, line("Yours: somebody else decides."))),)
    if entry.decision is None:
        keep = button("Keep", KEEP, value, label=f"Keep {who}")
        remove = button("Remove", REMOVE, value, label=f"Remove {who}")
        return (rich(*_lines(entry, now)), actions(keep, remove))
    drawn = rich(*_lines(entry, now, _decided(entry, names)))
    return (drawn,) if locked or own else (drawn, actions(button("Undo", UNDO, value, label=f"Undo for {who}")))


def _lines(entry: Entry, now: datetime, last: RichTextSectionElement | None = None) -> Sequence[RichTextSectionElement]:
    access = entry.access
    mark = (f"{marks.WARN.sign} ",) if access.strong or access.note else ()
    head = line(
        *mark,
        foreign(access.title or access.principal, 60, bold=True),
        " · ",
        foreign(access.system, 40),
        " · ",
        foreign(access.role, 80),
    )
    facts = _facts(entry, now)
    return [head, *([line(*facts)] if facts else ()), *([last] if last is not None else ())]


def _facts(entry: Entry, now: datetime) -> list[Part]:
    access, told = entry.access, list[tuple[Part, ...]]()
    if entry.news is News.STILL:
        told.append((words("was to be taken away", bold=True),))
    elif entry.news is News.NEW:
        told.append((words("new", bold=True),))
    elif entry.news is News.ROLE:
        told.append((words("was ", bold=True), foreign(entry.before, 60, bold=True)))
    known = access.email or access.principal
    if access.title and access.title.casefold() != known.casefold():
        told.append((foreign(known, 60),))
    if access.holder in _HOLDERS:
        told.append((_HOLDERS[access.holder],))
    if access.note:
        told.append((foreign(access.note, 80),))
    if access.last_used is not None:
        told.append(("last used ", date(access.last_used, now)))
    if access.expires is not None:
        told.append(("ended " if access.expires <= now else "until ", date(access.expires, now)))
    parts: list[Part] = []
    for one in told:
        parts += [" · ", *one] if parts else [*one]
    return parts


def _decided(entry: Entry, names: Callable[[str | None], str]) -> RichTextSectionElement:
    by = clean(names(entry.decided_by))[:40]
    if entry.decision is Decision.KEEP:
        return line(marks.OK.element, f" kept by {by}")
    owner = f", {clean(names(entry.owner))[:40]} does it" if entry.owner else ""
    ticket = (" · ", link(entry.ticket, "ticket")) if entry.ticket else ()
    return line(marks.FAIL.element, f" to be taken away, says {by}{owner}", *ticket)


def remove_form(entry: Entry, offset: int, now: datetime) -> View:
    """Daywatch takes nothing away: who does, and where that is written down."""
    return View(
        title="To be taken away",
        callback_id=REMOVE_FORM,
        submit="Mark it",
        close="Close",
        blocks=(
            rich(*_lines(entry, now)),
            field("owner", "Who takes it away?", pick_user(), optional=True),
            field("ticket", "Ticket", web_address(placeholder="https://"), optional=True),
            context("Nothing is changed there by this: people do it, and the checklist reminds of what is left."),
            actions(button("Back to the list", TURN, str(offset))),
        ),
        memory={"entry": entry.id, "offset": offset},
    )


def signed(review: Review) -> View:
    kept, removed = tally(review)
    left = [one for one in review.entries if one.decision is Decision.REMOVE]
    rows = [
        line(foreign(one.access.title or one.access.principal, 60, bold=True), " · ", foreign(one.access.role, 60))
        for one in left[:10]
    ]
    told = f"Signed off: {kept} kept, {removed} to be taken away." if removed else f"Signed off: all {kept} kept."
    listed = [rich(one) for one in rows]
    return View(
        title="Signed off",
        close="Close",
        blocks=(section(plain(told, 200)), *listed, *([context(and_more(len(left) - 10))] if len(left) > 10 else ())),
        surface=Surface.DETAILS,
    )


def not_on() -> Message:
    return Message("Access reviews are off. An admin turns them on with access_reviews in the settings file.")


def not_yet() -> Message:
    return Message("Who may do what is being collected for the first time. Try again in a minute.")
