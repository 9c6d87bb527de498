"""What a person presses on an alert in triage."""

from datetime import timedelta

from bot.acts import Acts, Ask, Happened, Next, Post, Reply, Start
from bot.features.alerts import views
from bot.features.alerts.service import Alerts, triage_key
from bot.slack.blocks import section
from bot.slack.message import Message, View
from bot.store.alerts import AlertRow, Place

SNOOZE = timedelta(hours=1)


async def _row(alerts: Alerts, ask: Ask) -> AlertRow | None:
    number = (ask.key or str(ask.private.get("alert", ""))).rpartition(":")[2]
    return await alerts.rows.get(int(number)) if number.isdigit() else None


def _over(row: AlertRow | None) -> Acts:
    if row is None:
        return (Reply(Message("I do not know that alert any more.")),)
    if row.incident is not None:
        return (Reply(Message(f"This moved on: it is part of INC-{row.incident}.")), Post(triage_key(row.id)))
    return (Reply(Message("This moved on: it cleared.")), Post(triage_key(row.id)))


async def declare(alerts: Alerts, ask: Ask) -> Acts:
    """Makes an incident of it, with the alert in it."""
    row = await _row(alerts, ask)
    if row is None or row.incident is not None or not row.firing:
        return _over(row)
    await alerts.audit.note(
        at=alerts.clock(), who=ask.person.id, what="alert.declare", object_=row.alert.key[:200], whence=ask.channel
    )
    return (
        Reply(Message("⏳ Opening an incident for it.")),
        Happened("alert.fired", {"alert": row.id, "by": ask.person.id}),
    )


async def acknowledge(alerts: Alerts, ask: Ask) -> Acts:
    row = await _row(alerts, ask)
    if row is None or row.incident is not None or not row.firing:
        return _over(row)
    if row.acknowledged_at is not None:
        return (Reply(Message(f"{row.acknowledged_by} has it already.")),)
    now = alerts.clock()
    await alerts.rows.change(row.id, acknowledged_at=now, acknowledged_by=ask.person.name)
    await alerts.audit.note(
        at=now, who=ask.person.id, what="alert.acknowledge", object_=row.alert.key[:200], whence=ask.channel
    )
    given = {"alerts": [row.id], "by": ask.person.id}
    return (
        Post(triage_key(row.id)),
        Start(flow="alert.acknowledge", once=f"alert:{row.id}:acknowledge:{ask.once}", given=given),
    )


async def snooze(alerts: Alerts, ask: Ask) -> Acts:
    row = await _row(alerts, ask)
    if row is None or row.place is not Place.TRIAGE or not row.firing:
        return _over(row)
    return await alerts.quiet(row, SNOOZE)


async def dismiss_form(alerts: Alerts, ask: Ask) -> Acts:
    row = await _row(alerts, ask)
    return (Next(views.dismiss(row)),) if row else _over(row)


async def dismissed(alerts: Alerts, ask: Ask) -> Acts:
    row = await _row(alerts, ask)
    if row is None:
        return (Next(View(title="Moved on", close="Close", blocks=(section("That alert is gone."),))),)
    minutes = int(ask.value("span") or 1440)
    await alerts.audit.note(
        at=alerts.clock(), who=ask.person.id, what="alert.dismiss", object_=row.alert.key[:200], whence=ask.channel
    )
    return await alerts.quiet(row, timedelta(minutes=min(minutes, 7 * 24 * 60)))


async def why(alerts: Alerts, ask: Ask) -> Acts:
    row = await _row(alerts, ask)
    return (Reply(views.why(row)),) if row else _over(row)
