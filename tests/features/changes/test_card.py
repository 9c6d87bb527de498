"""What the card knows of changes, and what it admits not to know."""

from datetime import datetime

from bot.acts import Start
from bot.domain.change import ChangeReported, Result
from bot.domain.errors import Unavailable
from bot.features.changes import commands
from tests.changes import BEGAN, change, reported
from tests.features.changes.desk import Deployer, Desk, read
from tests.features.incidents.world import PLAN, of


async def test_where_nothing_tells_of_changes_the_card_is_silent(desk: Desk) -> None:
    incident = await desk.opened()
    assert await desk.card(incident) == ""
    reply = await desk.asked(commands.show, key=incident.name)
    assert "No system that tells of changes is connected" in read(reply.message)


async def test_up_to_three_the_nearest_first(desk: Desk) -> None:
    await desk.tell(*(reported(change(number, version=f"v{number}")) for number in (13, 50, 200, 300)))
    words = await desk.card(await desk.opened())
    found = [words.index(f"v{number} in production by Kim, ") for number in (13, 50, 200)]
    assert found == sorted(found)
    assert "sync checkout v13 in production by Kim, 13 min before" in words
    assert "3 h 20 min before" in words
    assert "v300" not in words
    assert "and 1 more" in words


async def test_nothing_changed_is_said_with_the_hours_and_what_was_elsewhere(desk: Desk) -> None:
    await desk.tell(reported(change(400)), reported(change(10, places=("cluster-eu",))))
    desk.world.plan[0] = PLAN
    assert (await desk.card(await desk.opened())).endswith("No change to checkout in 6 h · 1 elsewhere")


async def test_an_incident_of_no_service_shows_what_was_changed_anywhere(desk: Desk) -> None:
    incident = await desk.opened(service_ref=None, service_name=None)
    assert await desk.tell(reported(change(10, places=("cluster-eu",)))) == [f"incident.card:{incident.id}"]
    assert "sync cluster-eu v2.14.1 in production by Kim, 10 min before" in await desk.card(incident)


async def test_a_card_says_that_it_is_looking_until_everybody_answered(desk: Desk) -> None:
    desk.systems = {"Argo CD": Deployer(), "GitHub": Deployer("github", trouble=Unavailable("down"))}
    incident = await desk.opened()
    assert (await desk.card(incident)).endswith("looking")
    (start,) = of(Start, desk.acts)
    assert (start.flow, start.once) == ("change.look", f"changes:look:incident:{incident.id}")
    desk.world.clock.on(seconds=2)
    assert set(await desk.look(datetime.fromisoformat(start.given["before"]))) == {f"incident.card:{incident.id}"}
    assert (await desk.card(incident)).endswith("GitHub did not answer; deployments may be missing")
    desk.systems["GitHub"].trouble = None
    desk.world.clock.on(minutes=5)
    assert await desk.look() == [f"incident.card:{incident.id}"], "only who had not answered is news"
    assert (await desk.card(incident)).endswith("No change to checkout in 6 h")
    desk.systems["GitHub"].trouble = Unavailable("down again")
    desk.world.clock.on(minutes=5)
    assert await desk.look() == [], "what happens to a system later says nothing of before"
    assert (await desk.card(incident)).endswith("No change to checkout in 6 h")


async def test_beside_what_is_known_it_says_what_may_be_missing(desk: Desk) -> None:
    desk.systems = {
        "Argo CD": Deployer(trouble=Unavailable("down")),
        "GitHub acme": Deployer("github", trouble=Unavailable("down"), says=[]),
    }
    await desk.tell(reported(change()))
    incident = await desk.opened()
    assert (await desk.card(incident)).endswith("looking for more")
    desk.world.clock.on(seconds=2)
    await desk.look()
    words = await desk.card(incident)
    assert "13 min before" in words
    assert words.endswith("Argo CD, GitHub acme did not answer; deployments may be missing")


async def test_it_is_redrawn_for_a_change_that_is_told_late_and_not_for_one_of_no_interest(desk: Desk) -> None:
    incident = await desk.opened()
    card = f"incident.card:{incident.id}"
    assert await desk.tell(reported(change())) == [card]
    assert await desk.tell(reported(change())) == [], "told twice"
    assert await desk.tell(ChangeReported(change=change(result=Result.FAILED), at=BEGAN)) == [card]
    assert "failed 13 min before" in await desk.card(incident)
    assert await desk.tell(reported(change(500))) == [], "too long ago"
    assert await desk.tell(reported(change(12, places=("search",)))) == [], "another service"
    assert await desk.tell(reported(change(11, places=("network",)))) == []
    assert await desk.world.moments(incident, "change") == []
