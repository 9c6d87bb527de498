"""How duty looks in Slack: who is on call, the form that pages them, and what came of a page. Pure functions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block, ButtonElement

from bot.domain.names import Names
from bot.domain.oncall import OnCall
from bot.domain.person import Person
from bot.features.oncall.cover import Cover, Shift
from bot.features.oncall.roster import Roster, Told
from bot.slack.blocks import (
    actions,
    alert,
    and_more,
    button,
    clean,
    code,
    confirm,
    context,
    count,
    cut,
    date,
    date_mrkdwn,
    field,
    foreign,
    line,
    listed,
    option,
    plain,
    quote,
    rich,
    section,
    select,
    short_name,
    typed,
    user,
)
from bot.slack.message import Cut, Message, Surface, View
from bot.store.pages import Page, PageState

SHOW: Final = "oncall.show.v1"
PAGE: Final = "oncall.page.v1"
PAGE_FORM: Final = "oncall.page_form.v1"

ROWS: Final = 10
ROWS_IN_ALL: Final = 25
_OPTIONS: Final = 100
_NAMED: Final = 3
_MORNING, _NIGHT = 7, 22

Who = Callable[[OnCall], Person | None]
"""The same person in Slack, if there is one."""


def overview(roster: Roster, who: Who, now: datetime, *, pages: bool, asked: str = "") -> Message:
    """`/oncall`: a section for each service, what needs somebody first. `asked` names what was asked for."""
    rows = _rows(roster, who, now, pages=pages, most=ROWS) or [_nothing(roster, asked)]
    return Message(
        _summary(roster),
        blocks=(*rows, *_tail(roster, now), *_all(roster)),
        surface=Surface.CALENDAR,
    )


def everything(roster: Roster, who: Who, now: datetime, *, pages: bool) -> View:
    """*All*, and *Who is on call* of the Home tab."""
    rows = _rows(roster, who, now, pages=pages, most=ROWS_IN_ALL) or [_nothing(roster, "")]
    blocks = (*rows, *_tail(roster, now))
    more = len(roster.covers) - ROWS_IN_ALL
    left = [context(f"{and_more(more)}: `/oncall` with the name of a service or team shows it")] if more > 0 else []
    return View(title="On call", close="Close", blocks=(*blocks, *left), surface=Surface.TIMELINE)


def _summary(roster: Roster) -> str:
    bare = sum(not one.first for one in roster.covers)
    if bare:
        return f"On call: nobody for {bare} of {count(len(roster.covers), 'service')}"
    return f"On call: {count(len(roster.covers), 'service')}" if roster.covers else "Who is on call is not known"


def _rows(roster: Roster, who: Who, now: datetime, *, pages: bool, most: int) -> Sequence[Block]:
    return [_row(one, who, now, pages=pages) for one in roster.covers[:most]]


def _nothing(roster: Roster, asked: str) -> Block:
    """No row: why, and what to do."""
    if not roster.told:
        return section("No system that knows who is on call is connected. `/daywatch` tells what is, and what to do.")
    if asked:
        return section(f"Nobody tells who is on call for {code(asked, 60)}.")
    return section("Nobody is on call anywhere." if roster.answered else "Who is on call is not known now.")


def _row(cover: Cover, who: Who, now: datetime, *, pages: bool) -> Block:
    name = f"*{short_name(cover.name, 60)}*"
    words = f"{name} {_first(cover, who, now)}"
    if cover.second:
        second = ", ".join(_person(one, who, now) for one in cover.second[:_NAMED])
        words += f" · second: {second}"
    if cover.gap is not None and cover.first:
        words += f"\n:warning: nobody {_gap(cover, now)}"
    return section(words, _page_button(cover, who, now) if pages and cover.ref else None)


def _first(cover: Cover, who: Who, now: datetime) -> str:
    if not cover.first:
        until = f" until {date_mrkdwn(cover.gap.until, now)}" if cover.gap and cover.gap.until else ""
        return f":warning: nobody is on call{until}"
    shown = " and ".join(_shift(one, who, now) for one in cover.first[:_NAMED])
    if len(cover.first) > _NAMED:
        shown += f" {and_more(len(cover.first) - _NAMED)}"
    following = ", ".join(_name(one, who) for one in cover.following[:_NAMED])
    return f"{shown}, then {following}" if following else shown


def _shift(shift: Shift, who: Who, now: datetime) -> str:
    until = f" until {date_mrkdwn(shift.until, now)}" if shift.until else ""
    return f"{_person(shift.who, who, now)}{until}"


def _gap(cover: Cover, now: datetime) -> str:
    if cover.gap is None:
        return ""
    start = f"from {date_mrkdwn(cover.gap.start, now)}"
    return f"{start} to {date_mrkdwn(cover.gap.until, now)}" if cover.gap.until else f"{start} on"


def _name(duty: OnCall, who: Who) -> str:
    person = who(duty)
    return short_name(person.name if person else duty.name, 40)


def _person(duty: OnCall, who: Who, now: datetime) -> str:
    """A name, with the hour where they are when it is night there."""
    there = _night(duty, who, now)
    return f"{_name(duty, who)} ({there} for them)" if there else _name(duty, who)


def _night(duty: OnCall, who: Who, now: datetime) -> str:
    person = who(duty)
    if person is None:
        return ""
    try:
        local = now.astimezone(ZoneInfo(person.timezone))
    except (KeyError, ValueError, OSError):  # Slack's word for a zone that this machine does not know
        return ""
    return f"{local:%H:%M}" if not _MORNING <= local.hour < _NIGHT else ""


def _page_button(cover: Cover, who: Who, now: datetime) -> ButtonElement:
    whom = _name(cover.first[0].who, who) if cover.first else "whoever is next"
    there = _night(cover.first[0].who, who, now) if cover.first else ""
    hour = f" It is {there} for them." if there else ""
    ask = confirm(
        f"Page for {cut(clean(cover.name), 60)}?",
        f"{whom} is called for *{short_name(cover.name, 60)}*.{hour} Next you say why.",
        "Page",
        "Do not page",
    )
    return button("Page", PAGE, cover.key, confirm=ask, label=f"Page for {cover.name}")


def _tail(roster: Roster, now: datetime) -> Sequence[Block | Cut]:
    """What is missing or old in this list; never a silent gap."""
    lines = [_trouble(one, now) for one in roster.told if one.trouble][:3]
    if roster.unset:
        names = listed([short_name(one, 40) for one in roster.unset], 5)
        lines.append(f"No pager knows {names}. Set its `match` in the settings.")
    return (context(*lines),) if lines else ()


def _trouble(told: Told, now: datetime) -> str:
    reason = short_name(told.trouble, 200).rstrip(".")
    reason = reason[:1].upper() + reason[1:]
    if told.at is None:
        return f":warning: {reason}. It has not answered since Daywatch started."
    return f":warning: {reason}; as of {date_mrkdwn(told.at, now)}"


def _all(roster: Roster) -> Sequence[Block]:
    left = len(roster.covers) - ROWS
    return (actions(button(f"All {len(roster.covers)}", SHOW, "all")),) if left > 0 else ()


def unknown(words: str, names: Sequence[str]) -> Message:
    known = listed([clean(one)[:60] for one in names], 10) if names else "none yet"
    return Message(f"No service or team is called “{clean(words)[:60]}”. Known: {known}.")


# Paging.


def page_form(targets: Sequence[Cover], *, chosen: str, words: str) -> View:
    """Whom to call, and why. From memory; who may is checked again when it is sent."""
    first = [one for one in targets if one.key == chosen]
    others = [one for one in targets if one.key != chosen]
    options = [option(one.key, one.name) for one in [*first, *others][:_OPTIONS]]
    left = len(targets) - _OPTIONS
    hint = f"{and_more(left)}: type /oncall page and its name." if left > 0 else None
    return View(
        title="Page whoever is on call",
        callback_id=PAGE_FORM,
        submit="Page",
        blocks=(
            field("service", "Service", select(options, initial=chosen or None), hint=hint),
            field("words", "Why are they needed?", typed(most=500, multiline=True, initial=words or None)),
            alert("This calls people, now. It cannot be taken back.", "warning"),
        ),
    )


def cannot_page(words: str) -> View:
    return View(title="Page", close="Close", blocks=(section(plain(words, 300)),))


def paging(cover: Cover, channel: str) -> View:
    name, where = short_name(cover.name, 60), short_name(channel, 80)
    words = f":hourglass_flowing_sand: Paging whoever is on call for *{name}*. {where} shows what comes of it."
    return View(title="Page", close="Close", blocks=(section(words),))


def page(one: Page, names: Names, now: datetime) -> Message:
    """In the team's channel: who called whom, why, and how it ended. The one place here that mentions."""
    mentioned = [part for person in one.people for part in (" ", user(person))]
    whom = mentioned or [" whoever is on call"]
    who = names.name(one.who)
    ends = {
        PageState.ASKED: line("⏳ The pager is being asked, since ", date(one.at, now)),
        PageState.SENT: line("✅ The pager has it since ", date(one.ended_at or one.at, now)),
        PageState.NOT_SENT: line("❌ Not sent; given up ", date(one.ended_at or one.at, now), ". Call them yourself."),
    }
    return Message(
        f"{who} paged whoever is on call for {one.service}",
        blocks=(
            rich(line(f"📟 {who} paged", *whom, " for ", foreign(one.service, 60, bold=True))),
            rich(quote(foreign(one.words, 500, lines=True))),
            rich(ends[one.state]),
        ),
        surface=Surface.ANNOUNCEMENT,
    )
