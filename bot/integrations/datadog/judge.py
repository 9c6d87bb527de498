"""How Datadog's monitors and downtimes are judged."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.datadog.shapes import Downtime, DowntimeFacts, Monitor, MonitorPage
from bot.integrations.foreign import shown

# https://docs.datadoghq.com/monitors/status/status_page/: a skipped or ignored monitor is not evaluated.
_STATES: Final[Mapping[str, Status]] = {
    "ok": Status.OK,
    "alert": Status.FAIL,
    "warn": Status.WARN,
    "no data": Status.WARN,
    "ignored": Status.WARN,
    "skipped": Status.WARN,
}
_EVERYTHING: Final = "*"
_LEEWAY: Final = timedelta(minutes=10)
"""Clocks may differ, and what ends just now may still be listed."""


def monitors(troubled: Sequence[Monitor], every: MonitorPage) -> Answer:
    """What is listed is judged one by one; what is counted and not listed is judged by its count."""
    listed = {one.key: one for one in (*every.monitors, *troubled)}
    counted = Counter[str]()
    for one in every.counts.status if every.counts is not None else ():
        counted[str(one.name)] += one.count
    evidence = [_monitor(one) for one in listed.values() if _state(one.status) is not Status.OK]
    evidence += _only_counted(counted, listed.values())
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    total = max(every.total or 0, len(listed), sum(counted.values()))
    if not total:
        return Answer.unknown(
            "It shows no monitor, so nothing is watched. Check DD_MONITOR_QUERY and the right of its key"
        )
    if not evidence:
        return Answer(status=Status.OK, summary=f"None of {total} monitors is in Alert, Warn or No Data")
    found = Counter(one.detail.partition(";")[0] for one in evidence if one.key.startswith("monitor:"))
    states = ", ".join(f"{number} in {state}" for state, number in found.most_common(4))
    named = ", ".join(shown(one.title, limit=50) for one in evidence[:3])
    words = f"{states} of {total} monitors: {named}" if states else f"Of {total} monitors: {named}"
    return _answer(words, evidence)


def _state(state: str) -> Status:
    return _STATES.get(state.lower(), Status.UNKNOWN)


def _monitor(one: Monitor) -> Evidence:
    scopes = ", ".join(scope for scope in one.scopes if scope != _EVERYTHING)
    told = [one.status or "no state", one.type, scopes]
    return Evidence(
        key=f"monitor:{shown(one.key, limit=100)}",
        title=shown(one.name) or f"monitor {shown(one.key, limit=40)}",
        status=_state(one.status),
        since=moment(one.last_triggered_ts),
        detail=shown("; ".join(filter(None, told))),
    )


def _only_counted(counted: Mapping[str, int], listed: Iterable[Monitor]) -> list[Evidence]:
    """Monitors of which only their number is told: states that were not searched for, and those that just changed."""
    named = Counter(one.status.lower() for one in listed)
    rest = {state: number - named[state.lower()] for state, number in counted.items()}
    return [
        Evidence(
            key=f"state:{shown(state, limit=60)}",
            title=f"{number} more in {shown(state, limit=40) or 'no state'}",
            status=_state(state),
        )
        for state, number in rest.items()
        if number > 0 and _state(state) is not Status.OK
    ]


def moment(seconds: float | None) -> datetime | None:
    """A time as people read it; none for what is no time."""
    if seconds is None or not 0 < seconds < 100_000_000_000:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def downtimes(found: Sequence[Downtime], now: datetime, *, counted: bool) -> Answer:
    """One that ends by itself is information; one without end, or over everything, is easily forgotten."""
    standing = [one for one in found if one.attributes is None or _stands(one.attributes, now)]
    evidence = [told for one in standing if (told := _downtime(one, now)) is not None]
    if evidence:
        evidence.sort(key=lambda one: (-one.status.rank, one.key))
        named = "; ".join(f"{shown(one.title, limit=50)}: {one.detail}" for one in evidence[:3])
        return _answer(f"{len(evidence)} of {len(standing)} downtimes to look at: {named}", evidence)
    if not found and not counted:
        return Answer.unknown("It names no downtime and does not say how many there are")
    words = f"{len(standing)} downtimes, each with an end" if standing else "No downtime"
    return Answer(status=Status.OK, summary=words)


def _stands(facts: DowntimeFacts, now: datetime) -> bool:
    ended = facts.schedule is not None and facts.schedule.end is not None and facts.schedule.end < now
    return facts.status not in ("ended", "canceled", "scheduled") and not (ended and not facts.status)


def _downtime(one: Downtime, now: datetime) -> Evidence | None:
    facts = one.attributes or DowntimeFacts()
    status, why = _concern(facts, now) if one.attributes is not None else (Status.UNKNOWN, "nothing is told about it")
    if status is Status.OK:
        return None
    message = f"; {facts.message}" if facts.message else ""
    return Evidence(
        key=f"downtime:{shown(one.id, limit=100)}",
        title=_muted(facts) or f"downtime {shown(one.id, limit=60)}",
        status=status,
        since=facts.created,
        detail=shown(f"{why}{message}"),
    )


def _concern(facts: DowntimeFacts, now: datetime) -> tuple[Status, str]:
    if facts.status not in ("active", ""):
        return Status.UNKNOWN, f"is in the state {facts.status}, which we do not know"
    if facts.schedule is None:
        return Status.UNKNOWN, "does not say when it ends"
    which = facts.monitor_identifier
    every = which is None or (which.monitor_id is None and which.monitor_tags in ([], [_EVERYTHING]))
    if every and facts.scope.strip() == _EVERYTHING:
        return Status.WARN, "mutes every monitor"
    if facts.schedule.end is None and not facts.schedule.recurrences:
        return Status.WARN, "has no end"
    if facts.schedule.end is not None and now - facts.schedule.end > _LEEWAY:
        return Status.WARN, "is still active after its end"
    return Status.OK, ""


def _muted(facts: DowntimeFacts) -> str:
    """What it mutes: a monitor or monitors by tags, in a scope."""
    which = facts.monitor_identifier
    if which is None:
        return shown(facts.scope)
    who = f"monitor {which.monitor_id}" if which.monitor_id is not None else f"monitors {', '.join(which.monitor_tags)}"
    return shown(f"{who} in {facts.scope}" if facts.scope else who)


def _answer(summary: str, evidence: Sequence[Evidence]) -> Answer:
    words, verdict = shown(summary, limit=220), worst(one.status for one in evidence)
    return Answer(status=verdict, summary=words, evidence=evidence, reason=words if verdict is Status.UNKNOWN else None)
