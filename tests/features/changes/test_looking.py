"""Systems are asked; one that fails costs nothing but its own part."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar

import pytest

from bot.domain.errors import StoreDown, Unavailable
from bot.features.changes import commands
from bot.features.changes.looking import FURTHEST, LOOK_EVERY, OVERLAP
from bot.integrations import Category, Connected, Integration, System
from bot.integrations.settings import SystemSettings
from bot.services import change_logs
from tests.changes import BEGAN, MINUTE, change
from tests.features.changes.desk import Deployer, Desk, read


async def test_each_is_asked_from_its_last_full_answer_on(desk: Desk) -> None:
    argo, world = Deployer(), desk.world
    desk.systems = {"Argo CD": argo}
    await desk.look()
    first = world.clock()
    world.clock.on(minutes=5)
    argo.trouble = Unavailable("down")
    await desk.look()
    world.clock.on(minutes=5)
    argo.trouble = None
    await desk.look()
    world.clock.on(hours=60)
    await desk.look()
    assert argo.asked == [first - timedelta(hours=6), first - OVERLAP, first - OVERLAP, world.clock() - FURTHEST]


async def test_one_that_fails_costs_nothing_but_its_own_part(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.systems = {
        "down": Deployer(trouble=Unavailable("the door is shut")),
        "mistaken": Deployer(trouble=KeyError("ours")),
        "hung": Deployer(slow=60),
        "nonsense": Deployer(says=[change(started_at=BEGAN.replace(tzinfo=None))]),
        "well": Deployer(says=[change()]),
    }
    await desk.look()
    asked = await desk.rows.asked()
    assert {name: one.trouble for name, one in asked.items()} == {
        "down": "the door is shut",
        "mistaken": "our own mistake, see the log",
        "hung": "no answer in 0 s",
        "nonsense": "our own mistake, see the log",
        "well": None,
    }
    assert [name for name, one in asked.items() if one.answered_at] == ["well"]
    assert [one.change for one in await desk.rows.of(None, BEGAN - 60 * MINUTE, BEGAN)] == [change()]


async def test_in_a_storm_one_look_does_for_all(desk: Desk) -> None:
    argo = Deployer(slow=0.01)
    desk.systems = {"Argo CD": argo}
    before = desk.world.clock()
    await asyncio.gather(*(desk.looking.look(desk, before) for _ in range(20)))
    assert len(argo.asked) == 1


async def test_the_clock_asks_only_where_there_is_somebody_to_ask(desk: Desk) -> None:
    now = desk.world.clock()
    assert await desk.looking.due(now) == ()
    desk.systems = {"Argo CD": Deployer()}
    (start,) = await desk.looking.due(now)
    assert await desk.looking.due(now) == (start,), "the same few minutes, the same look"
    assert await desk.looking.due(now + timedelta(seconds=LOOK_EVERY)) != (start,)


async def test_a_great_deal_is_written_in_parts(desk: Desk) -> None:
    many = [change(number / 10, id=f"{number}", places=(f"repo-{number}",)) for number in range(1, 1001)]
    desk.systems = {"GitHub": Deployer("github", says=many)}
    incident = await desk.opened(service_ref=None, service_name=None)
    assert set(await desk.look()) == {f"incident.card:{incident.id}"}
    assert "and 997 more" in await desk.card(incident)
    reply = await desk.asked(commands.show, key=incident.name)
    assert read(reply.message).startswith("1,000 changes in 6 h")
    assert "and 992 more" in read(reply.message)


async def test_a_store_that_is_down_is_told_so_that_it_is_tried_again(desk: Desk) -> None:
    class Down(Desk):
        async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
            del doing
            raise StoreDown("gone")

    desk.systems = {"Argo CD": Deployer(says=[change()]), "GitHub": Deployer(trouble=Unavailable("down"))}
    with pytest.raises(StoreDown):
        await desk.looking.look(Down(world=desk.world), desk.world.clock())
    assert await desk.rows.asked() == {}, "nobody was asked, as far as anybody knows"


def test_systems_are_called_as_people_know_them() -> None:
    class Nothing(SystemSettings):
        GROUPS: ClassVar = {}

    def system(category: Category, instance: str | None, adapter: object) -> System:
        card = Integration(name="x", title="Argo CD", category=category, settings=Nothing)
        return System(integration=card, settings=Nothing(), instance=instance, adapter=adapter)

    connected = Connected(
        (
            system(Category.PIPELINES, None, Deployer()),
            system(Category.INFRASTRUCTURE, "eu", Deployer()),
            system(Category.PIPELINES, "without a log", object()),
        )
    )
    found = [(one.name, one.tells) for one in change_logs(connected)]
    assert found == [("Argo CD", "deployments"), ("Argo CD eu", "changes")]
