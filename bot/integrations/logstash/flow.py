"""Whether events move through a pipeline: by Logstash's own rates, or by two looks at its counters."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Status
from bot.integrations.logstash.shapes import Pipeline, Pipelines

LONG_ENOUGH: Final = timedelta(minutes=10)
"""After so long without an event a pipeline has stopped; before that it may be a quiet one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the counters of a node's pipelines were at a moment. They begin anew when the node does."""

    at: datetime
    run: str
    came: Mapping[str, int]
    went: Mapping[str, int]

    @staticmethod
    def of(found: Pipelines, at: datetime) -> "Look":
        events = {name: one.events for name, one in found.ours.items() if one.events is not None}
        return Look(
            at=at,
            run=found.ephemeral_id,
            came={name: one.came for name, one in events.items()},
            went={name: one.went for name, one in events.items()},
        )

    def since(self, before: "Look | None", pipeline: str) -> "Moved | None":
        """What moved since an earlier look; None when nothing can be said, as after a restart or a reload."""
        if before is None or before.run != self.run or pipeline not in before.came:
            return None
        came, went = self.came[pipeline] - before.came[pipeline], self.went[pipeline] - before.went[pipeline]
        return Moved(came=came, went=went, within=self.at - before.at) if came >= 0 and went >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    came: int
    went: int
    within: timedelta


def needs_second_look(found: Pipelines) -> bool:
    """Whether a pipeline does not tell its rates (before 8.5, or just begun)."""
    return any(one.started and rates(one) is None for one in found.ours.values())


def rates(pipeline: Pipeline) -> tuple[float, float] | None:
    """Events a second that came in and went out of late."""
    if pipeline.flow is None:
        return None
    came, went = pipeline.flow.came.recent, pipeline.flow.went.recent
    return None if came is None or went is None or math.isnan(came) or math.isnan(went) else (came, went)


def judged(pipeline: Pipeline, moved: Moved | None, long: Moved | None, *, backpressure: float) -> tuple[Status, str]:
    """`moved` is between two looks of now, `long` since one of some time ago."""
    if not pipeline.started:
        return Status.FAIL, "did not start"
    found = [_pressed(pipeline, backpressure), _stopped(long)]
    told = rates(pipeline)
    if told is not None:
        found.append(_rates(*told))
    elif moved is not None:
        found.append(_moved(moved))
    else:
        found.append((Status.UNKNOWN, "its counters began anew while we looked"))
    return max(found, key=lambda one: one[0].rank)


def _stopped(long: Moved | None) -> tuple[Status, str]:
    if long is None or long.within < LONG_ENOUGH:
        return Status.OK, ""
    minutes = int(long.within.total_seconds() // 60)
    if not long.came:
        return Status.FAIL, f"no event came in for {minutes} minutes"
    return (Status.OK, "") if long.went else (Status.FAIL, f"no event went out for {minutes} minutes")


def _rates(came: float, went: float) -> tuple[Status, str]:
    if came > 0 and went <= 0:
        return Status.FAIL, f"takes in {came:,.1f} events a second and gives none out"
    return (Status.OK, "") if came > 0 else (Status.WARN, "no event came in of late")


def _moved(moved: Moved) -> tuple[Status, str]:
    if not moved.came:
        return Status.WARN, "no event came in while we looked"
    return (Status.OK, "") if moved.went else (Status.WARN, "events came in and none went out while we looked")


def _pressed(pipeline: Pipeline, limit: float) -> tuple[Status, str]:
    pressure = pipeline.flow.backpressure.recent if pipeline.flow is not None else None
    if pressure is None:
        return Status.OK, ""
    if math.isnan(pressure):
        return Status.UNKNOWN, "its backpressure is not a number"
    return (
        (Status.WARN, f"inputs wait for its queue (backpressure {pressure:.2f})")
        if pressure > limit
        else (Status.OK, "")
    )
