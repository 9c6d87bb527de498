"""A replica that dies, freezes or loses its database: the work goes on, nothing is lost and nothing is done twice."""

import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.stage import BOB, cards, eventually
from tests.postgres import PostgresServer
from tests.replicas.house import House
from tests.replicas.quick import DEAD_AFTER
from tests.replicas.signed import command, event
from tests.replicas.standstill import standing_still

pytestmark = [pytest.mark.crash, pytest.mark.program("postgres")]

OVER = 40.0
"""Seconds for a takeover on a busy machine."""


@pytest.fixture
def shaken(http_house: House) -> Iterator[House]:
    """As `house`, where the database goes away: replicas may well say so as an error."""
    http_house.start_all()
    yield http_house
    http_house.heal()
    http_house.start_all()
    for one in http_house.replicas:
        eventually(one.ready, OVER)
    http_house.resolve_joinable()


def test_what_a_replica_killed_for_good_had_begun_another_ends(house: House) -> None:
    fault = house.fault("conversations.invite", "hold")
    house.raise_incident("Juniper: its replica dies")
    eventually(lambda: house.held(fault))
    house.at_work().end(signal.SIGKILL)
    house.heal()
    channel = house.opened("Juniper", OVER)
    house.quiet()
    assert len(house.channels("Juniper")) == 1
    assert len(cards(house.channel(channel["id"]))) == 1
    created = [one for one in house.calls() if one["method"] == "conversations.create"]
    assert len([one for one in created if "juniper" in str(one["args"])]) == 1


def test_a_message_that_a_dead_replica_was_drawing_another_draws(house: House) -> None:
    house.page("Kapok: its drawer dies")
    channel = house.opened("Kapok")
    house.quiet()
    fault = house.fault("chat.update", "hold")
    card = cards(house.channel(channel["id"]))[0]
    assert house.stored("UPDATE message SET wanted = wanted + 1 WHERE ts = ? RETURNING key", card["ts"])
    eventually(lambda: house.held(fault))
    holder = eventually(lambda: house.stored("SELECT leased_by FROM message WHERE ts = ?", card["ts"])[0][0])
    next(one for one in house.replicas if f"-{one.pid}-" in holder).end(signal.SIGKILL)
    house.heal()
    behind = "SELECT key FROM message WHERE wanted > shown AND NOT gone AND channel = ?"
    eventually(lambda: house.stored(behind, channel["id"]) == [], OVER)
    assert len(cards(house.channel(channel["id"]))) == 1


def test_a_frozen_replica_that_thaws_neither_harms_nor_stays_behind(house: House) -> None:
    fault = house.fault("conversations.invite", "hold")
    house.raise_incident("Linden: its replica freezes")
    eventually(lambda: house.held(fault))
    frozen = house.at_work()
    frozen.send(signal.SIGSTOP)
    time.sleep(DEAD_AFTER)
    house.heal()
    try:
        channel = house.opened("Linden", OVER)
    finally:
        frozen.send(signal.SIGCONT)
    eventually(frozen.ready, OVER)
    house.quiet(1.0)
    assert len(house.channels("Linden")) == 1
    assert len(cards(house.channel(channel["id"]))) == 1
    assert len(house.channel(channel["id"])["pins"]) == 1
    frozen_says = command(house, BOB, "general", "/incident declare Myrtle: by the thawed one sev3")
    assert frozen_says.sent_to(frozen.door).is_success
    house.opened("Myrtle")


def test_what_was_accepted_by_a_replica_that_dies_at_once_is_worked_off(house: House) -> None:
    one = house.replicas[0]
    for number in range(5):
        service = {"id": f"PLAST{number}", "type": "service_reference", "summary": "Something new"}
        notice = house.notice(
            "triggered", f"QLAST{number}", title=f"Nutmeg {number}", urgency="high", service=service, priority=None
        )
        assert house.webhook_at(one.door, notice).status_code == httpx.codes.ACCEPTED
    one.end(signal.SIGKILL)
    for number in range(5):
        channel = house.opened(f"Nutmeg {number}", OVER)
        assert len(cards(house.channel(channel["id"]))) == 1


def test_a_restart_of_the_database_in_mid_flow_loses_nothing(shaken: House, postgres: PostgresServer) -> None:
    house = shaken
    fault = house.fault("conversations.invite", "hold")
    house.raise_incident("Oleander: the database restarts")
    eventually(lambda: house.held(fault))
    postgres.stop()
    try:
        answer = house.webhook(house.notice("triggered", "QDOWN", title="Pine: told while down", urgency="high"))
        assert (answer.status_code, answer.headers["retry-after"]) == (httpx.codes.SERVICE_UNAVAILABLE, "5")
        told = command(house, BOB, "general", "/incident declare Quince: not now sev2")
        assert told.sent_to(house.replicas[0].door).is_success
        eventually(lambda: any("not taken" in one["text"].lower() for one in house.said_to(BOB)))
        pin = {"type": "app_mention", "user": BOB, "channel": "C0GENERAL", "text": "hello", "ts": "1.2"}
        assert not event(house, pin).sent_to(house.replicas[0].door).is_success
        assert house.replicas[0].door.get("/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert house.replicas[0].door.get("/healthz").is_success
        house.heal()
    finally:
        postgres.start()
    channel = house.opened("Oleander", OVER)
    assert len(house.channels("Oleander")) == 1
    assert len(cards(house.channel(channel["id"]))) == 1
    for one in house.replicas:
        eventually(one.ready, OVER)
    assert house.channels("Quince") == []
    house.page("Pine: told again")
    house.opened("Pine", OVER)


def test_a_replica_waits_for_a_database_that_goes_away_while_it_starts(shaken: House, postgres: PostgresServer) -> None:
    one = shaken.replicas[0]
    one.end()
    fault = shaken.fault("auth.test", "hold")
    one.start(ready=False)
    eventually(lambda: shaken.held(fault), OVER)
    postgres.stop()
    try:
        shaken.heal()
        told = "the store does not answer, started anew"
        eventually(lambda: any(line.get("event") == told for line in one.log_lines()), OVER)
    finally:
        postgres.start()
    eventually(one.ready, OVER)


def test_a_database_that_stands_still_keeps_nobody_waiting(shaken: House, postgres: PostgresServer) -> None:
    """Its connections are open and say nothing: the worst kind of down."""
    house = shaken
    door = house.replicas[0].door
    with standing_still(postgres):
        ask = command(house, BOB, "general", "/incident declare Rowan: not now sev2")
        began = time.monotonic()
        assert ask.sent_to(door).is_success
        assert time.monotonic() - began < 2.9
        assert door.get("/healthz").is_success
        assert door.get("/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE
    for one in house.replicas:
        eventually(one.ready, OVER)
    house.quiet(1.0)
    assert house.channels("Rowan") == []
    assert house.stored("SELECT id FROM incident WHERE title LIKE ?", "Rowan%") == []
    house.page("Sorrel: afterwards")
    house.opened("Sorrel", OVER)
