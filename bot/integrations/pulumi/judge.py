"""How the drift runs and newest updates of Pulumi Cloud's stacks are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.findings import counted
from bot.integrations.foreign import shown
from bot.integrations.pulumi.preview import SAME
from bot.integrations.pulumi.shapes import DriftRun, DriftStatus, Stack, Update

_TITLE: Final = 80
_KEY: Final = 150
_AHEAD: Final = timedelta(hours=1)
"""Clocks differ; what was made later than that tells nothing."""
LOSING: Final = frozenset(
    {"delete", "replace", "create-replacement", "delete-replaced", "import-replacement", "remove-pending-replace"}
)

Drift = tuple[DriftStatus, DriftRun | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A stack with what was to be found of it: a value, None for none, or why it could not be read."""

    stack: Stack
    told: Drift | Update | VendorError | None


def drift(seen: Sequence[Seen], missing: Sequence[str], now: datetime, oldest: timedelta) -> Answer:
    """By each stack's newest drift run. One that was never looked at may have drifted without anybody knowing."""
    if not seen and not missing:
        return Answer.unknown("The token sees no stack, so nothing says whether something drifted")
    evidence = [*map(_gone, missing)]
    for one in seen:
        if isinstance(one.told, tuple):
            status, words, since = _drifted(*one.told, now, oldest)
            evidence.append(_evidence(one.stack, status, words, since))
        else:
            evidence.append(_evidence(one.stack, Status.UNKNOWN, f"its drift cannot be read: {one.told}"))
    return counted(evidence, f"No drift in {len(seen)} stacks", len(evidence), "stacks")


def _drifted(
    told: DriftStatus, run: DriftRun | None, now: datetime, oldest: timedelta
) -> tuple[Status, str, datetime | None]:
    if not told.latest:
        return Status.WARN, "was never checked, so nobody knows whether it drifted", None
    if run is None:
        return Status.UNKNOWN, "no drift run came to an end yet", None
    if run.created is None or run.created > now + _AHEAD:
        return Status.UNKNOWN, "it is not told when it was checked", None
    found: list[tuple[Status, str]] = []
    changes = _changing(run.found.changes if run.found is not None else {})
    age = now - run.created
    if age > oldest:
        found.append((Status.FAIL, f"no data: last checked {age.total_seconds() / 3600:.0f} h ago"))
    if run.status == "failed" or (run.found is not None and run.found.status == "failed"):
        found.append((Status.FAIL, "the drift run itself failed, so it tells nothing"))
    elif told.detected or run.detected or changes:
        lost = LOSING & changes.keys()
        numbers = ", ".join(f"{count} {shown(op, limit=30)}" for op, count in sorted(changes.items())[:6])
        found.append((Status.FAIL if lost else Status.WARN, f"drifted: {numbers}" if numbers else "drifted"))
    elif told.detected is None and run.detected is None:
        found.append((Status.UNKNOWN, "it is not told whether it drifted"))
    return worst((Status.OK, *(status for status, _ in found))), "; ".join(words for _, words in found), run.created


def _changing(counts: Mapping[str, int]) -> Mapping[str, int]:
    return {op: count for op, count in counts.items() if count and op not in SAME}


def updates(seen: Sequence[Seen], missing: Sequence[str], watched: bool, now: datetime, stuck: timedelta) -> Answer:  # noqa: FBT001 - the third of five
    """By each stack's newest update. `watched`: they are named in the settings, so that each must have one."""
    if not seen and not missing:
        return Answer.unknown("The token sees no stack, so nothing says how its updates went")
    evidence = [*map(_gone, missing)]
    for one in seen:
        if isinstance(one.told, Update):
            status, words = _stands(one.told, now, stuck)
            evidence.append(_evidence(one.stack, status, words, one.told.info.ended or one.told.info.started))
        elif one.told is not None:
            evidence.append(_evidence(one.stack, Status.UNKNOWN, f"its updates cannot be read: {one.told}"))
        elif watched or one.stack.last_update is not None:
            words = "its updates are not shown" if one.stack.last_update is not None else "was never updated"
            evidence.append(_evidence(one.stack, Status.UNKNOWN, f"{words}, so nothing says how it is"))
    if not evidence:
        return Answer.unknown(f"None of {len(seen)} stacks was ever updated")
    return counted(evidence, f"The newest updates of {len(evidence)} stacks went well", len(evidence), "stacks")


def _stands(update: Update, now: datetime, stuck: timedelta) -> tuple[Status, str]:
    info = update.info
    kind = shown(info.kind, limit=30) or "update"
    if info.result == "succeeded":
        return Status.OK, f"{kind} succeeded"
    if info.result == "failed":
        return Status.FAIL, f"its newest {kind} failed"
    if info.result not in ("in-progress", "not-started"):
        return Status.UNKNOWN, f"its newest {kind} ended in a way that we do not know: {info.result or 'not told'}"
    age = now - info.started if info.started is not None else None
    if age is None or age > stuck:
        hours = f" for {age.total_seconds() / 3600:.0f} h" if age is not None else ""
        return Status.WARN, f"its newest {kind} is {info.result.replace('-', ' ')}{hours}; stuck?"
    return Status.OK, f"{kind} under way"


def _gone(name: str) -> Evidence:
    return Evidence(
        key=f"stack:{shown(name, limit=_KEY)}",
        title=shown(name, limit=_TITLE) or "a stack",
        status=Status.UNKNOWN,
        detail="is not there, or the token may not see it. Check PULUMI_STACKS and the token's rights",
    )


def _evidence(stack: Stack, status: Status, words: str, since: datetime | None = None) -> Evidence:
    return Evidence(
        key=key_of(stack),
        title=shown(stack.short, limit=_TITLE) or "a stack",
        status=status,
        since=since,
        detail=shown(words),
    )


def key_of(stack: Stack) -> str:
    return f"stack:{shown(stack.short, limit=_KEY)}"
