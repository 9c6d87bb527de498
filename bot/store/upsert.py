"""Insert-or-nothing and insert-or-update, which the two databases spell alike but SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from bot.store.database import Store


def insert_once(store: Store, table: Table, values: Mapping[str, Any], unique: Sequence[str]) -> Insert:
    """An insert that does nothing when a row with the same `unique` columns is there; `returning` tells which."""
    if store.is_sqlite:
        return sqlite.insert(table).values(**values).on_conflict_do_nothing(index_elements=unique)
    return postgresql.insert(table).values(**values).on_conflict_do_nothing(index_elements=unique)


def upsert(
    store: Store, table: Table, values: Mapping[str, Any], unique: Sequence[str], changed: Mapping[str, Any]
) -> Insert:
    """An insert that changes the `changed` columns when a row with the same `unique` columns is there."""
    if store.is_sqlite:
        return sqlite.insert(table).values(**values).on_conflict_do_update(index_elements=unique, set_=dict(changed))
    return postgresql.insert(table).values(**values).on_conflict_do_update(index_elements=unique, set_=dict(changed))
