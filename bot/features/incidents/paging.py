"""An incident and the pager, in step both ways without echo: each looks at the state there before it writes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.domain.capabilities import Connections, Pager
from bot.domain.errors import NotFound, Refused
from bot.domain.incident import Incident
from bot.domain.person import Author
from bot.durable.run import Run
from bot.features.incidents.response import Response

AT_ONCE = 4
"""Alerts of a storm that are told side by side: as many as a pager answers without one waiting for another."""


async def tell_acknowledged(run: Run, response: Response, connections: Connections, alerts: list[int], by: str) -> None:
    """All alerts in one step, so that a pager that is down is told of once, however many there are."""
    await run.together(run.step("acknowledge", _acknowledge, response, connections, alerts, by))


async def _acknowledge(response: Response, connections: Connections, alerts: list[int], by: str) -> None:
    author = _author(response, by)
    await _each(response, connections, alerts, lambda pager, alert: pager.acknowledge(alert, author))


async def tell_resolved(
    run: Run, response: Response, connections: Connections, incident: int, alerts: list[int], by: str
) -> None:
    await run.together(run.step("resolve", _resolve, response, connections, incident, alerts, by))


async def _resolve(response: Response, connections: Connections, incident: int, alerts: list[int], by: str) -> None:
    found = await response.record.rows.get(incident)
    # Reopened meanwhile: what was meant then is wrong now.
    if found is None or found.open:
        return
    author, words = _author(response, by), found.fixed_by or ""
    await _each(response, connections, alerts, lambda pager, alert: pager.resolve(alert, author, words))


async def tell_update(
    run: Run, response: Response, connections: Connections, incident: int, alerts: list[int], by: str, stamp: int
) -> None:
    """A status update, for whoever follows the incident in the pager."""
    await run.together(run.step("note", _note, response, connections, incident, alerts, by, stamp))


async def _note(
    response: Response, connections: Connections, incident: int, alerts: list[int], by: str, stamp: int
) -> None:
    words = await response.seeing.update_words(incident, stamp)
    author, once = _author(response, by), f"update {incident}-{stamp}"

    async def note(pager: Pager, alert: str) -> None:
        if words and pager.takes_notes:
            await pager.note(alert, words, author, once=once)

    await _each(response, connections, alerts, note)


async def _each(
    response: Response, connections: Connections, alerts: list[int], tell: Callable[[Pager, str], Awaitable[None]]
) -> None:
    """One that fails stops none of the others. Of several failures the one is told that another try may heal."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        row = await response.record.alerts.get(number)
        pager = _pager(connections, row.alert.source) if row else None
        if row is not None and pager is not None:
            async with room:
                await tell(pager, row.alert.id)

    told = await asyncio.gather(*(one(number) for number in alerts), return_exceptions=True)
    failures = [result for result in told if isinstance(result, BaseException)]
    for failure in sorted(failures, key=lambda found: isinstance(found, Refused)):
        raise failure


async def page(
    run: Run, response: Response, connections: Connections, incident: int, by: str, message: str, to: str | None
) -> None:
    await run.together(run.step("page", _page, run.key, response, connections, incident, by, message, to))


async def _page(
    once: str, response: Response, connections: Connections, incident: int, by: str, message: str, to: str | None
) -> str:
    found = await response.record.rows.get(incident)
    pagers = connections.all(Pager)
    if not pagers:
        raise Refused("No pager is connected. Set PAGERDUTY_API_KEY and PAGERDUTY_FROM_EMAIL, or call them yourself.")
    if found is None:
        raise NotFound("the incident is not in the store")
    pager, ref = await _paged_service(response, found, pagers, anybody=to is None)
    person = response.record.names.known(to) if to else None
    return await pager.page(
        ref,
        f"{found.name} {found.title}",
        message,
        _author(response, by),
        once=once,
        email=person.email if person else None,
    )


async def _paged_service(
    response: Response, incident: Incident, pagers: Sequence[Pager], *, anybody: bool
) -> tuple[Pager, str]:
    """The pager that knows the service behind an incident, and as what it knows it.

    Who is named may be called by way of any service of the team's.
    """
    plan = response.record.plan()
    alerts = await response.record.alerts.of_incident(incident.id)
    own = plan.service(incident.service)
    refs = list(own.match.refs.items()) if own else []
    refs += [(row.alert.source, row.alert.service_ref) for row in alerts if row.alert.service_ref]
    if not anybody:
        team = plan.team_of(incident.service)
        refs += [
            one for service in plan.services if service.name in team.services for one in service.match.refs.items()
        ]
    by_source = {pager.source: pager for pager in pagers}
    found = next(((by_source[source], ref) for source, ref in refs if source in by_source), None)
    if found is None:
        raise Refused("No service of the pager is known for this incident, so say whom: /incident page @bob <why>")
    return found


def _pager(connections: Connections, source: str) -> Pager | None:
    return next((one for one in connections.all(Pager) if one.source == source), None)


def _author(response: Response, user: str) -> Author:
    person = response.record.names.known(user)
    return Author(name=person.name if person else user, email=person.email if person else None)
