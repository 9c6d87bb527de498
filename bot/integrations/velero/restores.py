"""How restores are judged: whether one was tried lately, and did well. And restores as changes of the cluster."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.domain.check import Answer, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.velero.house import AHEAD, RUNNING
from bot.integrations.velero.shapes import Restore

SOURCE: Final = "velero"
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_ENDED: Final = frozenset({"Completed", "PartiallyFailed", "Failed", "FailedValidation"})
_RESULTS: Final = {
    "Completed": Result.SUCCEEDED,
    "PartiallyFailed": Result.FAILED,
    "Failed": Result.FAILED,
    "FailedValidation": Result.FAILED,
}


def restores(found: Sequence[Restore], known_by: Sequence[str], now: datetime, *, within: timedelta) -> Answer:
    tests = sorted((one for one in found if _is_test(one, known_by)), key=lambda one: one.began or _EVER, reverse=True)
    last = next((one for one in tests if one.status.phase in _ENDED), None)
    if last is None:
        words = "Nobody tried to restore a backup" if not tests else "No restore has ended yet"
        return Answer(status=Status.WARN, summary=words)
    began, days = last.began, within / timedelta(days=1)
    if began is None or began > now + AHEAD:
        return Answer.unknown("When the last restore was cannot be told: the clocks differ")
    status, words = _judged(last)
    if status is Status.OK and now - began > within:
        ago = (now - began) // timedelta(days=1)
        status, words = Status.WARN, f"{ago} days ago, longer than {days:.0f} days"
    odd = [one for one in tests if one.status.phase not in _ENDED | RUNNING and one.status.phase]
    evidence = [finding("restore", last.metadata.name, status, words, began)]
    evidence += [finding("restore", one.metadata.name, Status.UNKNOWN, _strange(one), one.began) for one in odd[:20]]
    well = f"A restore did well {began:%d %b %H:%M} UTC"
    return answered(evidence, count=len(tests), things="restores", well=well)


def restored(found: Sequence[Restore], since: datetime, cluster: str | None) -> Sequence[Change]:
    """Whoever restores changes what is there."""
    told = [_change(one, cluster) for one in found if one.began is not None]
    return [one for one in told if max(one.started_at, one.ended_at or one.started_at) >= since]


def _judged(one: Restore) -> tuple[Status, str]:
    status = one.status
    if status.phase == "Completed":
        return (Status.WARN, f"had {status.errors} errors") if status.errors else (Status.OK, "")
    if status.phase == "PartiallyFailed":
        return Status.WARN, f"did not restore all: {status.errors} errors"
    why = status.failure or "; ".join(status.invalid) or "no reason given"
    return Status.FAIL, f"failed: {why}"


def _strange(one: Restore) -> str:
    return f"has the phase {one.status.phase[:30]}, which we do not know"


def _is_test(one: Restore, known_by: Sequence[str]) -> bool:
    """By the beginning of its name or by a label."""
    labels = {f"{name}={value}" for name, value in one.metadata.labels.items()}
    return not known_by or any(
        mark in labels if "=" in mark else one.metadata.name.startswith(mark) for mark in known_by
    )


def _change(one: Restore, cluster: str | None) -> Change:
    began = one.began or _EVER
    named = [name for name in one.spec.namespaces if name and name != "*"]
    places = [one.spec.renamed.get(name) or name for name in named]
    result = _RESULTS.get(one.status.phase, Result.RUNNING if one.status.phase in RUNNING | {""} else Result.UNKNOWN)
    ended = one.status.completed_at
    return Change(
        source=SOURCE,
        id=one.metadata.uid or one.metadata.path,
        kind=ChangeKind.INFRASTRUCTURE,
        title=f"restore of {one.spec.backup or one.spec.schedule or 'a backup'}",
        places=places,
        started_at=began,
        ended_at=ended if ended is not None and ended >= began and result is not Result.RUNNING else None,
        result=result,
        environment=cluster,
    )
