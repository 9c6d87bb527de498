"""How what needs care before it breaks is judged: volumes, warnings, autoscalers, disruption budgets, certificates."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.cluster_shapes import condition
from bot.integrations.foreign import shown
from bot.integrations.kubernetes.care_shapes import Autoscaler, Budget, Certificate, Claim, Event

_HOUR: Final = timedelta(hours=1)
"""As long as most clusters keep events; what others keep longer is old."""


def volumes(found: Sequence[Claim]) -> Answer:
    well = f"All {len(found)} claims are bound" if found else "There are no volume claims"
    return answered((_claim(one) for one in found), count=len(found), things="claims", well=well)


def _claim(claim: Claim) -> Evidence:
    path = claim.metadata.path
    match claim.status.phase:
        case "Bound":
            return finding("claim", path, Status.OK, "")
        case "Pending":
            words = f"waits for a volume of {claim.spec.storage_class or 'the default class'}"
            return finding("claim", path, Status.WARN, words, claim.metadata.created_at)
        case "Lost":
            return finding("claim", path, Status.FAIL, "its volume is lost")
        case other:
            return finding(
                "claim", path, Status.UNKNOWN, f"has the phase {other or 'of nothing'}, which we do not know"
            )


def warnings(kept: Sequence[Event], now: datetime, *, many: float) -> Answer:
    """A few are everyday. They are told by reason and namespace: what they are about is often gone by then."""
    found = [one for one in kept if one.seen_at is None or now - one.seen_at <= _HOUR]
    times: defaultdict[tuple[str, str], int] = defaultdict(int)
    newest: dict[tuple[str, str], Event] = {}
    for event in found:
        alike = (event.involved.namespace or event.metadata.namespace, event.reason)
        times[alike] += event.times
        if alike not in newest or _later(event, newest[alike]):
            newest[alike] = event
    every = sum(times.values())
    words = f"{every} warnings in the last hour" if every else "No warnings in the last hour"
    if every < many:
        return Answer(status=Status.OK, summary=words)
    evidence = [
        Evidence(
            key=f"warning:{shown(namespace, limit=80)}:{shown(reason, limit=80)}",
            title=shown(f"{reason or 'of no reason'} in {namespace or 'no namespace'}", limit=160),
            status=Status.WARN,
            since=newest[namespace, reason].seen_at,
            detail=shown(f"{times[namespace, reason]} times, last {newest[namespace, reason].message}"),
        )
        for namespace, reason in sorted(times, key=lambda alike: (-times[alike], alike))[:20]
    ]
    named = ", ".join(shown(f"{one.title} {one.detail}", limit=60) for one in evidence[:2])
    return Answer(status=Status.WARN, summary=shown(f"{words}: {named}", limit=220), evidence=evidence)


def _later(one: Event, other: Event) -> bool:
    return one.seen_at is not None and (other.seen_at is None or one.seen_at > other.seen_at)


def autoscalers(found: Sequence[Autoscaler]) -> Answer:
    well = f"None of {len(found)} autoscalers is at its limit" if found else "There are no autoscalers"
    return answered((_autoscaler(one) for one in found), count=len(found), things="autoscalers", well=well)


def _autoscaler(found: Autoscaler) -> Evidence:
    status, path = found.status, found.metadata.path
    for kind in ("AbleToScale", "ScalingActive"):
        able = condition(status.conditions, kind)
        if able is not None and able.status != "True" and able.reason != "ScalingDisabled":
            words = f"cannot scale: {able.message or able.reason or kind}"
            return finding("autoscaler", path, Status.WARN, words, able.since)
    limited = condition(status.conditions, "ScalingLimited")
    wants_more = limited is not None and limited.status == "True" and limited.reason == "TooManyReplicas"
    at_most = found.spec.most > found.spec.least and max(status.current, status.desired) >= found.spec.most
    if wants_more or at_most:
        words = f"at its limit of {found.spec.most} pods{', and wants more' if wants_more else ''}"
        return finding("autoscaler", path, Status.WARN, words, limited.since if limited and wants_more else None)
    if not status.conditions and not status.current:
        return finding("autoscaler", path, Status.WARN, "has not looked at its pods yet")
    return finding("autoscaler", path, Status.OK, "")


def budgets(found: Sequence[Budget]) -> Answer:
    well = f"All {len(found)} budgets let a node be drained" if found else "There are no disruption budgets"
    return answered((_budget(one) for one in found), count=len(found), things="disruption budgets", well=well)


def _budget(found: Budget) -> Evidence:
    status = found.status
    if status is None or status.observed < found.metadata.generation:
        return finding("budget", found.metadata.path, Status.WARN, "its controller has not looked yet")
    if status.allowed > 0 or status.expected == 0:  # one for no pods stops nobody
        return finding("budget", found.metadata.path, Status.OK, "")
    words = f"lets no pod go: {status.healthy} of {status.expected or 'its'} pods healthy, {status.desired} must be"
    return finding("budget", found.metadata.path, Status.WARN, words)


def certificates(found: Sequence[Certificate], now: datetime, *, ends_within: timedelta) -> Answer:
    well = f"All {len(found)} certificates are ready and far from their end" if found else "There are no certificates"
    return answered(
        (_certificate(one, now, ends_within) for one in found), count=len(found), things="certificates", well=well
    )


def _certificate(found: Certificate, now: datetime, ends_within: timedelta) -> Evidence:
    judged = _readiness(found, now) or _end(found, now, ends_within) or (Status.OK, "", None)
    return finding("certificate", found.metadata.path, *judged)


def _readiness(found: Certificate, now: datetime) -> tuple[Status, str, datetime | None] | None:
    ready, ends = condition(found.status.conditions, "Ready"), found.status.ends_at
    if ends is not None and ends <= now:
        return Status.FAIL, f"ended {ends:%d %b %Y}", ends
    issuing = condition(found.status.conditions, "Issuing")
    if ends is None and issuing is not None and issuing.status == "True":
        return Status.WARN, "is being issued for the first time", issuing.since
    if ready is not None and ready.status == "False":
        return Status.FAIL, f"not ready: {ready.message or ready.reason or 'no reason given'}", ready.since
    if ready is None or ready.status != "True":
        return Status.WARN, "its controller has not said that it is ready", None
    return None


def _end(found: Certificate, now: datetime, ends_within: timedelta) -> tuple[Status, str, datetime | None] | None:
    """A short-lived one is always near its end, and well as long as its renewal is still to come."""
    ends, renews = found.status.ends_at, found.status.renews_at
    if ends is None:
        return Status.UNKNOWN, "does not say when it ends", None
    if renews is None:
        return (Status.WARN, f"ends {ends:%d %b %Y}", None) if ends - now <= ends_within else None
    if renews < now and (ends - now <= ends_within or now - renews > timedelta(days=1)):
        return Status.WARN, f"ends {ends:%d %b %Y}, was to be renewed {renews:%d %b %H:%M} UTC", renews
    return None
