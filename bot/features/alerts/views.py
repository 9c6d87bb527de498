"""How an alert in triage looks: one message an alert, repeats raise its count in place. Pure functions."""

from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.silence import SilenceState
from bot.features.alerts import silence_forms
from bot.slack.blocks import (
    actions,
    button,
    clean,
    context,
    cut,
    date,
    date_mrkdwn,
    foreign,
    line,
    link,
    option,
    overflow,
    rich,
    section,
    select,
    short_name,
)
from bot.slack.blocks import field as input_field
from bot.slack.message import Message, Surface, View
from bot.store.alerts import AlertRow, Place

DECLARE: Final = "alerts.declare.v1"
ACKNOWLEDGE: Final = "alerts.acknowledge.v1"
SNOOZE: Final = "alerts.snooze.v1"
MENU: Final = "alerts.menu.v1"
DISMISS_FORM: Final = "alerts.dismiss_form.v1"
_TITLE: Final = 50


def triage(
    row: AlertRow, *, joins_until: datetime | None, incident: str | None, now: datetime, silenceable: bool = False
) -> Message:
    """Low urgency: no channel, no noise; a person may make more of it."""
    alert = row.alert
    name = row.service or alert.service_name or alert.source
    times = f" · {row.count} times since " if row.count > 1 else " · since "
    label = f"PD #{alert.number}" if alert.number else alert.source
    if row.cleared_at is not None:
        words = f":white_check_mark: {short_name(name, 40)}: {short_name(row.title, 80)} · "
        span = f"{date_mrkdwn(row.started_at, now)} to {date_mrkdwn(row.cleared_at, now)}"
        return Message(f"{name}: {row.title}, over", blocks=(context(words + span),), surface=Surface.TRIAGE)
    head = rich(
        line(
            "🔔 ",
            foreign(name, 40, bold=True),
            f" · {alert.urgency or 'low'} urgency{times}",
            date(row.started_at, now),
            "\n",
            foreign(row.title, 140),
            " ",
            link(alert.url, label),
        )
    )
    text = f"{name}: {row.title} ({alert.urgency or 'low'} urgency, {_times(row.count)})"
    if row.place is Place.INCIDENT or incident:
        return Message(text, blocks=(head, context(f"Part of {incident or 'an incident'} now")), surface=Surface.TRIAGE)
    return Message(
        text,
        blocks=(head, *_controls(row, now, silenceable=silenceable), _state(row, joins_until, now)),
        surface=Surface.TRIAGE,
    )


def _times(count: int) -> str:
    return "seen once" if count == 1 else f"seen {count} times"


def _controls(row: AlertRow, now: datetime, *, silenceable: bool) -> list[Block]:
    key = f"alert:{row.id}"
    shown = [button("Declare", DECLARE, key)]
    if row.acknowledged_at is None:
        shown.append(button("Acknowledge", ACKNOWLEDGE, key))
    shown.append(button("Snooze", SNOOZE, key))
    silence = row.silence if row.silence and row.silence.holds(now) else None
    if silence is not None and silence.state is SilenceState.STANDS:
        shown.append(button("End silence", silence_forms.END_SILENCE, key))
    quiet = {"silence": "Silence"} if silenceable and silence is None else {}
    page = {"runbook": f"Runbook: {cut(clean(row.runbook['title']), _TITLE)}"} if row.runbook else {}
    menu = overflow(MENU, key, {**page, **quiet, "dismiss": "Not a problem", "why": "Why this message?"})
    return [actions(*shown, menu)]


def _state(row: AlertRow, joins_until: datetime | None, now: datetime) -> Block:
    parts = []
    if row.quiet_until is not None and row.quiet_until > now:
        parts.append(f":zzz: quiet until {date_mrkdwn(row.quiet_until, now)}")
    elif row.acknowledged_at is not None:
        parts.append(
            f"{short_name(row.acknowledged_by or '', 40)} has it since {date_mrkdwn(row.acknowledged_at, now)}"
        )
    else:
        parts.append("Nobody has this yet")
    if row.service and joins_until is not None and joins_until > now:
        until = date_mrkdwn(joins_until, now)
        parts.append(f"joins an incident on *{short_name(row.service, 40)}* if one opens before {until}")
    silence = silence_forms.line(row.silence, now)
    return context(*([silence] if silence else []), " · ".join(parts))


def dismiss(row: AlertRow) -> View:
    """*Not a problem* asks for how long."""
    spans = [
        option("60", "for an hour"),
        option("480", "for 8 hours"),
        option("1440", "for a day"),
        option("10080", "for a week"),
    ]
    return View(
        title="Not a problem",
        callback_id=DISMISS_FORM,
        submit="Keep quiet",
        blocks=(
            section(f"Repeats of {short_name(row.title, 80)} make no new message meanwhile."),
            input_field("span", "For how long?", select(spans, initial="1440")),
        ),
        memory={"alert": f"alert:{row.id}"},
    )


def why(row: AlertRow) -> Message:
    return Message(f"Why you see this: {row.reason}.")
