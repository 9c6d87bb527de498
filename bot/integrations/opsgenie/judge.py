"""What the morning's answers mean: open alerts, people on call, heartbeats, and how long Opsgenie lasts."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.opsgenie.shapes import OPEN, Alert, Found, Heartbeat, Watch

ENDS: Final = date(2027, 4, 5)
"""Support ends and the API stops. https://www.atlassian.com/licensing/opsgenie"""
_CLOSED: Final = "closed"
_URGENT: Final = ("P1", "P2")
_TITLE: Final = 80
_KEY: Final = 180
_UNITS: Final = {"minutes": 1, "minute": 1, "hours": 60, "hour": 60, "days": 1440, "day": 1440}
_ALIVE: Final = ("responsive", "active")
_DEAD: Final = ("unresponsive", "expired", "not responding")


def end_of_life(now: datetime, *, migrated: bool) -> Answer:
    """Asked after it answered."""
    if migrated:
        return Answer(status=Status.OK, summary="Jira Service Management answers and takes the credential")
    days = (ENDS - now.astimezone(UTC).date()).days
    over = "ended" if days < 0 else f"ends in {days} days,"
    move = "Move to Jira Service Management: set JSM_CLOUD_ID, JSM_EMAIL and JSM_API_TOKEN."
    summary = f"It answers, but Opsgenie {over} on {ENDS:%d %B %Y}. {move}"
    return Answer(status=Status.WARN if days > 0 else Status.FAIL, summary=summary, reason=summary)


def alerts(found: Found, page: Callable[[Alert], str | None]) -> Answer:
    """One that nobody has taken fails when it is P1 or P2; every other warns, for as long as it is open."""
    evidence = sorted(
        (_alert(one, page(one)) for one in found.alerts if one.status.lower() != _CLOSED),
        key=lambda one: (-one.status.rank, one.since.timestamp() if one.since else 0.0),
    )
    status = worst((Status.OK, *(one.status for one in evidence)))
    if not found.complete and status is not Status.FAIL:
        reason = f"Saw {len(found.alerts):,} alerts and there are more, so nobody can tell"
        return Answer(status=Status.UNKNOWN, summary=reason, reason=reason, evidence=evidence)
    if not evidence:
        return Answer(status=Status.OK, summary="No open alerts")
    waiting = sum(one.status is Status.FAIL for one in evidence)
    named = shown(", ".join(one.title for one in evidence[:3]))
    more = "" if found.complete else "more than "
    summary = f"{more}{_many(len(evidence), 'open alert')}, {waiting} urgent ones that nobody took: {named}"
    strange = f"An alert is {shown(_strange(found.alerts), limit=30)}" if status is Status.UNKNOWN else None
    return Answer(status=status, summary=summary, evidence=evidence, reason=strange)


def _alert(one: Alert, url: str | None) -> Evidence:
    taken = "acknowledged" if one.acknowledged else "nobody has acknowledged it"
    urgent = one.priority.upper() in _URGENT and not one.acknowledged
    status = Status.FAIL if urgent else Status.WARN
    if one.status.lower() != OPEN and not urgent:
        status = Status.UNKNOWN
    words = [one.priority or "no priority", taken, "snoozed" if one.snoozed else "", one.owner]
    return Evidence(
        key=shown(one.id, limit=_KEY) or "alert",
        title=shown(one.message or one.alias or one.id, limit=_TITLE),
        status=status,
        url=url,
        since=one.created_at,
        detail=shown(", ".join(filter(None, words))),
    )


def _strange(found: Iterable[Alert]) -> str:
    return next((one.status for one in found if one.status.lower() not in (OPEN, _CLOSED)), "")


