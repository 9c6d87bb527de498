"""What is known of an incident when it is over, and the postmortem's text made of it. Pure functions."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.change import Change
from bot.domain.incident import Incident
from bot.domain.suspicion import Changed
from bot.domain.timeline import Moment
from bot.slack.blocks import change_words, clean, count, cut, did_not_answer, reasons, span
from bot.store.action_items import ActionItem
from bot.store.alerts import AlertRow
from bot.store.postmortems import Postmortem

TEXTS: Final = ("title", "summary", "impact", "factors", "helped", "slowed")
PAGES: Final = {"what": ("title", "summary", "impact"), "why": ("factors", "helped", "slowed"), "actions": ()}
MOST_TITLE: Final = 150
MOST_TEXT: Final = 3000
_SHOWN_MOMENTS: Final = 200
_SHOWN_ALERTS: Final = 30
_SHOWN_CHANGES: Final = 10
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>~|&])")
_OPENING: Final = re.compile(r"^(\d*)([#+\-=.)])")
"""What makes a line a heading, a list or a rule, when it begins with it."""
_BULLET: Final = re.compile(r"^\s*[-*•]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An incident with what a postmortem begins from. `moments` are the key ones, `total` counts all."""

    incident: Incident
    severity: str
    moments: Sequence[Moment]
    total: int
    changes: int
    alerts: Sequence[AlertRow]
    people: Sequence[str]
    names: Callable[[str | None], str]
    changed: Changed | None = None

    @property
    def lasted(self) -> timedelta:
        one = self.incident
        return (one.ended_at or one.resolved_at or one.changed_at) - one.opened_at

    @property
    def counted(self) -> str:
        """As "31 moments, 2 changes, 5 people"; what there is none of is left out."""
        parts = [count(self.total, "moment")]
        parts += [count(self.changes, "change")] if self.changes else []
        parts += [count(len(self.alerts), "alert")] if self.alerts else []
        parts += [count(len(self.people), "person", "people")] if self.people else []
        return ", ".join(parts)


def prefilled(known: Known) -> dict[str, str]:
    """What the fields hold before anybody has typed: only what data says."""
    one = known.incident
    return {
        "title": cut(clean(one.title), MOST_TITLE),
        "summary": _story(known),
        "impact": cut(one.impact or one.last_update or one.seen or "", MOST_TEXT),
        "factors": "",
        "helped": cut(f"What fixed it: {one.fixed_by}" if one.fixed_by else "", MOST_TEXT),
        "slowed": "",
    }


def filled(postmortem: Postmortem | None, known: Known) -> dict[str, str]:
    """The fields as they stand: what was typed, else what the timeline gives."""
    begun = prefilled(known)
    if postmortem is None:
        return begun
    return {name: postmortem.text(name) if name in postmortem.fields else begun[name] for name in TEXTS}


def _story(known: Known) -> str:
    """The key moments, a line each, as many as fit into the field, the first and the last ones."""
    lines = [f"{_clock(one.at)} {cut(clean(one.words), 160)}" for one in known.moments]
    if len(lines) > 14:
        lines = [*lines[:10], f"… {len(lines) - 13} more …", *lines[-3:]]
    return cut("\n".join(lines), MOST_TEXT)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M} UTC"


def durations(incident: Incident, moments: Sequence[Moment]) -> list[tuple[str, timedelta]]:
    """How long until somebody had it, until people no longer felt it, until it was over."""
    told: list[tuple[str, timedelta]] = []
    if incident.acknowledged_at is not None:
        told.append(("Acknowledged after", incident.acknowledged_at - incident.opened_at))
    eased = next((one.at for one in moments if one.eased), None) or incident.ended_at
    if eased is not None:
        told.append(("Mitigated after", eased - incident.opened_at))
    if incident.resolved_at is not None:
        told.append(("Resolved after", incident.resolved_at - incident.opened_at))
    return told


def escaped(text: str, most: int = 300) -> str:
    """Foreign words as one line of Markdown in which nothing is markup."""
    return _OPENING.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", cut(clean(text), most)))


def _typed(text: str) -> str:
    """What people typed keeps its lines and bullets, and nothing else in it is markup: it may quote anybody."""
    rows = [row.strip() for row in clean(text, lines=True).strip().split("\n")]
    told = []
    for row, after in zip(rows, [*rows[1:], ""], strict=True):
        bullet = _BULLET.match(row)
        if bullet:
            told.append(f"- {escaped(row[bullet.end() :], MOST_TEXT)}")
        else:
            # A backslash keeps the line's end, save at the end of a paragraph, where it would be shown.
            goes_on = bool(row and after and not _BULLET.match(after))
            told.append(escaped(row, MOST_TEXT) + ("\\" if goes_on else ""))
    return "\n".join(told) or "Not written."


