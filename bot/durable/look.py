"""A look into the engine's journal from outside, beside a running engine: nothing is written, nothing locked."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.durable.database import SCHEMA, PostgresUrl, SqliteFile
from bot.durable.keys import key_of, revived
from bot.durable.ledger import LONGEST_ERROR, STATES, STUCK
from bot.durable.status import FlowStatus

MOST = 100


def stuck(journal: SqliteFile | PostgresUrl) -> Sequence[FlowStatus]:
    """Flows that nobody goes on with unless they are revived, newest first. Raises `SQLAlchemyError`."""
    engine = _engine(journal)
    if engine is None:
        return ()
    schema = SCHEMA if isinstance(journal, PostgresUrl) else None
    try:
        if not sa.inspect(engine).has_table("workflow_status", schema=schema):
            return ()
        names = ("workflow_uuid", "name", "status", "created_at", "error", "was_forked_from")
        flows = sa.table("workflow_status", *(sa.column(name) for name in names), schema=schema)
        query = (
            sa.select(flows)
            .where(flows.c.status.in_(STUCK), flows.c.was_forked_from == sa.false())
            .order_by(flows.c.created_at.desc())
            .limit(MOST)
        )
        with engine.connect() as connection:
            return [_status(row) for row in connection.execute(query).mappings()]
    finally:
        engine.dispose()


def _engine(journal: SqliteFile | PostgresUrl) -> sa.Engine | None:
    """None when there is no journal yet."""
    if isinstance(journal, PostgresUrl):
        return sa.create_engine(journal.for_driver(), connect_args={"connect_timeout": 5})
    if not journal.path.exists():
        return None
    return sa.create_engine(f"sqlite:///file:{journal.path.absolute()}?mode=ro&uri=true")


def _status(row: sa.RowMapping) -> FlowStatus:
    return FlowStatus(
        key=key_of(row["workflow_uuid"]),
        flow=row["name"] or "",
        state=STATES[row["status"]],
        began_at=datetime.fromtimestamp((row["created_at"] or 0) / 1000, UTC),
        error=str(row["error"])[:LONGEST_ERROR] if row["error"] else None,
        revived=revived(row["workflow_uuid"]),
    )
