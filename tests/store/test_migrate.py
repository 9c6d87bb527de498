"""Migrations, on both databases: they make what the tables say, once, and disturb no replica of another version."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.domain.errors import StoreDown
from bot.store import migrate
from bot.store.audit import Audit
from bot.store.database import SCHEMA, Store
from bot.store.migrate import StoreRefused, upgrade, upgrade_now, version
from bot.store.tables import metadata
from tests.journeys.stage import free_port
from tests.postgres import PostgresServer
from tests.store import an_incident
from tests.store.test_database import AT

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"


def engine_of(address: str) -> sa.Engine:
    if address.startswith("sqlite"):
        return sa.create_engine(address)
    url = sa.make_url(address).set(drivername="postgresql+psycopg")
    return sa.create_engine(url, connect_args={"options": f"-csearch_path={SCHEMA}"})


async def test_what_the_migrations_make_is_what_the_tables_say(address: str) -> None:
    await upgrade(address)
    await upgrade(address)
    current, ours = version(address)
    assert current == ours is not None
    engine = engine_of(address)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
    finally:
        engine.dispose()


@pytest.mark.program("postgres")
def test_replicas_that_start_together_migrate_once(postgres: PostgresServer) -> None:
    address = postgres.database()
    with ThreadPoolExecutor(4) as together:
        list(together.map(upgrade_now, [address] * 4))
    assert version(address)[0] == version(address)[1]


async def test_a_replica_starts_on_the_database_of_a_newer_one(address: str) -> None:
    await upgrade(address)
    engine = engine_of(address)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE incident ADD COLUMN thought_of_later TEXT"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    finally:
        engine.dispose()
    await upgrade(address)
    assert version(address)[0] == "9999"
    store = Store(address)
    try:
        assert (await an_incident(store, AT)).title == "Checkout: 5xx at 12 %"
        await Audit(store).note(at=AT, who="ann", what="test", object_="x", whence="")
    finally:
        await store.close()


def test_migrations_after_the_first_only_add() -> None:
    """An older replica goes on beside a newer one: it must find all its columns, and need not fill in new ones."""
    later = sorted(VERSIONS.glob("*.py"))[1:]
    for path in later:
        code = path.read_text()
        assert "def downgrade" not in code, path.name
        if "contract" in code.partition("\n")[0]:
            continue  # says so in its first line: what it takes away, the version before does not use any more
        assert not re.search(r"\b(drop_|rename_|alter_column|execute\()", code), path.name
        for column in re.findall(r"op\.add_column\(.*", code):
            assert "nullable=True" in column or "server_default" in column, path.name


@pytest.mark.program("postgres")
def test_a_role_that_may_create_no_schema_works_with_the_one_that_is_there(postgres: PostgresServer) -> None:
    address = postgres.database()
    name = address.rpartition("/")[2]
    engine = engine_of(address)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(f"CREATE ROLE modest_{name} LOGIN"))
            connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION modest_{name}"))
    finally:
        engine.dispose()
    upgrade_now(address.replace("//daywatch@", f"//modest_{name}@"))
    assert version(address)[0] is not None


@pytest.mark.program("postgres")
def test_a_database_that_is_away_is_told_from_one_that_refuses(postgres: PostgresServer) -> None:
    with pytest.raises(StoreDown):
        upgrade_now(f"postgresql://daywatch@127.0.0.1:{free_port()}/x")
    with pytest.raises(StoreRefused, match="does not exist"):
        upgrade_now(f"{postgres.database()}x")
    with pytest.raises(StoreRefused, match="role"):
        upgrade_now(postgres.database().replace("//daywatch@", "//nobody@"))


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "daywatch.db").mkdir()
    with pytest.raises(StoreRefused, match="cannot be opened"):
        upgrade_now(f"sqlite:///{tmp_path / 'daywatch.db'}")
