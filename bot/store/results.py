"""A check's answer as a row: bounded, and free of characters that a database refuses."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.domain.check import Item, Status
from bot.domain.finding import Finding, Known, Line

MOST_FINDINGS = 200
"""Of one check; the worst are kept."""
_LONG = 1000
_URL = 2000


def line_row(digest: int, line: Line) -> dict[str, Any]:
    kept = sorted(line.findings, key=lambda one: -one.status.rank)[:MOST_FINDINGS]
    known = {"status": line.known.status.value, "day": line.known.day.isoformat()} if line.known else None
    return {
        "digest_id": digest,
        "item": line.item.value,
        "name": line.name[:120],
        "instance": line.instance[:60] if line.instance else None,
        "status": line.status.value,
        "summary": storable(line.summary),
        "evidence": [_finding_json(one) for one in kept],
        "reason": storable(line.reason) if line.reason else None,
        "link": line.link[:_URL] if line.link else None,
        "duration_s": line.duration,
        "at": line.at,
        "first": line.first.isoformat() if line.first else None,
        "was": line.was.value if line.was else None,
        "known": known,
    }


def line_of(row: Mapping[str, Any]) -> Line:
    known = row["known"]
    return Line(
        item=Item(row["item"]),
        name=row["name"],
        instance=row["instance"],
        status=Status(row["status"]),
        summary=row["summary"],
        findings=[_finding(one) for one in row["evidence"]],
        reason=row["reason"],
        link=row["link"],
        duration=row["duration_s"],
        at=row["at"],
        first=_day(row["first"]),
        was=_status(row["was"]),
        known=Known(status=Status(known["status"]), day=date.fromisoformat(known["day"])) if known else None,
    )


def storable(text: str, most: int = _LONG) -> str:
    """Without the null character and half characters, which PostgreSQL cannot store."""
    return text[:most].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _finding_json(one: Finding) -> dict[str, Any]:
    return {
        "key": storable(one.key, 300),
        "title": storable(one.title, 500),
        "status": one.status.value,
        "url": one.url[:_URL] if one.url else None,
        "since": one.since.isoformat() if one.since else None,
        "detail": storable(one.detail, 500),
        "first": one.first.isoformat() if one.first else None,
        "was": one.was.value if one.was else None,
    }


def _finding(told: Mapping[str, Any]) -> Finding:
    return Finding(
        key=told["key"],
        title=told["title"],
        status=Status(told["status"]),
        url=told["url"],
        since=datetime.fromisoformat(told["since"]) if told["since"] else None,
        detail=told["detail"],
        first=_day(told["first"]),
        was=_status(told["was"]),
    )


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def _status(told: str | None) -> Status | None:
    return Status(told) if told else None