def markdown(known: Known, fields: dict[str, str], items: Sequence[ActionItem]) -> str:
    """The whole postmortem. Everything foreign in it is escaped."""
    one = known.incident
    parts = [
        f"**{one.name}** {escaped(fields['title'])}",
        _facts(known),
        "## What happened",
        _typed(fields["summary"]),
        "## Impact",
        _typed(fields["impact"]),
        "## Contributing factors",
        _typed(fields["factors"]),
        "## What helped",
        _typed(fields["helped"]),
        "## What slowed us",
        _typed(fields["slowed"]),
        "## Actions",
        _actions(items, known.names),
        "## Alerts",
        _alerts(known.alerts),
        *_changes(known.changed),
        "## People by role",
        _people(known),
        "## Timeline",
        _timeline(known),
    ]
    return "\n\n".join(parts)


def _facts(known: Known) -> str:
    one = known.incident
    service = f" · {escaped(one.service)}" if one.service else ""
    rows = [f"- {escaped(known.severity)}{service} · began {one.opened_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]
    rows += [f"- {what} {span(length)}" for what, length in durations(one, known.moments)]
    rows.append(f"- Lasted {span(known.lasted)}")
    if one.fixed_by:
        rows.append(f"- Fixed by: {escaped(one.fixed_by, 500)}")
    return "\n".join(rows)


def _actions(items: Sequence[ActionItem], names: Callable[[str | None], str]) -> str:
    if not items:
        return "None."
    rows = []
    for one in items:
        due = f", due {one.due.isoformat()}" if one.due else ""
        ticket = f" ({escaped(one.ticket)})" if one.ticket else ""
        owner = escaped(names(one.owner)) if one.owner else "no owner yet"
        rows.append(f"- {escaped(one.what)}: {owner}{due}{ticket}")
    return "\n".join(rows)


def _alerts(alerts: Sequence[AlertRow]) -> str:
    if not alerts:
        return "None; a person declared it."
    rows = []
    for row in alerts[:_SHOWN_ALERTS]:
        cleared = f" to {_clock(row.cleared_at)}" if row.cleared_at else ", still firing"
        rows.append(f"- {escaped(row.alert.source)}: {escaped(row.title)} ({_clock(row.started_at)}{cleared})")
    if len(alerts) > _SHOWN_ALERTS:
        rows.append(f"- and {len(alerts) - _SHOWN_ALERTS} more")
    return "\n".join(rows)


def _changes(changed: Changed | None) -> Sequence[str]:
    """What was changed before it began, the most suspicious first with the reason, and while it ran."""
    if changed is None or not changed.known:
        return ()
    rows = [
        f"- {_clock(one.recorded.change.started_at)} {_said(one.recorded.change, ended=False)} ({reasons(one)})"
        for one in changed.before[:_SHOWN_CHANGES]
    ]
    if changed.total > len(rows):
        rows.append(f"- and {changed.total - len(rows)} more before it began")
    rows += [
        f"- {_clock(one.change.started_at)} {_said(one.change)} (while it ran)"
        for one in changed.since[:_SHOWN_CHANGES]
    ]
    if len(changed.since) > _SHOWN_CHANGES:
        rows.append(f"- and {len(changed.since) - _SHOWN_CHANGES} more while it ran")
    if changed.silent:
        rows.append(f"- {escaped(did_not_answer(changed.silent))}")
    whose = f" to {escaped(changed.service)}" if changed.service else ""
    return "## Changes", "\n".join(rows) or f"None{whose} in the {span(changed.within)} before it began."


def _said(change: Change, *, ended: bool = True) -> str:
    return escaped(change_words(change, ended=ended))


def _people(known: Known) -> str:
    one = known.incident
    roles = [("Lead", one.lead), ("Communications", one.communications), ("Scribe", one.scribe)]
    rows = [f"- {role}: {escaped(known.names(who))}" for role, who in roles if who]
    others = [known.names(who) for who in known.people if who not in (one.lead, one.communications, one.scribe)]
    if others:
        rows.append(f"- Also there: {escaped(', '.join(others), 500)}")
    return "\n".join(rows) or "Nobody was needed."


def _timeline(known: Known) -> str:
    shown = known.moments[:_SHOWN_MOMENTS]
    rows = [f"- {_clock(one.at)} {escaped(one.words)}" for one in shown]
    if known.total > len(shown):
        rows.append(f"- {known.total - len(shown)} other moments stand in Slack")
    return "\n".join(rows) or "Empty."
