"""What OPA's answers and Conftest's output mean."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.report import KeptReport
from bot.integrations.foreign import shown
from bot.integrations.opa.facts import Facts, Finding
from bot.integrations.opa.shapes import Bundle, Plugin
from bot.integrations.reports import Posted

_MOST: Final = 20
"""Failures that a run shows one by one."""
# https://www.openpolicyagent.org/docs/latest/management-status/#fields
_STATES: Final[Mapping[str, Status]] = {
    "OK": Status.OK,
    "WARN": Status.WARN,
    "NOT_READY": Status.FAIL,
    "ERROR": Status.FAIL,
}


def bundle(name: str, found: Bundle, now: datetime, oldest: timedelta) -> Evidence:
    """One that is activated and whose server answered lately is well."""
    status, detail = Status.OK, f"activated {_when(found.activated_at)}"
    if found.revision:
        detail = f"revision {found.revision[:40]}, {detail}"
    if found.code or found.message or found.errors:
        why = found.message or found.code or str(found.errors[0])
        status, detail = Status.FAIL, f"not taken over: {why}"
    elif found.activated_at is None:
        status, detail = Status.FAIL, "never activated"
    elif found.asked_at is None:
        status, detail = Status.UNKNOWN, f"{detail}; when its server last answered is not told"
    elif now - found.asked_at > oldest:
        minutes = (now - found.asked_at) // timedelta(minutes=1)
        status, detail = Status.FAIL, f"its server answered {minutes} minutes ago for the last time; {detail}"
    return _told(f"bundle: {name}", f"bundle {name}", status, detail, found.activated_at)


def plugin(name: str, found: Plugin | None) -> Evidence:
    state = found.state if found is not None else ""
    status = _STATES.get(state, Status.UNKNOWN)
    return _told(f"plugin: {name}", f"plugin {name}", status, f"{state or 'no state'} {found.message if found else ''}")


def decision(path: str, *, defined: bool) -> Evidence:
    """Who asks OPA takes an undefined decision for a no, or fails."""
    if defined:
        return _told(path, path, Status.OK, "is defined")
    return _told(path, path, Status.FAIL, "is undefined: no rule of that path, or none that holds without an input")


def run(posted: Posted) -> Sequence[Evidence]:
    """A run of Conftest."""
    if posted.missing is not None:
        return [posted.missing]
    facts = _facts_of(posted.newest)
    if facts is None:
        return [_told(f"{posted.name}: unknown", posted.name, Status.UNKNOWN, "its report cannot be read (any more)")]
    if facts.failed:
        return [_told(f"{posted.name}: no data", posted.name, Status.FAIL, f"no data: {facts.failed}")]
    earlier = _facts_of(posted.earlier)
    before = None if earlier is None or earlier.failed else {one.key for one in earlier.failures}
    return _failures(posted.name, facts, before) or [_passed(posted.name, facts)]


def summed(evidence: Sequence[Evidence], well: str) -> Answer:
    """The worst first."""
    ordered = sorted(evidence, key=lambda one: -one.status.rank)
    status = worst(one.status for one in ordered)
    if status is Status.OK:
        return Answer(status=status, summary=well, evidence=ordered)
    bad = len({one.title for one in ordered if one.status is not Status.OK})
    first = ordered[0]
    summary = shown(
        f"{bad} of {len({one.title for one in ordered})} to look at: {first.title}: {first.detail}", limit=200
    )
    reason = f"{first.title}: {first.detail}" if status is Status.UNKNOWN else None
    return Answer(status=status, summary=summary, evidence=ordered, reason=shown(reason) if reason else None)


def _failures(name: str, facts: Facts, before: set[tuple[str, str, str]] | None) -> Sequence[Evidence]:
    found = [
        _told(f"{name[:60]}: {one.words}", name, Status.FAIL, f"failed{_new(one, before)}: {one.words}")
        for one in facts.failures[:_MOST]
    ]
    rest = facts.failure_count - len(found)
    if rest:
        found.append(_told(f"{name}: more failures", name, Status.FAIL, f"and {rest} more failed"))
    if facts.warning_count:
        such = f", such as {facts.warnings[0].words}" if facts.warnings else ""
        found.append(_told(f"{name}: warnings", name, Status.WARN, f"{facts.warning_count} warned{such}"))
    return found


def _passed(name: str, facts: Facts) -> Evidence:
    if not facts.tests:
        words = f"not one policy applied to its {facts.files} files: nothing was tested"
        return _told(f"{name}: nothing tested", name, Status.UNKNOWN, words)
    if facts.exit_code:
        words = f"conftest ended with {facts.exit_code}, though no test failed"
        return _told(f"{name}: exit status", name, Status.UNKNOWN, words)
    excepted = f", {facts.exceptions} excepted" if facts.exceptions else ""
    return _told(f"{name}: tests", name, Status.OK, f"{facts.tests} tests passed{excepted}")


def _facts_of(kept: KeptReport | None) -> Facts | None:
    """None for what an older version of ours kept in another shape, too."""
    if kept is None:
        return None
    try:
        facts = Facts.model_validate(kept.report.facts)
    except ValidationError:
        return None
    return facts if facts.failed or facts.files else None


def _new(one: Finding, before: set[tuple[str, str, str]] | None) -> str:
    return " (new)" if before is not None and one.key not in before else ""


def _when(moment: datetime | None) -> str:
    return f"{moment:%d %b %H:%M} UTC" if moment is not None else "never"


def _told(key: str, title: str, status: Status, detail: str, since: datetime | None = None) -> Evidence:
    return Evidence(key=shown(key, limit=190), title=shown(title), status=status, detail=shown(detail), since=since)
