"""How an incident looks in Slack: its card, its announcement, and the messages around them. Pure functions."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block, RichTextElement

from bot.domain.incident import Incident, State
from bot.domain.plan import Severity
from bot.domain.silence import SilenceState
from bot.domain.suspicion import Changed
from bot.features.incidents.changed_views import changed_before
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    bullets,
    button,
    channel_mrkdwn,
    clean,
    code,
    context,
    date,
    date_mrkdwn,
    foreign,
    header,
    line,
    link,
    link_mrkdwn,
    marks,
    numbered,
    overflow,
    quote,
    rich,
    section,
    short_name,
    span,
    user_mrkdwn,
    words,
)
from bot.slack.message import Cut, Message, Surface
from bot.store.alerts import AlertRow

ACKNOWLEDGE: Final = "incidents.acknowledge.v1"
LEAD: Final = "incidents.lead.v1"
UPDATE: Final = "incidents.update.v1"
RESOLVE: Final = "incidents.resolve.v1"
REOPEN: Final = "incidents.reopen.v1"
MENU: Final = "incidents.menu.v1"
TIMELINE: Final = "incidents.timeline.v1"
JOIN: Final = "incidents.join_channel.v1"
FOLLOW: Final = "incidents.follow.v1"
SILENCE: Final = "alerts.silence.v1"
END_SILENCE: Final = "alerts.end_silence.v1"
STEPS: Final = "runbooks.steps.v1"
CHANGES: Final = "changes.show.v1"
POSTMORTEM: Final = "postmortems.write.v1"
LATER: Final = "incidents.later.v1"
NOT_NEEDED: Final = "incidents.not_needed.v1"

STORM = 5
SHOWN_ALERTS = 5
SHOWN_SILENCES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An incident with all that its card shows. `names` gives a person's name for an id."""

    incident: Incident
    severity: Severity
    rank: int
    alerts: Sequence[AlertRow]
    now: datetime
    names: Callable[[str | None], str]
    moments: int = 0
    tasks: tuple[int, int] = (0, 0)
    """Done, and all."""
    pending: Sequence[str] = ()
    """What a vendor did not do yet, a line each."""
    ticket: tuple[str, str] | None = None
    merged_name: str | None = None
    looking: bool = False
    """It is being looked up who is on call."""
    silenceable: Callable[[str], bool] = lambda _source: False
    changed: Changed | None = None
    """What was changed before; looked up for the card only."""

    @property
    def mark(self) -> marks.Mark:
        return marks.severity(self.rank + 1, self.severity.word)


def _sign(mark: marks.Mark) -> str:
    return f":{mark.name}:"


def topic(seen: Seen) -> str:
    """`SEV1 · investigating · lead nobody · checkout`; Slack allows 250 characters."""
    incident = seen.incident
    parts = [seen.severity.name, str(incident.status), f"lead {seen.names(incident.lead)}", incident.service or ""]
    if incident.practice:
        parts.insert(0, "PRACTICE")
    return clean(" · ".join(part for part in parts if part))[:250]


def card(seen: Seen) -> Message:
    """The first and pinned message of the channel, redrawn for ever."""
    incident = seen.incident
    lead = seen.names(incident.lead) if incident.lead else "no lead yet"
    practice = "PRACTICE · " if incident.practice else ""
    what = f"{practice}{seen.severity.name} {incident.name} {incident.title}"
    text = f"{what}. {incident.status.capitalize()}, {lead}."
    return Message(
        text,
        blocks=(
            header(f"{seen.mark.sign} {'PRACTICE' if incident.practice else seen.severity.name} · {incident.title}"),
            _facts(seen),
            _impact(incident),
            _controls(seen),
            _firing(seen),
            *_silences(seen),
            *changed_before(seen.changed, seen.now),
            *_runbook(seen),
            *_second_row(seen),
            *([context(*(line_ for line_ in seen.pending[:3]))] if seen.pending else []),
            _footer(seen),
        ),
        surface=Surface.CARD,
        event_type="daywatch_incident",
        metadata={"incident": incident.name, "part": "card"},
    )


