"""What a person types or presses about changes: read, answer."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.acts import Acts, Ask, Reply
from bot.domain.incident import Incident, number_of
from bot.domain.suspicion import Changed
from bot.features.changes import views
from bot.features.changes.around import Around
from bot.slack.blocks import listed
from bot.slack.message import Message
from bot.store.incidents import IncidentRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Answers from the record; nothing outside is asked for it."""

    around: Around
    incidents: IncidentRows
    scripted: Callable[[Incident], Changed]
    """What a practice says was changed."""


async def changes(asking: Asking, ask: Ask) -> Acts:
    """`/incident changes [service]`: in an incident's channel of that incident, for all who are there."""
    here = await asking.incidents.of_channel(ask.channel) if ask.channel else None
    typed = ask.text.casefold().strip()
    if here is not None and not typed:
        return await _of(asking, here, everybody=True)
    plan = asking.around.plan()
    service = next((one.name for one in plan.services if one.name.casefold() == typed), None)
    if typed and service is None:
        names = listed((one.name for one in plan.services), 10) or "none is named under services: in the settings"
        return (Reply(Message(f"Of which service? /incident changes <service>. There are: {names}.")),)
    found = await asking.around.lately(service)
    if not found.known:
        return (Reply(views.nobody_tells()),)
    return (Reply(views.listed(found, asking.around.clock(), incident=None)),)


async def show(asking: Asking, ask: Ask) -> Acts:
    """The button of the card."""
    number = number_of(ask.key)
    incident = await asking.incidents.get(number) if number is not None else None
    if incident is None or _elsewhere(incident, ask):
        return (Reply(Message("I do not know that incident any more. /incident list shows the ones there are.")),)
    return await _of(asking, incident, everybody=False)


async def _of(asking: Asking, incident: Incident, *, everybody: bool) -> Acts:
    found = asking.scripted(incident) if incident.practice else await asking.around.all(incident)
    if not found.known:
        return (Reply(views.nobody_tells()),)
    return (Reply(views.listed(found, asking.around.clock(), incident=incident.name), everybody=everybody),)


def _elsewhere(incident: Incident, ask: Ask) -> bool:
    """A private one is nobody's business outside of its channel."""
    return incident.private and ask.channel != incident.channel and not incident.involves(ask.person.id)
