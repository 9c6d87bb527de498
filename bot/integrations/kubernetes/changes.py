"""What was rolled out or scaled in a cluster lately: new revisions of workloads, with their images, and their sizes."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.domain.check import Status
from bot.integrations.cluster_shapes import Thing, condition
from bot.integrations.kubernetes.care_shapes import Event
from bot.integrations.kubernetes.shapes import (
    ControllerRevision,
    DaemonSet,
    Deployment,
    ReplicaSet,
    StatefulSet,
    Template,
)
from bot.integrations.kubernetes.workloads import deployment as judged

SOURCE: Final = "kubernetes"
_REVISION: Final = "deployment.kubernetes.io/revision"
_EARLIER: Final = "deployment.kubernetes.io/revision-history"
"""Revisions that a replica set was before: it is there once it is used again."""
_RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
_CAUSE: Final = "kubernetes.io/change-cause"
_SCALED: Final = re.compile(r"Scaled (up|down) replica set (\S+) (?:from (\d+) )?to (\d+)")
SCALED_FIELDS: Final = "involvedObject.kind=Deployment,reason=ScalingReplicaSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workloads:
    """What a cluster tells of its workloads. `name` is the environment of its changes, if it has one."""

    name: str | None
    deployments: Sequence[Deployment]
    replica_sets: Sequence[ReplicaSet]
    owners: Sequence[StatefulSet | DaemonSet]
    revisions: Sequence[ControllerRevision]
    events: Sequence[Event]


def changes(found: Workloads, since: datetime) -> Sequence[Change]:
    """Those that began or ended since then, the oldest first."""
    rolled = [*_rollouts(found, since), *_revised(found, since)]
    places = {one.places[0] for one in rolled}
    # A rollout scales too; who knows of it need not hear that as well.
    scaled = [one for one in _scaled(found, since) if one.places[0] not in places]
    return sorted([*rolled, *scaled], key=lambda one: one.started_at)


def _rollouts(found: Workloads, since: datetime) -> Iterator[Change]:
    sets: defaultdict[str, list[ReplicaSet]] = defaultdict(list)
    for one in found.replica_sets:
        if one.metadata.owner is not None and one.metadata.owner.kind == "Deployment":
            sets[one.metadata.owner.uid].append(one)
    for deployment in found.deployments:
        own = sorted(sets[deployment.metadata.uid], key=_revision)
        for index, one in enumerate(own):
            before = own[index - 1].spec.template if index else None
            change = _rollout(found.name, deployment, one, before, since, newest=index == len(own) - 1)
            if change is not None:
                yield change


def _rollout(
    cluster: str | None,
    deployment: Deployment,
    revision: ReplicaSet,
    before: Template | None,
    since: datetime,
    *,
    newest: bool,
) -> Change | None:
    progressing = condition(deployment.status.conditions, "Progressing")
    began = revision.metadata.created_at
    again = newest and _EARLIER in revision.metadata.annotations
    if again and progressing is not None:
        began = progressing.updated_at or progressing.since or began
    result = _result(deployment) if newest else Result.UNKNOWN
    ended = (
        (progressing.updated_at or progressing.since)
        if newest and progressing and result is not Result.RUNNING
        else None
    )
    if began is None or not (began >= since or (ended is not None and ended >= since)):
        return None
    verb = "rolled back to an earlier revision" if again else "rolled out"
    return _change(
        cluster,
        deployment,
        f"{deployment.metadata.uid}:{_revision(revision)}",
        revision.metadata.annotations.get(_CAUSE) or _verb(revision.spec.template, before, verb),
        started_at=began,
        result=result,
        ended_at=ended if ended is not None and ended >= began else None,
        version=_images(revision.spec.template),
    )


def _result(deployment: Deployment) -> Result:
    status, _ = judged(deployment)
    progressing = condition(deployment.status.conditions, "Progressing")
    if progressing is not None and progressing.status == "False":
        return Result.FAILED
    done = status is Status.OK or (progressing is not None and progressing.reason == "NewReplicaSetAvailable")
    return Result.SUCCEEDED if done else Result.RUNNING


def _revised(found: Workloads, since: datetime) -> Iterator[Change]:
    owners = {one.metadata.uid: one for one in found.owners}
    before: dict[str, Template | None] = {}
    for one in sorted(found.revisions, key=lambda revision: revision.revision):
        owner = owners.get(one.metadata.owner.uid) if one.metadata.owner else None
        if owner is None:
            continue
        template = one.data.spec.template if one.data else None
        earlier = before.get(owner.metadata.uid)
        before[owner.metadata.uid] = template
        began = one.metadata.created_at
        if began is not None and began >= since:
            yield _change(
                found.name,
                owner,
                f"{owner.metadata.uid}:{one.revision}",
                one.metadata.annotations.get(_CAUSE) or _verb(template, earlier, "rolled out"),
                started_at=began,
                result=Result.UNKNOWN,
                version=_images(template),
            )


def _scaled(found: Workloads, since: datetime) -> Iterator[Change]:
    """The last of each deployment: an autoscaler does it again and again."""
    last: dict[str, tuple[datetime, Deployment, str]] = {}
    by_path = {one.metadata.path: one for one in found.deployments}
    for event in found.events:
        said = _SCALED.search(event.message)
        path = f"{event.involved.namespace}/{event.involved.name}"
        deployment, at = by_path.get(path), event.seen_at
        if said is None or deployment is None or at is None or at < since:
            continue
        words = f"scaled {said[1]} {f'from {said[3]} ' if said[3] else ''}to {said[4]}"
        if path not in last or last[path][0] < at:
            last[path] = (at, deployment, words)
    for at, deployment, words in last.values():
        key = f"{deployment.metadata.uid}:scaled:{at:%Y%m%dT%H%M%SZ}"
        yield _change(
            found.name, deployment, key, words, started_at=at, result=Result.SUCCEEDED, ended_at=at, version=None
        )


def _change(
    cluster: str | None,
    thing: Thing,
    key: str,
    title: str,
    *,
    started_at: datetime,
    result: Result,
    version: str | None,
    ended_at: datetime | None = None,
) -> Change:
    return Change(
        source=SOURCE,
        id=key,
        kind=ChangeKind.DEPLOYMENT,
        title=title,
        places=(thing.metadata.path, thing.metadata.name, thing.metadata.namespace),
        started_at=started_at,
        result=result,
        ended_at=ended_at,
        version=version,
        environment=cluster,
    )


def _verb(template: Template | None, before: Template | None, usual: str) -> str:
    """A restart is a revision too: the same images, and the time of the restart."""
    if template is None or before is None:
        return usual
    stamp, earlier = template.metadata.annotations.get(_RESTARTED), before.metadata.annotations.get(_RESTARTED)
    same = template.spec.containers == before.spec.containers
    return "restarted" if same and stamp and stamp != earlier else usual


def _images(template: Template | None) -> str | None:
    """`name:tag` of each container, without the registry."""
    images = [one.image.rpartition("/")[2] for one in template.spec.containers if one.image] if template else []
    return ", ".join(images) or None


def _revision(found: ReplicaSet) -> int:
    given = found.metadata.annotations.get(_REVISION, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 12 else 0
