"""Changes as systems tell of them, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.domain.change import Change, ChangeKind, ChangeReported, Recorded, Result
from bot.domain.suspicion import Changed, suspects

BEGAN: Final = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)


def change(before: float = 13, **values: Any) -> Change:
    """A deployment of checkout that was over so many minutes before the incident began (negative: after)."""
    ended = BEGAN - before * MINUTE
    usual: dict[str, Any] = {
        "source": "argocd",
        "id": f"checkout:{before}",
        "kind": ChangeKind.DEPLOYMENT,
        "title": "sync",
        "places": ("checkout", "acme/checkout"),
        "started_at": ended - 2 * MINUTE,
        "ended_at": ended,
        "result": Result.SUCCEEDED,
        "version": "v2.14.1",
        "environment": "production",
        "by": "Kim",
        "url": "https://argo.example.com/applications/checkout",
    }
    return Change(**usual | values)


def running(before: float, **values: Any) -> Change:
    """One that began so many minutes before, and is not over."""
    return change(before - 2, ended_at=None, result=Result.RUNNING, **values)


def recorded(number: int = 1, before: float = 13, service: str | None = "checkout", **values: Any) -> Recorded:
    return Recorded(id=number, change=change(before, **values), service=service)


def reported(one: Change, at: datetime | None = None) -> ChangeReported:
    return ChangeReported(change=one, at=at or one.ended_at or one.started_at)


def changed(*found: Recorded, **values: Any) -> Changed:
    """What was changed around an incident of checkout."""
    within = timedelta(hours=6)
    before = suspects(found, service="checkout", began=BEGAN, within=within)
    usual: dict[str, Any] = {"began": BEGAN, "service": "checkout", "within": within, "known": True}
    since = [one for one in found if one.change.started_at > BEGAN]
    return Changed(**usual | {"before": before, "total": len(before), "since": since} | values)
