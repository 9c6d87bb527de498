"""What a person presses about silences: the form, what it says, and the end of one."""

from collections.abc import Sequence

from bot.acts import Acts, Ask, Next, Reply, Wrong
from bot.domain.incident import Incident, number_of
from bot.domain.silence import SilenceState
from bot.features.alerts import silence_forms
from bot.features.alerts.silencing import LONGEST, MORNING, Silencing
from bot.slack.blocks import spelled
from bot.slack.message import Message
from bot.store.alerts import AlertRow


async def form(silencing: Silencing, ask: Ask) -> Acts:
    """From an alert's menu (`alert:5`), or from an incident's card (`INC-3`) for one of its alerts."""
    incident = await _incident(silencing, ask)
    rows = await silencing.quietable(await _rows(silencing, ask, incident))
    if not rows:
        words = "No alert here fires that can be silenced and is not silenced already."
        return (Next(silence_forms.told("Silence an alert", words)),)
    morning = silencing.until(rows[0], MORNING, "") or silencing.clock()
    name = incident.name if incident else ""
    zone = silencing.team_of(rows[0]).timezone
    return (Next(silence_forms.ask(rows, incident=name, morning=morning, zone=zone)),)


async def submitted(silencing: Silencing, ask: Ask) -> Acts:
    row = await _held(silencing, ask.value("alert") or str(ask.private.get("alert", "")))
    reason, now = ask.value("reason"), silencing.clock()
    if (why := _moved_on(silencing, row)) or row is None:
        return (Next(silence_forms.told("Moved on", why, reason)),)
    if not reason:
        return (Wrong({"reason": "Say why: whoever wonders about it reads this."}),)
    until = silencing.until(row, ask.value("span"), ask.value("day"))
    if until is None or not now < until <= now + LONGEST:
        return (Wrong({"day": f"Use a date after today, at most {LONGEST.days} days ahead."}),)
    acts = await silencing.begin(ask, row, until, reason)
    words = f"Silencing it until {spelled(until, silencing.now_at(row))}. Its message says how it went."
    return (Next(silence_forms.told("Silence an alert", words)), *acts)


async def end(silencing: Silencing, ask: Ask) -> Acts:
    row = await _held(silencing, ask.key)
    silence = row.silence if row else None
    if row is None or silence is None or silence.state is not SilenceState.STANDS or silence.until <= silencing.clock():
        under_way = silence is not None and silence.state is SilenceState.ENDING
        words = "That silence is being ended already." if under_way else "That silence is over already."
        return (Reply(Message(words)),)
    return await silencing.end(ask, row, silence)


def _moved_on(silencing: Silencing, row: AlertRow | None) -> str:
    """Why an alert cannot be silenced any more; empty when it can."""
    if row is None or not row.firing:
        return "That alert is over: there is nothing to silence."
    if row.silence is not None and row.silence.holds(silencing.clock()):
        return f"{row.silence.name} silenced it already, until {spelled(row.silence.until, silencing.now_at(row))}."
    return "" if silencing.can(row.alert.source) else "Its source does not let us silence it (any more)."


async def _rows(silencing: Silencing, ask: Ask, incident: Incident | None) -> Sequence[AlertRow]:
    if incident is not None:
        return await silencing.rows.of_incident(incident.id)
    number = _number(ask.key)
    row = await silencing.rows.get(number) if number is not None else None
    return [row] if row else []


async def _incident(silencing: Silencing, ask: Ask) -> Incident | None:
    number = number_of(ask.key)
    found = await silencing.incidents.get(number) if number is not None else None
    stranger = found is not None and found.private and not found.involves(ask.person.id)
    # Whoever is in a private incident's channel may know of it.
    return None if stranger and found is not None and ask.channel != found.channel else found


async def _held(silencing: Silencing, key: str) -> AlertRow | None:
    number = _number(key)
    return await silencing.rows.held(number) if number is not None else None


def _number(key: str) -> int | None:
    kind, _, number = key.rpartition(":")
    return int(number) if kind.endswith("alert") and number.isdigit() else None
