"""What is changed while an incident runs stands on its timeline."""

from bot.domain.change import Result
from bot.domain.incident import State
from tests.changes import BEGAN, MINUTE, change, reported, running
from tests.features.changes.desk import Deployer, Desk


async def test_a_change_while_it_runs_is_one_entry_that_follows_it(desk: Desk) -> None:
    incident = await desk.opened()
    begun = running(-5, id="7", title="rollback", version="v2.14.0")
    assert await desk.tell(reported(begun)) == [f"incident.card:{incident.id}"]
    (moment,) = await desk.world.moments(incident, "change")
    assert (moment.at, moment.key) == (BEGAN + 5 * MINUTE, True)
    assert moment.words == "argocd: rollback checkout v2.14.0 in production by Kim, running"
    ended = change(-7, id="7", title="rollback", version="v2.14.0", result=Result.FAILED)
    await desk.tell(reported(ended), reported(ended), reported(begun))
    (moment,) = await desk.world.moments(incident, "change")
    assert moment.words == "argocd: rollback checkout v2.14.0 in production by Kim, failed"


async def test_what_was_changed_between_its_beginning_and_its_opening_is_on_the_timeline(desk: Desk) -> None:
    await desk.tell(reported(change(-3)), reported(change(-4, places=("search",))), reported(change(3)))
    desk.world.clock.on(minutes=8)
    incident = await desk.opened()
    (moment,) = await desk.world.moments(incident, "change")
    assert moment.at == BEGAN + MINUTE


async def test_what_a_look_finds_after_the_opening_is_there_too(desk: Desk) -> None:
    desk.systems = {"Argo CD": Deployer(says=[change(-3), change(13)])}
    desk.world.clock.on(minutes=8)
    incident = await desk.opened()
    assert set(await desk.look()) == {f"incident.card:{incident.id}"}
    assert len(await desk.world.moments(incident, "change")) == 1
    assert "13 min before" in await desk.card(incident)


async def test_one_that_is_over_is_left_alone(desk: Desk) -> None:
    incident = await desk.opened()
    await desk.world.response.record.change(incident, status=State.RESOLVED, ended_at=desk.world.clock())
    assert await desk.tell(reported(change(-30))) == []
    assert await desk.world.moments(incident, "change") == []
