"""Mails from the mailbox to the incident: one opens it, others join it, the end is told, and it may begin again."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.integrations.email.rules import Rule
from bot.store.alerts import Place
from tests.features.incidents.world import World, world_of
from tests.integrations.email.mails import hours, mail, nagios
from tests.integrations.email.server import Lying
from tests.integrations.email.test_news import news
from tests.store import opened

OURS = (Rule(name="databases", subject="db[0-9]", service="checkout"),)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as store:
        yield world_of(store)


async def came(world: World, *mails: Lying, **how: Any) -> None:  # Any: as `mailbox` takes it
    await world.hear(*await news(*mails, **how))


async def test_a_problem_opens_an_incident_others_of_its_service_join_and_recoveries_end_them(world: World) -> None:
    await came(world, nagios(ago=hours(3)), rules=OURS)
    (incident,) = await world.all()
    assert (incident.title, incident.service) == ("db1/Disk / is CRITICAL", "checkout")
    await came(world, nagios(host="db2", ago=hours(2.9)), nagios(ago=hours(2.8)), rules=OURS)
    assert len(await world.all()) == 1
    assert [one.words for one in await world.moments(incident, "joined")] == ["email: db2/Disk / is CRITICAL"]
    await came(world, nagios("ACKNOWLEDGEMENT", ago=hours(2)), rules=OURS)
    assert (await world.alert(1)).acknowledged_at is not None
    await came(world, nagios("RECOVERY", "OK", ago=hours(1)), rules=OURS)
    assert [(await world.alert(number)).firing for number in (1, 2)] == [False, True]
    await came(world, nagios(ago=hours(0.5)), rules=OURS)
    assert (await world.alert(1)).firing
    assert len(await world.all()) == 1


async def test_a_plain_mail_waits_in_triage_and_a_recovery_alone_opens_nothing(world: World) -> None:
    await came(world, mail("Box is hot"), nagios("RECOVERY", "OK"))
    assert await world.all() == []
    assert (await world.alert(1)).place is Place.TRIAGE
