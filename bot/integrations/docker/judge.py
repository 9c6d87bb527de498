"""How containers are judged: whether they run, what their health checks say, and how often they began anew."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.docker.client import Container
from bot.integrations.docker.shapes import Event, Healthcheck, State
from bot.integrations.foreign import shown
from bot.integrations.lines import redacted

Verdict = tuple[Status, str]

_FINE: Final = (Status.OK, "")
_STATES: Final[Mapping[str, Verdict]] = {
    "restarting": (Status.FAIL, "restarts again and again"),
    "paused": (Status.WARN, "paused"),
    "removing": (Status.WARN, "being removed"),
    "dead": (Status.FAIL, "dead: it could not be removed"),
}
_SECOND: Final = 1_000_000_000
_USUAL_INTERVAL: Final = 30
_USUAL_TRIES: Final = 3
_STOPPED_BY_SIGNAL: Final = ("130", "137", "143")
_SERVICE: Final = "com.docker.swarm.service.name"
_TASK: Final = "com.docker.swarm.task.name"


def containers(found: Sequence[Container], must: Collection[str], now: datetime) -> Answer:
    """Every container by its state, those that must run stand or fall with it. Of none at all it is unknown."""
    current = without_history(found)
    there = {one.listed.name for one in current}
    evidence = [
        Evidence(key=_key(name), title=shown(name), status=Status.FAIL, detail="must run and is not there")
        for name in dict.fromkeys(must)
        if name not in there
    ]
    if not current and not evidence:
        return Answer.unknown("It has no containers, so nothing says that anything runs there")
    for one in current:
        status, words = _container(one, one.listed.name in must, now)
        if status is not Status.OK:
            evidence.append(_evidence(one, status, words))
    if evidence:
        return summed(evidence, f"{len(evidence)} of {max(len(current), len(evidence))} containers to look at")
    running = [one for one in current if one.inspected.state.status.lower() == "running"]
    healthy = sum(one.inspected.state.health.status == "healthy" for one in running)
    own = f", {healthy} healthy by their own check" if healthy else ""
    words = f"{len(running)} containers run{own}, {len(current) - len(running)} are done"
    if not running:
        return Answer.unknown(f"None of {len(current)} containers runs; all ended well")
    return Answer(status=Status.OK, summary=words)


def without_history(found: Sequence[Container]) -> Sequence[Container]:
    """Swarm keeps the containers of a task that it has replaced; only the newest of each slot counts."""
    newest: dict[str, Container] = {}
    for one in found:
        slot = _slot(one)
        held = newest.get(slot)
        if held is None or _begun(one) >= _begun(held):
            newest[slot] = one
    return list(newest.values())


def _slot(one: Container) -> str:
    task = one.listed.labels.get(_TASK, "")
    return f"slot:{task.rpartition('.')[0] or task}" if task else f"container:{one.listed.reference}"


def _begun(one: Container) -> float:
    return one.listed.created.timestamp() if one.listed.created else 0.0


def _container(one: Container, must: bool, now: datetime) -> Verdict:  # noqa: FBT001 - the caller's own question
    """By its inspection; where the list says something else of it, by the worse of the two."""
    found, listed = _inspected(one, must, now), one.listed.state.lower()
    if one.agrees:
        return found
    if one.listed.unhealthy:
        other = (Status.FAIL, "unhealthy, as it is listed")
    else:
        other = _STATES.get(
            listed, (Status.UNKNOWN, f"is listed as {shown(listed, limit=20)} and says otherwise itself")
        )
    return max(found, other, key=lambda each: each[0].rank)


def _inspected(one: Container, must: bool, now: datetime) -> Verdict:  # noqa: FBT001 - the caller's own question
    state = one.inspected.state
    if state.oom_killed:
        return Status.FAIL, "ran out of memory"
    told = state.status.lower()
    match told:
        case "running":
            return _health(state, one.inspected.config.healthcheck, now)
        case "created":
            return _never_started(state, must)
        case "exited":
            return _exited(one, must)
        case _:
            return _STATES.get(told, (Status.UNKNOWN, f"is {shown(told, limit=20)}, which we do not know"))


def _never_started(state: State, must: bool) -> Verdict:  # noqa: FBT001 - the caller's own question
    if state.error:
        return Status.FAIL, f"could not be started: {redacted(state.error)}"
    return Status.FAIL if must else Status.WARN, "made and never started"


def _exited(one: Container, must: bool) -> Verdict:  # noqa: FBT001 - the caller's own question
    state, policy = one.inspected.state, one.inspected.host_config.restart_policy.name
    if state.exit_code is None:
        return Status.FAIL if must else Status.UNKNOWN, "ended, and does not tell how"
    if state.exit_code or must:
        return Status.FAIL, f"ended{_exit(state)}{f': {redacted(state.error)}' if state.error else ''}"
    if policy in ("always", "unless-stopped"):
        return Status.WARN, "was stopped, though it is one that always runs"
    return _FINE


def _exit(state: State) -> str:
    return "" if state.exit_code is None else f" (exit code {state.exit_code})"


def _health(state: State, check: Healthcheck, now: datetime) -> Verdict:
    match state.health.status.lower():
        case "healthy":
            return _FINE
        case "" | "none":
            silent = check.declared or state.health.failing_streak > 0
            return (Status.UNKNOWN, "has a health check that does not tell its verdict") if silent else _FINE
        case "unhealthy":
            output = redacted(state.health.log[-1].output) if state.health.log else ""
            said = f": {shown(output, limit=80)}" if output else ""
            return Status.FAIL, f"unhealthy, {state.health.failing_streak} checks in a row failed{said}"
        case "starting":
            return _starting(state, check, now)
        case other:
            return Status.UNKNOWN, f"its health is {shown(other, limit=20)}, which we do not know"


def _starting(state: State, check: Healthcheck, now: datetime) -> Verdict:
    if state.started_at is None:
        return Status.UNKNOWN, "starting, and does not tell since when"
    late = now - state.started_at > _until_judged(check)
    return (Status.WARN, "still starting, long after its start period") if late else _FINE


def _until_judged(check: Healthcheck) -> timedelta:
    """The longest that a container may be without a verdict: each try may take its time-out."""
    interval = check.interval / _SECOND or _USUAL_INTERVAL
    timeout = check.timeout / _SECOND or _USUAL_INTERVAL
    seconds = check.start_period / _SECOND + (interval + timeout) * (check.retries or _USUAL_TRIES)
    return timedelta(seconds=min(max(seconds, 0), 86_400))


def restarts(found: Sequence[Container], events: Sequence[Event], now: datetime, hours: float) -> Answer:
    """Restarts by the engine itself, and what its events tell of containers that may be gone already."""
    current = without_history(found)
    if not current:
        return Answer.unknown("It has no containers, so nothing says that anything runs there")
    evidence = [one for each in current for one in _restarted(each, now - timedelta(hours=hours))]
    known = {one.key for one in evidence}
    evidence += [one for one in _of_events(events, found) if one.key not in known]
    if evidence:
        return summed(evidence, f"{len(evidence)} containers restarted, died or fell ill in the last {hours:.0f} h")
    words = f"None of {len(current)} containers was restarted, and no event that is kept tells of a death"
    return Answer(status=Status.OK, summary=words)


def _restarted(one: Container, since: datetime) -> Sequence[Evidence]:
    """The engine counts since the last start by hand, so that a count with a start today has grown today."""
    state, count = one.inspected.state, one.inspected.restart_count
    if state.status.lower() == "restarting":
        times = f", {_often(count)} so far" if count else ""
        return [_evidence(one, Status.FAIL, f"restarts again and again{_exit(state)}{times}")]
    if count is None:
        return [_evidence(one, Status.UNKNOWN, "does not tell how often it was restarted")]
    if count and state.started_at is None:
        return [_evidence(one, Status.UNKNOWN, f"restarted {_often(count)}, and does not tell when")]
    if count and state.started_at is not None and state.started_at >= since:
        return [_evidence(one, Status.WARN, f"restarted {_often(count)}, last on {state.started_at:%d %b %H:%M} UTC")]
    return []


def _often(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _of_events(events: Sequence[Event], found: Sequence[Container]) -> Sequence[Evidence]:
    told: dict[str, Counter[str]] = {}
    names = {one.listed.id: one.listed.name for one in found}
    for one in events:
        words = _bad(one)
        name = one.actor.attributes.get("name") or names.get(one.actor.id) or one.actor.id[:12]
        if words:
            told.setdefault(name, Counter())[words] += 1
    return [
        Evidence(
            key=_key(name),
            title=shown(name or "a container without a name"),
            status=Status.WARN,
            detail=shown(", ".join(f"{words} {_often(times)}" if times > 1 else words for words, times in bad.items())),
        )
        for name, bad in told.items()
    ]


def _bad(event: Event) -> str:
    what, _, verdict = event.action.partition(":")
    match what.strip():
        case "oom":
            return "ran out of memory"
        case "health_status":
            return "" if verdict.strip() == "healthy" else f"was {shown(verdict, limit=20) or 'judged by its check'}"
        case _:
            code = event.actor.attributes.get("exitCode", "")
            # What `docker stop` and every new deployment leave behind.
            return (
                "" if code in ("0", *_STOPPED_BY_SIGNAL) else f"died (exit code {shown(code, limit=10) or 'unknown'})"
            )


def names_of(labels: Mapping[str, str]) -> Sequence[str]:
    """By what people know a container's service: Swarm's name, Compose's, and that with its project."""
    swarm, service = labels.get(_SERVICE, ""), labels.get("com.docker.compose.service", "")
    project = labels.get("com.docker.compose.project", "")
    found = (swarm, service, f"{project}/{service}" if project and service else "")
    return [one for one in found if one]


def summed(evidence: Sequence[Evidence], words: str) -> Answer:
    """The worst first, the first few of them in the summary."""
    ranked = sorted(evidence, key=lambda one: (-one.status.rank, one.key))
    told = ", ".join(f"{shown(one.title, limit=40)} {shown(one.detail, limit=60)}" for one in ranked[:3])
    status, summary = worst(one.status for one in ranked), shown(f"{words}: {told}", limit=220)
    return Answer(status=status, summary=summary, evidence=ranked, reason=summary if status is Status.UNKNOWN else None)


def _evidence(one: Container, status: Status, words: str) -> Evidence:
    state = one.inspected.state
    since = state.started_at if state.status.lower() in ("running", "paused", "restarting") else state.finished_at
    name = _slot(one).partition(":")[2] if _TASK in one.listed.labels else one.listed.name
    return Evidence(key=_key(name), title=shown(name), status=status, since=since, detail=shown(words))


def _key(name: str) -> str:
    return f"container:{shown(name, limit=100)}"
