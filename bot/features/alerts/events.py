"""News of alerts, from sources and from incidents."""

from collections.abc import Mapping
from typing import Any

from bot.acts import Acts, Post
from bot.domain.alert import AlertChanged
from bot.features.alerts import views
from bot.features.alerts.service import Alerts, triage_key
from bot.slack.drawn import Drawn
from bot.store.alerts import Place


async def changed(alerts: Alerts, news: AlertChanged) -> Acts:
    """A source says that something happened to an alert."""
    return await alerts.heard(news)


async def placed(alerts: Alerts, given: Mapping[str, Any]) -> Acts:
    """An alert became part of an incident: its triage message, if it has one, says so."""
    key = triage_key(int(given["alert"]))
    return (Post(key),) if await alerts.messages.place(key) else ()


async def runbook_found(alerts: Alerts, given: Mapping[str, Any]) -> Acts:
    """A page fits an alert that waits in triage."""
    return await alerts.runbook_found(int(given["alert"]), given["runbook"])


async def draw_triage(alerts: Alerts, key: str) -> Drawn | None:
    """The triage message of one alert, from stored state. None for an alert that never was in triage."""
    row = await alerts.rows.get(int(key)) if key.isdigit() else None
    if row is None or row.place in (Place.NONE, Place.IGNORED):
        return None
    plan = alerts.plan()
    channel = plan.incidents.triage or plan.team_of(row.service).channel
    until = row.alert.occurred_at + plan.incidents.join_window
    incident = f"INC-{row.incident}" if row.incident else None
    message = views.triage(
        row,
        joins_until=until,
        incident=incident,
        now=alerts.clock(),
        silenceable=alerts.silenceable(row.alert.source),
    )
    return Drawn(channel=channel, message=message)
