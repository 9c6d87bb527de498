"""How the results of a team's own expressions are judged."""

import math
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import Refused
from bot.integrations.foreign import shown
from bot.integrations.labels import key_of, line_of
from bot.integrations.prometheus.judge import Limits
from bot.integrations.prometheus.query import Query

_TOLD: Final = 20


class Result(BaseModel):
    """https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats"""

    kind: str = Field(alias="resultType")
    # Any: its shape depends on the kind.
    result: Any


class Sample(BaseModel):
    """A native histogram has no value."""

    metric: dict[str, str]
    value: tuple[float, str] | None = None


def judge(query: Query, found: Result, limits: Limits, title: str) -> Answer:
    samples = samples_of(found, title)
    if query.empty == "ok":
        # NaN is nothing found; a native histogram is something found that is no number.
        samples = [one for one in samples if one.value is None or number(one.value[1]) is not None]
        if not samples:
            return Answer(status=Status.OK, summary=f"{query.name}: nothing found, as it should be")
    evidence = [_evidence(query, one, limits) for one in samples]
    if not evidence:
        return Answer.unknown(f"{query.name}: no value where one was expected")
    ordered = sorted(evidence, key=lambda one: (-one.status.rank, one.key))
    status = worst(one.status for one in ordered)
    bad = [one for one in ordered if one.status is not Status.OK]
    lead = ordered[0]
    told = f"{query.name}: {lead.title} is {lead.detail}{_limits(query, limits)}"
    many = f" ({len(bad)} of {len(ordered)} series)" if len(ordered) > 1 and bad else ""
    summary = shown(told + many)
    if not bad:
        summary = f"{query.name}: {len(ordered)} {'value' if len(ordered) == 1 else 'values'} in range"
        summary += _limits(query, limits)
    return Answer(
        status=status, summary=summary, evidence=bad[:_TOLD], reason=summary if status is Status.UNKNOWN else None
    )


def samples_of(found: Result, title: str) -> Sequence[Sample]:
    try:
        if found.kind == "vector":
            return TypeAdapter(list[Sample]).validate_python(found.result)
        if found.kind == "scalar":
            return [Sample(metric={}, value=TypeAdapter(tuple[float, str]).validate_python(found.result))]
    except ValidationError:
        raise Refused(f"{title} answered in a form we do not know (result)") from None  # the original quotes it
    kind = shown(found.kind, limit=20)
    raise Refused(f"{title} answers this expression with a {kind}; write one that gives a number a series")


def _evidence(query: Query, one: Sample, limits: Limits) -> Evidence:
    value = number(one.value[1]) if one.value is not None else None
    name = one.metric.get("__name__", query.name)
    return Evidence(
        key=key_of(query.name, one.metric),
        title=shown(line_of(one.metric) or name),
        status=_status(query, value, limits),
        detail="no number" if value is None else f"{value:.4g}",
    )


def number(text: str) -> float | None:
    """NaN is no data: nothing was measured, or nought was divided by nought."""
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def _status(query: Query, value: float | None, limits: Limits) -> Status:
    if value is None:
        return Status.UNKNOWN
    sign = -1 if query.below else 1
    if value * sign >= limits.fail * sign:
        return Status.FAIL
    return Status.WARN if value * sign >= limits.warn * sign else Status.OK


def _limits(query: Query, limits: Limits) -> str:
    named = (("warns", limits.warn), ("fails", limits.fail))
    told = [f"{verb} at {limit:.4g}" for verb, limit in named if math.isfinite(limit)]
    return f" ({', '.join(told)}{' and below' if query.below else ''})"
