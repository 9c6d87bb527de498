"""The states of a run: what each means for the morning, and for the record of changes."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.change import Result
from bot.integrations.terraform.shapes import Run


class Stage(StrEnum):
    """Where a run stands. UNKNOWN: in a state that we have never heard of."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    UNDER_WAY = "under way"
    UNKNOWN = "unknown"


_DONE: Final = frozenset({"applied", "planned_and_finished"})
_CANCELLED: Final = frozenset({"canceled", "force_canceled", "discarded"})
# For a person: to confirm, or to override a policy. `policy_checked` and `cost_estimated` are the last states before
# the confirmation where such checks run.
_WAITING: Final = frozenset(
    {
        "planned",
        "planned_and_saved",
        "cost_estimated",
        "policy_checked",
        "policy_override",
        "policy_soft_failed",
        "pre_plan_awaiting_decision",
        "post_plan_awaiting_decision",
        "pre_apply_awaiting_decision",
        "post_plan_completed",
    }
)
_CARRIES_ON: Final = frozenset({"planned", "cost_estimated", "policy_checked", "post_plan_completed"})
"""Of those, what a run that applies itself leaves by itself; an override or a decision it waits for like any other."""
_UNDER_WAY: Final = frozenset(
    {
        "pending",
        "fetching",
        "fetching_completed",
        "queuing",
        "plan_queued",
        "planning",
        "pre_plan_running",
        "pre_plan_completed",
        "post_plan_running",
        "cost_estimating",
        "policy_checking",
        "confirmed",
        "queuing_apply",
        "apply_queued",
        "pre_apply_running",
        "pre_apply_completed",
        "applying",
        "post_apply_running",
        "post_apply_completed",
    }
)
_RESULTS: Final = {
    Stage.DONE: Result.SUCCEEDED,
    Stage.FAILED: Result.FAILED,
    Stage.CANCELLED: Result.CANCELLED,
    Stage.WAITING: Result.RUNNING,
    Stage.UNDER_WAY: Result.RUNNING,
    Stage.UNKNOWN: Result.UNKNOWN,
}


def stage_of(status: str) -> Stage:
    for stage, states in (
        (Stage.DONE, _DONE),
        (Stage.CANCELLED, _CANCELLED),
        (Stage.WAITING, _WAITING),
        (Stage.UNDER_WAY, _UNDER_WAY),
    ):
        if status in states:
            return stage
    return Stage.FAILED if status == "errored" else Stage.UNKNOWN


def carries_on(run: Run) -> bool:
    """Whether it waits for nobody."""
    stage = stage_of(run.facts.status)
    return stage is Stage.UNDER_WAY or (run.facts.auto_apply and run.facts.status in _CARRIES_ON)


def result_of(status: str) -> Result:
    return _RESULTS[stage_of(status)]


def ended_at(run: Run) -> datetime | None:
    over = stage_of(run.facts.status) in (Stage.DONE, Stage.FAILED, Stage.CANCELLED)
    return run.changed_at if over else None
