"""What a person types about postmortems: begin or go on writing, the list, the open action items."""

from datetime import date
from zoneinfo import ZoneInfo

from bot.acts import Acts, Ask, Next, Reply
from bot.domain.incident import Incident
from bot.features.postmortems import draft, forms, lists, small
from bot.features.postmortems.service import Postmortems
from bot.features.postmortems.sheet import Sheet
from bot.features.postmortems.writing import Saved
from bot.slack.message import Message, View
from bot.store.action_items import ActionItem
from bot.store.postmortems import Postmortem

UNKNOWN = "I do not know that incident here. /postmortem list shows what there is; /postmortem INC-142 opens one."
_LATEST = 20


async def postmortem(postmortems: Postmortems, ask: Ask) -> Acts:
    """`/postmortem [INC-142]`: the one named, else this channel's, else a list to pick from."""
    if ask.text:
        found = await postmortems.incident(ask.text, ask.person, ask.channel)
        return (Next(await writing_view(postmortems, found)),) if found else (Next(small.said("Postmortem", UNKNOWN)),)
    here = await postmortems.record.incidents.of_channel(ask.channel) if ask.channel else None
    if here is not None:
        return (Next(await writing_view(postmortems, here)),)
    choices = []
    for number in await postmortems.record.rows.unwritten(limit=_LATEST):
        one = await postmortems.incident(str(number), ask.person, ask.channel)
        if one is not None:
            choices.append((one, await postmortems.record.rows.get(number)))
    return (Next(small.pick(choices)),)


async def listed(postmortems: Postmortems, ask: Ask) -> Acts:
    """`/postmortem list`; private ones only for those who were there."""
    found: list[tuple[Incident, Postmortem]] = []
    for row in await postmortems.record.rows.recent(limit=_LATEST):
        incident = await postmortems.incident(row.name, ask.person, ask.channel)
        if incident is not None:
            found.append((incident, row))
    return (Reply(lists.overview(found, postmortems.record.names.name, today(postmortems))),)


async def actions(postmortems: Postmortems, ask: Ask) -> Acts:
    """`/postmortem actions`: what is open, nobody's first, then what is due first."""
    items = await visible_actions(postmortems, ask)
    return (Reply(lists.actions_table(items, postmortems.record.names.name, today(postmortems))),)


async def visible_actions(postmortems: Postmortems, ask: Ask) -> list[ActionItem]:
    """Open action items that the asker may see: private incidents' stay with those who were there."""
    found: list[ActionItem] = []
    for live in await postmortems.record.actions.open():
        name = f"INC-{live.item.incident_id}"
        theirs = live.item.owner == ask.person.id
        if not live.private or theirs or await postmortems.incident(name, ask.person, ask.channel):
            found.append(live.item)
    return found


def today(postmortems: Postmortems) -> date:
    """The day it is for the first team, where a list belongs to nobody's team alone."""
    zone = ZoneInfo(postmortems.record.plan().teams[0].timezone)
    return postmortems.record.clock().astimezone(zone).date()


async def writing_view(postmortems: Postmortems, incident: Incident) -> View:
    """The first page; a merged incident's postmortem is that of the other."""
    into = incident.merged_into
    other = await postmortems.record.incidents.get(into) if into else None
    return forms.what(await sheet_of(postmortems, other or incident))


async def sheet_of(postmortems: Postmortems, incident: Incident, saved: Saved | None = None) -> Sheet:
    """All that a page shows, from the store."""
    record = postmortems.record
    known = await postmortems.writing.known(incident)
    row = await record.rows.get(incident.id)
    return Sheet(
        known=known,
        row=row,
        fields=draft.filled(row, known),
        items=await record.actions.of_incident(incident.id),
        names=record.names.name,
        now=record.clock().astimezone(ZoneInfo(record.team(incident).timezone)),
        today=record.today(incident),
        leaves=record.leaves(incident, shared=bool(row and row.shared)),
        connected=record.ticketing() is not None,
        overtaken=saved.overtaken if saved else None,
        hints=saved.hints if saved else (),
    )


def unknown() -> Acts:
    return (Reply(Message(UNKNOWN)),)
