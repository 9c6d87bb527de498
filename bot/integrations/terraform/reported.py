"""How the plans that CI posted are judged: how old, whether they came to an end, drift, and what is not applied."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.domain.check import Answer, Status
from bot.integrations.foreign import shown
from bot.integrations.reports import Posted, Verdicts, judged
from bot.integrations.terraform.plan import Plan, Touched

_LOSING: Final = frozenset({"delete", "replace"})


def plans(found: Sequence[Posted], many: float) -> Answer:
    """`many`: from how many drifted resources on it is bad."""
    well = f"Nothing drifted and all is applied in {len(found)} workspaces"
    return judged(found, lambda facts: _read(Plan.model_validate(facts), many), kind="plan", things="plans", well=well)


def _read(plan: Plan, many: float) -> Verdicts:
    if plan.failed:
        code = f" with {plan.exit_code}" if plan.exit_code is not None else ""
        words = f"{plan.errors} errors" if plan.errors else f"it ended{code} before its summary"
        return [(Status.FAIL, f"the plan itself failed ({words}), so it tells nothing")]
    found: list[tuple[Status, str]] = []
    if plan.drifted:
        found.append((_weight(plan, many), f"drifted: {_told(plan.drifted, plan.drift)}"))
        # What Terraform would do to mend the drift is no news; what it would do elsewhere is.
        others = sum(plan.changing.values()) - sum(plan.drifted.values())
        found += [(Status.WARN, f"{others} more changes are not applied")] if others > 0 else []
    elif plan.changing or plan.outputs or plan.exit_code == 2:
        told = _told(plan.changing, plan.changes) if plan.changing else "outputs only"
        found.append((Status.WARN, f"not applied: {told}"))
    found += [
        (Status.FAIL if one.kind == "error" else Status.WARN, f"{one.address}: {_CHECKS.get(one.kind, 'not known')}")
        for one in plan.checks
    ]
    if not plan.complete:
        found.append((Status.WARN, "a part of the plan was put off, so it does not tell everything"))
    return found or [(Status.OK, "nothing drifted, all is applied")]


_CHECKS: Final[Mapping[str, str]] = {"fail": "the check failed", "error": "the check could not be made"}


def _weight(plan: Plan, many: float) -> Status:
    """What vanished, or would be made anew to mend it, is worse than what was edited."""
    touched = {one.address for one in plan.drift}
    lost = any(kind in _LOSING or kind == "unknown" for kind in plan.drifted) or any(
        one.kind in _LOSING for one in plan.changes if one.address in touched
    )
    return Status.FAIL if lost or sum(plan.drifted.values()) >= many else Status.WARN


def _told(counts: Mapping[str, int], touched: Sequence[Touched]) -> str:
    """How many of which kind, and the first of them by name."""
    numbers = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    named = ", ".join(shown(one.address, limit=60) for one in touched[:3])
    return f"{numbers} ({named})" if named else numbers
