"""Alerts of Opsgenie and its successor in our own form, whether they sent them or were asked for them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.domain.alert import Agent, Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import Unreadable
from bot.integrations.opsgenie import shapes
from bot.integrations.opsgenie.notices import Notice, Noticed

SOURCE: Final = "opsgenie"
OUR_MARK: Final = re.compile(r"\n\[daywatch [^\]\n]{1,300}\]\s*\Z")
"""How our notes end (`mark_of`)."""
_LONGEST: Final = 20_000
_URGENCY: Final = {"P1": Urgency.HIGH, "P2": Urgency.HIGH, "P3": Urgency.LOW, "P4": Urgency.LOW, "P5": Urgency.LOW}
_LABEL: Final = re.compile(r"(?P<name>[A-Za-z_][\w.-]{0,60})[:=](?P<value>.{1,200})")
_STEPS: Final = ((1e16, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From which number on a moment counts nanoseconds, microseconds, milliseconds; below, seconds."""


def mark_of(once: str) -> str:
    """So that a repeat finds the note, and so that we know it when it comes back."""
    return f"[daywatch {once}]"


def standing(one: shapes.Alert, known: Alert) -> AlertChanged | None:
    """How an alert stands that the API was asked for, as the notice would have told it that we may have missed."""
    at, closed = shapes.moment(one), one.status.lower() == "closed"
    if at is None or not (closed or (one.status == shapes.OPEN and one.acknowledged)):
        return None
    state = AlertState.RESOLVED if closed else AlertState.FIRING
    change = Change.RESOLVED if closed else Change.ACKNOWLEDGED
    return AlertChanged(alert=replace(known, state=state, occurred_at=at), change=change)


def told(notice: Notice, page: str | None) -> Sequence[AlertChanged]:
    """The news in a notice; nothing for an action that nobody follows, such as one of the admin's own."""
    said = _FOLLOWED.get(notice.action)
    if said is None:
        return ()
    change, words_of = said
    words = words_of(notice)[:_LONGEST]
    if OUR_MARK.search(words):
        return ()  # our own note coming back is no news
    one = notice.alert
    started, at = moment(one.created_at), moment(one.updated_at)
    if (at or started) is None:
        raise Unreadable(f"{SOURCE}: alert: neither createdAt nor updatedAt is a moment")
    alert = Alert(
        source=SOURCE,
        id=one.alert_id,
        title=one.message or f"Alert {one.tiny_id or one.alert_id}",
        state=AlertState.RESOLVED if change is Change.RESOLVED else AlertState.FIRING,
        occurred_at=at or started or datetime.min.replace(tzinfo=UTC),
        fingerprint=f"{SOURCE}:{one.alias or one.alert_id}",
        started_at=started,
        urgency=urgency(one.priority),
        priority=one.priority or None,
        number=one.tiny_id or None,
        url=page,
        service_ref=one.teams[0] if one.teams else None,
        labels=labels(one.tags, {"entity": one.entity, "source": one.source}),
        description=one.description[:_LONGEST],
        wish=one.alias,
    )
    return (AlertChanged(alert=alert, change=change, by=_agent(one), words=words),)


def urgency(priority: str) -> Urgency | None:
    return _URGENCY.get(priority.upper())


def labels(tags: Sequence[str], more: Mapping[str, str]) -> Mapping[str, str]:
    """Tags like `service:checkout` or `env=prod` are labels of their own; the rest stands under `tags`."""
    found = {name: value for name, value in more.items() if value}
    plain = []
    for tag in tags:
        pair = _LABEL.fullmatch(tag.strip())
        if pair:
            found[pair["name"]] = pair["value"].strip()
        elif tag.strip():
            plain.append(tag.strip())
    return found | ({"tags": ", ".join(plain)} if plain else {})


def moment(given: float | str | None) -> datetime | None:
    """Created is told in milliseconds, updated in nanoseconds, either perhaps as text; None for no moment."""
    if given is None:
        return None
    try:
        number = float(given)
    except ValueError:
        return _written(str(given))
    try:
        return datetime.fromtimestamp(number / next((step for least, step in _STEPS if number >= least), 1), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _written(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _agent(one: Noticed) -> Agent | None:
    name = one.username
    if not name or name.lower() in ("system", "alert api"):
        return None
    return Agent(id=one.user_id or name, name=name, person=bool(one.user_id) or "@" in name)


def _said(what: str, value: Callable[[Noticed], str] = lambda _: "") -> Callable[[Notice], str]:
    return lambda notice: ": ".join(filter(None, (what, value(notice.alert))))


def _silent(_: Notice) -> str:
    return ""


_FOLLOWED: Final[Mapping[str, tuple[Change, Callable[[Notice], str]]]] = {
    "Create": (Change.TRIGGERED, _silent),
    "Acknowledge": (Change.ACKNOWLEDGED, _silent),
    "UnAcknowledge": (Change.UNACKNOWLEDGED, _silent),
    "Close": (Change.RESOLVED, lambda notice: notice.alert.note),
    "Delete": (Change.RESOLVED, _said("the alert was deleted")),
    "Escalate": (Change.ESCALATED, _silent),
    "EscalateNext": (Change.ESCALATED, _silent),
    "UpdatePriority": (Change.REPRIORITISED, _silent),
    # What follows says nothing about whether the alert still fires.
    "AddNote": (Change.NOTED, lambda notice: notice.alert.note),
    "AssignOwnership": (Change.NOTED, _said("assigned", lambda alert: alert.owner)),
    "TakeOwnership": (Change.NOTED, _said("somebody took it", lambda alert: alert.owner or alert.username)),
    "AddTeam": (Change.NOTED, _said("a team was added", lambda alert: alert.added_team)),
    "AddRecipient": (Change.NOTED, _said("somebody was added", lambda alert: alert.recipient)),
    "AddTags": (Change.NOTED, _said("tags added", lambda alert: alert.added_tags)),
    "RemoveTags": (Change.NOTED, _said("tags removed", lambda alert: alert.removed_tags)),
    "Snooze": (Change.NOTED, _said("snoozed")),
    "SnoozeEnded": (Change.NOTED, _said("no longer snoozed")),
    "UpdateMessage": (Change.NOTED, _said("the title is now", lambda alert: alert.message)),
    "UpdateDescription": (Change.NOTED, _said("the description was changed")),
}
