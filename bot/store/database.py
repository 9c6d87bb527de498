"""The database: how it is opened, and the one transaction that a piece of work runs in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Executable, event, text
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.domain.errors import StoreDown
from bot.store.patience import within
from bot.store.turns import Turns

_current: ContextVar[AsyncConnection | None] = ContextVar("current_transaction", default=None)
_reading: ContextVar[AsyncConnection | None] = ContextVar("current_reading", default=None)

SCHEMA = "daywatch"
_SQLITE_ERROR = 1  # https://www.sqlite.org/rescode.html#error: the statement itself is wrong
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_COLLIDED: Final = frozenset({"40P01", "40001", "55P03"})  # deadlock, serialization failure, lock not available
_READ_ONLY: Final = "25006"  # after a failover, until the address leads to the new primary

PATIENCE: Final = {
    # A transaction of ours only asks the store: one that stands still belongs to a replica that froze in it.
    "idle_in_transaction_session_timeout": "10s",
    "statement_timeout": "60s",
}
KEEPALIVE: Final = {  # seconds, except for the last; a server that vanished from the network is noticed
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

Row = Mapping[str, Any]  # a row by column name, with each column's own type


class Collided(StoreDown):
    """Two pieces of work waited for each other and this one had to go; it can be done again at once."""


class Store:
    """Opens transactions. Inside one, every query of every noun joins it (it is found by context, not handed around).

    SQLite has one writer: writes wait for their turn at the one connection of `_writer`, reads have their own and
    never wait.
    """

    def __init__(self, url: str) -> None:
        """`url` is `sqlite:///path` or `postgresql://…`."""
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._writer = _sqlite(url, size=1, begin="BEGIN IMMEDIATE") if self.is_sqlite else _postgres(url)
        self._reader = _sqlite(url, size=4, begin="BEGIN") if self.is_sqlite else self._writer
        self._turns = Turns() if self.is_sqlite else None

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """All writes inside commit together, or not at all. Inside another transaction it is part of that one.

        `urgent`: somebody waits for it (intake, a person's act), so on SQLite it goes before the rest.
        """
        if _current.get() is not None:
            yield
            return
        async with _answering(), self._turn(urgent=urgent), self._writer.begin() as connection:
            token = _current.set(connection)
            try:
                yield
            finally:
                _current.reset(token)

    def _turn(self, *, urgent: bool) -> AbstractAsyncContextManager[None]:
        return self._turns.mine(urgent=urgent) if self._turns else nullcontext()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of the open transaction that can fail alone."""
        connection = _current.get()
        if connection is None:
            raise RuntimeError("a savepoint needs an open transaction")
        async with _answering(), connection.begin_nested():
            yield

    async def alone(self, what: str) -> bool:
        """Whether no other replica is at this now; it stays so until the open transaction ends."""
        if self.is_sqlite:
            return True
        mine = text("SELECT pg_try_advisory_xact_lock(hashtext(:what))").bindparams(what=what)
        return bool(await self.value(mine))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Many queries on one connection, all seeing the same state; inside a transaction they are part of it."""
        if _current.get() is not None or _reading.get() is not None:
            yield
            return
        async with _answering(), self._reader.connect() as connection:
            token = _reading.set(connection)
            try:
                yield
            finally:
                _reading.reset(token)

    async def write(self, statement: Executable, rows: Sequence[dict[str, Any]] | None = None) -> CursorResult[Any]:
        """Run one statement that changes something, in the open transaction or one of its own."""
        async with self.transaction():
            connection = _current.get()
            if connection is None:
                raise RuntimeError("no transaction")
            return await (connection.execute(statement, rows) if rows is not None else connection.execute(statement))

    async def all(self, statement: Executable) -> Sequence[Row]:
        """The rows of a query."""
        connection = _current.get() or _reading.get()
        if connection is not None:
            return _rows((await connection.execute(statement)).mappings().all())
        async with _answering(), self._reader.connect() as reading:
            return _rows((await reading.execute(statement)).mappings().all())

    async def one(self, statement: Executable) -> Row | None:
        """The first row of a query."""
        return next(iter(await self.all(statement)), None)

    async def value(self, statement: Executable) -> Any:
        """The first column of the first row."""
        row = await self.one(statement)
        return None if row is None else next(iter(row.values()))

    async def ping(self, seconds: float = 3.0) -> None:
        """Raise `StoreDown` unless the database answers within so many seconds."""

        async def ask() -> None:
            async with _answering(), self._reader.connect() as reading:
                await reading.exec_driver_sql("SELECT 1")

        try:
            await within(seconds, ask())
        except TimeoutError as error:
            raise StoreDown("the database does not answer in time") from error

    @property
    def engine(self) -> AsyncEngine:
        return self._writer

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def _rows(found: Sequence[object]) -> Sequence[Row]:
    # SQLAlchemy's mappings are keyed by more than names; we read them by name only.
    return cast("Sequence[Row]", found)


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        yield
    except NoConnectionFree as error:
        raise StoreDown("the database is busy") from error
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == _SQLITE_ERROR:
            raise  # our own mistake, which waiting does not mend
        if getattr(error.orig, "sqlstate", None) in _COLLIDED:
            raise Collided("somebody else was at the same thing") from error
        raise StoreDown("the database does not answer") from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _READ_ONLY:
            raise StoreDown("the database is read only") from error
        if error.connection_invalidated:
            raise StoreDown("the connection to the database broke") from error
        raise


def _sqlite(url: str, *, size: int, begin: str) -> AsyncEngine:
    path = Path(make_url(url).database or "daywatch.db")
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # what people and vendors wrote stays out of the log
        connect_args={"isolation_level": None, "timeout": 30},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Any) -> None:
        # The driver would begin late and deferred, so that two writers could each read first and then collide.
        connection.exec_driver_sql(begin)

    return engine


def _postgres(url: str) -> AsyncEngine:
    plain = make_url(url)
    return create_async_engine(
        plain.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=5,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"application_name": "daywatch store", "options": session_options(url, PATIENCE), **KEEPALIVE},
    )


def session_options(url: str, settings: Mapping[str, str]) -> str:
    """Server settings of a session: those of the address, then ours."""
    theirs = make_url(url).query.get("options", ())
    ours = {"search_path": f"{SCHEMA},public", **settings}
    given = (theirs,) if isinstance(theirs, str) else theirs
    return " ".join([*given, *(f"-c {name}={value}" for name, value in ours.items())])
