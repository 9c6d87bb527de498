"""How the health, queues, losses, reloads and memory of a Logstash node are judged."""

from collections.abc import Mapping
from typing import Final

from bot.domain.check import Status
from bot.integrations.logstash.shapes import Capacity, HealthReport, Pipeline, Pipelines, Reloading, Reloads, Root

Found = Mapping[str, tuple[Status, str]]
"""By the name of a pipeline, or empty for the node itself: how it is, and in words."""

_COLOURS: Final[Mapping[str, Status]] = {
    "green": Status.OK,
    "yellow": Status.WARN,
    "unknown": Status.WARN,
    "red": Status.FAIL,
}
_EMPTY: Final = 1
"""Bytes of a dead letter queue with nothing in it: the number of its format."""


def health(root: Root, report: HealthReport | None) -> Found:
    """Before 8.16 a node that answers says green, whatever is."""
    found = {"": _coloured(root.status, "")}
    if report is None:
        return found
    pipelines = report.indicators.pipelines
    whole = max(
        (found[""], _coloured(report.status, report.symptom), _coloured(pipelines.status, pipelines.symptom)),
        key=lambda one: one[0].rank,
    )
    if not pipelines.indicators:
        whole = max((whole, (Status.WARN, "it runs no pipeline")), key=lambda one: one[0].rank)
    return {"": whole, **{name: _coloured(one.status, one.symptom) for name, one in pipelines.indicators.items()}}


def _coloured(colour: str, symptom: str) -> tuple[Status, str]:
    return _COLOURS.get(colour.lower(), Status.UNKNOWN), symptom or f"is {colour or 'of no colour'}"


def queues(found: Pipelines, *, warn: float, fail: float) -> Found:
    return {name: _queue(one, warn, fail) for name, one in found.ours.items()}


def _queue(pipeline: Pipeline, warn: float, fail: float) -> tuple[Status, str]:
    if not pipeline.started:
        return Status.FAIL, "did not start"
    if pipeline.queue is None:
        return Status.UNKNOWN, "does not tell its queue"
    if pipeline.queue.type == "memory":
        return Status.OK, ""
    share = _filled(pipeline.queue) if pipeline.queue.most else _filled(pipeline.queue.capacity)
    if share is None:
        return Status.UNKNOWN, "does not tell how full its queue is"
    status = Status.FAIL if share > fail else Status.WARN if share >= warn else Status.OK
    return status, f"its queue is {share:.0f}% full"


def _filled(capacity: Capacity | None) -> float | None:
    """Per cent."""
    return (
        None if capacity is None or capacity.size is None or not capacity.most else 100 * capacity.size / capacity.most
    )


def losses(found: Pipelines, *, lost: float) -> Found:
    """Events in dead letter queues wait for a person; those that a full one dropped, or an output lost, are gone."""
    return {name: max(_dead(one), _lost(one, lost), key=lambda each: each[0].rank) for name, one in found.ours.items()}


def _dead(pipeline: Pipeline) -> tuple[Status, str]:
    if not pipeline.started:
        return Status.FAIL, "did not start"
    letters = pipeline.dead_letters
    if letters is not None and letters.dropped:
        return Status.FAIL, f"its dead letter queue was full and dropped {letters.dropped:,} events"
    if letters is None or (letters.size is not None and letters.size <= _EMPTY):
        return Status.OK, ""
    if letters.size is None:
        return Status.UNKNOWN, "does not tell how full its dead letter queue is"
    share = _filled(letters)
    if share is not None and share >= 95:
        return Status.FAIL, f"its dead letter queue is {share:.0f}% full"
    return Status.WARN, f"{letters.size / 1_000:,.1f} kB of events wait in its dead letter queue"


def _lost(pipeline: Pipeline, limit: float) -> tuple[Status, str]:
    outputs = pipeline.plugins.outputs if pipeline.plugins is not None else []
    counted = [one.documents for one in outputs if one.documents is not None]
    lost, sent = sum(one.lost for one in counted), sum(one.successes for one in counted)
    if lost and lost >= limit * (lost + sent):
        return Status.WARN, f"{lost:,} events were refused by where they should go"
    return Status.OK, ""


def reloads(whole: Reloading, found: Pipelines) -> Found:
    """A configuration that was refused, and none accepted since: the one before it is in force."""
    told = {name: _reloaded(one.reloads) for name, one in found.ours.items()}
    explained = sum(one.reloads.failures for one in found.pipelines.values() if one.reloads is not None)
    if whole.reloads.failures > explained:
        told[""] = (Status.WARN, "a configuration was refused whose pipeline is not there")
    return told


def _reloaded(one: Reloads | None) -> tuple[Status, str]:
    if one is None:
        return Status.WARN, "does not tell of its reloads; it may not have started"
    if not one.failures and one.last_error is None:
        return Status.OK, ""
    if one.last_failure is not None and one.last_success is not None and one.last_success > one.last_failure:
        return Status.OK, ""
    why = f": {one.last_error.message}" if one.last_error is not None and one.last_error.message else ""
    if one.last_failure is None and one.last_error is None:
        return Status.WARN, f"{one.failures} reloads of its configuration failed, nobody knows when"
    return Status.FAIL, f"the last reload of its configuration failed{why}"


def memory(percent: float, *, warn: float, fail: float) -> Found:
    status = Status.FAIL if percent > fail else Status.WARN if percent >= warn else Status.OK
    return {"": (status, f"{percent:.0f}% of its memory is used")}
