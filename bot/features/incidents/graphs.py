"""The panels behind an incident's alerts, drawn once when it opens and shown in its thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import structlog

from bot.acts import Acts, Post, Start
from bot.domain.capabilities import Connections, PanelPictures, Pictures
from bot.domain.errors import VendorError
from bot.domain.incident import Incident
from bot.durable.run import Run
from bot.features.incidents.record import Record, card_key
from bot.slack.blocks import image
from bot.slack.drawn import Drawn
from bot.slack.message import Message, Surface
from bot.store.alerts import AlertRow

log = structlog.get_logger(__name__)

MOST: Final = 3
READY_AFTER: Final = 10.0
"""Slack takes a moment to make a picture of a file, and refuses a message with one that is not ready."""


class Graph(TypedDict):
    """A picture that is uploaded, and what it shows in words."""

    file: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphs:
    """An incident stands without them: what cannot be drawn is said in the log only."""

    record: Record
    connections: Connections

    async def drawn(self, number: int, graphs: Sequence[Graph]) -> Acts:
        """They are uploaded."""
        incident = await self.record.rows.get_locked(number)
        if incident is None or not graphs:
            return ()
        await self.record.change(incident, graphs=list(graphs))
        return (Post(f"incident.graphs:{number}"),)

    async def shown(self, key: str) -> Drawn | None:
        """One answer to the card, with all of them."""
        incident = await self.record.rows.get(int(key)) if key.isdigit() else None
        if incident is None or incident.channel is None or incident.gone or not incident.graphs:
            return None
        return Drawn(channel=incident.channel, message=message(incident))


def message(incident: Incident) -> Message:
    return Message(
        f"Graphs of what fired in {incident.name}",
        blocks=tuple(image(one["words"], file=one["file"]) for one in incident.graphs),
        thread_of=card_key(incident.id),
        surface=Surface.NUDGE,
    )


async def opened(graphs: Graphs, given: Mapping[str, Any]) -> Acts:
    """An incident was opened. Plain JSON of a domain event."""
    number = int(given["incident"])
    incident = await graphs.record.rows.get(number)
    if incident is None or incident.practice or not await _with_panels(graphs, number):
        return ()
    return (Start(flow="incident.graphs", once=f"incident:{number}:graphs", given={"incident": number}),)


async def draw(run: Run, graphs: Graphs, pictures: Pictures, incident: int) -> None:
    """After the card, which waits for no picture."""
    found = await run.step("graphs", _draw, graphs, pictures, incident)
    if found:
        await run.sleep(READY_AFTER)
        await run.record("graphs drawn", graphs.drawn, incident, found)


async def _with_panels(graphs: Graphs, number: int) -> Sequence[tuple[PanelPictures, AlertRow]]:
    """The first alerts of each panel, and who draws them. Several systems of a kind are asked in turn."""
    drawing = graphs.connections.all(PanelPictures)
    rows = await graphs.record.alerts.of_incident(number) if drawing else ()
    seen: dict[str | None, AlertRow] = {}
    for row in rows:
        seen.setdefault(row.alert.url, row)
    return [(one, row) for row in seen.values() for one in drawing if one.source == row.alert.source]


async def _draw(graphs: Graphs, pictures: Pictures, number: int) -> list[Graph]:
    found: dict[int, Graph] = {}
    for one, row in await _with_panels(graphs, number):
        if len(found) == MOST:
            break
        if row.id in found:
            continue
        try:
            panel = await one.panel(row.alert)
            if panel is not None:
                file = await pictures.upload(f"panel-{row.id}.png", panel.png, title=panel.title, alt=panel.words)
                found[row.id] = Graph(file=file, words=panel.words)
        except VendorError as error:
            log.warning("an incident without a graph", incident=number, alert=row.id, reason=str(error))
    return list(found.values())
