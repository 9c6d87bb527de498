"""Draws the messages of postmortems from stored state; each takes the business key behind the surface's name."""

from datetime import date
from zoneinfo import ZoneInfo

from bot.features.postmortems import reminder, views
from bot.features.postmortems.record import Record
from bot.features.postmortems.service import Postmortems
from bot.features.postmortems.views import Seen
from bot.slack.drawn import Drawn
from bot.slack.message import Message
from bot.store.pending import Pending
from bot.store.postmortems import Postmortem, Stage


async def prompt(postmortems: Postmortems, key: str) -> Drawn | None:
    """`<incident>`, or `<incident>:<round>` when it is asked for again."""
    number, message = await _prompt(postmortems, key)
    incident = await postmortems.record.incidents.get(number)
    if incident is None or message is None or incident.channel is None or incident.gone:
        return None
    return Drawn(channel=incident.channel, message=message)


async def prompt_dm(postmortems: Postmortems, key: str) -> Drawn | None:
    """The same as a direct message to the lead."""
    number, message = await _prompt(postmortems, key)
    row = await postmortems.record.rows.get(number)
    if row is None or row.asked_who is None or message is None:
        return None
    return Drawn(channel=row.asked_who, message=message)


async def _prompt(postmortems: Postmortems, key: str) -> tuple[int, Message | None]:
    number, _, round_ = key.partition(":")
    record = postmortems.record
    row, incident = await record.rows.get(int(number)), await record.incidents.get(int(number))
    if row is None or incident is None:
        return int(number), None
    if row.round > int(round_ or 1):
        return incident.id, views.nudge_past(row)
    known = await postmortems.writing.known(incident)
    return incident.id, views.prompt(known, row, record.names.name, record.clock())


async def nudge(postmortems: Postmortems, key: str) -> Drawn | None:
    """`<incident>:<which>`: to whoever was asked, else in the incident's channel."""
    number, _, which = key.partition(":")
    record = postmortems.record
    row, incident = await record.rows.get(int(number)), await record.incidents.get(int(number))
    if row is None or incident is None:
        return None
    channel = row.asked_who or (None if incident.gone else incident.channel)
    if channel is None:
        return None
    older = int(which) < row.nudges and row.state is Stage.ASKED
    message = views.nudge_past(row) if older else views.nudge(row, record.names.name)
    return Drawn(channel=channel, message=message)


async def filed(postmortems: Postmortems, key: str) -> Drawn | None:
    record, number = postmortems.record, int(key)
    row, incident = await record.rows.get(number), await record.incidents.get(number)
    if row is None or incident is None or not row.submitted:
        return None
    # A private incident's postmortem goes nowhere else when its channel is gone.
    elsewhere = None if incident.private else record.team(incident).channel
    channel = incident.channel if incident.channel and not incident.gone else elsewhere
    if channel is None:
        return None
    seen = Seen(
        incident=incident,
        row=row,
        names=record.names.name,
        now=record.clock(),
        items=await record.actions.of_incident(number),
        pending=await _pending(record, row),
        leaves=record.leaves(incident, shared=row.shared),
        connected=record.ticketing() is not None,
    )
    return Drawn(channel=channel, message=views.filed(seen))


async def _pending(record: Record, row: Postmortem) -> Pending | None:
    waiting = await record.pendings.open_of(f"postmortem:{row.incident_id}:")
    return next((one for one in waiting if one.step == "file ticket"), None)


async def actions_due(postmortems: Postmortems, key: str) -> Drawn | None:
    """`<owner>:<day>`: what was brought up on that day, as it stands now."""
    owner, _, day = key.partition(":")
    record = postmortems.record
    items = await record.actions.told(owner, date.fromisoformat(day))
    today = record.clock().astimezone(ZoneInfo(record.plan().teams[0].timezone)).date()
    return Drawn(channel=owner, message=reminder.reminder(items, today))
