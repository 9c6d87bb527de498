"""An incident and the pager, in step both ways without echo: each looks at the state there before it writes."""

from bot.domain.capabilities import Connections, Pager
from bot.domain.errors import NotFound, Refused
from bot.domain.incident import Incident
from bot.domain.person import Author
from bot.durable.run import Run
from bot.features.incidents.response import Response


async def tell_acknowledged(
    run: Run,
    response: Response,
    connections: Connections,
    incident: int,  # noqa: ARG001 - a flow's arguments have the names under which they are given
    alert: int,
    by: str,
) -> None:
    await run.together(run.step("acknowledge", _acknowledge, response, connections, alert, by))


async def _acknowledge(response: Response, connections: Connections, alert: int, by: str) -> None:
    row = await response.record.alerts.get(alert)
    pager = _pager(connections, row.alert.source) if row else None
    if row is not None and pager is not None:
        await pager.acknowledge(row.alert.id, _author(response, by))


async def tell_resolved(
    run: Run, response: Response, connections: Connections, incident: int, alert: int, by: str
) -> None:
    await run.together(run.step("resolve", _resolve, response, connections, incident, alert, by))


async def _resolve(response: Response, connections: Connections, incident: int, alert: int, by: str) -> None:
    row = await response.record.alerts.get(alert)
    found = await response.record.rows.get(incident)
    pager = _pager(connections, row.alert.source) if row else None
    # Reopened meanwhile: what was meant then is wrong now.
    if row is None or pager is None or found is None or found.open:
        return
    await pager.resolve(row.alert.id, _author(response, by), found.fixed_by or "")


async def tell_update(
    run: Run, response: Response, connections: Connections, incident: int, alert: int, by: str, stamp: int
) -> None:
    """A status update, for whoever follows the incident in the pager."""
    await run.together(run.step("note", _note, response, connections, incident, alert, by, stamp))


async def _note(response: Response, connections: Connections, incident: int, alert: int, by: str, stamp: int) -> None:
    row = await response.record.alerts.get(alert)
    pager = _pager(connections, row.alert.source) if row else None
    words = await response.seeing.update_words(incident, stamp)
    if row is not None and pager is not None and words:
        await pager.note(row.alert.id, words, _author(response, by), once=f"update {incident}-{stamp}")


async def page(
    run: Run, response: Response, connections: Connections, incident: int, by: str, message: str, to: str | None
) -> None:
    await run.together(run.step("page", _page, run.key, response, connections, incident, by, message, to))


async def _page(
    once: str, response: Response, connections: Connections, incident: int, by: str, message: str, to: str | None
) -> str:
    found = await response.record.rows.get(incident)
    pager = next(iter(connections.all(Pager)), None)
    if pager is None:
        raise Refused("No pager is connected. Set PAGERDUTY_API_KEY and PAGERDUTY_FROM_EMAIL, or call them yourself.")
    if found is None:
        raise NotFound("the incident is not in the store")
    ref = await _paged_service(response, found, pager.source, anybody=to is None)
    person = response.record.names.known(to) if to else None
    return await pager.page(
        ref,
        f"{found.name} {found.title}",
        message,
        _author(response, by),
        once=once,
        email=person.email if person else None,
    )


async def _paged_service(response: Response, incident: Incident, source: str, *, anybody: bool) -> str:
    """The pager's service behind an incident. Who is named may be called by way of any service of the team's."""
    plan = response.record.plan()
    alerts = await response.record.alerts.of_incident(incident.id)
    own = plan.service(incident.service)
    refs = [own.match.pagerduty] if own else []
    refs += [row.alert.service_ref for row in alerts if row.alert.source == source]
    if not anybody:
        team = plan.team_of(incident.service)
        refs += [service.match.pagerduty for service in plan.services if service.name in team.services]
    found = next((ref for ref in refs if ref), None)
    if found is None:
        raise Refused("No service of the pager is known for this incident, so say whom: /incident page @bob <why>")
    return found


def _pager(connections: Connections, source: str) -> Pager | None:
    return next((one for one in connections.all(Pager) if one.source == source), None)


def _author(response: Response, user: str) -> Author:
    person = response.record.names.known(user)
    return Author(name=person.name if person else user, email=person.email if person else None)
