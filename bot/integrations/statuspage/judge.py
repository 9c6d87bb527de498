"""What the morning's answers mean: the page as a whole, its components, and what was left open on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.foreign import shown
from bot.integrations.statuspage.shapes import DONE, Component, Incident, Summary

_INDICATED: Final[Mapping[str, Status]] = {
    "none": Status.OK,
    "minor": Status.WARN,
    "maintenance": Status.WARN,
    "major": Status.FAIL,
    "critical": Status.FAIL,
}
_COMPONENT: Final[Mapping[str, Status]] = {
    "operational": Status.OK,
    "under_maintenance": Status.WARN,
    "degraded_performance": Status.WARN,
    "partial_outage": Status.FAIL,
    "major_outage": Status.FAIL,
}
_TITLE: Final = 80
_KEY: Final = 180


def page(seen: Summary, link: str) -> Answer:
    """What customers see. A page without components says nothing about what we run."""
    if not seen.components:
        return Answer.unknown("The page shows no components, so it says nothing about what we run")
    evidence = [one for one in map(_component, _members(seen.components)) if one.status is not Status.OK]
    indicated = _INDICATED.get(seen.status.indicator.lower(), Status.UNKNOWN)
    status = worst((indicated, *(one.status for one in evidence)))
    words = seen.status.description or seen.status.indicator
    named = f": {_named(evidence)}" if evidence else ""
    summary = shown(f"The page says {words}{named}")
    return Answer(status=status, summary=summary, evidence=evidence, reason=_reason(status, summary), link=link)


def components(found: Sequence[Component], link: str | None) -> Answer:
    members = _members(found)
    if not members:
        return Answer.unknown("The page has no components, so it says nothing about what we run")
    evidence = sorted(map(_component, members), key=lambda one: -one.status.rank)
    bad = [one for one in evidence if one.status is not Status.OK]
    status = worst(one.status for one in evidence)
    summary = f"All {len(members)} components are operational"
    if bad:
        summary = shown(f"{len(bad)} of {len(members)} components not operational: {_named(bad)}")
    return Answer(status=status, summary=summary, evidence=bad, reason=_reason(status, summary), link=link)


def incidents(found: Sequence[Incident], now: datetime, *, patience: timedelta, link: str | None) -> Answer:
    """Customers see each of them, so each is told; one that nobody wrote to for long is said to be so."""
    evidence = [_incident(one, now, patience) for one in found if one.status.lower() not in DONE]
    if not evidence:
        return Answer(status=Status.OK, summary="No incident is open on the page", link=link)
    evidence.sort(key=lambda one: -one.status.rank)
    summary = shown(f"{len(evidence)} open on the page: {_named(evidence)}")
    return Answer(status=worst(one.status for one in evidence), summary=summary, evidence=evidence, link=link)


def maintenance(active: Sequence[Incident], upcoming: Sequence[Incident], now: datetime, link: str | None) -> Answer:
    """For information; one that goes on after its end was forgotten."""
    under_way = [_maintenance(one, now) for one in active if one.status.lower() not in DONE]
    today = [
        one for one in upcoming if one.scheduled_for is not None and one.scheduled_for - now <= timedelta(hours=24)
    ]
    evidence = [*under_way, *(_planned(one) for one in today)]
    status = worst((Status.OK, *(one.status for one in evidence)))
    summary = f"{len(under_way)} maintenances under way, {len(today)} within 24 h"
    late = [one for one in evidence if one.status is not Status.OK]
    if late:
        summary = shown(f"{len(late)} maintenances should have ended: {_named(late)}")
    return Answer(status=status, summary=summary, evidence=evidence, link=link)


def vendors(found: Sequence[tuple[str, Summary | VendorError]]) -> Answer:
    evidence = sorted((_vendor(address, told) for address, told in found), key=lambda one: -one.status.rank)
    bad = [one for one in evidence if one.status is not Status.OK]
    status = worst(one.status for one in evidence)
    summary = f"All {len(evidence)} vendors say that they are well" if not bad else shown(_named(bad), limit=200)
    return Answer(status=status, summary=summary, evidence=evidence, reason=_reason(status, summary))


def _vendor(address: str, told: Summary | VendorError) -> Evidence:
    if isinstance(told, VendorError):
        status, detail = Status.UNKNOWN, str(told)
    else:
        bad = [one for one in map(_component, _members(told.components)) if one.status is not Status.OK]
        indicated = _INDICATED.get(told.status.indicator.lower(), Status.UNKNOWN)
        status = worst((indicated, *(one.status for one in bad)))
        named = f" ({', '.join(one.title for one in bad[:3])})" if bad else ""
        detail = (told.status.description or told.status.indicator) + named
    name = shown(address.partition("://")[2] or address, limit=_TITLE)
    return Evidence(key=name or "vendor", title=name, status=status, url=address, detail=shown(detail))


def _members(found: Sequence[Component]) -> Sequence[Component]:
    """Without the groups, which only repeat what their members say; a page of nothing but groups keeps them."""
    return [one for one in found if not one.group] or found


def _component(one: Component) -> Evidence:
    return Evidence(
        key=shown(one.id, limit=_KEY) or "component",
        title=shown(one.name or one.id, limit=_TITLE),
        status=_COMPONENT.get(one.status.lower(), Status.UNKNOWN),
        detail=shown(one.status.replace("_", " ") or "it does not tell its state", limit=40),
    )


def _incident(one: Incident, now: datetime, patience: timedelta) -> Evidence:
    newest = one.newest
    heard = (newest and (newest.created_at or newest.display_at)) or one.updated_at or one.created_at
    words = [one.status, f"impact {one.impact}" if one.impact else ""]
    if heard is not None and now - heard > patience:
        words.append(f"no update for {(now - heard).total_seconds() / 3600:.0f} h")
    return Evidence(
        key=shown(one.id, limit=_KEY) or "incident",
        title=shown(one.name or one.id, limit=_TITLE),
        status=Status.FAIL if one.impact.lower() == "critical" else Status.WARN,
        url=_link(one),
        since=one.created_at,
        detail=shown(", ".join(filter(None, words))),
    )


def _maintenance(one: Incident, now: datetime) -> Evidence:
    late = one.scheduled_until is not None and one.scheduled_until < now
    until = f" until {one.scheduled_until:%d %b %H:%M} UTC" if one.scheduled_until else ""
    return Evidence(
        key=shown(one.id, limit=_KEY) or "maintenance",
        title=shown(one.name or one.id, limit=_TITLE),
        status=Status.WARN if late else Status.OK,
        url=_link(one),
        since=one.scheduled_for,
        detail=f"should have ended{until.replace('until', 'by')}" if late else f"under way{until}",
    )


def _planned(one: Incident) -> Evidence:
    return Evidence(
        key=shown(one.id, limit=_KEY) or "maintenance",
        title=shown(one.name or one.id, limit=_TITLE),
        status=Status.OK,
        url=_link(one),
        detail=f"from {one.scheduled_for:%d %b %H:%M} UTC" if one.scheduled_for else "planned",
    )


def _link(one: Incident) -> str | None:
    address = one.shortlink
    return address if address.startswith("https://") and len(address) < 500 and address.isprintable() else None


def _named(evidence: Sequence[Evidence]) -> str:
    return "; ".join(f"{one.title}: {one.detail}" for one in evidence[:3])


def _reason(status: Status, summary: str) -> str | None:
    return summary if status is Status.UNKNOWN else None
