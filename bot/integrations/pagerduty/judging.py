"""What the morning's answers from PagerDuty mean: pure rules, from what was seen to a status with evidence."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.pagerduty.client import Listing
from bot.integrations.pagerduty.payloads import (
    ACKNOWLEDGED,
    RESOLVED,
    TRIGGERED,
    Duty,
    Incident,
    Policy,
    Service,
    Subscription,
    Window,
)

NEEDED_EVENTS: Final = ("incident.triggered", "incident.acknowledged", "incident.resolved")
_SERVICE: Final = {
    "active": Status.OK,
    "warning": Status.WARN,
    "maintenance": Status.WARN,
    "disabled": Status.WARN,
    "critical": Status.FAIL,
}
_NEVER: Final = timedelta(days=365)
_SOON: Final = timedelta(hours=24)
_TITLE: Final = 80


def incidents(seen: Listing[Incident], *, now: datetime, patience: timedelta) -> Answer:
    """`patience` is how long somebody may sit on an acknowledged incident."""
    found = [_open_incident(one, now, patience) for one in seen.things if one.status != RESOLVED]
    if not found:
        return _answer(seen, "incidents", "no open incidents", ())
    urgent = sum(one.status is Status.FAIL for one in found)
    told = f"{_many(len(found), 'open incident')}, {urgent} of them {'needs' if urgent == 1 else 'need'} somebody now"
    return _answer(seen, "incidents", told, found)


def _open_incident(incident: Incident, now: datetime, patience: timedelta) -> Evidence:
    since, status, detail = incident.created_at, Status.WARN, f"{incident.urgency or 'unknown'} urgency"
    if incident.status == TRIGGERED:
        detail = f"nobody has acknowledged it, {detail}"
        status = Status.WARN if incident.urgency == "low" else Status.FAIL
    elif incident.status == ACKNOWLEDGED:
        taken = min((one.at for one in incident.acknowledgements), default=incident.last_status_change_at or since)
        detail = f"acknowledged, {detail}"
        if now - taken > patience:
            status, detail = Status.FAIL, f"{detail}, for longer than {patience.total_seconds() / 3600:.0f} h"
    service = f" · {incident.service.name}" if incident.service else ""
    return Evidence(
        key=incident.id,
        title=shown(incident.name, limit=_TITLE),
        status=status,
        url=link(incident.html_url),
        since=since,
        detail=shown(f"{detail}{service}"),
    )


def on_call(policies: Listing[Policy], duties: Listing[Duty], *, now: datetime, wanted: Sequence[str] = ()) -> Answer:
    """Whether every escalation policy has somebody at its first level. An empty list is no evidence."""
    chosen = [one for one in policies.things if not wanted or one.id in wanted]
    missing = sorted(set(wanted) - {one.id for one in chosen})
    if not chosen and not missing:
        return Answer.unknown("PagerDuty shows no escalation policies, so nothing was checked")
    covered: dict[str, list[Duty]] = {}
    for duty in duties.things:
        if duty.escalation_level == 1 and is_on(duty, now):
            covered.setdefault(duty.escalation_policy.id, []).append(duty)
    found = [_policy(one, covered.get(one.id, ()), sure=duties.complete) for one in chosen]
    found += [
        Evidence(key=one, title=shown(one, limit=_TITLE), status=Status.UNKNOWN, detail="not shown to us by PagerDuty")
        for one in missing
    ]
    empty = sum(one.status is Status.FAIL for one in found)
    told = f"{empty} of {_many(len(found), 'escalation policy', 'escalation policies')} with nobody on call"
    if not empty:
        told = f"somebody is on call for {_many(len(chosen), 'escalation policy', 'escalation policies')}"
    seen = Listing(policies.things, complete=policies.complete and duties.complete, total=policies.total)
    return _answer(seen, "escalation policies", told, found, always=True)


def _policy(policy: Policy, first: Sequence[Duty], *, sure: bool) -> Evidence:
    names = ", ".join(dict.fromkeys(one.user.called for one in first))
    nobody = Status.FAIL if sure else Status.UNKNOWN
    return Evidence(
        key=policy.id,
        title=shown(policy.called, limit=_TITLE),
        status=Status.OK if first else nobody,
        url=link(policy.html_url),
        detail=shown(f"on call: {names}") if first else "nobody is on call at the first level",
    )


def is_on(duty: Duty, now: datetime) -> bool:
    return (duty.start is None or duty.start <= now) and (duty.end is None or now < duty.end)


def services(seen: Listing[Service]) -> Answer:
    if not seen.things:
        return Answer.unknown("PagerDuty shows no services, so nothing was checked")
    counts = Counter(one.status for one in seen.things)
    told = ", ".join(f"{number} {shown(status, limit=20)}" for status, number in counts.most_common(6))
    found = [
        Evidence(
            key=one.id,
            title=shown(one.called, limit=_TITLE),
            status=_SERVICE.get(one.status, Status.UNKNOWN),
            url=link(one.html_url),
            detail=shown(one.status, limit=20),
        )
        for one in seen.things
    ]
    return _answer(seen, "services", f"{_many(len(found), 'service')}: {told}", found)


def maintenance(seen: Listing[Window], *, now: datetime) -> Answer:
    """A window keeps people from being called: fine while it is meant, so the ones that end soon or never are told."""
    found = [_window(one, now) for one in seen.things]
    told = f"{_many(len(found), 'maintenance window')} under way" if found else "no maintenance under way"
    return _answer(seen, "maintenance windows", told, found, always=True)


def _window(window: Window, now: datetime) -> Evidence:
    status, detail = Status.OK, "under way"
    if window.end_time is None or window.end_time - now > _NEVER:
        status, detail = Status.WARN, "never ends; nobody is called for its services"
    elif window.end_time - now <= _SOON:
        status, detail = Status.WARN, f"ends {window.end_time:%d %b %H:%M} UTC"
    names = ", ".join(one.name for one in window.services[:5])
    return Evidence(
        key=window.id,
        title=shown(window.description or window.summary or window.id, limit=_TITLE),
        status=status,
        url=link(window.html_url),
        since=window.start_time,
        detail=shown(f"{detail} · {names}" if names else detail),
    )


def webhook(subscription: Subscription) -> Answer:
    remedy = "What happened meanwhile was not told to us: look at the open incidents."
    missing = [one for one in NEEDED_EVENTS if subscription.events and one not in subscription.events]
    if not subscription.active:
        status, told = Status.FAIL, f"our webhook is switched off. Switch it on in PagerDuty. {remedy}"
    elif subscription.delivery_method.temporarily_disabled:
        status, told = Status.FAIL, f"PagerDuty has disabled our webhook after failures. Enable it there. {remedy}"
    elif missing:
        status, told = Status.WARN, f"our webhook does not send {', '.join(missing)}. Add them in PagerDuty."
    else:
        status, told = Status.OK, "our webhook is on"
    return Answer(status=status, summary=told, evidence=(Evidence(key=subscription.id, title=told, status=status),))


def webhooks(seen: Listing[Subscription], path: str) -> Answer:
    """All that call us; one of them that is off loses what it was meant to tell."""
    ours = [webhook(one) for one in seen.things if one.ends_in(path)]
    if not ours or (not seen.complete and all(one.status is Status.OK for one in ours)):
        return Answer.unknown(
            f"No webhook subscription that we see calls …{path}, so nothing says that PagerDuty tells us what happens."
            " Add one, or set PAGERDUTY_WEBHOOK_SUBSCRIPTION to the id of ours."
        )
    bad = max(ours, key=lambda one: one.status.rank)
    return replace(bad, evidence=[found for one in ours for found in one.evidence])


def _answer(
    seen: Listing[Any],  # only how much was seen counts here
    what: str,
    summary: str,
    found: Iterable[Evidence],
    *,
    always: bool = False,
) -> Answer:
    """The worst finding is the status; a list that was seen in part can be bad, but never good.

    `always` keeps the good findings as evidence too.
    """
    every = sorted(found, key=lambda one: (-one.status.rank, one.since.timestamp() if one.since else 0.0))
    status = worst((Status.OK, *(one.status for one in every)))
    reason = None
    if status is not Status.FAIL and not seen.complete:
        of = f" of {seen.total:,}" if seen.total is not None else ""
        status, reason = Status.UNKNOWN, f"saw {len(seen.things):,}{of} {what}, so unknown"
    elif status is Status.UNKNOWN:
        reason = next(one.title + ": " + one.detail for one in every if one.status is Status.UNKNOWN)
    kept = tuple(one for one in every if always or one.status is not Status.OK)
    return Answer(status=status, summary=reason or summary, evidence=kept, reason=reason)


def _many(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def link(address: str | None) -> str | None:
    """A page that a person may open: nothing but http(s), and not endless."""
    if not address or len(address) > 2_000 or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None
