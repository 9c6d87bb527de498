"""How a practice went: four times, beside those of earlier ones, and what was behind it. Drawn from stored state."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import RichTextBlock

from bot.features.incidents.drill_scripts import Scenario
from bot.features.incidents.drills import Drills, Times
from bot.features.incidents.views import TIMELINE
from bot.slack.blocks import actions, bold, button, clean, context, date, foreign, line, rich, span, table
from bot.slack.drawn import Drawn
from bot.slack.message import Message, Surface

_HEADS = ("Practice", "Acknowledged", "Lead", "First update", "Mitigated", "What it was")


async def draw(drills: Drills, key: str) -> Drawn | None:
    incident = await drills.record.rows.get(int(key)) if key.isdigit() else None
    if incident is None or incident.channel is None:
        return None
    message = over(
        await drills.times(incident),
        await drills.earlier(incident),
        drills.scenario_of(incident),
        drills.record.clock(),
    )
    return Drawn(channel=incident.channel, message=message)


def over(this: Times, earlier: Sequence[Times], scenario: Scenario | None, now: datetime) -> Message:
    """The line has the answer; the table compares it. What did not happen is a dash."""
    name = this.incident.name
    rows: list[tuple[str | RichTextBlock, ...]] = [(f"{name}, this one", *_cells(this))]
    rows += [(rich(line(one.incident.name, ", ", date(one.incident.opened_at, now))), *_cells(one)) for one in earlier]
    beside = table(_HEADS, rows)
    behind = rich(line(bold("Behind it "), foreign(scenario.behind, 300))) if scenario else None
    ended = "ended by itself; nobody resolved it" if this.by_itself else "is over"
    first = "" if earlier else "The first practice here: the next one is compared with it. "
    return Message(
        f"{name} practice is over: acknowledged {_after(this.acknowledged)}, mitigated {_after(this.mitigated)}",
        blocks=(
            rich(line("🏁 ", bold(f"Practice {name} {ended}"), f" · {_told(this)}")),
            beside,
            *([behind] if behind else []),
            context(f"{first}Times count from the first alert. Nothing real was paged."),
            actions(button("Timeline", TIMELINE, name)),
        ),
        surface=Surface.ANNOUNCEMENT,
    )


def _told(this: Times) -> str:
    parts = (
        ("acknowledged", this.acknowledged),
        ("lead", this.lead),
        ("first update", this.update),
        ("mitigated", this.mitigated),
    )
    return " · ".join(f"{what} {_after(length)}" for what, length in parts)


def _after(length: timedelta | None) -> str:
    return f"after {span(length)}" if length is not None else "never"


def _cells(one: Times) -> tuple[str, ...]:
    lengths = (one.acknowledged, one.lead, one.update, one.mitigated)
    return (*(span(length) if length is not None else "–" for length in lengths), clean(one.incident.title)[:40])
