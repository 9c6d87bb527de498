"""Searching the tracker from Slack: what is found, who did not answer, and what is linked to the incident."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.acts import Acts, Ask, Reply, Start
from bot.domain.capabilities import TicketSearch
from bot.domain.errors import Refused
from bot.domain.ticket import Ticket, TicketState
from bot.features.incidents import tickets
from bot.features.incidents.tickets import Tickets
from bot.slack.fit import fit
from bot.slack.limits import problems
from bot.slack.message import drawn
from tests.fakes.names import ANN
from tests.features.incidents.test_errors import Connected
from tests.features.incidents.test_people import declared
from tests.features.incidents.world import BEGAN, World
from tests.slack.hostile import TEXTS


@dataclass(slots=True)
class Tracker(TicketSearch):
    told: Sequence[Ticket] | Exception | None = ()
    asked: list[str] = field(default_factory=list)

    @property
    def kept_in(self) -> str:
        return "Jira"

    async def tickets(self, keys: Sequence[str]) -> Sequence[Ticket]:
        return ()

    async def search(self, words: str, *, most: int) -> Sequence[Ticket]:
        self.asked.append(words)
        if self.told is None:
            await asyncio.sleep(60)
        if isinstance(self.told, Exception):
            raise self.told
        return (self.told or ())[:most]


def ticket(number: int = 7, summary: str = "Payments time out", status: str = "In Progress") -> Ticket:
    address = f"https://jira.example.com/browse/OPS-{number}"
    return Ticket(key=f"OPS-{number}", url=address, state=TicketState.IN_PROGRESS, status=status, summary=summary)


def ask(text: str = "", channel: str = "C0OTHER", key: str = "") -> Ask:
    return Ask(person=ANN, at=BEGAN, once="t1", text=text, channel=channel, key=key)


def searching(world: World, *trackers: Tracker, patience: float = 5.0) -> Tickets:
    return Tickets(connections=Connected(trackers), response=world.response, patience=patience)


def seen(acts: Acts) -> str:
    reply = acts[0]
    assert isinstance(reply, Reply)
    assert not reply.everybody
    return str(drawn(reply.message.blocks)) if reply.message.blocks else reply.message.text


async def test_words_find_tickets_with_their_status(world: World) -> None:
    tracker = Tracker([ticket()])
    told = seen(await tickets.search(searching(world, tracker), ask("payment timeout")))
    assert tracker.asked == ["payment timeout"]
    assert "OPS-7" in told
    assert "Payments time out" in told
    assert "In Progress" in told
    assert tickets.LINK not in told, "outside an incident there is nothing to link it to"


async def test_in_an_incident_s_channel_its_own_words_search_and_a_press_links_what_was_found(world: World) -> None:
    incident = await declared(world)
    await world.response.board.refresh()
    tracker = Tracker([ticket()])
    service = searching(world, tracker)
    told = seen(await tickets.search(service, ask(channel=incident.channel or "")))
    assert tracker.asked == ["checkout"]
    assert tickets.LINK in told
    key = f"{incident.name}:OPS-7:https://jira.example.com/browse/OPS-7"
    assert key in told

    async def press() -> Acts:
        return await tickets.link_ticket(service, ask(channel=incident.channel or "", key=key))

    acts = await world.commit(press)
    assert [act.flow for act in acts if isinstance(act, Start)] == ["incident.bookmark"]
    held = await world.again(incident)
    assert [(one["title"], one["url"]) for one in held.links] == [("OPS-7", "https://jira.example.com/browse/OPS-7")]
    again = await world.commit(press)
    assert "already" in seen(again)
    assert len((await world.again(incident)).links) == 1


async def test_a_private_incident_s_title_is_told_to_no_tracker_unasked(world: World) -> None:
    incident = await declared(world, "merger talks leaked sev1", private=True)
    await world.response.board.refresh()
    tracker = Tracker([ticket()])
    told = seen(await tickets.search(searching(world, tracker), ask(channel=incident.channel or "")))
    assert "Search for what?" in told
    assert tracker.asked == []


async def test_a_forged_key_links_nothing(world: World) -> None:
    incident = await declared(world)
    for key in ("", incident.name, f"{incident.name}:OPS-7:javascript:alert(1)", "INC-99:OPS-7:https://x.example.com"):
        acts = await tickets.link_ticket(searching(world), ask(key=key))
        assert "There is no incident" in seen(acts)
    assert (await world.again(incident)).links == incident.links


async def test_a_tracker_that_refuses_or_is_slow_says_so_beside_the_others(world: World) -> None:
    trackers = (Tracker([ticket()]), Tracker(Refused("Jira says no")), Tracker(None), Tracker(RuntimeError("odd")))
    told = seen(await tickets.search(searching(world, *trackers, patience=0.05), ask("x")))
    assert "OPS-7" in told
    assert "Jira says no" in told
    assert "no answer in" in told
    assert "our own mistake" in told


async def test_nothing_found_and_nothing_connected_are_told(world: World) -> None:
    nothing = seen(await tickets.search(searching(world, Tracker()), ask("x")))
    assert "no ticket with " in nothing
    assert "More words find less" not in nothing, "there is nothing that could be less"
    assert "Those that changed last" in seen(await tickets.search(searching(world, Tracker([ticket()])), ask("x")))
    assert "No tracker is connected" in seen(await tickets.search(searching(world), ask("x")))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_whatever_is_in_a_ticket_it_stays_text_within_limits(world: World, text: str) -> None:
    incident = await declared(world)
    found = [tickets.Told(kept_in=text[:80], tickets=[ticket(n, summary=text, status=text) for n in range(5)])]
    message = tickets.results(text[:200], [*found, tickets.Told(kept_in="x", trouble=text)], incident)
    assert problems(fit(message, key="k")) == []
