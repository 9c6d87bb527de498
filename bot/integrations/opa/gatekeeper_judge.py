"""What Gatekeeper's objects mean: what is violated, what is not looked at, and what does not work."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Evidence, Status
from bot.integrations.cluster_shapes import condition
from bot.integrations.foreign import shown
from bot.integrations.opa.gatekeeper_shapes import ByPod, Constraint, Pod, Template, Webhooks

_TELLING: Final = frozenset({"dryrun", "warn"})
"""Actions that let a violation pass."""
_AHEAD: Final = timedelta(minutes=10)
"""So far clocks may differ."""


def template(one: Template) -> Evidence:
    status, words = Status.OK, "created"
    if one.status is None:
        status, words = Status.UNKNOWN, "no pod of Gatekeeper has looked at it"
    elif trouble := _trouble(one.status.by_pod):
        status, words = Status.FAIL, trouble
    elif not one.status.created:
        status, words = Status.FAIL, "its kind was not created"
    return _told(f"template {one.metadata.name}", status, words)


def constraint(one: Constraint, now: datetime, oldest: timedelta) -> Evidence:
    """Its violations stay in the cluster under `deny`, too, where they are older than it: only the audit sees them."""
    audited = one.status.audited_at
    status, words = _violated(one)
    if trouble := _trouble(one.status.by_pod):
        status, words = Status.FAIL, trouble
    elif audited is None or one.status.total is None:
        status, words = Status.UNKNOWN, "not audited yet, so that its violations are not known"
    elif audited > now + _AHEAD:
        status, words = Status.UNKNOWN, "audited in the future: the clocks differ"
    elif now - audited > oldest:
        minutes = (now - audited) // timedelta(minutes=1)
        status, words = Status.FAIL, f"audit not running: audited {minutes} minutes ago for the last time"
    elif status is Status.OK and any(pod.enforced is False for pod in one.status.by_pod):
        status, words = Status.FAIL, "not enforced by every pod of Gatekeeper"
    return _told(one.path, status, words, audited)


def pod(one: Pod) -> Evidence:
    ready = condition(one.status.conditions, "Ready")
    if ready is not None and ready.status == "True":
        return _told(one.metadata.path, Status.OK, "ready")
    words = f"not ready ({(ready.reason or ready.message) if ready is not None else one.status.phase or 'no status'})"
    return _told(one.metadata.path, Status.FAIL, words)


def webhook(found: Sequence[Webhooks]) -> Evidence:
    if any(one.of_gatekeeper for one in found):
        return _told("webhook", Status.OK, "there")
    return _told("webhook", Status.FAIL, "missing: nothing is refused when it is made or changed")


def _violated(one: Constraint) -> tuple[Status, str]:
    total = max(one.status.total or 0, len(one.status.violations))
    actions = one.actions
    strange = [action for action in actions if action not in _TELLING | {"deny"}]
    if strange or not actions:
        return Status.UNKNOWN, f"what it does is not known here ({', '.join(strange) or 'nothing'}); {total} violations"
    if not total:
        return Status.OK, "nothing violates it"
    held = "deny" in actions
    such = f", such as {one.status.violations[0].words}" if one.status.violations else ""
    many = f"{total} violation{'' if total == 1 else 's'} ({len(one.status.violations)} of {total} shown)"
    return (Status.FAIL if held else Status.WARN), f"{'deny' if held else '/'.join(sorted(set(actions)))}: {many}{such}"


def _trouble(by_pod: Sequence[ByPod]) -> str:
    for one in by_pod:
        for error in one.errors:
            return f"does not work in {one.id or 'a pod'}: {error.message or error.code or 'no reason told'}"
    return ""


def _told(title: str, status: Status, words: str, since: datetime | None = None) -> Evidence:
    return Evidence(key=shown(title, limit=190), title=shown(title), status=status, detail=shown(words), since=since)
