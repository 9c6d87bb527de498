"""What people see while they work through a runbook, and when one is said to be wrong. Pure functions."""

from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block, Option

from bot.domain.incident import Incident, State
from bot.domain.names import Names
from bot.features.runbooks.boxes import STEPS_A_PAGE, Boxes
from bot.features.runbooks.page_ref import PageRef
from bot.features.runbooks.views import OPEN
from bot.slack.blocks import (
    actions,
    bold,
    bullets,
    button,
    checkboxes,
    clean,
    context,
    date,
    foreign,
    line,
    option,
    plain,
    quote,
    rich,
    spelled,
)
from bot.slack.message import Message, Surface
from bot.store.runbook_runs import Report, RunbookRun

TICK: Final = "runbooks.tick.v1"
EARLIER: Final = "runbooks.earlier_steps.v1"
LATER: Final = "runbooks.later_steps.v1"
_BOX: Final = 75  # what Slack shows of a box's words, and again of the line below them


def takes_notes(incident: Incident) -> bool:
    """Whether people may still work through a page: until it is closed or goes on elsewhere."""
    return incident.status not in (State.CLOSED, State.MERGED)


def run(one: RunbookRun, incident: Incident, names: Names, now: datetime) -> Message:
    """The thread message: ten steps as checkboxes, each tick with name and time on the team's clock (`now`)."""
    total = len(one.steps)
    text = f"{incident.name}: {one.done} of {total} steps of {one.title} done"
    head = rich(
        bold("Runbook "),
        foreign(one.title, 80, bold=True),
        f" · {one.done} of {total} steps done\nstarted by {names.name(one.who)} ",
        date(one.at, now),
    )
    blocks: list[Block] = [head]
    page = min(one.page, (total - 1) // STEPS_A_PAGE)
    places = range(page * STEPS_A_PAGE, min((page + 1) * STEPS_A_PAGE, total))
    if takes_notes(incident):
        blocks.append(_boxes(one, places, page, names, now))
    else:
        blocks.append(_closed(one, places, names, now))
    if total > STEPS_A_PAGE:
        blocks.append(context(f"Steps {places.start + 1} to {places.stop} of {total}"))
    turns = []
    if page > 0:
        turns.append(button("Earlier steps", EARLIER, f"{one.id}:{page - 1}"))
    if places.stop < total:
        turns.append(button("Later steps", LATER, f"{one.id}:{page + 1}"))
    ref = PageRef(slug=one.slug, incident=incident.name)
    blocks.append(actions(*turns, button("Open page", OPEN, str(ref), label=f"Open {one.title}")))
    # The incident's card: both are messages of the same incident, and keys are public.
    return Message(text, blocks=blocks, surface=Surface.TASKS, thread_of=f"incident.card:{incident.id}")


def _boxes(one: RunbookRun, places: range, page: int, names: Names, now: datetime) -> Block:
    ticked = frozenset(place for place in places if place in one.ticks)
    options = [_option(one, place, names, now) for place in places]
    box = checkboxes(options, action_id=TICK, initial=[str(place) for place in ticked])
    # The block's id says which boxes were ticked when it was drawn: two people who tick at once undo nothing.
    return actions(box, block_id=str(Boxes(run=one.id, page=page, ticked=ticked)))


def _option(one: RunbookRun, place: int, names: Names, now: datetime) -> Option:
    words = f"{place + 1}. {clean(one.steps[place])}"
    tick = one.ticks.get(place)
    if tick is not None:
        return option(str(place), words, f"{names.name(tick.who)}, {spelled(tick.at, now)}")
    shown = plain(words, _BOX).text or ""
    rest = words[len(shown) - 1 :].strip() if shown.endswith("…") else ""
    return option(str(place), words, rest or None)


def _closed(one: RunbookRun, places: range, names: Names, now: datetime) -> Block:
    """Once the incident is over for good: what was done, and by whom."""
    rows = []
    for place in places:
        tick = one.ticks.get(place)
        who = (f" · {names.name(tick.who)} ", date(tick.at, now)) if tick else ()
        rows.append(line("☑ " if tick else "☐ ", foreign(one.steps[place], 140), *who))
    return rich(bullets(*rows))


def wrong(report: Report, incident: Incident | None, names: Names, now: datetime) -> Message:
    """Told to the team that keeps the page. A private incident is not named."""
    named = f" in {incident.name}" if incident is not None and not incident.private else ""
    who = names.name(report.who)
    return Message(
        f"The runbook {report.title} is wrong, says {who}",
        blocks=(
            rich(
                line(
                    "📄 ", foreign(report.title, 80, bold=True), f" is wrong, says {who}{named}, ", date(report.at, now)
                )
            ),
            rich(quote(foreign(report.words, 1000, lines=True))),
            actions(button("Open page", OPEN, str(PageRef(slug=report.slug)), label=f"Open {report.title}")),
        ),
        surface=Surface.ANNOUNCEMENT,
    )
