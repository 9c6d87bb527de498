"""The messages as Slack gets them, and the engine's view of the flows."""

from datetime import date
from typing import Any

from syrupy.assertion import SnapshotAssertion

from bot.domain.capabilities import Connections
from bot.domain.ticket import TicketState
from bot.durable.flow import Flow, bound
from bot.durable.ports import Recorder
from bot.features.postmortems import drawing, events, presses
from bot.features.postmortems.service import Postmortems
from bot.slack.fit import fit, fit_view
from tests.features.postmortems.world import ANN, BOB, FLOWS, World, view_in

ACTIONS = (("Alarm on certificate expiry", ANN.id, date(2026, 12, 4)), ("Raise the pool size", BOB.id, None))


async def test_the_prompt(world: World, snapshot: SnapshotAssertion) -> None:
    await world.over()
    await world.hear(events.incident_resolved, incident=1, resolves=1, postmortem=True, by=None)
    drawn = await drawing.prompt(world.postmortems, "1")

    assert drawn is not None
    assert fit(drawn.message, key="postmortem.prompt:1") == snapshot


async def test_the_filed_message_with_one_action_done(world: World, snapshot: SnapshotAssertion) -> None:
    await world.over()
    await world.written(*ACTIONS)
    await world.act(events.ticket_changed, world.news("OPS-45", TicketState.DONE))
    drawn = await drawing.filed(world.postmortems, "1")

    assert drawn is not None
    assert fit(drawn.message, key="postmortem.filed:1") == snapshot


async def test_the_preview(world: World, snapshot: SnapshotAssertion) -> None:
    await world.over()
    acts = await world.act(presses.actions_sent, world.ask(values={"what_n1": "Do it"}, private={"incident": "INC-1"}))

    assert fit_view(view_in(acts)) == snapshot


async def test_a_closed_channel_gets_nothing_new_and_the_team_is_told_of_the_ticket(world: World) -> None:
    await world.over(gone="archived")
    await world.hear(events.incident_resolved, incident=1, resolves=1, postmortem=True, by=None)
    await world.written()

    assert await drawing.prompt(world.postmortems, "1") is None
    drawn = await drawing.filed(world.postmortems, "1")
    assert drawn is not None
    assert drawn.channel == "#ops"


async def test_a_private_one_without_its_channel_is_posted_nowhere_else(world: World) -> None:
    await world.over(gone="archived", private=True)
    await world.written()

    assert await drawing.filed(world.postmortems, "1") is None


def test_the_engine_finds_all_that_the_flows_ask_for(world: World) -> None:
    provide: dict[Any, object] = {Postmortems: world.postmortems, Connections: world.connections, Recorder: world}
    flows = bound([Flow(name=name, function=function) for name, function in FLOWS.items()], provide)

    assert flows["postmortem.file"].check({"incident": 1, "filing": 1}) == {"incident": 1, "filing": 1}
    assert flows["postmortem.link"].check({"incident": 1, "item": 2}) == {"incident": 1, "item": 2}
    assert flows["action.move"].check({"incident": 1, "item": 2}) == {"incident": 1, "item": 2}
    given: dict[str, Any] = {"incident": 1, "item": 2, "what": "due"}
    assert flows["action.change"].check(given) == given
    assert flows["postmortem.sync"].check({}) == {}
