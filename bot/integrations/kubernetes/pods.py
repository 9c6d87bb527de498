"""How pods are judged: by their containers, since a phase says little. Those of one workload are told together."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered
from bot.integrations.cluster_shapes import condition
from bot.integrations.foreign import shown
from bot.integrations.kubernetes.shapes import ContainerStatus, Pod

_STARTING: Final = ("", "ContainerCreating", "PodInitializing")
_HASH: Final = "pod-template-hash"
_RUN: Final = re.compile(r"-\d{6,12}$")
"""What a cron job puts behind its name for each run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    pending: timedelta
    unready: timedelta
    terminating: timedelta
    restarts: float
    lately: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """`kind` is what makes it the same trouble tomorrow."""

    kind: str
    status: Status
    words: str
    since: datetime | None = None


def pods(found: Sequence[Pod], now: datetime, limits: Limits) -> Answer:
    """Crashing, stuck and unready ones fail; just pending, evicted and often restarted ones warn."""
    if not found:
        return Answer.unknown("No pod is to be seen, not even those of the cluster itself")
    alike: defaultdict[tuple[str, str], list[_Trouble]] = defaultdict(list)
    for pod in found:
        trouble = _trouble(pod, now, limits)
        if trouble is not None:
            alike[_workload(pod), trouble.kind].append(trouble)
    evidence = [_evidence(workload, troubles) for (workload, _), troubles in alike.items()]
    well = f"All {len(found)} pods are as they should be"
    return answered(evidence, count=len(found), things="pods", well=well)


def _evidence(workload: str, troubles: Sequence[_Trouble]) -> Evidence:
    worst = max(troubles, key=lambda one: one.status.rank)
    many = f"{len(troubles)} pods: " if len(troubles) > 1 else ""
    return Evidence(
        key=f"pod:{shown(workload, limit=140)}:{shown(worst.kind, limit=40)}",
        title=shown(workload, limit=140),
        status=worst.status,
        since=min((one.since for one in troubles if one.since), default=None),
        detail=shown(f"{many}{worst.words}"),
    )


def _workload(pod: Pod) -> str:
    """`namespace/name` of what made it, without the parts that change with each rollout."""
    owner, name = pod.metadata.owner, pod.metadata.name
    if owner is not None and owner.kind == "Job":
        name = _RUN.sub("", owner.name)
    elif owner is not None and owner.name and owner.kind != "Node":  # a node owns what it runs by itself, all of it
        name = owner.name.removesuffix(f"-{pod.metadata.labels.get(_HASH, '')}")
    return f"{pod.metadata.namespace}/{name}"


def _trouble(pod: Pod, now: datetime, limits: Limits) -> _Trouble | None:
    gone = pod.metadata.deleted_at
    if gone is None:
        return _by_phase(pod, now, limits)
    if now - gone <= limits.terminating:
        return None
    return _Trouble(kind="terminating", status=Status.FAIL, words="cannot be got rid of (terminating)", since=gone)


def _by_phase(pod: Pod, now: datetime, limits: Limits) -> _Trouble | None:
    match pod.status.phase:
        case "Succeeded":
            return None
        case "Failed":
            return _failed(pod)
        case "Pending":
            return _waiting(pod) or _pending(pod, now, limits)
        case "Running":
            return _waiting(pod) or _unready(pod, now, limits) or _restarted(pod, now, limits)
        case "Unknown":
            return _Trouble(kind="unknown", status=Status.FAIL, words="nobody knows its state: its node is silent")
        case other:
            words = f"has the phase {other or 'of nothing'}, which we do not know"
            return _Trouble(kind="phase", status=Status.UNKNOWN, words=words)


def _failed(pod: Pod) -> _Trouble | None:
    if pod.metadata.owner is not None and pod.metadata.owner.kind == "Job":
        return None  # a job tries again; whether it failed in the end is told among the jobs
    if pod.status.reason == "Evicted":
        return _Trouble(kind="evicted", status=Status.WARN, words="evicted; what is left of it can be deleted")
    why = pod.status.reason or pod.status.message or _ended(_containers(pod)) or "no reason given"
    return _Trouble(kind="failed", status=Status.FAIL, words=f"failed: {why}")


def _waiting(pod: Pod) -> _Trouble | None:
    """A container that waits for anything but its start."""
    for one in _containers(pod):
        waiting = one.state.waiting
        if waiting is not None and waiting.reason not in _STARTING:
            last = one.last.terminated
            after = f", last ended {last.reason or f'with {last.exit_code}'}" if last else ""
            return _Trouble(
                kind=waiting.reason,
                status=Status.FAIL,
                words=f"{one.name}: {waiting.reason}{after}",
                since=last.finished_at if last else None,
            )
    return None


def _pending(pod: Pod, now: datetime, limits: Limits) -> _Trouble:
    since = pod.metadata.created_at
    scheduled = condition(pod.status.conditions, "PodScheduled")
    why = scheduled.message or scheduled.reason if scheduled and scheduled.status == "False" else "not started yet"
    late = since is None or now - since > limits.pending
    return _Trouble(kind="pending", status=Status.FAIL if late else Status.WARN, words=f"pending: {why}", since=since)


def _unready(pod: Pod, now: datetime, limits: Limits) -> _Trouble | None:
    """What runs to an end is not ready at the end; what of it still runs should be."""
    ends = pod.spec.restart != "Always"
    ready = None if ends else condition(pod.status.conditions, "Ready")
    idle = [one for one in pod.status.containers if not one.ready and not (ends and _did_well(one))]
    said = ready.status == "True" if ready else ends or bool(pod.status.containers)
    if said and not idle:
        return None
    since = ready.since if ready and not said else _started(idle)
    if since is not None and now - since <= limits.unready:
        return None
    names = ", ".join(one.name for one in idle[:3])
    return _Trouble(
        kind="unready", status=Status.FAIL, words=f"runs but is not ready: {names or 'no reason given'}", since=since
    )


def _did_well(one: ContainerStatus) -> bool:
    ended = one.state.terminated
    return ended is not None and not ended.exit_code


def _started(containers: Iterable[ContainerStatus]) -> datetime | None:
    begun = (one.state.running.started_at for one in containers if one.state.running)
    return max((one for one in begun if one is not None), default=None)


def _restarted(pod: Pod, now: datetime, limits: Limits) -> _Trouble | None:
    """Restarts count when the last was lately: the total says nothing, it grows over months."""
    for one in _containers(pod):
        last = one.last.terminated
        if last is None or last.finished_at is None or now - last.finished_at > limits.lately:
            continue
        if last.reason == "OOMKilled":
            return _Trouble(
                kind="OOMKilled", status=Status.WARN, words=f"{one.name} ran out of memory", since=last.finished_at
            )
        if one.restarts >= limits.restarts:
            words = f"{one.name} restarted, {one.restarts} times by now: {_ended((one,))}"
            return _Trouble(kind="restarts", status=Status.WARN, words=words, since=last.finished_at)
    return None


def _ended(containers: Iterable[ContainerStatus]) -> str:
    for one in containers:
        ended = one.state.terminated or one.last.terminated
        if ended is not None and (ended.exit_code or ended.reason not in ("", "Completed")):
            return f"{one.name} ended {ended.reason or f'with {ended.exit_code}'}"
    return ""


def _containers(pod: Pod) -> Sequence[ContainerStatus]:
    """Those that prepare come first: sidecars that stay are among them."""
    return [*pod.status.first, *pod.status.containers]
