"""Times as the example systems write them."""

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def in_nanoseconds(moment: datetime) -> str:
    """Write a time as Prometheus does, with nine digits after the point."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def in_milliseconds(moment: datetime) -> str:
    """Write a time as Alertmanager does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_seconds(moment: datetime) -> str:
    """Write a time as Kubernetes and Argo CD do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