def _facts(seen: Seen) -> Block:
    incident, now = seen.incident, seen.now
    mark = marks.INCIDENT[incident.status]
    practice = f"*Practice {seen.severity.name}, nothing real is paged* · " if incident.practice else ""
    first = (
        f"{practice}{incident.name} · {_sign(mark)} *{incident.status}* since {date_mrkdwn(incident.opened_at, now)}"
    )
    if incident.resolved_at is not None:
        lasted = span((incident.ended_at or incident.resolved_at) - incident.opened_at)
        by = short_name(incident.resolved_by or "", 40)
        first = f"{incident.name} · {_sign(mark)} *{incident.status}* after {lasted} · by {by}"
    if incident.status is State.MERGED and seen.merged_name:
        first = f"{incident.name} · {_sign(mark)} *merged* into {seen.merged_name}"
    lead = f"*Lead* {short_name(seen.names(incident.lead), 40) if incident.lead else 'nobody yet'}"
    on_call = ", ".join(user_mrkdwn(one) for one in incident.responders[:5])
    nobody = "nobody is called" if incident.practice else "looking" if seen.looking else "nobody found yet"
    on_call = on_call or nobody
    second = f"{lead}   *On call* {on_call}"
    lines = [first, second]
    if incident.acknowledged_at is not None and incident.open:
        who = short_name(incident.acknowledged_by or "", 40)
        lines.append(f"*Acknowledged* by {who} {date_mrkdwn(incident.acknowledged_at, now)}")
    if incident.update_due_at is not None and incident.open:
        lines.append(f"*Next update* due {date_mrkdwn(incident.update_due_at, now)}")
    if incident.cleared and incident.open:
        lines.append(f"{_sign(marks.OK)} *All alerts cleared.* Resolve it when it is over.")
    if incident.missing:
        lines.append(f"Not invited: {', '.join(short_name(who, 60) for who in list(incident.missing)[:3])}")
    return section("\n".join(lines))


def _impact(incident: Incident) -> Block:
    said = incident.last_update or incident.impact
    if not said:
        return rich(line(bold("Impact "), "not written yet"))
    return rich(line(bold("Impact "), foreign(said, 200)))


def _controls(seen: Seen) -> Block:
    incident = seen.incident
    key = incident.name
    if incident.status in (State.MERGED, State.CLOSED):
        return actions(button("Timeline", TIMELINE, key))
    if incident.status is State.RESOLVED:
        return actions(
            button("Reopen", REOPEN, key), button("Postmortem", POSTMORTEM, key), button("Timeline", TIMELINE, key)
        )
    shown = []
    if incident.acknowledged_at is None:
        shown.append(button("Acknowledge", ACKNOWLEDGE, key, style="primary"))
    if incident.lead is None:
        shown.append(button("Take lead", LEAD, key))
    verbs = {
        "severity": "Severity",
        "roles": "Roles",
        "tasks": "Tasks",
        "page": "Page someone",
        "merge": "Merge or link",
    }
    menu = overflow(MENU, key, verbs)
    return actions(*shown, button("Post update", UPDATE, key), button("Resolve", RESOLVE, key), menu)


def _firing(seen: Seen) -> Block | Cut:
    incident = seen.incident
    firing = [row for row in seen.alerts if row.firing]
    if not seen.alerts and incident.status is State.MERGED and seen.merged_name:
        return rich(line(bold("Firing "), f"see {seen.merged_name}"))
    if not seen.alerts:
        return rich(line(bold("Firing "), "no alert; a person declared it"))
    if not firing:
        cleared = "the alert" if len(seen.alerts) == 1 else f"all {len(seen.alerts)}"
        return rich(line(bold("Firing "), f"nothing; {cleared} cleared"))
    if len(firing) >= STORM:
        return rich(line(bold(f"Firing ({len(firing)}): "), *_by_source(firing)))
    return Cut(3, [_alert_list(firing, SHOWN_ALERTS, seen.now)], [_alert_list(firing, 3, seen.now)])


def _silences(seen: Seen) -> Sequence[Block]:
    """Which of its alerts are quiet at their source, until when, and the way back."""
    standing = [(row, row.silence) for row in seen.alerts if row.silence and row.silence.holds(seen.now)]
    shown: list[Block] = []
    for row, silence in standing[:SHOWN_SILENCES]:
        what, until = short_name(row.title, 80), date_mrkdwn(silence.until, seen.now)
        who = short_name(silence.name, 40)
        if silence.state is SilenceState.STANDS:
            end = button(
                "End silence", END_SILENCE, f"{seen.incident.name}:alert:{row.id}", label=f"End silence of {row.title}"
            )
            told = f":no_bell: *{what}* silenced until {until} by {who}: {short_name(silence.reason, 100)}"
            shown.append(section(told, end))
        else:
            verb = "Silencing" if silence.state is SilenceState.ASKED else "Ending the silence of"
            shown.append(section(f":hourglass_flowing_sand: {verb} *{what}* (until {until}), asked by {who}"))
    if len(standing) > SHOWN_SILENCES:
        shown.append(context(f"{and_more(len(standing) - SHOWN_SILENCES)} silenced"))
    return shown


def _by_source(firing: Sequence[AlertRow]) -> list[str | RichTextElement]:
    """A storm in one line: "api 21, search 12, 2 others 4"."""
    counted = Counter(_group(row) for row in firing).most_common()
    told: list[str | RichTextElement] = []
    for index, (name, number) in enumerate(counted[:2]):
        told += [", " if index else "", foreign(name, 40), f" {number}"]
    rest = counted[2:]
    if rest:
        others = "1 other" if len(rest) == 1 else f"{len(rest)} others"
        told.append(f", {others} {sum(number for _, number in rest)}")
    return [part for part in told if part != ""]


