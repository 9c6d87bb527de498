"""The digest for programs: the object that `daywatch digest --json` prints, and what its exit status says."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.check import Status
from bot.domain.digest import Digest, ItemDay
from bot.domain.finding import Finding, Line

Object = dict[str, Any]  # plain JSON


def as_json(digest: Digest) -> Object:
    """The shape is public and fixed; later versions add, and rename nothing."""
    return {
        "team": digest.team,
        "date": digest.day.isoformat(),
        "started_at": _moment(digest.checked_at or digest.due_at),
        "duration_s": round(digest.duration, 2),
        "counts": {status.value: number for status, number in digest.counts.items()},
        "items": [_item(row) for row in digest.items],
    }


def exit_status(digest: Digest, fail_on: Status | None) -> int:
    """1 when a check is at least as bad as `fail_on`: fail, then unknown, then warn."""
    if fail_on is None or fail_on is Status.OK:
        return 0
    return int(any(line.status.rank >= fail_on.rank for line in digest.lines))


def _item(row: ItemDay) -> Object:
    return {
        "key": row.item.value,
        "title": row.item.heading,
        "status": row.word,
        "checks": [_check(line) for line in row.lines],
    }


def _check(line: Line) -> Object:
    return {
        "name": line.name,
        "system": line.system,
        "instance": line.instance,
        "status": line.status.value,
        "summary": line.summary,
        "evidence": [_evidence(one) for one in line.findings],
        "reason": line.reason,
        "link": line.link,
        "duration_s": round(line.duration, 3),
    }


def _evidence(one: Finding) -> Object:
    return {
        "key": one.key,
        "title": one.title,
        "status": one.status.value,
        "url": one.url,
        "since": _moment(one.since) if one.since else None,
    }


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
