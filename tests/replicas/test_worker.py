"""`daywatch worker`: the engine beside replicas that serve; it needs no door to do what was accepted."""

import signal
from pathlib import Path

import pytest

from tests.journeys.stage import Program, cards, eventually, free_port
from tests.postgres import PostgresServer
from tests.replicas.house import House

pytestmark = [pytest.mark.crash, pytest.mark.program("postgres")]


def test_a_worker_ends_alone_what_the_serving_ones_had_begun(house: House) -> None:
    worker = house.add("worker", free_port(), "worker")
    worker.start()
    fault = house.fault("conversations.invite", "hold")
    house.raise_incident("Ulmus: only a worker is left")
    eventually(lambda: house.held(fault))
    for one in house.replicas[:2]:
        one.end(signal.SIGKILL)
    house.heal()
    channel = house.opened("Ulmus", 40)
    assert len(cards(house.channel(channel["id"]))) == 1
    # News that was written down before they died is worked off by it, too.
    query = "SELECT count(*) FROM delivery WHERE done_at IS NULL"
    eventually(lambda: house.stored(query) == [(0,)])
    behind = "SELECT count(*) FROM message WHERE wanted > shown AND NOT gone"
    eventually(lambda: house.stored(behind) == [(0,)], 20)
    assert worker.end() == 0
    house.forget(worker)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "needs PostgreSQL"),
        ({"DATABASE_URL": "postgresql://daywatch@127.0.0.1:1/x"}, "Slack variables"),
    ],
)
def test_a_worker_says_what_it_lacks(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    own = {"DAYWATCH_DATA_DIR": str(tmp_path), "DAYWATCH_CONFIG": ""}
    log = tmp_path / "log"
    program = Program.start("bot", "worker", environment=environment | own, log=log)
    assert program.process.wait(20) == 2
    program.end()
    assert words in log.read_text()


def test_a_database_that_refuses_us_stops_the_start_and_one_that_is_away_does_not(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    slack = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    own = slack | {"DAYWATCH_DATA_DIR": str(tmp_path), "DAYWATCH_CONFIG": "", "DAYWATCH_LOG_FORMAT": "json"}
    address = postgres.database()
    log = tmp_path / "log"
    refused = Program.start("bot", "worker", environment=own | {"DATABASE_URL": f"{address}x"}, log=log)
    assert refused.process.wait(20) == 2
    refused.end()
    assert "does not exist" in log.read_text()
    away = f"postgresql://daywatch@127.0.0.1:{free_port()}/x"
    waiting = Program.start("bot", "worker", environment=own | {"DATABASE_URL": away}, log=log)
    eventually(lambda: "the store does not answer yet" in log.read_text(), 20)
    assert waiting.process.poll() is None
    waiting.end()
