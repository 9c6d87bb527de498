"""How the rules and alerts of Loki's ruler are judged."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.labels import key_of, line_of
from bot.integrations.loki.shapes import Alert, Rule, RuleGroup

_NEVER_QUIET: Final = "none"
"""The severity of alerts that fire by design."""
_PATIENCE: Final = timedelta(minutes=10)
"""A rule that was not evaluated for so long tells nothing; clocks may differ by some minutes."""


def ruler(found: Sequence[Alert], groups: Sequence[RuleGroup], now: datetime, *, paging: Collection[str]) -> Answer:
    """Firing with a paging severity and rules that cannot be evaluated fail; other firing and pending ones warn."""
    every = [(group, rule) for group in groups for rule in group.rules]
    if not every and not found:
        return Answer.unknown("Its ruler has no rules. If it is not used, set LOKI_RULER=false.")
    told = [_alert(one, paging) for one in found if one.labels.get("severity", "").lower() != _NEVER_QUIET]
    told += [one for group, rule in every if (one := _rule(group, rule, now, paging)) is not None]
    evidence = _once(told)
    if evidence:
        named = ", ".join(shown(f"{one.title} {one.detail}", limit=60) for one in evidence[:3])
        summary = shown(f"{len(evidence)} findings in {len(every)} rules: {named}", limit=220)
        status = worst(one.status for one in evidence)
        reason = summary if status is Status.UNKNOWN else None
        return Answer(status=status, summary=summary, evidence=evidence, reason=reason)
    if not any(rule.type != "recording" for _, rule in every):
        return Answer(status=Status.WARN, summary="Its ruler has no alerting rules, so nothing can fire")
    return Answer(status=Status.OK, summary=f"All {len(every)} rules are evaluated, none is firing")


def with_warnings(answer: Answer, warnings: Sequence[str]) -> Answer:
    """Warnings mean that the data may be in part, so that no ok can rest on it."""
    if not warnings:
        return answer
    summary = shown(f"{answer.summary}; Loki warns: {shown(warnings[0], limit=80)}", limit=220)
    return replace(answer, status=worst((answer.status, Status.WARN)), summary=summary)


def _alert(one: Alert, paging: Collection[str]) -> Evidence:
    name, severity = one.labels.get("alertname", ""), one.labels.get("severity", "")
    calls = one.state != "pending" and severity.lower() in paging
    words = one.annotations.get("summary", "")
    return Evidence(
        key=key_of(name, one.labels),
        title=shown(f"{name}: {words}" if words else name),
        status=Status.FAIL if calls else Status.WARN,
        since=one.active_at if one.active_at is not None and one.active_at.year > 1 else None,
        detail=shown(f"{one.state}, severity {severity or 'not set'}; {line_of(one.labels)}"),
    )


def _rule(group: RuleGroup, rule: Rule, now: datetime, paging: Collection[str]) -> Evidence | None:
    findings = [_health(rule), _evaluated(group, rule, now), _state(rule, paging)]
    status, words = max(findings, key=lambda one: one[0].rank)
    if status is Status.OK:
        return None
    return Evidence(
        key=key_of(rule.name, {**rule.labels, "\x00group": group.name, "\x00file": group.file, "\x00type": rule.type}),
        title=shown(f"{rule.name} ({group.name})"),
        status=status,
        detail=shown(words),
    )


def _health(rule: Rule) -> tuple[Status, str]:
    match rule.health.lower():
        case "ok":
            return Status.OK, ""
        case "err" | "error":
            return Status.FAIL, f"cannot be evaluated: {rule.last_error}" if rule.last_error else "cannot be evaluated"
        case "unknown" | "":
            return Status.WARN, "not evaluated yet"
        case other:
            return Status.UNKNOWN, f"has the health {other}, which we do not know"


def _evaluated(group: RuleGroup, rule: Rule, now: datetime) -> tuple[Status, str]:
    last = rule.last_evaluation
    if last is None or now - last <= max(5 * timedelta(seconds=min(max(group.interval, 0), 86_400)), _PATIENCE):
        return Status.OK, ""
    return Status.WARN, "not evaluated yet" if last.year <= 1 else f"not evaluated since {last:%d %b %H:%M} UTC"


def _state(rule: Rule, paging: Collection[str]) -> tuple[Status, str]:
    """Its alerts say more, but it alone may be there."""
    severity = rule.labels.get("severity", "").lower()
    if rule.type == "recording" or severity == _NEVER_QUIET or rule.state in ("inactive", ""):
        return Status.OK, ""
    calls = rule.state != "pending" and severity in paging
    return Status.FAIL if calls else Status.WARN, rule.state


def _once(found: Iterable[Evidence]) -> Sequence[Evidence]:
    """Each finding once, in its worst state; the worst first."""
    kept = {one.key: one for one in sorted(found, key=lambda one: one.status.rank)}
    return sorted(kept.values(), key=lambda one: (-one.status.rank, one.key))
