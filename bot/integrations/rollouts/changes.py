"""What was rolled out, as changes in our own form: the same whether a notice or a look tells of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.cluster_shapes import condition
from bot.integrations.rollouts.shapes import REVISION_HISTORY, ReplicaSet, Rollout

SOURCE: Final = "rollouts"


def change(
    *,
    namespace: str,
    name: str,
    uid: str,
    revision: int,
    title: str,
    started: datetime,
    ended: datetime | None,
    result: Result,
    images: str | None,
    cluster: str | None,
) -> Change:
    path = f"{namespace}/{name}" if namespace else name
    return Change(
        source=SOURCE,
        id=f"{uid or path}:{revision}",
        kind=ChangeKind.DEPLOYMENT,
        title=title,
        places=[one for one in dict.fromkeys((path, name, namespace)) if one],
        started_at=started,
        ended_at=ended,
        result=result,
        version=images,
        environment=cluster,
    )


def changes(
    rollouts: Sequence[Rollout], replica_sets: Sequence[ReplicaSet], since: datetime, cluster: str | None
) -> Sequence[Change]:
    """Revisions that began or ended since then, the oldest first."""
    sets: defaultdict[str, list[ReplicaSet]] = defaultdict(list)
    for one in replica_sets:
        owner = one.metadata.owner
        if owner is not None and owner.kind == "Rollout" and one.revision is not None:
            sets[owner.uid].append(one)
    found = [each for one in rollouts for each in _of(one, sets[one.metadata.uid], cluster)]
    recent = [one for one in found if max(one.started_at, one.ended_at or one.started_at) >= since]
    return sorted(recent, key=lambda one: one.started_at)


def _of(rollout: Rollout, own: Sequence[ReplicaSet], cluster: str | None) -> Iterator[Change]:
    last = max((one.revision or 0 for one in own), default=0)
    for one in own:
        newest = (one.revision or 0) == last
        told = _told(rollout, one, newest=newest)
        if told is None:
            continue
        began, ended, result, title = told
        yield change(
            namespace=rollout.metadata.namespace,
            name=rollout.metadata.name,
            uid=rollout.metadata.uid,
            revision=one.revision or 0,
            title=title,
            started=began,
            ended=ended,
            result=result,
            images=one.images,
            cluster=cluster,
        )


def _told(rollout: Rollout, one: ReplicaSet, *, newest: bool) -> tuple[datetime, datetime | None, Result, str] | None:
    """Only of the newest is known how it ended. One that is used again began when it last got further."""
    status = rollout.status
    progressing, completed = condition(status.conditions, "Progressing"), condition(status.conditions, "Completed")
    again = newest and bool(one.metadata.annotations.get(REVISION_HISTORY))
    began = one.metadata.created_at
    if again and progressing is not None:
        began = progressing.updated_at or progressing.since or began
    if began is None:
        return None
    title = "rolled back to an earlier revision" if again else "rolled out"
    if not newest:
        return began, None, Result.UNKNOWN, title
    result = result_of(rollout)
    ended = {
        Result.FAILED: status.aborted_at or (progressing.since if progressing else None),
        Result.SUCCEEDED: completed.since if completed is not None and completed.status == "True" else None,
    }.get(result)
    return began, ended if ended is not None and ended >= began else None, result, title


def result_of(rollout: Rollout) -> Result:
    if rollout.status.abort or rollout.status.phase == "Degraded":
        return Result.FAILED
    if rollout.status.phase == "Healthy" and rollout.promoted:
        return Result.SUCCEEDED
    known = rollout.status.phase in ("Progressing", "Paused", "Healthy")
    return Result.RUNNING if known else Result.UNKNOWN
