"""How a silence is asked for, and how it is shown. Pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.silence import Silence, SilenceState
from bot.slack.blocks import context, date_mrkdwn, field, option, pick_day, plain, section, select, short_name, typed
from bot.slack.message import View
from bot.store.alerts import AlertRow

SILENCE_FORM: Final = "alerts.silence_form.v1"
END_SILENCE: Final = "alerts.end_silence.v1"
SILENCE: Final = "alerts.silence.v1"
MOST: Final = 100


def ask(rows: Sequence[AlertRow], *, incident: str, morning: datetime, zone: str) -> View:
    """For one alert, or for one of an incident's; `morning` is when a silence until tomorrow ends."""
    spans = [
        option("1h", "1 hour"),
        option("4h", "4 hours"),
        option("morning", f"Until tomorrow, {morning:%H:%M}"),
        option("date", "Until the date below"),
    ]
    first = rows[0]
    choices = [option(f"alert:{row.id}", row.title or "An alert without a name") for row in rows[:MOST]]
    what = (
        section(f"*{short_name(first.title, 120)}*")
        if len(rows) == 1
        else field("alert", "Which alert?", select(choices, initial=f"alert:{first.id}"))
    )
    return View(
        title="Silence an alert",
        callback_id=SILENCE_FORM,
        submit="Silence",
        blocks=(
            what,
            field("span", "For how long?", select(spans, initial="1h")),
            field("day", "Date", pick_day(), optional=True, hint=f"It ends at {morning:%H:%M} ({zone}) on that day."),
            field("reason", "Why?", typed(most=200), hint="Stands in the silence's comment, with your name."),
            context(f"Silences this one alert in {first.alert.source.capitalize()}, for everybody."),
        ),
        memory={"alert": f"alert:{first.id}"} | ({"incident": incident} if incident else {}),
    )


def told(title: str, words: str, kept: str = "") -> View:
    """In place of the form. What was typed is shown, so that it can be copied."""
    typed_ = (context("What you typed, to copy:"), section(plain(kept, 300))) if kept else ()
    return View(title=title, close="Close", blocks=(section(plain(words, 300)), *typed_))


def line(silence: Silence | None, now: datetime) -> str:
    """What stands on the alert's message; empty when there is nothing (any more) to say. It is mrkdwn."""
    if silence is None or silence.state is SilenceState.OVER:
        return ""
    name, reason = short_name(silence.name, 40), short_name(silence.reason, 100)
    until = date_mrkdwn(silence.until, now)
    match silence.state:
        case SilenceState.NOT_MADE:
            return f":x: not silenced: {short_name(silence.why, 140)}" if _recent(silence, now) else ""
        case SilenceState.ASKED:
            return f":hourglass_flowing_sand: silencing until {until}, asked by {name}"
        case SilenceState.ENDING:
            return f":hourglass_flowing_sand: ending the silence (until {until})"
    return f":no_bell: silenced until {until} by {name}: {reason}" if silence.until > now else ""


def _recent(silence: Silence, now: datetime) -> bool:
    return now - silence.at < timedelta(hours=12)
