"""How the alerts and silences of Grafana's own Alertmanager are judged."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.grafana.news import meaningful, title_of
from bot.integrations.grafana.shapes import LiveAlert, RuleGroup, Silence
from bot.integrations.labels import key_of, line_of

_NEVER_QUIET: Final = "none"
"""The severity of alerts that fire by design."""


def alerts(
    found: Sequence[LiveAlert],
    groups: Sequence[RuleGroup],
    now: datetime,
    *,
    paging: Collection[str],
    warn: float,
    fail: float,
) -> Answer:
    """A paging severity fails, any other warns. Silence is good news only where rules could break it."""
    told = [one for one in found if one.labels.get("severity", "").lower() != _NEVER_QUIET]
    kept = {one.key: one for one in sorted((_alert(each, paging) for each in told), key=lambda one: one.status.rank)}
    evidence = sorted(kept.values(), key=lambda one: (-one.status.rank, one.key))
    if not evidence:
        return _silence(groups, now)
    calling = sum(one.status is Status.FAIL for one in evidence)
    status = worst(
        (
            Status.FAIL if calling and calling >= fail else Status.OK,
            Status.WARN if len(evidence) >= warn else Status.OK,
        )
    )
    others = len(evidence) - calling
    counted = [f"{calling} paging" if calling else "", f"{others} without paging" if others else ""]
    named = ", ".join(shown(one.title, limit=40) for one in evidence[:3])
    summary = shown(f"Live alerts: {', '.join(filter(None, counted))}: {named}")
    return Answer(status=status, summary=summary, evidence=evidence)


def _silence(groups: Sequence[RuleGroup], now: datetime) -> Answer:
    """What it means that nothing is live."""
    running = [(group, rule) for group in groups for rule in group.rules if not rule.paused]
    asleep = sum(group.neglected(rule, now) for group, rule in running)
    if not running:
        return Answer.unknown(
            "No live alert, but no rule is to be seen either: give the token the right to read alert rules."
        )
    if asleep:
        return Answer.unknown(
            f"No live alert, but {asleep} of {len(running)} rules not evaluated for long: their silence tells nothing"
        )
    return Answer(status=Status.OK, summary="No live alert (silenced ones aside)")


def silences(found: Sequence[Silence], now: datetime, *, ends_within: timedelta, longest: timedelta) -> Answer:
    """A silence that ends soon brings its alerts back; one that lasts long is easily forgotten."""
    odd = [one for one in found if one.status.state not in ("active", "pending", "expired")]
    if odd:
        return Answer.unknown(f"Grafana gives a silence's state as {shown(odd[0].status.state, limit=40)}")
    standing = [one for one in found if one.status.state != "expired"]
    evidence = [
        Evidence(
            key=shown(one.id, limit=100),
            title=shown(", ".join(matcher.words for matcher in one.matchers)),
            status=Status.WARN,
            since=one.starts_at,
            detail=shown(f"{why}; by {one.created_by or 'nobody named'}: {one.comment or 'no comment'}"),
        )
        for one in standing
        if (why := _concern(one, now, ends_within, longest))
    ]
    if not evidence:
        words = f"{len(standing)} silences, none ending soon or lasting long" if standing else "No silences"
        return Answer(status=Status.OK, summary=words)
    details = "; ".join(f"{one.title}: {one.detail}" for one in evidence[:2])
    summary = shown(f"{len(evidence)} of {len(standing)} silences need a look: {details}")
    return Answer(status=Status.WARN, summary=summary, evidence=evidence)


def _concern(one: Silence, now: datetime, ends_within: timedelta, longest: timedelta) -> str:
    if all(matcher.matches_any for matcher in one.matchers):
        return "silences everything"
    if one.ends_at - one.starts_at > longest:
        return f"lasts {(one.ends_at - one.starts_at).days} days, until {one.ends_at:%d %b %Y}"
    if one.status.state == "active" and one.ends_at - now <= ends_within:
        return f"ends {one.ends_at:%d %b %H:%M} UTC"
    return ""


def _alert(one: LiveAlert, paging: Collection[str]) -> Evidence:
    labels = meaningful(one.labels)
    severity = labels.get("severity", "")
    return Evidence(
        key=key_of(labels.get("alertname", ""), labels),
        title=shown(title_of(one.labels, one.annotations)),
        status=Status.FAIL if severity.lower() in paging else Status.WARN,
        since=one.starts_at,
        detail=shown(f"severity {severity or 'not set'}; {line_of(labels)}"),
    )
