"""How Daywatch speaks about itself: what is connected, who may do what, the settings read again. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block, RichTextSectionElement

from bot.domain.person import Person, Role
from bot.features.operations.home_views import CONNECTED, DECLARE, REFRESH
from bot.features.operations.plans import Reread
from bot.features.operations.systems import Survey, SystemState
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    bullets,
    button,
    code,
    context,
    count,
    date_mrkdwn,
    foreign,
    line,
    listed,
    marks,
    rich,
    section,
    short_name,
    words,
)
from bot.slack.message import Cut, Message, Surface, View

__all__ = ["CHECK_ALL", "CONNECTED", "DECLARE", "REFRESH", "RIGHTS"]

RIGHTS: Final = "daywatch.rights.v1"
CHECK_ALL: Final = "daywatch.check_all.v1"

SHOWN_FAILING: Final = 8
SHORT_FAILING: Final = 3
_NAMED: Final = 40
_PEOPLE: Final = 20

_MAY: Final[Mapping[Role, str]] = {
    Role.VIEWER: "reads, follows incidents",
    Role.RESPONDER: "declares, claims, updates, resolves",
    Role.OPERATOR: "also deploys, freezes, changes settings in Slack",
    Role.ADMIN: "also reads the settings file again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """`open_rights`: no permissions are set, so every full member is a responder."""

    version: str
    now: datetime
    open_rights: bool


def status(survey: Survey, about: About) -> Message:
    """`/daywatch`: failing first with what to do, off in one line."""
    return Message(f"Daywatch: {survey.counts}", blocks=_status(survey, about), surface=Surface.OBJECTIVES)


def status_view(survey: Survey, about: About) -> View:
    return View(title="Connected", close="Close", blocks=_status(survey, about), surface=Surface.OBJECTIVES)


def _status(survey: Survey, about: About) -> Sequence[Block | Cut]:
    return (
        rich(line(bold(survey.counts))),
        *_failing(survey.failing),
        *_named("Works", [one.title for one in survey.well], marks.OK),
        *_named("On, and never asked: it only calls us", [one.title for one in survey.silent], None),
        *_off(survey),
        *((_open_rights(),) if about.open_rights else ()),
        context(f"Daywatch {short_name(about.version, 30)} · as of {date_mrkdwn(survey.at, about.now)}"),
        actions(button("Who may do what", RIGHTS, "all"), button("Check all", CHECK_ALL, "all")),
    )


def _failing(failing: Sequence[SystemState]) -> Sequence[Block | Cut]:
    if not failing:
        return ()
    return (Cut(2, [_failures(failing, SHOWN_FAILING)], [_failures(failing, SHORT_FAILING)]),)


def _failures(failing: Sequence[SystemState], most: int) -> Block:
    rows = [_failure(one) for one in failing[:most]]
    if len(failing) > most:
        rows.append(line(words(and_more(len(failing) - most), italic=True)))
    return rich(bullets(*rows))


def _failure(one: SystemState) -> RichTextSectionElement:
    more = len(one.problems) - 1
    tail = (f" ({and_more(more)})",) if more else ()
    return line(marks.FAIL.element, " ", foreign(one.title, 60, bold=True), " ", foreign(one.problems[0], 200), *tail)


def _named(what: str, titles: Sequence[str], mark: marks.Mark | None) -> Sequence[Block]:
    if not titles:
        return ()
    sign = (mark.element, " ") if mark else ()
    return (rich(line(*sign, words(f"{what}: "), foreign(listed(titles, _NAMED), 800))),)


def _off(survey: Survey) -> Sequence[Block]:
    if survey.on:
        return _named("Off until their variables are set", survey.off, None)
    told = "Nothing is connected yet, so every checklist item is done by hand. Set a system's variables and restart."
    return (section(told), *_named("There are", survey.off, None))


def _open_rights() -> Block:
    return section(
        f"{marks.WARN.mrkdwn} No {code('permissions')} are set: every full member is responder, nobody is more."
    )


def rights(
    people: Mapping[Role, Sequence[Person]], needs: Sequence[tuple[str, Role]], me: Person, *, given: bool
) -> View:
    """Each role with its people, named and not mentioned, and what it adds."""
    blocks: list[Block | Cut] = [section(f"You are *{me.role.word}*.")]
    if not given:
        blocks.append(_open_rights())
    for role in sorted(Role, reverse=True):
        found = people.get(role, ())
        who = listed((one.name for one in found), _PEOPLE) if found else "nobody"
        if role is Role.VIEWER:
            who = f"{count(len(found), 'other person', 'other people')}, and all guests"
        blocks.append(rich(line(bold(role.word.capitalize()), f" {_MAY[role]}"), line(foreign(who, 600))))
        paths = [path for path, least in needs if least is role]
        if paths:
            blocks.append(Cut(1, [context(" ".join(code(path, 40) for path in paths[:30]))]))
    return View(title="Who may do what", close="Close", blocks=blocks, surface=Surface.MODAL)


def not_for_guests() -> Message:
    return Message(f"{marks.NOT_ALLOWED.sign} Guests can read here. Ask whoever invited you.")


def reread(done: Reread) -> Message:
    """A bad file keeps the old settings and says why, with line and remedy."""
    if not done.problems:
        return Message(str(done))
    rows = [line(foreign(one, 300)) for one in done.problems[:10]]
    if len(done.problems) > 10:
        rows.append(line(words(and_more(len(done.problems) - 10), italic=True)))
    top = line(marks.FAIL.element, " ", bold("Not read. The old settings stay."))
    return Message("Settings not read, the old ones stay", blocks=(rich(top, bullets(*rows)),))
