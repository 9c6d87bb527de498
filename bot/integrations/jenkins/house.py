"""How the controller itself, its queue and its agents are judged."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.findings import answer, lasting
from bot.integrations.foreign import shown
from bot.integrations.jenkins.shapes import Agent, Controller, QueueItem, moment


def controller(found: Controller) -> Answer:
    if found.quieting_down:
        words = "It is about to shut down and starts no builds"
        return Answer(status=Status.WARN, summary=words)
    return Answer(status=Status.OK, summary="Up, and starts builds")


def queue(items: Sequence[QueueItem], now: datetime, *, minutes: float) -> Answer:
    """What Jenkins itself calls stuck fails; what merely waits for long warns."""
    evidence = []
    for one in items:
        status, words = _waits(one, now, minutes)
        if status is not Status.OK:
            name = shown(one.task.name if one.task else "", limit=100) or "Something without a name"
            why = f"{words}: {shown(one.why, limit=90)}" if one.why else words
            since = None if one.since is None else moment(one.since)
            evidence.append(Evidence(key=f"queue:{one.id}", title=name, status=status, since=since, detail=why))
    fine = f"{len(items)} wait in the queue, none for long" if items else "The queue is empty"
    return answer(evidence, fine, f"{len(evidence)} of {len(items)} waiting")


def _waits(one: QueueItem, now: datetime, minutes: float) -> tuple[Status, str]:
    if one.since is None:
        return (Status.FAIL, "stuck") if one.stuck else (Status.UNKNOWN, "does not tell since when it waits")
    waited = now - moment(one.since)
    if one.stuck:
        return Status.FAIL, f"stuck, waits for {lasting(waited)}"
    return (Status.WARN, f"waits for {lasting(waited)}") if waited > timedelta(minutes=minutes) else (Status.OK, "")


def agents(found: Sequence[Agent]) -> Answer:
    """One that a person took out warns: `offline` is true for it as well."""
    if not found:
        return Answer.unknown("It tells of no agents, not even of the controller's own")
    evidence = [_absent(one) for one in found if one.offline or one.taken_down]
    executors = sum(one.executors or 0 for one in found if not one.offline)
    fine = f"All {len(found)} agents are online, with {executors} executors"
    return answer(evidence, fine, f"{len(evidence)} of {len(found)} agents to look at")


def _absent(one: Agent) -> Evidence:
    words = "taken offline by somebody" if one.taken_down else "offline"
    return Evidence(
        key=f"agent:{shown(one.name, limit=180)}",
        title=shown(one.name) or "An agent without a name",
        status=Status.WARN if one.taken_down else Status.FAIL,
        detail=shown(f"{words}: {one.reason}" if one.reason else words),
    )
