"""Two replicas behind a balancer, Slack by signed HTTP; and two with sockets of their own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.store.database import Store
from tests.postgres import PostgresServer
from tests.replicas.house import House
from tests.store import opened_on_postgres


@pytest.fixture(scope="session")
def http_house(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("http-house")
    made = House.built(folder, postgres.database(), "--limits", "off", "--http", "--redeliver", "1,2,4")
    yield made
    made.tear_down()


@pytest.fixture
def house(http_house: House) -> Iterator[House]:
    """Both replicas run at the beginning, and no fault is left behind."""
    http_house.start_all()
    before = len(http_house.mistakes())
    yield http_house
    http_house.heal()
    http_house.start_all()
    http_house.resolve_joinable()
    assert http_house.mistakes()[before:] == [], "a replica logged mistakes of its own"


@pytest.fixture(scope="module")
def sockets(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[House]:
    """Two replicas in Socket Mode: Slack chooses which one hears what."""
    made = House.built(tmp_path_factory.mktemp("sockets"), postgres.database(), "--limits", "off")
    yield made
    made.tear_down()


@pytest.fixture
async def store(postgres: PostgresServer) -> AsyncIterator[Store]:
    async with opened_on_postgres(postgres) as made:
        yield made
