"""Slack's signed HTTP at its edges: before Slack is known, sent again, too large; and the way out."""

import signal
import threading
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.journeys.stage import ANN, BOB, Program, cards, eventually
from tests.postgres import PostgresServer
from tests.replicas.house import House
from tests.replicas.signed import command, event

pytestmark = [pytest.mark.crash, pytest.mark.program("postgres")]

ENDS_WITHIN = 11.0


def test_an_event_that_comes_before_slack_is_known_is_sent_again_and_done_once(house: House) -> None:
    house.page("Viburnum: while starting")
    channel = house.opened("Viburnum")
    house.act("slack/join", user=ANN, channel=channel["id"])
    said = house.say(ANN, channel["id"], "kept in the end")
    late = house.replicas[0]
    late.end()
    fault = house.fault("auth.test", "fail", status=503)
    late.start(ready=False)
    eventually(lambda: house.hits(fault))
    pin = {"type": "reaction_added", "user": ANN, "reaction": "pushpin", "item_user": ANN, "event_ts": said["ts"]}
    told = event(house, pin | {"item": {"type": "message", "channel": channel["id"], "ts": said["ts"]}})
    early = told.sent_to(late.door)
    assert (early.status_code, early.headers["retry-after"]) == (httpx.codes.SERVICE_UNAVAILABLE, "2")
    assert "x-slack-no-retry" not in early.headers
    assert late.door.get("/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE
    house.heal()
    eventually(late.ready)
    retried = {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_error"}
    assert told.sent_to(late.door, **retried).is_success
    eventually(lambda: house.timeline(channel, "message") == ["Ann: kept in the end"])
    # Its answer may have been lost on the way: then Slack sends it once more, to whoever is there.
    assert told.sent_to(house.replicas[1].door, **(retried | {"x-slack-retry-num": "2"})).is_success
    house.quiet()
    assert house.timeline(channel, "message") == ["Ann: kept in the end"]


def test_a_body_over_the_limit_is_refused_before_it_is_read(house: House) -> None:
    large = command(house, BOB, "general", "/incident declare " + "x" * (1 << 20))
    assert large.sent_to(house.replicas[0].door).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert house.stored("SELECT count(*) FROM incident WHERE title LIKE ?", "xxx%") == [(0,)]


def test_who_is_asked_to_go_answers_first(house: House) -> None:
    """The act waits for the database when the signal comes; the person still reads that it is done."""
    leaving = house.replicas[0]
    ask = command(house, BOB, "general", "/incident declare Wisteria: at the last moment sev2")
    with psycopg.connect(house.database, options="-csearch_path=daywatch,public") as held:
        held.execute("LOCK TABLE act IN ACCESS EXCLUSIVE MODE")
        asking = threading.Thread(target=lambda: ask.sent_to(leaving.door))
        asking.start()
        time.sleep(0.4)
        leaving.send(signal.SIGTERM)
        time.sleep(0.5)
        held.rollback()
    asking.join(10)
    assert [answer.status_code for answer in ask.answers] == [httpx.codes.OK]
    assert leaving.end() == 0
    house.opened("Wisteria", 20)


def test_it_goes_in_time_although_slack_hangs(house: House) -> None:
    house.fault("*", "hold")
    house.page("Xylosma: nothing of Slack answers")
    eventually(lambda: any(one["held"] for one in house.client.get("/_/faults").json()["faults"]))
    began = time.monotonic()
    for leaving in house.replicas:
        leaving.send(signal.SIGTERM)
    for leaving in house.replicas:
        leaving.end()
    assert time.monotonic() - began < ENDS_WITHIN
    house.heal()
    house.start_all()
    channel = house.opened("Xylosma", 60)
    house.quiet()
    assert len(house.channels("Xylosma")) == 1
    assert len(cards(house.channel(channel["id"]))) == 1


def test_it_goes_in_time_although_the_database_is_gone(
    tmp_path: Path, http_house: House, postgres: PostgresServer
) -> None:
    leaving = http_house.replicas[0]
    http_house.start_all()
    postgres.stop()
    try:
        time.sleep(1)
        began = time.monotonic()
        leaving.end()
        assert time.monotonic() - began < ENDS_WITHIN
    finally:
        postgres.start()
    http_house.start_all()
    for one in http_house.replicas:
        eventually(one.ready)


def test_a_press_is_acknowledged_over_the_socket_by_one_that_is_leaving(sockets: House) -> None:
    """The socket is closed last: an ack under way still needs it."""
    house = sockets
    outcome: list[object] = []
    with psycopg.connect(house.database, options="-csearch_path=daywatch,public") as held:
        held.execute("LOCK TABLE act IN ACCESS EXCLUSIVE MODE")
        text = "/incident declare Yew: over a closing socket sev2"
        asking = threading.Thread(target=lambda: outcome.append(house.command(BOB, "general", text)))
        asking.start()
        time.sleep(0.4)
        for one in house.replicas:
            one.send(signal.SIGTERM)
        time.sleep(0.5)
        held.rollback()
    asking.join(10)
    assert isinstance(outcome[0], dict)
    assert outcome[0]["taken"], outcome
    for one in house.replicas:
        one.end()
    house.start_all()
    house.opened("Yew", 30)


def test_over_sockets_either_replica_hears_and_it_happens_once(sockets: House) -> None:
    house = sockets
    house.start_all()
    house.says(BOB, "general", "/incident declare Zelkova: over sockets sev2", "Opening INC-")
    channel = house.opened("Zelkova")
    house.act("slack/join", user=ANN, channel=channel["id"])
    said = house.say(ANN, channel["id"], "kept over a socket")
    house.act("slack/react", user=ANN, channel=channel["id"], ts=said["ts"], name="pushpin")
    eventually(lambda: house.timeline(channel, "message"))
    log = house.client.get("/_/slack/deliveries").json()
    again = next(one["key"] for one in reversed(log) if one["name"] == "reaction_added")
    for _ in range(6):  # whichever socket it comes by
        house.act("slack/redeliver", event_id=again)
    house.quiet()
    assert house.timeline(channel, "message") == ["Ann: kept over a socket"]
    assert len(cards(house.channel(channel["id"]))) == 1


def test_over_sockets_the_other_hears_when_one_dies(sockets: House) -> None:
    house = sockets
    house.start_all()
    house.replicas[0].end(signal.SIGKILL)
    house.says(BOB, "general", "/incident declare Aspen: one socket left sev2", "Opening INC-")
    channel = house.opened("Aspen", 40)
    assert len(cards(house.channel(channel["id"]))) == 1


def test_a_program_that_waits_for_slack_still_ends_at_once(tmp_path: Path, postgres: PostgresServer) -> None:
    log = tmp_path / "log"
    environment = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "DATABASE_URL": postgres.database(),
        "DAYWATCH_DATA_DIR": str(tmp_path),
        "DAYWATCH_CONFIG": "",
        "DAYWATCH_PORT": "0",
    }
    program = Program.start("bot", "serve", environment=environment, log=log)
    try:
        eventually(lambda: "Slack does not answer yet" in log.read_text(), 60)
    finally:
        began = time.monotonic()
        code = program.end()
    assert code == 0
    assert time.monotonic() - began < ENDS_WITHIN
