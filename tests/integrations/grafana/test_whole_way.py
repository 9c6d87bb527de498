"""Grafana's notices from the wire to the incident: one opens it, others join it, the end is told."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged
from bot.integrations.grafana.webhook import GrafanaWebhook
from tests.features.incidents.world import World, world_of
from tests.integrations.grafana.scripted import WEBHOOK_SECRET, prove
from tests.store import opened

FIRING = (Path(__file__).parent / "fixtures" / "firing.json").read_bytes()
webhook = GrafanaWebhook(SecretStr(WEBHOOK_SECRET))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as store:
        yield world_of(store)


def alert(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FIRING)["alerts"][0] | changes
    return found


def sent(*alerts: dict[str, Any]) -> list[AlertChanged]:
    """A notice as it comes in: proven, then read."""
    body = json.dumps(json.loads(FIRING) | {"alerts": list(alerts)}).encode()
    webhook.verify(prove(body), body)
    return [one for one in webhook.parse(body) if isinstance(one, AlertChanged)]


async def test_a_paging_alert_opens_an_incident_others_of_its_service_join_and_the_end_is_told(world: World) -> None:
    await world.hear(*sent(alert()))
    (incident,) = await world.all()
    assert (incident.title, incident.service) == ("Checkout 5xx: 5xx above 2%", "checkout")
    later = alert(fingerprint="0000dffa33fcdf37", startsAt="2026-03-02T06:15:00Z", annotations={"summary": "slow"})
    await world.hear(*sent(alert(), later))
    assert len(await world.all()) == 1
    assert [one.words for one in await world.moments(incident, "joined")] == ["grafana: Checkout 5xx: slow"]
    ended = {"status": "resolved", "endsAt": "2026-03-02T06:40:00Z"}
    await world.hear(*sent(alert(**ended), later | ended))
    assert not (await world.alert(1)).firing
    assert not (await world.alert(2)).firing


async def test_a_test_of_the_contact_point_opens_nothing(world: World) -> None:
    body = json.loads((Path(__file__).parent / "fixtures" / "firing--test.json").read_bytes())
    await world.hear(*sent(*body["alerts"]))
    assert await world.all() == []
    assert await world.alert(1) is not None


async def test_a_repeated_notice_and_a_late_one_change_nothing(world: World) -> None:
    ended = {"status": "resolved", "endsAt": "2026-03-02T06:40:00Z"}
    await world.hear(*sent(alert()), *sent(alert(**ended)), *sent(alert()))
    assert len(await world.all()) == 1
    assert not (await world.alert(1)).firing
