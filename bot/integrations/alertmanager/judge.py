"""How Alertmanager's answers are judged."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.alertmanager import shapes
from bot.integrations.alertmanager.shapes import LiveAlert, Silence
from bot.integrations.foreign import shown
from bot.integrations.labels import key_of, line_of, without

_FOR_EVER: Final = timedelta(days=3_650)
_NEVER_QUIET: Final = "none"
"""The severity of alerts that fire by design, such as Watchdog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From how many findings on the check of live alerts warns or fails."""

    warn: float = 1
    fail: float = 1


def cluster(status: shapes.Status, expected: int) -> Answer:
    state, count = status.cluster.status, len(status.cluster.peers)
    if expected > 1 and state == "disabled":
        return _one_finding("cluster", f"Clustering is off, {expected} peers are expected", Status.WARN)
    if state == "settling":
        return _one_finding("cluster", "The cluster is still settling", Status.WARN)
    if state not in ("ready", "disabled"):
        return Answer.unknown(
            f"Alertmanager gives its cluster's state as {shown(state, limit=40)}, which we do not know"
        )
    if state == "ready" and count < expected:
        return _one_finding("cluster", f"{count} of {expected} peers are there", Status.WARN)
    words = "A single server, clustering is off" if state == "disabled" else f"The cluster is ready, {count} peers"
    return Answer(status=Status.OK, summary=words)


def alerts(found: Sequence[LiveAlert], *, paging: Collection[str], replicas: Collection[str], limits: Limits) -> Answer:
    """Live alerts that nobody silenced: a paging severity fails, any other warns."""
    told = (_alert(each, paging, replicas) for each in found if each.labels.get("severity", "").lower() != _NEVER_QUIET)
    kept = {one.key: one for one in sorted(told, key=_rank)}
    evidence = sorted(kept.values(), key=lambda one: (-one.status.rank, one.key))
    if not evidence:
        return Answer(status=Status.OK, summary="No live alert (silenced ones aside)")
    calling = sum(one.status is Status.FAIL for one in evidence)
    status = worst(
        (
            Status.FAIL if calling and calling >= limits.fail else Status.OK,
            Status.WARN if len(evidence) >= limits.warn else Status.OK,
        )
    )
    others = len(evidence) - calling
    counted = [f"{calling} paging" if calling else "", f"{others} without paging" if others else ""]
    named = ", ".join(shown(one.title, limit=40) for one in evidence[:3])
    return Answer(
        status=status, summary=shown(f"Live alerts: {', '.join(filter(None, counted))}: {named}"), evidence=evidence
    )


def silences(found: Sequence[Silence], now: datetime, *, ends_within: timedelta, longest: timedelta) -> Answer:
    """A silence that ends soon brings its alerts back; one that lasts long is easily forgotten."""
    standing = [one for one in found if one.status.state in ("active", "pending")]
    odd = [one for one in found if one.status.state not in ("active", "pending", "expired")]
    if odd:
        return Answer.unknown(f"Alertmanager gives a silence's state as {shown(odd[0].status.state, limit=40)}")
    evidence = [
        Evidence(
            key=one.id,
            title=shown(f"{', '.join(matcher.words for matcher in one.matchers)}"),
            status=Status.WARN,
            since=one.starts_at,
            detail=shown(f"{why}; by {one.created_by or 'nobody named'}: {one.comment or 'no comment'}"),
        )
        for one in standing
        if (why := _concern(one, now, ends_within, longest))
    ]
    if not evidence:
        many = f"{len(standing)} silence{'' if len(standing) == 1 else 's'}"
        words = f"{many}, none ending soon or lasting long" if standing else "No silences"
        return Answer(status=Status.OK, summary=words)
    details = "; ".join(f"{one.title}: {one.detail}" for one in evidence[:2])
    summary = shown(f"{len(evidence)} of {len(standing)} silences need a look: {details}")
    return Answer(status=Status.WARN, summary=summary, evidence=evidence)


def _concern(one: Silence, now: datetime, ends_within: timedelta, longest: timedelta) -> str:
    if one.matchers and all(matcher.matches_any for matcher in one.matchers):
        return "silences everything"
    if one.ends_at - one.starts_at > longest:
        if one.ends_at - now > _FOR_EVER:
            return f"never ends ({one.ends_at:%Y})"
        return f"lasts {(one.ends_at - one.starts_at).days} days, until {one.ends_at:%d %b %Y}"
    if one.ends_at - now <= ends_within:
        return f"ends {one.ends_at:%d %b %H:%M} UTC"
    return ""


def _alert(one: LiveAlert, paging: Collection[str], replicas: Collection[str]) -> Evidence:
    labels = without(one.labels, replicas)
    name, severity = labels.get("alertname", ""), labels.get("severity", "")
    words = one.annotations.get("summary", "")
    return Evidence(
        key=key_of(name, labels),
        title=shown(f"{name}: {words}" if words else name),
        status=Status.FAIL if severity.lower() in paging else Status.WARN,
        since=one.starts_at,
        detail=shown(f"severity {severity or 'not set'}; {line_of(labels)}"),
    )


def _rank(one: Evidence) -> int:
    return one.status.rank


def _one_finding(key: str, words: str, status: Status) -> Answer:
    return Answer(status=status, summary=words, evidence=(Evidence(key=key, title=words, status=status),))
