"""How the places where backups are kept are judged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.due import length_of
from bot.integrations.velero.house import AHEAD
from bot.integrations.velero.shapes import Location, Repository

Judgement = tuple[Status, str, datetime | None]
_USUALLY: Final = timedelta(minutes=1)
_MISSED: Final = 10
"""So many validations may be missed before nobody is taken to look at it any more."""


def storage(
    locations: Sequence[Location], repositories: Sequence[Repository], now: datetime, *, usually: timedelta = _USUALLY
) -> Answer:
    """`usually` is how often a location is looked at that does not say so itself."""
    if not locations:
        return Answer.unknown("No storage location is to be seen, so there is no place where backups could go")
    evidence = [finding("storage", one.metadata.name, *_location(one, now, usually)) for one in locations]
    evidence += [finding("repository", one.metadata.name, *_repository(one)) for one in repositories]
    well = f"All {len(locations)} storage locations can be used"
    return answered(evidence, count=len(evidence), things="storage places", well=well)


def _location(one: Location, now: datetime, usually: timedelta) -> Judgement:
    phase, seen = one.status.phase, one.status.validated_at
    if phase == "Available":
        return _stale(one, now, usually) or _read_only(one) or (Status.OK, "", None)
    why = f": {one.status.message}" if one.status.message else ""
    if phase == "Unavailable":
        return Status.FAIL, f"cannot be used{why}", seen
    if not phase:
        return Status.FAIL, f"nobody ever found that it can be used{why}", one.metadata.created_at
    return Status.UNKNOWN, f"has the phase {phase[:30]}, which we do not know{why}", seen


def _stale(one: Location, now: datetime, usually: timedelta) -> Judgement | None:
    seen = one.status.validated_at
    often = length_of(one.spec.validated_every) if one.spec.validated_every else usually
    if often is None:
        return Status.UNKNOWN, f"how often it is looked at cannot be read ({one.spec.validated_every[:20]!r})", seen
    if not often:
        return Status.WARN, "nobody looks whether it can be used (validationFrequency is 0)", seen
    if seen is None:
        return Status.UNKNOWN, "does not tell when it was looked at", None
    if seen > now + AHEAD:
        return Status.UNKNOWN, "was looked at in the future: the clocks differ", seen
    if now - seen > often * _MISSED:
        return Status.FAIL, f"not looked at since {seen:%d %b %H:%M} UTC: is Velero's server down?", seen
    return None


def _read_only(one: Location) -> Judgement | None:
    access = one.spec.access
    if access in ("", "ReadWrite"):
        return None
    if access == "ReadOnly":
        return Status.WARN, "read-only, so that no backup can be put there", None
    return Status.UNKNOWN, f"has the access mode {access[:30]}, which we do not know", None


def _repository(one: Repository) -> Judgement:
    why = f": {one.status.message}" if one.status.message else ""
    match one.status.phase:
        case "Ready":
            return Status.OK, "", None
        case "" | "New":
            return Status.WARN, f"not ready yet{why}", one.metadata.created_at
        case "NotReady":
            return Status.WARN, f"not ready, so that no volume data goes there{why}", None
        case other:
            return Status.UNKNOWN, f"has the phase {other[:30]}, which we do not know{why}", None
