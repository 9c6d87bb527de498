"""The settings file read again while the bot runs: taken over as a whole, or not at all."""

from collections.abc import Sequence

from bot.connecting import heartbeat_tokens, switched_on
from bot.domain.plan import Plan
from bot.features.operations.plans import Reread
from bot.settings import BadSettings, PlanFile, Settings, load_plan


def read_again(settings: Settings, file: PlanFile, now: Plan) -> tuple[Plan, Reread]:
    """The plan that holds from here on, and how it went. `file` is what was read at the start, `now` what holds."""
    try:
        read = load_plan(settings, file.path)
        # What would stop the next start is told today.
        switched_on(read.plan)
        heartbeat_tokens(read.plan)
    except BadSettings as error:
        return now, Reread(path=str(file.path) if file.path else None, problems=str(error).splitlines())
    return read.plan, Reread(
        path=str(read.path) if read.path else None,
        changed=[name for name in Plan.model_fields if getattr(now, name) != getattr(read.plan, name)],
        later=_later(now, read.plan),
    )


def _later(before: Plan, after: Plan) -> Sequence[str]:
    """What is read only when the bot starts: connections, tokens, the names of the commands."""
    parts = {
        "systems": before.systems != after.systems,
        "heartbeats": before.heartbeats != after.heartbeats,
        "checklist.thresholds": before.checklist.thresholds != after.checklist.thresholds,
        "slack": before.slack != after.slack,
    }
    return [name for name, changed in parts.items() if changed]
