"""`daywatch worker`: the engine beside replicas that serve; it needs no door to do what was accepted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
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
    eventually(lambda: house.stored(behind) == [(0,)])
    assert worker.end() == 0
    house.forget(worker)


@contextmanager
def program(log: Path, **environment: str) -> Iterator[Program]:
    """`daywatch worker` with nothing but this environment."""
    own = {"DAYWATCH_DATA_DIR": str(log.parent), "DAYWATCH_CONFIG": "", "DAYWATCH_LOG_FORMAT": "json"}
    started = Program.start("bot", "worker", environment=own | environment, log=log)
    try:
        yield started
    finally:
        started.end()


SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}


def test_a_worker_says_what_it_lacks(tmp_path: Path, postgres: PostgresServer) -> None:
    away = f"postgresql://daywatch@127.0.0.1:{free_port()}/x"
    refused = f"{postgres.database()}x"
    with (
        program(tmp_path / "sqlite", **SLACK) as on_sqlite,
        program(tmp_path / "slackless", DATABASE_URL=away) as without_slack,
        program(tmp_path / "refused", DATABASE_URL=refused, **SLACK) as unwanted,
        program(tmp_path / "away", DATABASE_URL=away, **SLACK) as patient,
    ):
        for one in (on_sqlite, without_slack, unwanted):
            assert one.process.wait(60) == 2
        assert "needs PostgreSQL" in (tmp_path / "sqlite").read_text()
        assert "Slack variables" in (tmp_path / "slackless").read_text()
        assert "does not exist. Check DATABASE_URL" in (tmp_path / "refused").read_text()
        # One that is away may come back.
        eventually(lambda: "the store does not answer yet" in (tmp_path / "away").read_text(), 60)
        assert patient.process.poll() is None
