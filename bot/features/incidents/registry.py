"""An incident's records in the organisation's own system: opened when somebody asks for one, then kept in step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.acts import Acts, Ask, Reply, Start
from bot.domain.capabilities import Connections, Registry
from bot.domain.errors import NotFound, Refused
from bot.domain.incident import Incident
from bot.domain.ticket import RecordDraft, RecordKind, RecordMoved
from bot.durable.run import DoneWithout, Run
from bot.features.incidents.record import registered_as
from bot.features.incidents.response import Response, no_incident
from bot.slack.message import Message

_WORDS = "Opened from Slack by Daywatch"
_ONCE = "daywatch-inc-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """What was registered stands among the incident's links, so that people find it and we keep it in step."""

    response: Response
    connections: Connections

    @property
    def registry(self) -> Registry | None:
        return next(iter(self.connections.all(Registry)), None)

    async def registered(self, number: int, kind: str, record: Mapping[str, str]) -> Acts:
        held = self.response.record
        incident = await held.rows.get_locked(number)
        if incident is None or kind in registered_as(incident):
            return ()
        link = {"title": record["title"], "url": record["url"], "record": kind}
        links = [*incident.links, link]
        await held.change(incident, links=links)
        await held.note(number, "link", f"Registered as {record['title']}", once=f"registered:{kind}")
        given = {"incident": number, "title": link["title"], "url": link["url"]}
        acts = list(held.redraw_card(incident))
        acts.append(Start(flow="incident.bookmark", once=f"incident:{number}:bookmark:{kind}", given=given))
        if not incident.open:
            acts += held.follows(
                replace(incident, links=links), f"resolved:{incident.resolves}"
            )  # it was over before the record stood
        return tuple(acts)


async def register(registering: Registering, ask: Ask) -> Acts:
    """`/incident register [change]`: a record of this incident, or of the emergency change that it takes."""
    incident = await registering.response.held(ask)
    if incident is None:
        return no_incident("/incident register")
    if incident.practice:
        return (Reply(Message("A practice is not registered: records are for what really happened.")),)
    word = ask.text.casefold().strip() or RecordKind.INCIDENT
    if word not in tuple(RecordKind):
        return (Reply(Message("Register an incident or a change: /incident register [change]")),)
    registry = registering.registry
    if registry is None:
        return (Reply(Message("No system that keeps records is connected. /daywatch tells what is, and what to do.")),)
    if word in registered_as(incident):
        return (Reply(Message(f"{incident.name} has its record already: it is on the card.")),)
    await registering.response.record.did(ask, f"incident.register.{word}", incident)
    given = {"incident": incident.id, "kind": str(word)}
    start = Start(flow="incident.register", once=f"incident:{incident.id}:register:{word}", given=given)
    return (Reply(Message(f"Opening the {word} in {registry.kept_in}. It will be linked on the card.")), start)


async def moved(registering: Registering, given: Mapping[str, Any]) -> Acts:
    """The incident was resolved, or reopened. Plain JSON of a domain event."""
    incident = await registering.response.record.rows.get(int(given["incident"]))
    if incident is None:
        return ()
    what = "reopened" if incident.open else "resolved"
    return registering.response.record.follows(incident, f"{what}:{given['resolves']}")


async def record_moved(registering: Registering, news: RecordMoved) -> Acts:
    """Its own people closed the record while the incident goes on here: that is told, and decided by people."""
    number = news.once.removeprefix(_ONCE)
    held = registering.response.record
    incident = await held.rows.get_locked(int(number)) if number.isascii() and number.isdigit() else None
    if incident is None or not incident.open or not news.done:
        return ()
    record = next((link for link in incident.links if link.get("record") == news.kind), None)
    if record is None or news.occurred_at < incident.opened_at:
        return ()
    words = f"{record['title']} was closed there. The incident goes on here until it is resolved"
    once = f"record closed:{news.kind}:{news.occurred_at.isoformat()}"
    if await held.note(incident.id, "link", words, at=news.occurred_at, once=once):
        return held.redraw_card(incident)
    return ()


# What is done outside.


async def open_record(run: Run, registering: Registering, incident: int, kind: str) -> None:
    """Tried until it stands, or until a person says that it is done without."""
    try:
        record = await run.step("register", _register, registering, incident, kind)
    except DoneWithout:
        return
    await run.record("registered", registering.registered, incident, kind, record)


async def _register(registering: Registering, number: int, kind: str) -> dict[str, str]:
    incident, registry = await _found(registering, number)
    plan = registering.response.record.plan()
    severity, since = plan.severity(incident.severity).name, f"{incident.opened_at:%d %b %H:%M} UTC"
    draft = RecordDraft(
        once=once_of(number),
        kind=RecordKind(kind),
        title=incident.title,
        body=f"{_WORDS}: {incident.name}, {severity}, since {since}.",
        rank=plan.rank(incident.severity),
    )
    ticket = await registry.register(draft)
    return {"title": f"{registry.kept_in} {ticket.key}", "url": ticket.url}


async def follow_record(run: Run, registering: Registering, incident: int, step: str) -> None:
    await run.together(run.step("record in step", _follow, registering, incident, step))


async def _follow(registering: Registering, number: int, step: str) -> None:
    """To what is true now: of two steps that overtook each other the last one says the same as the first."""
    incident, registry = await _found(registering, number)
    what, _, stamp = step.partition(":")
    fixed = "" if incident.private else incident.fixed_by or ""
    words = "Reopened" if incident.open else fixed or "Resolved"
    if what == "update":
        words = await registering.response.seeing.update_words(number, int(stamp))
    for kind in registered_as(incident):
        await registry.follow(
            once_of(number), RecordKind(kind), done=not incident.open, words=f"{incident.name}: {words}", step=step
        )


def once_of(number: int) -> str:
    return f"{_ONCE}{number}"


async def _found(registering: Registering, number: int) -> tuple[Incident, Registry]:
    incident, registry = await registering.response.record.rows.get(number), registering.registry
    if incident is None:
        raise NotFound(f"INC-{number} is not in the store")
    if registry is None:
        raise Refused("No system that keeps records is connected (any more).")
    return incident, registry
