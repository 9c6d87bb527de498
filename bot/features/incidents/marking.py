"""Incidents marked on the graphs of the systems that draw them: when they began, and when they were over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.acts import Acts, Start
from bot.domain.capabilities import Connections, Marker
from bot.domain.errors import NotFound, Refused
from bot.domain.incident import Incident, marker
from bot.domain.mark import Mark
from bot.durable.run import LONGEST_NAME, Run
from bot.features.incidents.response import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """A practice is marked nowhere: graphs are for what really happened."""

    response: Response
    connections: Connections


async def moved(marking: Marking, given: Mapping[str, Any]) -> Acts:
    """An incident was opened, resolved, reopened, or goes on in another. Plain JSON of a domain event."""
    incident = await marking.response.record.rows.get(int(given["incident"]))
    titles = [one.title for one in marking.connections.all(Marker)]
    if incident is None or incident.practice or not titles:
        return ()
    once = f"incident:{incident.id}:mark:{incident.status}:{incident.resolves}"
    return (Start(flow="incident.mark", once=once, given={"incident": incident.id, "titles": titles}),)


async def mark(run: Run, marking: Marking, incident: int, titles: list[str]) -> None:
    """Each by itself: one that fails is named, and the others stand."""
    await run.together(
        *(run.step(f"mark in {title}"[:LONGEST_NAME], _mark, title, marking, incident) for title in titles)
    )


async def _mark(title: str, marking: Marking, number: int) -> None:
    """What is true now: of two that overtook each other the last one says the same as the first."""
    graphs = next((one for one in marking.connections.all(Marker) if one.title == title), None)
    if graphs is None:
        raise Refused(f"{title} is not connected any more")
    incident = await marking.response.record.rows.get(number)
    if incident is None:
        raise NotFound(f"INC-{number} is not in the store")
    await graphs.mark(_said(marking.response, incident))


def _said(response: Response, incident: Incident) -> Mark:
    """Of a private one only that there is one, and when."""
    severity = response.record.plan().severity(incident.severity).name
    service = [f"service:{incident.service}"] if incident.service and not incident.private else []
    return Mark(
        once=marker(incident.id),
        title=incident.name if incident.private else f"{incident.name} {severity} {incident.title}",
        since=incident.opened_at,
        until=None if incident.open else incident.ended_at or incident.resolved_at or incident.changed_at,
        tags=("incident", *service),
        link="" if incident.private else response.audiences.link(incident.channel),
    )
