"""How Aqua's images, findings and enforcers are judged."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.aqua.client import Seen
from bot.integrations.aqua.shapes import Finding, Host, HostGroup, Image
from bot.integrations.foreign import shown

Limit = Callable[[str, float], float]

_MOST_SHOWN: Final = 100
_AHEAD: Final = timedelta(hours=1)
"""Clocks may differ a little."""
_HARMLESS: Final = ("negligible", "low", "medium")
_CONNECTED: Final = ("connect", "connected")
_APART: Final = ("disconnect", "disconnected")
_SCANNED: Final = frozenset(
    ("", "complete", "completed", "done", "finished", "ok", "pass", "passed", "scanned", "success", "succeeded")
)
_SCANNING: Final = frozenset(("in progress", "in_progress", "pending", "queued", "running", "scanning"))
"""The date is then of the scan before."""
NO_IMAGES: Final = "It knows no image, so nothing says that anything is scanned"


def policy(every: Sequence[Image], disallowed: Sequence[Image]) -> Answer:
    """Images against policy fail, unless it says that nothing runs from one; those that were let through do not."""
    bad = {one.called: one for one in disallowed if one.disallowed is not False}
    bad |= {one.called: one for one in every if one.disallowed is True}
    evidence = [
        Evidence(
            key=f"image:{shown(name, limit=150) or '-'}",
            title=shown(name) or "an image without a name",
            status=Status.WARN if one.has_workloads is False else Status.FAIL,
            detail="fails policy, and nothing runs from it" if one.has_workloads is False else "fails policy",
        )
        for name, one in bad.items()
        if not one.whitelisted
    ]
    if evidence:
        return summed(evidence, f"{len(evidence)} images fail policy")
    if not every:
        return Answer.unknown(NO_IMAGES)
    return Answer(status=Status.OK, summary=f"None of {len(every)} images fails policy")


def scans(every: Sequence[Image], now: datetime, limit: Limit) -> Answer:
    """When images were last scanned. Where none was lately, the scanner stands still."""
    if not every:
        return Answer.unknown(NO_IMAGES)
    hours = limit("hours", 48)
    evidence, young = list[Evidence](), 0
    for one in every:
        status, words = _scan(one, now, hours)
        young += status is Status.OK
        if status is not Status.OK:
            key, title = f"scan:{shown(one.called, limit=150) or '-'}", shown(one.called) or "an image without a name"
            evidence.append(Evidence(key=key, title=title, status=status, since=one.scan_date, detail=words))
    if not evidence:
        return Answer(status=Status.OK, summary=f"All {len(every)} images were scanned in the last {hours:.0f} h")
    answer = summed(evidence, f"{len(evidence)} of {len(every)} images were not scanned in the last {hours:.0f} h")
    if young or answer.status is Status.UNKNOWN:
        return answer
    return Answer(status=Status.FAIL, summary=answer.summary, evidence=answer.evidence)


def _scan(one: Image, now: datetime, hours: float) -> tuple[Status, str]:
    if one.scan_error or one.scan_status.lower() in ("fail", "failed", "error"):
        return Status.WARN, f"its scan failed: {shown(one.scan_error, limit=80) or 'no reason given'}"
    if one.scan_status.strip().lower() not in _SCANNED | _SCANNING:
        return Status.UNKNOWN, f"its scan is {shown(one.scan_status, limit=20)}, which we do not know"
    if one.scan_date is None:
        return Status.UNKNOWN, "does not tell when it was scanned"
    if one.scan_date > now + _AHEAD:
        return Status.UNKNOWN, f"was scanned on {one.scan_date:%d %b %Y}, which is to come"
    age = now - one.scan_date
    return (Status.WARN, f"scanned {age.days} days ago") if age > timedelta(hours=hours) else (Status.OK, "")


def vulnerabilities(seen: Seen[Finding], images: int, now: datetime) -> Answer:
    """Those with a fix count: critical ones fail, high ones warn. What was acknowledged does not, while that holds."""
    if not images and not seen.found:
        return Answer.unknown(NO_IMAGES)
    open_ones = [one for one in seen.found if not _acknowledged(one, now)]
    fixable = [one for one in open_ones if one.fix_version is None or one.fix_version.strip()]
    named: dict[str, list[Finding]] = {}
    for one in fixable:
        if one.severity not in _HARMLESS:
            named.setdefault(one.name, []).append(one)
    evidence = [_vulnerability(name, some) for name, some in named.items()]
    left_out = len(seen.found) - len(open_ones)
    more = f"; {left_out} acknowledged" if left_out else ""
    if not seen.whole:
        more += f"; only {len(seen.found)} of more than {seen.count - 1} findings were read"
    if evidence:
        answer = summed(evidence, f"{len(evidence)} critical or high vulnerabilities have a fix{more}")
        if seen.whole or answer.status in (Status.FAIL, Status.UNKNOWN):
            return answer
        reason = f"No critical one among those that were read{more}"
        return Answer(status=Status.UNKNOWN, summary=reason, evidence=answer.evidence, reason=reason)
    if not seen.whole:
        return Answer.unknown(f"Nothing critical or high with a fix among those that were read{more}")
    return Answer(status=Status.OK, summary=f"None of {len(seen.found)} findings is critical or high with a fix{more}")


def _acknowledged(one: Finding, now: datetime) -> bool:
    if one.acknowledged_date is None:
        return False
    if one.ack_expiration_days <= 0:
        return True
    days = min(one.ack_expiration_days, 36_500)
    return (one.ack_expiration_configured_at or one.acknowledged_date) + timedelta(days=days) > now


def _vulnerability(name: str, some: Sequence[Finding]) -> Evidence:
    first = max(some, key=lambda one: _severity(one).rank)
    places = list(dict.fromkeys(one.image_name or one.image_repository_name for one in some))
    where = ", ".join(shown(place, limit=40) for place in places[:2] if place)
    others = f" and {len(places) - 2} more" if len(places) > 2 else ""
    fix = f"fixed by {shown(f'{first.resource.name} {first.fix_version}', limit=50)}"
    told = "does not tell whether there is a fix" if first.fix_version is None else fix
    words = shown(first.severity, limit=20) or "of no severity"
    return Evidence(
        key=f"vulnerability:{shown(name, limit=100) or '-'}",
        title=shown(name) or "a finding without a name",
        status=_severity(first),
        since=min((one.first_found_date for one in some if one.first_found_date), default=None),
        detail=shown(f"{words}, {told}{f'; in {where}{others}' if where else ''}"),
    )


def _severity(one: Finding) -> Status:
    if one.fix_version is None:
        return Status.UNKNOWN
    return {"critical": Status.FAIL, "high": Status.WARN}.get(one.severity, Status.UNKNOWN)


def enforcers(found: Sequence[Host | HostGroup], limit: Limit) -> Answer:
    """Some that are not connected warn, many fail."""
    counted = [_count(one) for one in found]
    every = sum(connected + apart + unknown for connected, apart, unknown in counted)
    apart = sum(one[1] for one in counted)
    if not every:
        return Answer.unknown("It knows no enforcer, so nothing says that anything is watched while it runs")
    many = apart / every >= limit("fail", 0.2)
    evidence = [
        Evidence(
            key=f"enforcer:{shown(_called(one), limit=150) or '-'}",
            title=shown(_called(one)) or "an enforcer without a name",
            status=Status.UNKNOWN if unknown else Status.FAIL if many else Status.WARN,
            detail=_words(one, away, unknown),
        )
        for one, (_, away, unknown) in zip(found, counted, strict=True)
        if away or unknown
    ]
    if evidence:
        return summed(evidence, f"{apart} of {every} enforcers are not connected")
    return Answer(status=Status.OK, summary=f"All {every} enforcers are connected")


def _count(one: Host | HostGroup) -> tuple[int, int, int]:
    """How many are connected, how many are not, and of how many that is not known."""
    if isinstance(one, HostGroup):
        if one.connected_count is None or one.disconnected_count is None:
            return 0, 0, 1
        return one.connected_count, one.disconnected_count, 0
    status = one.status.strip().lower()
    return int(status in _CONNECTED), int(status in _APART), int(status not in (*_CONNECTED, *_APART))


def _called(one: Host | HostGroup) -> str:
    return one.called if isinstance(one, Host) else one.logicalname or one.id


def _words(one: Host | HostGroup, away: int, unknown: int) -> str:
    if isinstance(one, HostGroup):
        return "does not tell how many are connected" if unknown else f"{away} are not connected"
    return f"is {shown(one.status, limit=20) or 'of no status'}" if unknown else "is not connected"


def summed(evidence: Sequence[Evidence], words: str) -> Answer:
    """The worst first, the first few of them in the summary; of very many the worst hundred."""
    ranked = sorted(evidence, key=lambda one: (-one.status.rank, one.key))
    told = ", ".join(f"{shown(one.title, limit=40)} {shown(one.detail, limit=60)}" for one in ranked[:2])
    status, summary = worst(one.status for one in ranked), shown(f"{words}: {told}", limit=220)
    reason = summary if status is Status.UNKNOWN else None
    return Answer(status=status, summary=summary, evidence=ranked[:_MOST_SHOWN], reason=reason)
