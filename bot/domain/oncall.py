"""Who is on call, as a pager tells it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Somebody's duty. `level` 1 is called first; `until` None is for good; `service_ref` is the pager's service id."""

    name: str
    email: str | None
    level: int
    service_ref: str | None
    service_name: str | None
    start: datetime | None = None
    until: datetime | None = None
    pager_id: str = ""
    schedule: str | None = None
