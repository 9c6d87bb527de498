"""How rollouts and their analyses are judged. A phase may be of what was wanted before: it is not believed blindly."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.cluster_shapes import condition
from bot.integrations.rollouts.shapes import WORKLOAD_GENERATION, Rollout, Run, number

Judgement = tuple[Status, str, datetime | None]
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_AHEAD: Final = timedelta(minutes=10)
_RUNS: Final[Mapping[str, Status]] = {
    "Successful": Status.OK,
    "Running": Status.OK,
    "Pending": Status.OK,
    "Inconclusive": Status.WARN,
    "Failed": Status.FAIL,
    "Error": Status.FAIL,
}


def rollouts(found: Sequence[Rollout], now: datetime, *, paused: timedelta, gone: Sequence[str]) -> Answer:
    """`gone` are namespaces that somebody named and in which there is none."""
    evidence = [_rollout(one, now, paused) for one in found]
    words = "no rollout is to be seen in it: check ROLLOUTS_NAMESPACES"
    evidence += [finding("namespace", one, Status.UNKNOWN, words) for one in gone]
    if not evidence:
        return Answer.unknown("No rollout is to be seen")
    well = f"All {len(found)} rollouts are healthy and fully promoted"
    return answered(evidence, count=len(evidence), things="rollouts", well=well)


def analyses(found: Sequence[Rollout], runs: Sequence[Run], now: datetime, *, lately: timedelta) -> Answer:
    """Of each rollout those of its revision now; others, such as experiments' own, for as long as they are new.

    Of those that nobody owns the last of a namespace counts, however old it is: nothing will ever end it.
    """
    if not found:
        return Answer.unknown("No rollout is to be seen, so that nothing can be told from what is missing")
    revisions = {key: one.revision for one in found for key in _names(one)}
    alone = [one for one in runs if one.metadata.owner is None]
    last = {one.metadata.namespace: one for one in sorted(alone, key=_began)}
    newest = _newest([one for one in runs if _counts(one, revisions, now, lately) or one in last.values()])
    evidence = [finding("analysis", one.metadata.path, *_run(one, now)) for one in newest]
    well = f"None of {len(newest)} analyses failed" if newest else f"No analysis ran for any of {len(found)} rollouts"
    return answered(evidence, count=len(evidence), things="analyses", well=well)


def _rollout(one: Rollout, now: datetime, paused: timedelta) -> Evidence:
    found = sorted(_findings(one, now, paused), key=lambda each: -each[0].rank)
    bad = [each for each in found if each[0] is not Status.OK]
    if not bad:
        return finding("rollout", one.metadata.path, Status.OK, "")
    since = next((each[2] for each in bad if each[2] is not None), None)
    return finding("rollout", one.metadata.path, bad[0][0], "; ".join(each[1] for each in bad), since)


def _findings(one: Rollout, now: datetime, paused: timedelta) -> Iterator[Judgement]:
    status = one.status
    if status.abort:
        why = f": {status.message}" if status.message else ""
        yield Status.FAIL, f"aborted, the version before serves{why}", status.aborted_at
    for kind in ("InvalidSpec", "ReplicaFailure"):
        said = condition(status.conditions, kind)
        if said is not None and said.status == "True":
            yield Status.FAIL, f"{kind}: {said.message or said.reason or 'no reason given'}", said.since
    yield from _pods(one)
    unseen = _unseen(one)
    if unseen:
        yield Status.WARN, unseen, None
    elif not status.abort:
        yield _phase(one, now, paused)


def _unseen(one: Rollout) -> str:
    """Why the phase is not of what is wanted now; empty when it is."""
    status = one.status
    observed = number(status.observed)
    if not status.observed or (observed is not None and observed < one.metadata.generation):
        return "changed, and its controller has not looked yet"
    if status.controller_pause and not status.pauses:
        return "was told to go on, and has not yet"
    wanted = number(one.metadata.annotations.get(WORKLOAD_GENERATION, ""))
    if one.spec.workload is not None and wanted is not None:
        seen = number(status.workload_observed)
        if seen is None or seen < wanted:
            return "the workload it refers to was changed, and its controller has not looked yet"
    return ""


def _phase(one: Rollout, now: datetime, paused: timedelta) -> Judgement:
    status = one.status
    why = f": {status.message}" if status.message else ""
    if status.phase == "Degraded":
        return Status.FAIL, f"degraded{why}", None
    stuck = condition(status.conditions, "Progressing")
    if stuck is not None and stuck.status == "False":
        return Status.FAIL, f"makes no progress: {stuck.message or stuck.reason or 'no reason given'}", stuck.since
    if status.phase == "Paused" or status.pauses or one.spec.paused:
        return _paused(one, now, paused)
    if status.phase == "Progressing":
        return Status.WARN, f"in progress{_progress(one)}{why}", None
    if status.phase == "Healthy":
        return _healthy(one)
    return Status.UNKNOWN, f"has the phase {status.phase[:30] or 'of nothing'}, which we do not know{why}", None


def _healthy(one: Rollout) -> Judgement:
    if not one.status.stable or not one.status.current:
        return Status.UNKNOWN, "healthy, and does not tell which version is the stable one", None
    if not one.promoted:
        return Status.WARN, f"healthy, and not fully promoted{_progress(one)}", None
    if one.status.updated < one.spec.replicas:
        return Status.WARN, f"healthy, and not all of the new version{_progress(one)}", None
    told = (condition(one.status.conditions, kind) for kind in ("Available", "Healthy"))
    said = next((each for each in told if each is not None and each.status == "False"), None)
    if said is not None:
        return Status.WARN, f"healthy, and yet {said.type} is False: {said.message or said.reason}", said.since
    return Status.OK, "", None


def _paused(one: Rollout, now: datetime, longest: timedelta) -> Judgement:
    begun = [each.since for each in one.status.pauses if each.since is not None]
    since = min(begun, default=None)
    reasons = [each.reason for each in one.status.pauses if each.reason] or [one.status.message or "by hand"]
    words = f"paused{_progress(one)}: {', '.join(dict.fromkeys(reasons))}"
    if since is None:
        return Status.WARN, words, None
    if since > now + _AHEAD:
        return Status.UNKNOWN, f"{words}, since the future: the clocks differ", since
    lasts = now - since
    too_long = f", longer than {longest / timedelta(hours=1):.0f} h" if lasts > longest else ""
    hours = lasts / timedelta(hours=1)
    return Status.WARN, f"{words}, for {hours:.0f} h{too_long}", since


def _progress(one: Rollout) -> str:
    """How far it is: its step, and how much the new version serves."""
    status, canary = one.status, one.spec.strategy.canary
    steps = len(canary.steps) if canary is not None else 0
    step = f" at step {min(status.step, steps)} of {steps}" if steps and status.step is not None else ""
    weights = status.canary.weights if status.canary is not None else None
    if weights is not None and weights.canary is not None:
        return f"{step} with {weights.canary.weight} % of the traffic"
    return f"{step} with {status.updated} of {status.replicas} pods"


def _pods(one: Rollout) -> Iterator[Judgement]:
    wanted, available = one.spec.replicas, one.status.available
    if wanted and available < wanted:
        yield Status.WARN if available else Status.FAIL, f"{available} of {wanted} pods available", None


def _names(one: Rollout) -> Sequence[str]:
    """Under what its analyses name it: its uid, which a copied object may lack, or its path."""
    return [name for name in (one.metadata.uid, one.metadata.path) if name]


def _counts(run: Run, revisions: Mapping[str, int], now: datetime, lately: timedelta) -> bool:
    owner = run.metadata.owner
    current = None
    if owner is not None and owner.kind == "Rollout":
        current = revisions.get(owner.uid or f"{run.metadata.namespace}/{owner.name}")
    if current is not None:
        return run.revision is None or run.revision >= current
    began = run.status.started_at or run.metadata.created_at
    return began is None or now - began <= lately


def _newest(runs: Sequence[Run]) -> Sequence[Run]:
    """Of an analysis that was tried again, the last try."""
    groups: dict[tuple[str, tuple[str, str]], list[Run]] = defaultdict(list)
    for one in runs:
        owner = one.metadata.owner
        groups[owner.uid if owner is not None and owner.uid else one.metadata.path, one.place].append(one)
    return [max(group, key=_began) for group in groups.values()]


def _began(run: Run) -> datetime:
    return run.metadata.created_at or run.status.started_at or _EVER


def _run(run: Run, now: datetime) -> Judgement:
    phase, since = run.status.phase, run.status.started_at or run.metadata.created_at
    why = f": {run.status.message}" if run.status.message else ""
    if not phase:
        return Status.WARN, "its controller has not looked at it yet", since
    status = _RUNS.get(phase, Status.UNKNOWN)
    if since is not None and since > now + _AHEAD:
        return Status.UNKNOWN, "ran in the future: the clocks differ", since
    unknown = ", a phase we do not know" if status is Status.UNKNOWN else ""
    return status, f"{phase[:30].lower()}{unknown}{why}", since
