"""How Datadog's SLOs are judged: by what is left of the error budget in each of their time frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.datadog.shapes import History, Slo, Threshold
from bot.integrations.foreign import shown

FRAMES: Final[Mapping[str, timedelta]] = {
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
_STATES: Final[Mapping[str, Status]] = {
    "": Status.OK,
    "ok": Status.OK,
    "warning": Status.WARN,
    "breached": Status.FAIL,
}
"""What Datadog itself says of it, where it does."""
_BEHIND: Final = timedelta(hours=1)
"""A history that ends so long before we asked is of another time."""


@dataclass(frozen=True, slots=True)
class Goal:
    """An SLO in one of its time frames. No threshold: it says none."""

    slo: Slo
    threshold: Threshold | None

    @property
    def lasting(self) -> timedelta | None:
        return FRAMES.get(self.threshold.timeframe) if self.threshold is not None else None

    @property
    def key(self) -> str:
        frame = self.threshold.timeframe if self.threshold is not None else ""
        return f"slo:{shown(self.slo.id, limit=100)}:{shown(frame, limit=20)}"


def goals(slos: Sequence[Slo]) -> Sequence[Goal]:
    return [Goal(slo, threshold) for slo in slos for threshold in (slo.goals or (None,))]


def judged(
    told: Sequence[tuple[Goal, History | VendorError | None]],
    until: int,
    *,
    words: Callable[[Sequence[object]], str],
    warn: float,
    fail: float,
) -> Answer:
    """Budget used up fails, little left warns; what could not be measured is unknown."""
    evidence = []
    for goal, history in told:
        status, detail = Status.UNKNOWN, _unmeasured(goal, history, until, words)
        if not detail and goal.threshold is not None and isinstance(history, History) and history.sli is not None:
            left = _left(goal.threshold, history.sli, history.budgets)
            status, detail = _measured(goal.threshold, history.sli, left, warn=warn, fail=fail)
            status = max(status, _STATES.get(history.overall.state.lower(), Status.UNKNOWN), key=lambda one: one.rank)
        if status is not Status.OK:
            title = shown(goal.slo.name) or f"SLO {shown(goal.slo.id, limit=40)}"
            evidence.append(Evidence(key=goal.key, title=title, status=status, detail=shown(detail)))
    slos = len({goal.slo.id for goal, _ in told})
    if not evidence:
        return Answer(status=Status.OK, summary=f"All {slos} SLOs have more than {warn:g}% of their error budget left")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    named = ", ".join(f"{shown(one.title, limit=50)}: {shown(one.detail, limit=60)}" for one in evidence[:3])
    summary = shown(f"{len(evidence)} of {len(told)} objectives to look at: {named}", limit=220)
    verdict = worst(one.status for one in evidence)
    return Answer(
        status=verdict, summary=summary, evidence=evidence, reason=summary if verdict is Status.UNKNOWN else None
    )


def _unmeasured(
    goal: Goal, history: History | VendorError | None, until: int, words: Callable[[Sequence[object]], str]
) -> str:
    """Why nothing can be said of a goal; empty when it can."""
    if goal.threshold is None:
        return "has no target"
    frame = goal.threshold.timeframe or "no time frame"
    if goal.lasting is None:
        return f"{frame}: how long that lasts is not told"
    if not isinstance(history, History):
        return f"{frame}: {history or 'not asked'}"
    if history.faults:
        return f"{frame}: {words(history.faults)}"
    if history.sli is None or history.overall.state.lower() == "no_data":
        return f"{frame}: no data"
    old = history.data and history.data.to_ts is not None and until - history.data.to_ts > _BEHIND.total_seconds()
    return f"{frame}: the history that it gives is old" if old else ""


def _measured(threshold: Threshold, sli: float, left: float, *, warn: float, fail: float) -> tuple[Status, str]:
    told = f"{threshold.timeframe}: {sli:.6g}% of {threshold.target:g}%, {left:.3g}% of the error budget left"
    if left < fail or sli < threshold.target:
        return Status.FAIL, told
    below = threshold.warning is not None and sli < threshold.warning
    return Status.WARN if left <= warn or below else Status.OK, told


def _left(threshold: Threshold, sli: float, told: Mapping[str, float | None]) -> float:
    """The worse of what is told and what follows from the SLI and its target, in percent."""
    room, short = 100 - threshold.target, sli - threshold.target
    followed = short / room * 100 if room > 0 else (100.0 if short >= 0 else -100.0)
    given = [told.get(key) for key in ("custom", threshold.timeframe)]
    return min(followed, 100.0, *(one for one in given if one is not None))