def on_call(watches: Sequence[Watch], wanted: Sequence[str], link: str | None) -> Answer:
    """A schedule that is switched off calls nobody and need not have anybody, unless it is one of the wanted."""
    chosen = [one for one in watches if not wanted or one.schedule.name in wanted or one.schedule.id in wanted]
    evidence = [_watch(one, link) for one in chosen if wanted or one.schedule.enabled]
    known = {name for one in chosen for name in (one.schedule.name, one.schedule.id)}
    evidence += [
        Evidence(key=shown(one, limit=_KEY), title=shown(one, limit=_TITLE), status=Status.UNKNOWN, detail="not there")
        for one in wanted
        if one not in known
    ]
    if not evidence:
        off = " that is switched on" if watches else ""
        return Answer.unknown(f"There is no schedule{off}, so nothing says who is on call")
    evidence.sort(key=lambda one: -one.status.rank)
    status = worst(one.status for one in evidence)
    bad = [one for one in evidence if one.status is not Status.OK]
    summary = f"Somebody is on call for {_many(len(evidence), 'schedule')}"
    if bad:
        named = shown("; ".join(f"{one.title}: {one.detail}" for one in bad[:3]))
        summary = f"{len(bad)} of {_many(len(evidence), 'schedule')}: {named}"
    reason = summary if status is Status.UNKNOWN else None
    return Answer(status=status, summary=summary, evidence=evidence, reason=reason, link=link)


def _watch(one: Watch, link: str | None) -> Evidence:
    people = [name for name in one.people or () if name.strip()]
    if one.people is None:
        status, detail = Status.UNKNOWN, "it is not told who is on call"
    elif not one.schedule.enabled:
        status, detail = Status.FAIL, "switched off"
    elif people:
        status, detail = Status.OK, f"on call: {', '.join(people)}"
    else:
        status, detail = Status.FAIL, "nobody is on call"
    return Evidence(
        key=shown(one.schedule.id, limit=_KEY) or "schedule",
        title=shown(one.schedule.name or one.schedule.id, limit=_TITLE),
        status=status,
        url=link,
        detail=shown(detail),
    )


def heartbeats(found: Sequence[Heartbeat], wanted: Sequence[str], now: datetime, link: str | None) -> Answer:
    evidence = [_heartbeat(one, now, link) for one in found]
    known = {one.name for one in found}
    evidence += [
        Evidence(key=shown(one, limit=_KEY), title=shown(one, limit=_TITLE), status=Status.FAIL, detail="not there")
        for one in wanted
        if one not in known
    ]
    if not evidence:
        return Answer.unknown("It has no heartbeats, so nothing says that the monitoring itself is alive")
    evidence.sort(key=lambda one: -one.status.rank)
    status = worst(one.status for one in evidence)
    bad = [one for one in evidence if one.status is not Status.OK]
    summary = f"{_many(len(evidence), 'heartbeat')} came in time"
    if bad:
        named = shown("; ".join(f"{one.title}: {one.detail}" for one in bad[:3]))
        summary = f"{len(bad)} of {_many(len(evidence), 'heartbeat')}: {named}"
    reason = summary if status is Status.UNKNOWN else None
    return Answer(status=status, summary=summary, evidence=evidence, reason=reason, link=link)


def _heartbeat(one: Heartbeat, now: datetime, link: str | None) -> Evidence:
    status, detail = _beating(one, now)
    return Evidence(
        key=shown(one.name, limit=_KEY) or "heartbeat",
        title=shown(one.name, limit=_TITLE),
        status=status,
        url=link,
        since=one.last_ping_time,
        detail=shown(detail),
    )


def _beating(one: Heartbeat, now: datetime) -> tuple[Status, str]:
    """Switched off it watches nothing; and one that says it is well long after its last sign is not believed."""
    word = one.status.lower()
    if one.expired or word in _DEAD:
        return Status.FAIL, "no sign in time"
    if one.enabled is False:
        return Status.WARN, "switched off"
    if one.never_pinged:
        return Status.WARN, "no sign ever came"
    if one.expired is None and word not in _ALIVE:
        return Status.UNKNOWN, f"its state is {one.status}" if word else "it does not tell its state"
    unit = _UNITS.get(one.interval_unit.lower())
    if one.last_ping_time is not None and one.interval and unit:
        late = now - one.last_ping_time - 2 * timedelta(minutes=min(one.interval * unit, 10_000_000))
        if late > timedelta(0):
            return Status.WARN, f"called well, but its last sign came {one.last_ping_time:%d %b %H:%M} UTC"
    return Status.OK, "came in time"


def _many(number: int, one: str) -> str:
    return f"{number:,} {one if number == 1 else one + 's'}"
