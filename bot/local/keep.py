"""What the stand-ins remember between two starts: JSON documents by kind and key, in one small SQLite file."""

import json
import sqlite3
from pathlib import Path
from typing import Any

Document = dict[str, Any]  # vendors' JSON: the stand-in owns its shape


class Keep:
    """A write-through shelf. Writes are committed at once (a kill -9 loses nothing that was answered)."""

    def __init__(self, path: Path | None) -> None:
        """Open the file at `path`, or keep everything in memory when it is None."""
        self._db = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS shelf (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))")

    def put(self, kind: str, key: str, document: Document) -> None:
        self._db.execute(
            "INSERT INTO shelf VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, json.dumps(document)),
        )

    def get(self, kind: str, key: str) -> Document | None:
        row = self._db.execute("SELECT body FROM shelf WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str) -> dict[str, Document]:
        """Every document of a kind by key, in the order in which it was first put."""
        rows = self._db.execute("SELECT key, body FROM shelf WHERE kind = ? ORDER BY rowid", (kind,))
        return {key: json.loads(body) for key, body in rows}

    def drop(self, kind: str, key: str) -> None:
        self._db.execute("DELETE FROM shelf WHERE kind = ? AND key = ?", (kind, key))

    def close(self) -> None:
        self._db.close()
