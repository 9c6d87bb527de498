"""How App Home looks: one screen, now. Pure functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from slack_sdk.models.blocks import Block, ButtonElement, RichTextSectionElement

from bot.domain.check import Status
from bot.domain.incident import Incident
from bot.domain.oncall import OnCall
from bot.domain.person import Person, Role
from bot.domain.plan import Plan
from bot.features.operations.systems import Survey
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    bullets,
    button,
    channel_mrkdwn,
    context,
    count,
    date_mrkdwn,
    foreign,
    header,
    line,
    link,
    listed,
    marks,
    plain,
    rich,
    section,
    short_name,
    words,
)
from bot.slack.blocks import date as moment
from bot.slack.blocks.rich import Part
from bot.slack.message import Cut, View
from bot.slack.message import home as home_tab

DECLARE: Final = "incidents.open_declare.v1"
REFRESH: Final = "home.refresh.v1"
CONNECTED: Final = "daywatch.status.v1"
# Other features' own buttons: drawn only while the table of commands has them.
_CHECKLIST: Final = "checklist.now.v1"
_RUNBOOKS: Final = "runbooks.search.v1"
_ON_CALL: Final = "oncall.show.v1"
_UPDATE: Final = "incidents.update.v1"

SHOWN_INCIDENTS: Final = 3
SHOWN_LIST: Final = 10
SHORT_LIST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Who is on call: this person's own duties, the names of the others, and why something is not known."""

    mine: Sequence[OnCall] = ()
    others: Sequence[str] = ()
    troubles: Sequence[str] = ()
    known: bool = True
    """Whether the person can be found among those on call (it is done by e-mail)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """A line of somebody's list. `words` are foreign."""

    kind: Literal["claim", "task", "action"]
    words: str
    at: datetime | None = None
    status: Status | None = None
    of: str = ""
    due: date | None = None
    late: int = 0
    ticket: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSeen:
    """All that one person's Home shows."""

    person: Person | None
    duty: OnDuty | None
    incidents: Sequence[Incident]
    list: Sequence[ToDo]
    plan: Plan
    survey: Survey | None
    now: datetime
    names: Callable[[str | None], str]
    offers: frozenset[str]

    @property
    def may_act(self) -> bool:
        return self.person is not None and self.person.role >= Role.RESPONDER


def home(seen: HomeSeen) -> View:
    """Empty parts vanish; when nothing is left, it says so."""
    waits = bool(seen.incidents or seen.list)
    return home_tab(
        *_duty(seen),
        *_quick(seen),
        *_incidents(seen),
        *_list(seen),
        *(() if waits else (section("Nothing waits for you."),)),
        context(_as_of(seen)),
        actions(button("Refresh", REFRESH, "me"), button("Connected", CONNECTED, "me")),
    )


def _offered(seen: HomeSeen, *buttons: tuple[str, str, str]) -> Sequence[ButtonElement]:
    return [button(verb, action, value) for verb, action, value in buttons if action in seen.offers]


def _duty(seen: HomeSeen) -> Sequence[Block]:
    duty = seen.duty
    if duty is None or (seen.person is not None and seen.person.guest):
        return ()  # guests get no lists of people
    told: list[RichTextSectionElement] = []
    for one in duty.mine[:3]:
        until = (" until ", moment(one.until, seen.now)) if one.until else ()
        what = (" for ", foreign(one.service_name, 60)) if one.service_name else ()
        level = f" (level {one.level})" if one.level > 1 else ""
        told.append(line(marks.ON_CALL.element, " ", bold("You are on call"), *what, *until, f"{level}."))
    if not told and not duty.troubles:
        who = (" On call: ", foreign(listed(duty.others, 5), 200), ".") if duty.others else ()
        whether = "You are not on call." if duty.known else "Slack shows no e-mail of yours, so I cannot tell."
        told.append(line(words(whether), *who))
    told += [line(words("On call is unknown: "), foreign(trouble, 140)) for trouble in duty.troubles[:2]]
    return (rich(*told),)


