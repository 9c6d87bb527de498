"""The metrics tell how much waits and how fast we are, and name nobody."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter, generate_latest

from bot.acts import Acts, Ask
from bot.domain.digest import DigestState
from bot.domain.person import Role
from bot.domain.plan import Permissions
from bot.meters import MeteredRouter, Meters
from bot.slack.command import Command, How
from bot.slack.people import People
from bot.store.database import Store
from bot.store.deliveries import Deliveries, Delivery
from bot.store.digests import DigestRows
from bot.store.incidents import IncidentRows
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox
from tests.store import an_incident, opened

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


def value(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(f"daywatch_{name}", labels)


async def test_what_waits_is_counted_when_the_metrics_are_read(store: Store) -> None:
    await Deliveries(store).keep(
        [Delivery(source="jira", object_key="k", delivery_key="k", body=b"secret body", received_at=NOW)]
    )
    await Outbox(store).save("start", "start:x", {}, NOW)
    await MessageRows(store).want("incident.card:1")
    await an_incident(store, NOW, severity="sev1", title="A private title", private=True)
    await an_incident(store, NOW, severity="sev1")
    await an_incident(store, NOW, severity="sev1", practice=True)
    await DigestRows(store).open("platform", NOW.date(), due_at=NOW, state=DigestState.ASKED)
    meters = Meters()
    await meters.refresh(store, _two)
    assert value(meters, "deliveries", state="open") == 1
    assert value(meters, "deliveries", state="unreadable") == 0
    assert value(meters, "acts_waiting") == 1
    assert value(meters, "messages_behind") == 1
    assert value(meters, "incidents_open", severity="sev1") == 2
    assert value(meters, "digests", state="asked") == 1
    assert value(meters, "flows_stuck") == 2
    assert value(meters, "store_up") == 1
    text = generate_latest(meters.registry).decode()
    assert not any(word in text for word in ("private title", "secret body", "platform", "checkout"))


async def _two() -> int:
    return 2


async def test_what_is_gone_is_not_shown_as_it_last_was(store: Store) -> None:
    moment = 0.0
    meters = Meters(clock=lambda: moment)
    incident = await an_incident(store, NOW, severity="sev2")
    await meters.refresh(store)
    await IncidentRows(store).change(incident.id, NOW, status="resolved")
    await meters.refresh(store)
    assert value(meters, "incidents_open", severity="sev2") == 1
    moment = 6.0
    await meters.refresh(store)
    assert value(meters, "incidents_open", severity="sev2") is None


async def test_a_database_that_is_down_is_a_metric_and_no_error() -> None:
    store = Store("postgresql://nobody@127.0.0.1:9/none")
    meters = Meters()
    await meters.refresh(store)
    await store.close()
    assert value(meters, "store_up") == 0


def test_calls_to_slack_are_counted_by_method_and_outcome_and_odd_outcomes_are_one_kind() -> None:
    meters = Meters()
    meters.slack_called("chat.postMessage", "ok", 0.2)
    meters.slack_called("chat.postMessage", "not_in_channel", 0.2)
    meters.slack_called("chat.postMessage", "<what a proxy said " * 20, 0.2)
    for outcome in ("ok", "not_in_channel", "other"):
        assert value(meters, "slack_calls_total", method="chat.postMessage", outcome=outcome) == 1
    assert value(meters, "slack_seconds_count", method="chat.postMessage") == 3


def test_they_stand_beside_the_processs_own_while_the_bot_runs_and_are_gone_afterwards() -> None:
    meters, other = Meters(), CollectorRegistry()
    Counter("daywatch_outside_calls", "Calls", ["system"], registry=other).labels("jira").inc()
    with meters.shown(other):
        text = generate_latest(REGISTRY).decode()
        assert "daywatch_store_up" in text
        assert 'daywatch_outside_calls_total{system="jira"} 1.0' in text
    assert "daywatch_" not in generate_latest(REGISTRY).decode()


class Quiet:
    """A desk on which nothing happens."""

    async def take(self, once: str, doing: Any, limit: float) -> Any:
        return ()

    async def answer(self, ask: Any, act: Any) -> None:
        return

    async def loading(self, ask: Any, title: str) -> str:
        return ""


class Nothing:
    """Nobody asked anybody."""

    async def take(self, number: int, ask: Ask, *, done: bool) -> tuple[bool, Acts]:
        raise NotImplementedError


async def test_each_acknowledgement_is_timed_by_its_kind() -> None:
    heard: list[tuple[str, float]] = []
    acked: list[dict[str, Any]] = []

    async def ack(**given: Any) -> None:
        acked.append(given)

    router = MeteredRouter(
        table=(Command("/daywatch", Quiet, _nothing, "Says nothing", who=Role.VIEWER, how=How.READ),),
        services={Quiet: Quiet()},
        people=_everybody(),
        desk=Quiet(),
        clock=lambda: NOW + timedelta(0),
        team="T1",
        app="A1",
        requests=Nothing(),
        acked=lambda kind, seconds: heard.append((kind, seconds)),
    )
    await router.command(ack, {"command": "/daywatch", "user_id": "U1", "trigger_id": "1"})
    await router.options(ack, {"action_id": "nobody.knows.v1", "value": "x"})
    assert [kind for kind, _ in heard] == ["command", "options"]
    assert all(0 <= seconds < 1 for _, seconds in heard)
    assert len(acked) == 2


async def _nothing(_service: Quiet, _ask: Any) -> Any:
    return ()


def _everybody() -> People:
    async def call(*_args: Any, **_kwargs: Any) -> Any:
        raise AssertionError("nobody is looked up")

    people = People(call, Permissions, "T1")
    people.remember({"id": "U1", "name": "ann", "team_id": "T1"})
    return people
