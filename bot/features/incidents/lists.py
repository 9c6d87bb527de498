"""Lists of an incident and of incidents: the timeline modal, `/incident list`. Pure functions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block, RichTextBlock, RichTextSectionElement

from bot.domain.incident import Incident, State
from bot.domain.plan import Plan
from bot.domain.timeline import Moment
from bot.features.incidents.errors import Told
from bot.slack.blocks import (
    actions,
    bullets,
    button,
    channel,
    clean,
    context,
    count,
    date,
    foreign,
    line,
    marks,
    plain,
    preformatted,
    rich,
    section,
    table,
    words,
)
from bot.slack.blocks.rich import Part
from bot.slack.message import Cut, Message, Surface, View

PAGE: Final = 20
TURN: Final = "incidents.timeline_page.v1"
ADD_NOTE: Final = "incidents.add_note.v1"
COPY: Final = "incidents.timeline_copy.v1"
OLDER: Final = "incidents.older.v1"
_ERROR_COLUMNS: Final = 200
_HEADS: Final = ("Incident", "Severity", "Status", "Lead", "Channel")

_MARKS = {
    "opened": "🔔",
    "joined": "🔔",
    "alert": "🔔",
    "acknowledged": "🙋",
    "status": "🔎",
    "severity": "🔶",
    "resolved": "✅",
    "reopened": "🔁",
    "update": "📣",
    "public": "📢",
    "page": "📟",
    "role": "👤",
    "people": "👤",
    "task": "☑️",
    "merged": "🔀",
    "message": "📌",
    "runbook": "📖",
    "change": "🚀",
}


def timeline(
    incident: Incident, moments: Sequence[Moment], *, total: int, offset: int, key_only: bool, now: datetime
) -> View:
    """Key moments or everything, 20 a page: time, mark, words."""
    which = "key" if key_only else "all"
    blocks: list[Block | Cut] = [
        section(
            f"*{count(total, 'key moment' if key_only else 'moment')}*",
            button(
                "Everything" if key_only else "Key moments",
                TURN,
                f"{incident.name}:{'all' if key_only else 'key'}:0",
            ),
        )
    ]
    if not moments:
        words_ = "Nothing yet. What happens is written here by itself; :pushpin: on a message puts it here."
        blocks.append(section(words_))
    for start in range(0, len(moments), 10):
        rows = [_row(one, now) for one in moments[start : start + 10]]
        blocks.append(rich(bullets(*rows)))
    turns = []
    if offset > 0:
        turns.append(button("Earlier", TURN, f"{incident.name}:{which}:{max(0, offset - PAGE)}"))
    if offset + PAGE < total:
        turns.append(button("Later", TURN, f"{incident.name}:{which}:{offset + PAGE}", label="Later moments"))
    if incident.open or incident.status == "resolved":
        turns.append(button("Add note", ADD_NOTE, incident.name))
    turns.append(button("Copy as Markdown", COPY, incident.name))
    blocks.append(actions(*turns))
    return View(
        title=f"Timeline {incident.name}",
        close="Close",
        blocks=blocks,
        memory={"incident": incident.name},
        surface=Surface.TIMELINE,
    )


def _row(one: Moment, now: datetime) -> RichTextSectionElement:
    return line(date(one.at, now), f" {_MARKS.get(one.kind, '·')} ", foreign(one.words, 200))


def as_markdown(incident: Incident, moments: Sequence[Moment]) -> str:
    """The timeline as a Markdown list, times in UTC."""
    rows = [f"# {incident.name} {incident.title}", ""]
    rows += [f"- {one.at:%Y-%m-%d %H:%M} UTC  {' '.join(one.words.split())}" for one in moments]
    return "\n".join(rows)


def copied(incident: Incident, text: str) -> View:
    return View(
        title=f"Timeline {incident.name}",
        close="Close",
        blocks=(
            context("Select and copy:"),
            *(section(plain(part, 2900)) for part in _parts(text, 2800)),
        ),
        surface=Surface.TIMELINE,
    )


def _parts(text: str, most: int) -> list[str]:
    parts, current = [], ""
    for row in text.split("\n"):
        if len(current) + len(row) + 1 > most:
            parts.append(current)
            current = ""
        current = f"{current}\n{row[:most]}" if current else row[:most]
    return [*parts, current][:20]


def overview(
    found: Sequence[Incident],
    plan: Plan,
    names: Callable[[str | None], str],
    now: datetime,
    *,
    older: str | None,
    first: bool = True,
) -> Message:
    """`/incident list`: open ones first. `older` is where the next page begins, `first` whether none is before this."""
    if not found:
        return Message(
            "No incident yet",
            blocks=(rich(line("No incident yet. When something breaks, declare it: ", words("/incident", mono=True))),),
        )
    opened = sum(one.open for one in found)
    rows = [[_overview_row(one, plan, names, now, most=most) for one in found] for most in (60, 24)]
    blocks: list[Block | Cut] = [
        rich(line(*_counted(found, older, first=first))),
        Cut(1, *([table(_HEADS, one, align=("left",))] for one in rows)),
    ]
    if older is not None:
        blocks.append(actions(button("Older", OLDER, older)))
    return Message(count(opened, "open incident"), blocks=blocks, surface=Surface.NOTE)


def _counted(found: Sequence[Incident], older: str | None, *, first: bool) -> Sequence[Part]:
    """In plain words: "2 open, 3 resolved lately"; a number that goes on behind *Older* says so."""
    opened = sum(one.open for one in found)
    merged = sum(one.status is State.MERGED for one in found)
    more = " and more" if (older or "").startswith("open") else ""
    numbers = ((len(found) - opened - merged, "resolved"), (merged, "merged"))
    ended = [f"{number} {what}" for number, what in numbers if number]
    head = words(f"{opened} open{more}" if opened else "Nothing is open" if first else "Older", bold=True)
    if not ended:
        return (head,)
    return (head, ", " if opened or first else ": ", " and ".join(ended), " lately" if first else " before")


def _overview_row(
    one: Incident, plan: Plan, names: Callable[[str | None], str], now: datetime, *, most: int
) -> tuple[str | RichTextBlock, ...]:
    severity = plan.severity(one.severity)
    mark = marks.severity(plan.rank(one.severity) + 1, severity.word)
    title = "private" if one.private else one.title
    shown = one.channel if one.channel and not one.private else None
    practice = " · practice" if one.practice else ""
    return (
        rich(line(f"{one.name} ", foreign(title, most, bold=True), practice)),
        f"{mark.sign} {severity.name}",
        rich(line(f"{one.status} since ", date(one.resolved_at or one.opened_at, now))),
        clean(names(one.lead))[:40] if one.open else "–",
        rich(line(channel(shown))) if shown else "–",
    )


def errors(service: str, found: Sequence[Told], *, minutes: int) -> Message:
    """The most frequent error lines of a service, as plain text, by the system that keeps them."""
    blocks: list[Block | Cut] = []
    for told in found:
        head = (foreign(service, 60, bold=True), f", last {minutes} minutes, in {clean(told.kept_in)}: ")
        if told.errors is None:
            blocks.append(rich(line(*head, foreign(told.trouble, 240))))
        elif not told.errors.lines:
            blocks.append(rich(line(*head, "no errors.")))
        else:
            seen = f"{told.errors.looked_at:,}{'' if told.errors.whole else ' or more'} lines."
            rows = [f"{one.count:>5} × {one.words}" for one in told.errors.lines]
            full, half = (rich(preformatted(*rows[:most], columns=_ERROR_COLUMNS)) for most in (len(rows), 3))
            blocks += [rich(line(*head, seen)), Cut(1, [full], [half], [])]
    blocks.append(context("Lines that differ in numbers only count as one. What looks like a secret is taken out."))
    return Message(f"Errors of {service}", blocks=blocks, surface=Surface.DETAILS)


def ready(incident: Incident) -> Message:
    """The channel stands: told to the one who declared, where they are."""
    where = (" is ready: ", channel(incident.channel)) if incident.channel else (" is being opened.",)
    return Message(f"{incident.name} is ready", blocks=(rich(line(incident.name, *where)),))
