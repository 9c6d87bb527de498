"""All that a handler of this feature works with, in one value."""

from dataclasses import dataclass

from bot.acts import Acts, Ask, Reply
from bot.domain.incident import Incident, number_of
from bot.domain.person import Person
from bot.features.incidents.audiences import NOBODY, Audiences
from bot.features.incidents.board import Board
from bot.features.incidents.course import Course
from bot.features.incidents.crew import Crew
from bot.features.incidents.lookups import Lookups
from bot.features.incidents.record import Record
from bot.features.incidents.seeing import Seeing
from bot.features.incidents.service import Incidents
from bot.features.incidents.words import Words
from bot.slack.message import Message

GONE = "I do not know that incident any more. /incident list shows the ones there are."


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Incident response: opening, course, people, words, and how all of it is seen."""

    record: Record
    incidents: Incidents
    course: Course
    crew: Crew
    words: Words
    board: Board
    seeing: Seeing
    lookups: Lookups
    audiences: Audiences = NOBODY

    async def held(self, ask: Ask) -> Incident | None:
        """The incident an act is about, held until the transaction ends: by its key, its form, or its channel."""
        number = self._number(ask)
        if number is not None:
            return self.told_of(await self.record.rows.get_locked(number), ask)
        found = await self.record.rows.of_channel(ask.channel) if ask.channel else None
        return await self.record.rows.get_locked(found.id) if found else None

    def remembered(self, ask: Ask) -> Incident | None:
        """The same from memory, for what may not ask the database."""
        number = self._number(ask)
        found = self.board.get(number) if number is not None else self.board.in_channel(ask.channel)
        return self.told_of(found, ask)

    def told_of(self, incident: Incident | None, ask: Ask) -> Incident | None:
        """The incident, for somebody who may know of it."""
        return None if incident is None or _elsewhere(incident, ask) else incident

    def leads(self, person: Person, ask: Ask) -> bool:
        """Whether somebody leads what they ask about; asked before the handler, which finds it the same way."""
        return self.board.led_by(person.id, ask.channel, _named(ask))

    def lead(self, ask: Ask) -> str | None:
        """The name of whoever leads what is asked about."""
        found = self.board.lead(ask.channel, _named(ask))
        return self.record.names.name(found) if found else None

    def _number(self, ask: Ask) -> int | None:
        return number_of(_named(ask).partition(":")[0])


def _named(ask: Ask) -> str:
    """The incident that a button or a form names."""
    return ask.key or str(ask.private.get("incident", ""))


def _elsewhere(incident: Incident, ask: Ask) -> bool:
    """A private one that is asked about in another channel, by somebody who has nothing to do with it.

    Whoever is in its channel may know of it; a form was opened by somebody who might.
    """
    return hidden(incident, ask) and bool(ask.channel) and ask.channel != incident.channel


def hidden(incident: Incident, ask: Ask) -> bool:
    """A private incident is nobody else's business, whatever a button or a number says."""
    return incident.private and not incident.involves(ask.person.id)


def no_incident(path: str) -> Acts:
    """No incident here: what to do instead."""
    words = f"There is no incident in this channel. Use {path} in an incident's channel; /incident list shows them."
    return (Reply(Message(words)),)


def moved_on(incident: Incident) -> Acts:
    by = f" by {incident.resolved_by}" if incident.resolved_by else ""
    return (Reply(Message(f"This moved on: {incident.name} is {incident.status}{by}.")),)
