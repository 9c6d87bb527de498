"""`/incident tickets`: the tracker searched from Slack, and what was found linked to the incident."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from slack_sdk.models.blocks import Block

from bot.acts import Acts, Ask, Reply
from bot.domain.capabilities import Connections, TicketSearch
from bot.domain.errors import VendorError
from bot.domain.incident import Incident
from bot.domain.ticket import Ticket, TicketState
from bot.features.incidents.response import Response, no_incident
from bot.slack.blocks import actions, button, clean, context, foreign, line, link, rich, safe_url
from bot.slack.message import Message, Surface

log = structlog.get_logger(__name__)

LINK: Final = "incidents.link_ticket.v1"
_MARKS: Final = {TicketState.NEW: "⚪", TicketState.IN_PROGRESS: "🔵", TicketState.DONE: "✅"}
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one tracker found; `trouble` says why it found nothing out."""

    kept_in: str
    tickets: Sequence[Ticket] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """The trackers that are connected, and the incident that a ticket is linked to."""

    connections: Connections
    response: Response
    patience: float = 10.0

    async def found(self, words: str) -> Sequence[Told]:
        """All trackers at once; one that is slow or down says so."""
        return await asyncio.gather(*(self._told(one, words) for one in self.connections.all(TicketSearch)))

    async def _told(self, tracker: TicketSearch, words: str) -> Told:
        try:
            async with asyncio.timeout(self.patience):
                tickets = await tracker.search(words, most=_SHOWN)
        except TimeoutError:
            return Told(kept_in=tracker.kept_in, trouble=f"no answer in {self.patience:.0f} s")
        except VendorError as error:
            return Told(kept_in=tracker.kept_in, trouble=str(error))
        except Exception:
            log.exception("searching tickets failed", kept_in=tracker.kept_in)
            return Told(kept_in=tracker.kept_in, trouble="our own mistake, see the log")
        return Told(kept_in=tracker.kept_in, tickets=tickets)


async def search(tickets: Tickets, ask: Ask) -> Acts:
    """`/incident tickets [words]`; in an incident's channel without words: those with its service's name."""
    here = tickets.response.remembered(ask)
    # What a private incident is about is told to no other system unasked.
    about = here.service or here.title if here and not here.private else ""
    words = (ask.text.strip() or about)[:200]
    if not words.strip():
        return (Reply(Message("Search for what? /incident tickets <words>, or the key of a ticket.")),)
    if not tickets.connections.all(TicketSearch):
        return (Reply(Message("No tracker is connected. /daywatch tells what is, and what to do.")),)
    return (Reply(results(words, await tickets.found(words), here)),)


async def link_ticket(tickets: Tickets, ask: Ask) -> Acts:
    """*Link* beside a ticket: it stands on card and timeline from now on. The key: `<incident>:<ticket>:<address>`."""
    incident = await tickets.response.held(ask)
    _, key, address = [*ask.key.split(":", 2), "", ""][:3]
    url = safe_url(address)
    if incident is None or url is None:
        return no_incident("/incident tickets")
    if any(one["url"] == url for one in incident.links):
        return (Reply(Message(f"{clean(key)} is linked to {incident.name} already.")),)
    acts = await tickets.response.words.add_link(ask, incident, url, key[:60])
    return (Reply(Message(f"Linked to {incident.name}: {clean(key)}")), *acts)


def results(words: str, found: Sequence[Told], incident: Incident | None) -> Message:
    """What each tracker found, the newest first, each with *Link* where there is an incident to link it to."""
    blocks: list[Block] = []
    most = _SHOWN if len(found) == 1 else _SHOWN // len(found) or 1
    for told in found:
        head = (clean(told.kept_in), ": ")
        if told.trouble:
            blocks.append(rich(line(*head, foreign(told.trouble, 240))))
        elif not told.tickets:
            blocks.append(rich(line(*head, "no ticket with ", foreign(words, 60), ". Fewer words find more.")))
        for one in told.tickets[:most]:
            url = safe_url(one.url)
            said = (link(one.url, one.key, 40), " ", foreign(one.summary, 120), f" · {clean(one.status)[:40]}")
            blocks.append(rich(line(f"{_MARKS[one.state]} ", *said)))
            if incident and url:
                value = f"{incident.name}:{one.key}:{url}"
                blocks.append(actions(button("Link", LINK, value, label=f"Link {one.key} to {incident.name}")))
    if any(told.tickets for told in found):
        blocks.append(context("Those that changed last. More words find less."))
    return Message(f"Tickets with {clean(words)[:60]}", blocks=tuple(blocks), surface=Surface.DETAILS)
