"""How deployments, stateful sets and daemon sets are judged. Numbers of zero are left out in what they tell."""

from collections.abc import Sequence

from bot.domain.check import Answer, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.cluster_shapes import condition
from bot.integrations.kubernetes.shapes import DaemonSet, Deployment, StatefulSet

Judgement = tuple[Status, str]
_OK: Judgement = (Status.OK, "")
_UNSEEN: Judgement = (Status.WARN, "changed, and its controller has not looked yet")


def workloads(
    deployments: Sequence[Deployment], stateful: Sequence[StatefulSet], daemons: Sequence[DaemonSet]
) -> Answer:
    """None available and a rollout that is stuck fail; in progress, paused and some missing warn."""
    count = len(deployments) + len(stateful) + len(daemons)
    if not count:
        return Answer.unknown("No workload is to be seen, not even those of the cluster itself")
    found = [
        *(finding("deployment", one.metadata.path, *deployment(one)) for one in deployments),
        *(finding("statefulset", one.metadata.path, *_stateful(one)) for one in stateful),
        *(finding("daemonset", one.metadata.path, *_daemon(one)) for one in daemons),
    ]
    return answered(found, count=count, things="workloads", well=f"All {count} workloads run as wanted")


def deployment(found: Deployment) -> Judgement:
    return _broken(found) or _unfinished(found) or _OK


def _broken(found: Deployment) -> Judgement | None:
    status, wanted = found.status, found.spec.replicas
    progressing = condition(status.conditions, "Progressing")
    available = condition(status.conditions, "Available")
    failure = condition(status.conditions, "ReplicaFailure")
    if progressing is not None and progressing.status == "False":
        return Status.FAIL, f"its rollout is stuck: {progressing.reason or 'no reason given'}"
    if failure is not None and failure.status == "True":
        return Status.FAIL, f"pods cannot be made: {failure.message or failure.reason}"
    short = not status.available or (available is not None and available.status != "True")
    new = status.observed < found.metadata.generation and not status.replicas
    if not wanted or not short or new:
        return None
    too_few = f", too few ({available.reason})" if available and available.reason and status.available else ""
    return Status.FAIL, f"{status.available} of {wanted} pods available{too_few}"


def _unfinished(found: Deployment) -> Judgement | None:
    status, wanted = found.status, found.spec.replicas
    if found.spec.paused:
        return Status.WARN, "its rollout is paused"
    if status.observed < found.metadata.generation:
        return _UNSEEN
    if status.updated < wanted or status.replicas > status.updated:
        return Status.WARN, f"rollout in progress, {status.updated} of {wanted} pods updated"
    if status.available < wanted or status.unavailable:
        return Status.WARN, f"{status.available} of {wanted} pods available"
    return (Status.WARN, f"{status.replicas} pods, and {wanted} are wanted") if status.replicas > wanted else None


def _stateful(found: StatefulSet) -> Judgement:
    status, wanted, strategy = found.status, found.spec.replicas, found.spec.strategy
    if status.observed < found.metadata.generation:
        return _UNSEEN
    if wanted and not status.ready:
        return Status.FAIL, f"0 of {wanted} pods ready"
    if status.ready < wanted:
        return Status.WARN, f"{status.ready} of {wanted} pods ready"
    if status.replicas > wanted:
        return Status.WARN, f"{status.replicas} pods, and {wanted} are wanted"
    by_hand = strategy.type == "OnDelete"
    # Nobody ends what is done by hand: its current revision stays behind when all pods have the new one.
    if status.current != status.update and not (by_hand and status.updated >= status.replicas):
        held = by_hand or (strategy.rolling is not None and strategy.rolling.partition > 0)
        return Status.WARN, "holds pods back at an older revision" if held else "rollout in progress"
    return _OK


def _daemon(found: DaemonSet) -> Judgement:
    status = found.status
    if status is None or status.observed < found.metadata.generation:
        return _UNSEEN
    if status.desired and not status.ready:
        return Status.FAIL, f"ready on none of {status.desired} nodes"
    if status.ready < status.desired:
        return Status.WARN, f"ready on {status.ready} of {status.desired} nodes"
    if status.updated < status.desired:
        return Status.WARN, f"rollout in progress, {status.updated} of {status.desired} nodes updated"
    return _OK
