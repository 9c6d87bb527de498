"""How Grafana's rules and data sources are judged."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.foreign import shown
from bot.integrations.grafana.shapes import DataSource, DataSourceHealth, Rule, RuleGroup
from bot.integrations.labels import key_of

_REASONS: Final[Mapping[str, Status]] = {"nodata": Status.WARN, "error": Status.FAIL}
"""`Normal (Error)` is an error that somebody chose to call normal."""
_HIDDEN: Final = "Folders that its token may not see are left out without a word"


def rules(groups: Sequence[RuleGroup], now: datetime, *, paging: Collection[str]) -> Answer:
    """Firing with a paging severity and rules that cannot be evaluated fail; pending and without data warn."""
    every = [(group, rule) for group in groups for rule in group.rules]
    if not every:
        return Answer.unknown(f"No rule is to be seen. {_HIDDEN}: give it the right to read alert rules in them.")
    running = [(group, rule) for group, rule in every if not rule.paused]
    found = [_rule(group, rule, now, paging) for group, rule in running]
    evidence = sorted((one for one in found if one is not None), key=lambda one: (-one.status.rank, one.key))
    paused = f", {len(every) - len(running)} paused" if len(every) > len(running) else ""
    able = sum(rule.type != "recording" for _, rule in running)
    if evidence:
        named = ", ".join(shown(f"{one.title} {one.detail}", limit=50) for one in evidence[:3])
        summary = shown(f"{len(evidence)} of {len(running)} rules in trouble{paused}: {named}", limit=220)
        status = worst(one.status for one in evidence)
        return Answer(
            status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
        )
    if not able:
        return Answer(status=Status.WARN, summary=f"No alerting rule is running, so nothing can fire{paused}")
    return Answer(status=Status.OK, summary=f"All {len(running)} rules are evaluated, none is firing{paused}")


def _rule(group: RuleGroup, rule: Rule, now: datetime, paging: Collection[str]) -> Evidence | None:
    status, words = max(_findings(group, rule, now, paging), key=lambda one: one[0].rank)
    if status is Status.OK:
        return None
    began = [
        one.active_at
        for one in rule.alerts
        if one.active_at is not None and one.active_at.year > 1 and not one.state.lower().startswith("normal")
    ]
    return Evidence(
        key=f"rule:{shown(rule.uid, limit=60)}"
        if rule.uid
        else key_of(rule.name, {"group": group.name, "": group.file}),
        title=shown(f"{rule.name} ({group.file}/{group.name})" if group.file else f"{rule.name} ({group.name})"),
        status=status,
        since=min(began, default=None),
        detail=shown(words),
    )


def _findings(group: RuleGroup, rule: Rule, now: datetime, paging: Collection[str]) -> Sequence[tuple[Status, str]]:
    """Everything that a rule's state, health, instances and last evaluation say; the worst counts."""
    found = [_health(rule), _evaluated(group, rule, now)]
    if rule.type != "recording":
        severity = rule.labels.get("severity", "")
        calls = severity.lower() in paging
        found += [_state(rule.state, severity, calls=calls)]
        found += [_instance(one.state, severity, calls=calls) for one in rule.alerts]
    return found


def _health(rule: Rule) -> tuple[Status, str]:
    match rule.health.lower():
        case "ok":
            return Status.OK, ""
        case "nodata":
            return Status.WARN, "gets no data"
        case "error" | "err":
            return Status.FAIL, f"cannot be evaluated: {rule.last_error}" if rule.last_error else "cannot be evaluated"
        case "unknown" | "":
            return Status.WARN, "not evaluated yet"
        case other:
            return Status.UNKNOWN, f"has the health {other}, which we do not know"


def _evaluated(group: RuleGroup, rule: Rule, now: datetime) -> tuple[Status, str]:
    last = rule.last_evaluation
    if last is None or not group.neglected(rule, now):
        return Status.OK, ""
    return Status.WARN, "not evaluated yet" if last.year <= 1 else f"not evaluated since {last:%d %b %H:%M} UTC"


def _state(state: str, severity: str, *, calls: bool) -> tuple[Status, str]:
    match state.lower():
        case "inactive" | "normal":
            return Status.OK, ""
        case "firing" | "alerting":
            return Status.FAIL if calls else Status.WARN, f"firing, severity {severity or 'not set'}"
        case "pending" | "recovering":
            return Status.WARN, f"{state.lower()}, severity {severity or 'not set'}"
        case other:
            return Status.UNKNOWN, f"has the state {other or 'of nothing'}, which we do not know"


def _instance(state: str, severity: str, *, calls: bool) -> tuple[Status, str]:
    name, _, reason = state.lower().partition(" (")
    if name in _REASONS:
        return _REASONS[name], "gets no data" if name == "nodata" else "cannot be evaluated"
    status, words = _state(name, severity, calls=calls)
    odd = _REASONS.get(reason.rstrip(") "), Status.OK)
    return (odd, f"{state}, whatever it is set to be called") if odd.rank > status.rank else (status, words)


def data_sources(found: Sequence[tuple[DataSource, DataSourceHealth | VendorError | None]]) -> Answer:
    """One that answers with an error fails; one that cannot be asked about itself warns."""
    if not found:
        return Answer.unknown(
            "No data source is to be seen. Those its token may not read are left out: give it datasources:read."
        )
    judged = [(source, *_source(health)) for source, health in found]
    evidence = [
        Evidence(key=f"datasource:{shown(source.uid, limit=80)}", title=shown(source.name), status=status, detail=words)
        for source, status, words in judged
        if status is not Status.OK
    ]
    if not evidence:
        return Answer(status=Status.OK, summary=f"All {len(found)} data sources answer")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    named = ", ".join(shown(f"{one.title}: {one.detail}", limit=70) for one in evidence[:2])
    summary = shown(f"{len(evidence)} of {len(found)} data sources to look at: {named}", limit=220)
    status = worst(one.status for one in evidence)
    return Answer(
        status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
    )


def _source(health: DataSourceHealth | VendorError | None) -> tuple[Status, str]:
    if isinstance(health, VendorError):
        return Status.UNKNOWN, shown(health)
    if health is None:
        return Status.WARN, "its plugin has no health check"
    match health.status.upper():
        case "OK":
            return Status.OK, ""
        case "ERROR":
            return Status.FAIL, shown(health.message) or "answers with an error"
        case "UNKNOWN":
            return Status.WARN, shown(health.message) or "does not know its own health"
        case other:
            return Status.UNKNOWN, shown(f"has the health {other}, which we do not know")
