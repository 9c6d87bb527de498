"""Kibana's notices from the wire to the incident: an alert begins, goes on, recovers, and begins again."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged
from bot.integrations.kibana.webhook import KibanaWebhook
from tests.features.incidents.world import World, world_of
from tests.store import opened

ACTIVE = json.loads((Path(__file__).parent / "fixtures" / "active.json").read_bytes())
webhook = KibanaWebhook(SecretStr("s"))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as store:
        yield world_of(store)


def sent(**changes: Any) -> list[AlertChanged]:
    """A notice as it comes in: proven, then read."""
    body = json.dumps(ACTIVE | changes).encode()
    webhook.verify({"authorization": "Bearer s"}, body)
    return [one for one in webhook.parse(body) if isinstance(one, AlertChanged)]


@pytest.mark.parametrize("uuid", [ACTIVE["uuid"], ""])
async def test_an_alert_of_a_paging_rule_opens_one_incident_and_its_end_is_told(world: World, uuid: str) -> None:
    await world.hear(*sent(uuid=uuid))
    (incident,) = await world.all()
    assert incident.title == "Checkout error logs: eu-1"
    await world.hear(*sent(uuid=uuid, date="2026-03-02T06:25:00Z"))
    assert len(await world.all()) == 1
    await world.hear(*sent(uuid=uuid, group="recovered", date="2026-03-02T06:45:00Z"))
    assert not (await world.alert(1)).firing


async def test_without_a_uuid_an_alert_that_begins_again_fires_again(world: World) -> None:
    await world.hear(*sent(uuid=""), *sent(uuid="", group="recovered", date="2026-03-02T06:45:00Z"))
    assert not (await world.alert(1)).firing
    await world.hear(*sent(uuid="", date="2026-03-02T07:15:00Z"))
    assert (await world.alert(1)).firing
