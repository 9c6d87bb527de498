"""The modal in which an operator changes a team's mornings. Pure functions."""

from collections.abc import Callable
from typing import Final

from bot.domain.check import Item
from bot.domain.plan import WEEKDAYS
from bot.features.checklist.routine import Routine
from bot.slack.blocks import (
    Block,
    actions,
    button,
    checkboxes,
    context,
    field,
    option,
    pick_clock,
    search_select,
    short_name,
    typed,
)
from bot.slack.message import View

SETTINGS_FORM: Final = "checklist.settings_form.v1"
BACK_TO_FILE: Final = "checklist.back_to_file.v1"
HOLIDAYS: Final = "checklist.holidays.v1"
NO_HOLIDAYS: Final = "none"
DAY_NAMES: Final = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def settings(routine: Routine, name: Callable[[str], str]) -> View:
    """Each field tells where its value comes from: the file, or who changed it when."""

    def whence(field_name: str) -> str:
        changed = routine.changed.get(field_name)
        if changed is None:
            return "From the file."
        there = changed.at.astimezone(routine.zone)
        return f"{name(changed.who)}, {there.day} {there:%b}."

    place = routine.holidays or NO_HOLIDAYS
    blocks: list[Block] = [
        context(f"The morning digest of *{short_name(routine.team, 60)}*"),
        field("channel", "Channel", typed(most=80, initial=routine.channel), hint=whence("channel")),
        field(
            "at",
            f"Time ({routine.zone.key})",
            pick_clock(initial=f"{routine.at:%H:%M}"),
            hint=whence("at"),
        ),
        field(
            "days",
            "Days",
            checkboxes([option(day, DAY_NAMES[day]) for day in WEEKDAYS], initial=routine.days),
            hint=whence("days"),
        ),
        field(
            "holidays",
            "No digest on public holidays of",
            search_select(HOLIDAYS, initial=option(place, holiday_name(place)), placeholder="DE, DE-BY, FR …"),
            hint=whence("holidays"),
        ),
        field(
            "items",
            "Items",
            checkboxes(
                [option(item.value, item.heading) for item in Item],
                initial=[item.value for item in Item if item.value not in routine.hidden],
            ),
            hint=whence("hidden"),
        ),
        field(
            "chart",
            "Chart",
            checkboxes(
                [option("yes", "When a number is about to cross its limit")], initial=["yes"] if routine.chart else []
            ),
            hint=whence("chart"),
            optional=True,
        ),
    ]
    if routine.changed:
        blocks.append(actions(button("Back to the file", BACK_TO_FILE, routine.team[:75])))
    return View(
        title="Checklist settings",
        callback_id=SETTINGS_FORM,
        submit="Save",
        blocks=blocks,
        memory={"team": routine.team},
    )


def holiday_name(place: str) -> str:
    return "none (a digest on holidays too)" if place == NO_HOLIDAYS else place