def _group(row: AlertRow) -> str:
    for label in ("job", "instance", "alertname"):
        if row.labels.get(label):
            return row.labels[label]
    return row.title


def _alert_list(firing: Sequence[AlertRow], most: int, now: datetime) -> Block:
    items = [line(link(row.alert.url, _named(row)), " since ", date(row.started_at, now)) for row in firing[:most]]
    if len(firing) > most:
        items.append(line(and_more(len(firing) - most)))
    return rich(line(bold(f"Firing ({len(firing)})")), bullets(*items))


def _named(row: AlertRow) -> str:
    return f"PD #{row.alert.number} {row.title}" if row.alert.source == "pagerduty" and row.alert.number else row.title


def _runbook(seen: Seen) -> Sequence[Block | Cut]:
    found = seen.incident.runbook
    if found is None:
        return (rich(line(bold("Runbook "), "looking")),)
    if not found.get("slug"):
        where = f" for {seen.incident.service}" if seen.incident.service else ""
        return (rich(line(bold("Runbook "), words(f"none{where} yet"))),)
    others = int(found.get("others", 0))
    rest = f" · {others} others fit" if others > 1 else (" · 1 other fits" if others else "")
    top = line(bold("Runbook "), foreign(str(found["title"]), 80, bold=True), f" · {found['reason']}{rest}")
    steps = [line(foreign(str(step), 140)) for step in found.get("steps", ())[:3]]
    if not steps:
        return (rich(top),)
    return (Cut(1, [rich(top, numbered(*steps))], [rich(top, numbered(*steps[:1]))], [rich(top)]),)


def _second_row(seen: Seen) -> Sequence[Block]:
    """*Timeline* stands here while the first row is full of controls."""
    incident, found = seen.incident, seen.incident.runbook or {}
    shown = []
    if found.get("slug"):
        count = int(found.get("total", 0))
        verb = f"All {count} steps" if count else "Open runbook"
        shown.append(button(verb, STEPS, f"{incident.name}:{found['slug']}"))
    if incident.open:
        shown.append(button("Timeline", TIMELINE, incident.name))
        if seen.changed is not None and seen.changed.known:
            shown.append(button("Changes", CHANGES, incident.name))
        if any(_may_silence(row, seen) for row in seen.alerts):
            shown.append(button("Silence", SILENCE, incident.name))
    return (actions(*shown, block_id="second"),) if shown else ()


def _may_silence(row: AlertRow, seen: Seen) -> bool:
    quiet = row.silence is not None and row.silence.holds(seen.now)
    return row.firing and not quiet and seen.silenceable(row.alert.source)


def _footer(seen: Seen) -> Block:
    done, total = seen.tasks
    parts = [f"Tasks {done} of {total}" if total else "No tasks", f"Timeline {seen.moments}"]
    if seen.ticket:
        parts.append(f"Ticket {link_mrkdwn(seen.ticket[1], seen.ticket[0], 40)}")
    parts += [link_mrkdwn(one.get("url"), one.get("title", "Link"), 40) for one in seen.incident.links[:3]]
    hint = f"{_sign(marks.PINNED)} on any message puts it on the timeline · {code('/incident help')}"
    return context(" · ".join(parts), hint)


def announcement(seen: Seen) -> Message:
    """One message in the announcement channel for the whole life of an incident."""
    incident, now = seen.incident, seen.now
    over = incident.status in (State.RESOLVED, State.CLOSED, State.MERGED)
    where = f" · {channel_mrkdwn(incident.channel)}" if incident.channel else ""
    mark = marks.INCIDENT[incident.status]
    head = rich(
        line(f"{seen.mark.sign} {seen.severity.name} {incident.name} · ", foreign(incident.title, 80, bold=True))
    )
    if over:
        lasted = span((incident.ended_at or incident.resolved_at or now) - incident.opened_at)
        facts = f"{_sign(mark)} *{incident.status}* after {lasted}{where}"
    else:
        lead = short_name(seen.names(incident.lead), 40)
        facts = f"{_sign(mark)} *{incident.status}* · since {date_mrkdwn(incident.opened_at, now)} · lead {lead}{where}"
    blocks: list[Block | Cut] = [head, section(facts)]
    if incident.told and incident.told_at:
        said = quote(foreign(incident.told, 500, lines=True), " (", date(incident.told_at, now), ")")
        short = quote(foreign(incident.told, 300), " (", date(incident.told_at, now), ")")
        blocks.append(Cut(2, [rich(said)], [rich(short)]))
    if not over:
        due = f"next update by {date_mrkdwn(incident.update_due_at, now)} · " if incident.update_due_at else ""
        blocks.append(context(f"{due}{len(incident.followers)} follow"))
        blocks.append(actions(button("Join", JOIN, incident.name), button("Follow", FOLLOW, incident.name)))
    text = f"{incident.name} {incident.status}: {incident.told or incident.title}"
    return Message(text, blocks=blocks, surface=Surface.ANNOUNCEMENT, event_type="daywatch_incident")