def _quick(seen: HomeSeen) -> Sequence[Block]:
    if not seen.may_act:
        guest = seen.person is not None and seen.person.guest
        why = "Guests can read here." if guest else "You are viewer, so you can read here. An admin gives other roles."
        return (context(plain(f"{marks.NOT_ALLOWED.sign} {why}", 150)),)
    row = _offered(
        seen,
        ("Declare", DECLARE, "home"),
        ("Checklist", _CHECKLIST, "home"),
        ("Runbooks", _RUNBOOKS, "home"),
        ("Who is on call", _ON_CALL, "all"),
    )
    return (actions(*row),) if row else ()


def _incidents(seen: HomeSeen) -> Sequence[Block]:
    if not seen.incidents:
        return ()
    ranked = sorted(seen.incidents, key=lambda one: (seen.plan.rank(one.severity), one.id))
    shown: list[Block] = [header(f"Your incidents ({len(ranked)})")]
    shown += [_incident(one, seen) for one in ranked[:SHOWN_INCIDENTS]]
    if len(ranked) > SHOWN_INCIDENTS:
        shown.append(context(f"{and_more(len(ranked) - SHOWN_INCIDENTS)} · `/incident list`"))
    return shown


def _incident(one: Incident, seen: HomeSeen) -> Block:
    severity = seen.plan.severity(one.severity)
    mark = marks.severity(seen.plan.rank(one.severity) + 1, severity.word)
    user = seen.person.id if seen.person else ""
    lead = "you lead" if one.lead == user else f"lead {short_name(seen.names(one.lead), 40)}"
    where = (" · practice" if one.practice else "") + (f" {channel_mrkdwn(one.channel)}" if one.channel else "")
    parts = [marks.INCIDENT[one.status].label_mrkdwn, lead]
    if one.update_due_at:
        parts.append(f"update due {date_mrkdwn(one.update_due_at, seen.now)}")
    text = f"{mark.mrkdwn} *{short_name(severity.name, 20)} {one.name}*{where} · {' · '.join(parts)}"
    press = button("Post update", _UPDATE, one.name, label=f"Post update {one.name}")
    return section(f"{text}\n{short_name(one.title)}", press if seen.may_act and _UPDATE in seen.offers else None)


def _list(seen: HomeSeen) -> Sequence[Block | Cut]:
    if not seen.list:
        return ()
    return (
        header(f"On your list ({len(seen.list)})"),
        Cut(1, [_rows(seen, SHOWN_LIST)], [_rows(seen, SHORT_LIST)]),
    )


def _rows(seen: HomeSeen, most: int) -> Block:
    rows = [_row(one, seen) for one in seen.list[:most]]
    if len(seen.list) > most:
        rows.append(line(words(and_more(len(seen.list) - most), italic=True)))
    return rich(bullets(*rows))


def _row(one: ToDo, seen: HomeSeen) -> RichTextSectionElement:
    match one.kind:
        case "claim":
            mark = marks.STATUS[one.status].element if one.status else marks.BY_HAND.element
            since = (", claimed ", moment(one.at, seen.now)) if one.at else ()
            return line(mark, " ", words(one.words), *since)
        case "task":
            return line(f"Task {one.of}: ", foreign(one.words, 80), *_due(one))
        case "action":
            ticket = (" ", link(one.url, one.ticket, 40)) if one.ticket else ()
            return line("Action item", *_due(one), ": ", foreign(one.words, 80), *ticket)


def _due(one: ToDo) -> Sequence[Part]:
    if one.late:
        return (", ", bold(f"{count(one.late, 'day')} late"))
    return (f", due {one.due.day} {one.due:%b}",) if one.due else ()


def _as_of(seen: HomeSeen) -> str:
    told = f"As of {date_mrkdwn(seen.now)}"
    if seen.survey is None:
        return told
    failing = seen.survey.failing
    told += f" · {count(len(seen.survey.on), 'system')} connected"
    if failing:
        told += f", {len(failing)} not well: {listed(short_name(one.title, 40) for one in failing)}"
    return told
