"""A team's mornings changed in Slack: opened, saved, taken back to the file."""

import re
from datetime import datetime, time
from typing import Final

from bot.acts import Acts, Ask, Next, Wrong
from bot.domain.check import Item
from bot.domain.days import holiday_places, holiday_trouble
from bot.features.checklist import forms, settings_form
from bot.features.checklist.days import next_due
from bot.features.checklist.routine import Routine, as_values
from bot.features.checklist.service import Checklist
from bot.features.checklist.settings_form import NO_HOLIDAYS, holiday_name

_CHANNEL: Final = re.compile(r"#[^\s#,<>]{1,79}|[CG][A-Z0-9]{5,20}")


async def open_form(checklist: Checklist, ask: Ask) -> Acts:
    """From the digest's menu."""
    digest = await checklist.pressed(ask)
    routines = await checklist.record.routines.all()
    routine = await checklist.record.routines.of(digest.team) if digest else routines[0]
    return (Next(settings_form.settings(routine, checklist.record.names.name)),)


async def save(checklist: Checklist, ask: Ask) -> Acts:
    routine = await _team(checklist, ask)
    if routine is None:
        return (Next(forms.told("Moved on", "That team is not in the settings any more.")),)
    wrong = _wrong(ask)
    if wrong:
        return (Wrong(wrong),)
    place = ask.value("holidays")
    ticked = ask.chosen("items")
    values = {
        "channel": ask.value("channel"),
        "at": ask.value("at"),
        "days": list(ask.chosen("days")),
        "holidays": place if place not in ("", NO_HOLIDAYS) else None,
        "hidden": sorted(item.value for item in Item if item.value not in ticked),
        "chart": bool(ask.chosen("chart")),
    }
    record, now = checklist.record, checklist.record.clock()
    before = as_values(routine)
    changed = [name for name, value in values.items() if value != before[name]]
    await record.routines.change(routine.team, values, who=ask.person.id, at=now)
    await _audit(checklist, ask, routine, f"checklist.settings {', '.join(changed) or 'nothing'}")
    return (Next(forms.told("Saved", _next(await record.routines.of(routine.team), now))),)


async def back_to_file(checklist: Checklist, ask: Ask) -> Acts:
    """Undoes everything that was changed in Slack for this team."""
    routine = await _team(checklist, ask)
    if routine is None:
        return (Next(forms.told("Moved on", "That team is not in the settings any more.")),)
    record = checklist.record
    await record.routines.back_to_file(routine.team)
    await _audit(checklist, ask, routine, "checklist.back_to_file")
    now_holding = await record.routines.of(routine.team)
    return (Next(forms.told("Back to the file", _next(now_holding, record.clock()))),)


async def find_holidays(checklist: Checklist, words: str) -> list[tuple[str, str]]:  # noqa: ARG001 - the shape of a search
    """Countries and their parts whose public holidays are known."""
    wanted = words.strip().upper()
    found = [(place, place) for place in holiday_places() if place.upper().startswith(wanted)]
    return [(holiday_name(NO_HOLIDAYS), NO_HOLIDAYS), *found][:100]


async def _team(checklist: Checklist, ask: Ask) -> Routine | None:
    name = str(ask.private.get("team", ""))
    return next((one for one in await checklist.record.routines.all() if one.team == name), None)


def _wrong(ask: Ask) -> dict[str, str]:
    if not _CHANNEL.fullmatch(ask.value("channel")):
        return {"channel": "Write a channel such as #platform-ops"}
    try:
        time.fromisoformat(ask.value("at"))
    except ValueError:
        return {"at": "Choose a time"}
    if not ask.chosen("days"):
        return {"days": "Choose at least one day"}
    place = ask.value("holidays")
    trouble = holiday_trouble(place) if place != NO_HOLIDAYS else None
    if trouble:
        return {"holidays": trouble[:150]}
    return {} if ask.chosen("items") else {"items": "Choose at least one item"}


def _next(routine: Routine, now: datetime) -> str:
    due = next_due(routine, now)
    if due is None:
        return "No day is left on which a digest would come."
    there = due.astimezone(routine.zone)
    return f"The next digest comes {there:%a} {there.day} {there:%b} {there:%H:%M %Z} in {routine.channel}."


async def _audit(checklist: Checklist, ask: Ask, routine: Routine, what: str) -> None:
    record = checklist.record
    await record.audit.note(
        at=record.clock(), who=ask.person.id, what=what[:80], object_=routine.team[:200], whence=ask.channel
    )
