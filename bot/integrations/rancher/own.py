"""How our own token, and the snapshots of etcd, are judged: by their time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.foreign import shown
from bot.integrations.rancher.judge import summed
from bot.integrations.rancher.shapes import Snapshot, Token

_AHEAD: Final = timedelta(hours=1)
"""Clocks may differ a little."""


def token(found: Token, now: datetime, days: float) -> Answer:
    ends = found.expires_at
    if found.expired or (ends is not None and ends <= now):
        return Answer(status=Status.FAIL, summary="The token has expired. Renew RANCHER_TOKEN.")
    if ends is None:
        if found.ttl == 0:
            return Answer(status=Status.OK, summary="The token has no end")
        return Answer.unknown("The token does not tell when it ends")
    words = f"The token ends on {ends:%d %b %Y}, in {(ends - now).days} days"
    if ends - now < timedelta(days=days):
        return Answer(status=Status.WARN, summary=f"{words}. Renew RANCHER_TOKEN.")
    return Answer(status=Status.OK, summary=words)


def snapshots(found: Sequence[Snapshot], now: datetime, hours: float) -> Answer:
    """Of each cluster the newest good one counts. A cluster that has none at all is not known here."""
    if not found:
        return Answer.unknown("There is no snapshot of etcd, or the token may not see one")
    evidence, oldest, names = list[Evidence](), timedelta(0), dict.fromkeys(one.spec.cluster_name for one in found)
    for name in names:
        theirs = [one for one in found if one.spec.cluster_name == name]
        status, words, age = _cluster(theirs, now, hours)
        oldest = max(oldest, age)
        if status is not Status.OK:
            title = shown(name) or "a cluster without a name"
            key = f"snapshots:{shown(name, limit=100) or '-'}"
            evidence.append(Evidence(key=key, title=title, status=status, detail=shown(words)))
    if evidence:
        return summed(evidence, f"Snapshots of {len(evidence)} of {len(names)} clusters to look at")
    words = f"{len(names)} clusters have good snapshots, none of them older than {_hours(oldest)}"
    return Answer(status=Status.OK, summary=words)


def _cluster(theirs: Sequence[Snapshot], now: datetime, hours: float) -> tuple[Status, str, timedelta]:
    good = [one for one in theirs if _good(one) and _made(one) is not None]
    newest = max((made for one in good if (made := _made(one)) is not None), default=None)
    if newest is None:
        return Status.FAIL, "has no good snapshot", timedelta(0)
    if newest > now + _AHEAD:
        return Status.UNKNOWN, f"has a snapshot of {newest:%d %b %Y}, which is to come", timedelta(0)
    age = max(now - newest, timedelta(0))
    if age > timedelta(hours=hours):
        return Status.FAIL, f"last good snapshot {_hours(age)} ago", age
    failed = [one for one in theirs if not _good(one) and (_made(one) or newest) > newest]
    if failed:
        why = failed[-1].snapshot_file.message
        return Status.WARN, f"the last snapshot failed{f': {why}' if why else ''}", age
    return Status.OK, "", age


def _good(one: Snapshot) -> bool:
    return one.snapshot_file.status.lower() == "successful" and not one.status.missing


def _made(one: Snapshot) -> datetime | None:
    return one.snapshot_file.created_at or one.metadata.creation_timestamp


def _hours(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:.0f} h"
