"""How Prometheus' answers are judged: what is ok, what a person should look at, what is broken."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.labels import key_of, line_of, without
from bot.integrations.prometheus.shapes import Alertmanagers, FiringOrPending, Rule, RuleGroup, Runtime, Target

_NEVER_QUIET: Final = "none"
"""The severity of alerts that fire by design, such as Watchdog."""
_NEVER: Final = "not looked at yet"
_BEFORE: Final = "not looked at since then"
_LARGE_SHARE: Final = 4
"""One in so many targets down is no longer a small share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From how many findings on a check warns or fails."""

    warn: float
    fail: float

    def of(self, count: int) -> Status:
        if count and count >= self.fail:
            return Status.FAIL
        return Status.WARN if count and count >= self.warn else Status.OK


def alerts(
    found: Sequence[FiringOrPending],
    rules: Sequence[RuleGroup],
    *,
    paging: Collection[str],
    replicas: Collection[str],
    limits: Limits,
    now: datetime,
) -> Answer:
    """Firing with a paging severity fails; other firing and pending ones warn. Rules that could fire must be there."""
    alerting = [(group, rule) for group in rules for rule in group.rules if rule.type == "alerting"]
    able, asleep = len(alerting), sum(group.neglected(rule, now) for group, rule in alerting)
    quiet = [one for one in found if one.labels.get("severity", "").lower() != _NEVER_QUIET]
    evidence = _once(_alert(one, paging, replicas) for one in quiet)
    calling = [one for one in evidence if one.status is Status.FAIL]
    others = [one for one in evidence if one.status is not Status.FAIL]
    if evidence:
        status = worst((limits.of(len(calling)), Limits(warn=limits.warn, fail=float("inf")).of(len(evidence))))
        counted = [
            f"{len(calling)} paging {_plural('alert', calling)} firing" if calling else "",
            f"{len(others)} firing or pending without paging" if others else "",
        ]
        named = ", ".join(shown(one.title, limit=40) for one in evidence[:3])
        return Answer(status=status, summary=shown(f"{', '.join(filter(None, counted))}: {named}"), evidence=evidence)
    if not able:
        return Answer(status=Status.WARN, summary="No alerting rules are loaded, so nothing can fire")
    if asleep:
        return Answer.unknown(
            f"{asleep} of {able} alerting {_plural('rule', able)} not evaluated for long: their silence tells nothing"
        )
    always = sorted({shown(one.labels.get("alertname", ""), limit=40) for one in found})
    words = f"Nothing fires but what always does ({', '.join(always[:3])})" if always else "No alert is firing"
    return Answer(status=Status.OK, summary=f"{words} ({able} alerting {_plural('rule', able)})")


def rules(groups: Sequence[RuleGroup], *, limits: Limits, now: datetime) -> Answer:
    """A rule that cannot be evaluated fails the check: it is listed as inactive and would never fire."""
    every = [(group, rule) for group in groups for rule in group.rules]
    evidence = _once(
        _rule(group, rule, now) for group, rule in every if rule.health != "ok" or group.neglected(rule, now)
    )
    if not every:
        return Answer(status=Status.WARN, summary="No rules are loaded: nothing is recorded and nothing can alert")
    broken = [one for one in evidence if one.status is Status.FAIL]
    if not evidence:
        return Answer(status=Status.OK, summary=f"All {len(every)} rules are evaluated")
    status = worst((limits.of(len(broken)), Status.WARN))
    words = (
        f"{len(broken)} of {len(every)} rules cannot be evaluated"
        if broken
        else f"{len(evidence)} of {len(every)} rules not evaluated {_lately(evidence)}"
    )
    return Answer(status=status, summary=shown(f"{words}: {_names(evidence)}"), evidence=evidence)


def targets(
    active: Sequence[Target], *, critical: Collection[str], replicas: Collection[str], limits: Limits, now: datetime
) -> Answer:
    """A job with every target down fails, and so does a large share of all; a few down warn."""
    if not active:
        return Answer(status=Status.WARN, summary="No targets at all: Prometheus scrapes nothing")
    jobs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in active:
        known = one.health in ("up", "down") and not one.neglected(now)
        jobs[one.job][one.health if known else "unknown"] += 1
    gone = sorted(
        job for job, seen in jobs.items() if seen["down"] == seen.total() and (job in critical or not critical)
    )
    evidence = _once(_target(one, replicas, gone, now) for one in active if one.health != "up" or one.neglected(now))
    missing = [job for job in critical if job not in jobs]
    down = sum(seen["down"] for seen in jobs.values())
    waiting = sum(seen["unknown"] for seen in jobs.values())
    bad = Status.FAIL if gone or missing else Status.WARN if waiting else Status.OK
    told = [
        f"no targets for {', '.join(missing)}" if missing else "",
        f"every target of {', '.join(shown(job, limit=30) for job in gone[:3])} is down" if gone else "",
        f"{down} of {len(active)} targets down" if down else "",
        f"{waiting} not scraped {_lately(evidence)}" if waiting else "",
    ]
    summary = _sentence(told) or f"All {len(active)} targets of {len(jobs)} {_plural('job', jobs)} are up"
    return Answer(status=worst((limits.of(down), bad)), summary=summary, evidence=evidence)


def default_targets_failing(active: int) -> float:
    """How many targets down are too many, where the team has not said."""
    return max(2, active / _LARGE_SHARE)


def reload(runtime: Runtime) -> Answer:
    since = dated(runtime.last_config_time)
    if runtime.reload_succeeded:
        return Answer(status=Status.OK, summary="The last reload of the configuration worked")
    evidence = Evidence(
        key="config-reload",
        title="The configuration on disk was refused; the one before it is in force",
        status=Status.FAIL,
        since=since,
    )
    return Answer(status=Status.FAIL, summary="The last reload of the configuration failed", evidence=(evidence,))


def alertmanagers(known: Alertmanagers) -> Answer:
    if not known.active:
        return Answer(status=Status.FAIL, summary="No Alertmanager is known to Prometheus: nobody would hear an alert")
    count = len(known.active)
    return Answer(status=Status.OK, summary=f"Alerts go to {count} {_plural('Alertmanager', count)}")


def with_warnings(answer: Answer, warnings: Sequence[str], title: str) -> Answer:
    """Warnings mean that the data may be in part, so that no ok can rest on it."""
    if not warnings:
        return answer
    told = f"{answer.summary}; {title} warns: {shown(warnings[0], limit=80)}"
    return replace(answer, status=worst((answer.status, Status.WARN)), summary=shown(told, limit=220))


def dated(moment: datetime | None) -> datetime | None:
    """Go writes "never" as the year 1, which is no date for people."""
    return moment if moment is not None and moment.year > 1 else None


def _alert(one: FiringOrPending, paging: Collection[str], replicas: Collection[str]) -> Evidence:
    labels = without(one.labels, replicas)
    name = labels.get("alertname", "")
    calls = one.state != "pending" and labels.get("severity", "").lower() in paging
    words = one.annotations.get("summary") or one.annotations.get("description") or ""
    return Evidence(
        key=key_of(name, labels),
        title=shown(f"{name}: {words}" if words else name),
        status=Status.FAIL if calls else Status.WARN,
        since=dated(one.active_at),
        detail=shown(f"{one.state}, severity {labels.get('severity', 'not set')}; {line_of(labels)}"),
    )


def _rule(group: RuleGroup, rule: Rule, now: datetime) -> Evidence:
    failing = rule.health == "err"
    before = dated(rule.evaluated_at) if group.neglected(rule, now) else None
    return Evidence(
        key=key_of(rule.name, {**rule.labels, "\x00group": group.name, "\x00file": group.file, "\x00type": rule.type}),
        title=shown(f"{rule.name} ({group.name})"),
        status=Status.FAIL if failing else Status.WARN,
        since=None if failing else before,
        detail=shown(rule.last_error) if failing else _BEFORE if before else _NEVER,
    )


def _target(one: Target, replicas: Collection[str], gone: Collection[str], now: datetime) -> Evidence:
    labels = without(one.labels, replicas)
    waits = one.neglected(now) or one.health != "down"
    before = dated(one.scraped_at) if one.neglected(now) else None
    return Evidence(
        key=key_of(one.job, {**labels, "\x00pool": one.scrape_pool}),
        title=shown(f"{one.job} {labels.get('instance', '')}"),
        status=Status.FAIL if one.job in gone else Status.WARN,
        since=before,
        detail=(_BEFORE if before else _NEVER) if waits else shown(one.last_error),
    )


def _once(found: Iterable[Evidence]) -> Sequence[Evidence]:
    """Each finding once, in its worst state and since it first began; the worst first."""
    kept: dict[str, Evidence] = {}
    for one in found:
        other = kept.get(one.key)
        if other is None:
            kept[one.key] = one
            continue
        worse = max(one, other, key=lambda each: each.status.rank)
        began = [each.since for each in (one, other) if each.since is not None]
        kept[one.key] = replace(worse, since=min(began, default=None))
    return sorted(kept.values(), key=lambda each: (-each.status.rank, each.key))


def _lately(evidence: Sequence[Evidence]) -> str:
    return "for long" if any(one.since for one in evidence) else "yet"


def _names(evidence: Sequence[Evidence]) -> str:
    return ", ".join(shown(one.title, limit=40) for one in evidence[:3])


def _sentence(parts: Sequence[str]) -> str:
    text = ", ".join(filter(None, parts))
    return shown(text[:1].upper() + text[1:])


def _plural(word: str, counted: int | Sequence[object] | dict[str, Counter[str]]) -> str:
    count = counted if isinstance(counted, int) else len(counted)
    return word if count == 1 else f"{word}s"
