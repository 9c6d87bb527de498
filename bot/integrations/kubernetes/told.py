"""A finding about one thing in a cluster, known over the days by its kind and name."""

from datetime import datetime

from bot.domain.check import Evidence, Status
from bot.integrations.foreign import shown


def finding(kind: str, path: str, status: Status, words: str, since: datetime | None = None) -> Evidence:
    return Evidence(
        key=f"{kind}:{shown(path, limit=160)}",
        title=shown(f"{kind} {path}", limit=160),
        status=status,
        since=since,
        detail=shown(words),
    )
