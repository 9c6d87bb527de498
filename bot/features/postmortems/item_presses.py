"""What a person presses or sends about action items: done, another date, handed over, one more."""

from bot.acts import Acts, Ask, Next, Post, Reply, Wrong
from bot.domain.incident import Incident
from bot.features.postmortems import commands, small
from bot.features.postmortems.action_rows import MOST_WHAT, Typed, text_in
from bot.features.postmortems.commands import UNKNOWN
from bot.features.postmortems.record import filed_key
from bot.features.postmortems.service import Postmortems
from bot.features.postmortems.writing import day_of
from bot.slack.message import Message, View
from bot.store.action_items import ActionItem

GONE = "That action item is not there any more. /postmortem actions shows the open ones."
NOT_YOURS = "🔒 Changing an action item needs the role responder, or that it is yours."


async def done(postmortems: Postmortems, ask: Ask) -> Acts:
    """From a reminder, or from the list in a modal."""
    item = await postmortems.item_held(ask.key)
    incident = await _incident_of(postmortems, item)
    if item is None or incident is None:
        return await _answer(postmortems, ask, GONE)
    if not postmortems.items.may_change(ask.person, incident, item):
        return await _answer(postmortems, ask, NOT_YOURS)
    if item.done:
        who = f"{item.done_by} did" if item.done_by else "Somebody did"
        return (*(await _answer(postmortems, ask, f"{who} this already.")), Post(filed_key(incident.id)))
    acts = await postmortems.items.done(ask, item)
    return (*(await _answer(postmortems, ask, "")), *acts)


async def date_form(postmortems: Postmortems, ask: Ask) -> Acts:
    found, refused = await _changeable(postmortems, ask)
    if found is None:
        return (Next(refused),)
    incident, item = found
    return (Next(small.new_date(item, incident.channel or "", postmortems.record.today(incident))),)


async def owner_form(postmortems: Postmortems, ask: Ask) -> Acts:
    found, refused = await _changeable(postmortems, ask)
    return (Next(small.hand_over(found[1], found[0].channel or "")),) if found else (Next(refused),)


async def date_chosen(postmortems: Postmortems, ask: Ask) -> Acts:
    found, refused = await _changeable(postmortems, ask, held=True)
    if found is None:
        return (Next(refused),)
    incident, item = found
    due, reason = day_of(ask.value("due")), text_in(ask, "reason", 300)
    if due is None or due < postmortems.record.today(incident):
        return (Wrong({"due": "Use a date after today"}),)
    if not reason:
        return (Wrong({"reason": "Say in a few words why"}),)
    return await postmortems.items.new_date(ask, item, due, reason)


async def owner_chosen(postmortems: Postmortems, ask: Ask) -> Acts:
    found, refused = await _changeable(postmortems, ask, held=True)
    if found is None:
        return (Next(refused),)
    to = postmortems.record.names.known(ask.value("owner"))
    if to is None or to.guest:
        return (Wrong({"owner": "Choose a full member of this workspace"}),)
    return await postmortems.items.hand_over(ask, found[1], to)


async def change_list(postmortems: Postmortems, ask: Ask) -> Acts:
    """Open action items in a modal, of all postmortems or of one."""
    return (Next(await _list(postmortems, ask, ask.key)),)


async def add_form(postmortems: Postmortems, ask: Ask) -> Acts:
    incident = await postmortems.incident(ask.key, ask.person, ask.channel)
    return (Next(small.add_action(incident)),) if incident else (Next(small.said("Action item", UNKNOWN)),)


async def added(postmortems: Postmortems, ask: Ask) -> Acts:
    channel = ask.channel or str(ask.private.get("channel", ""))
    incident = await postmortems.incident(str(ask.private.get("incident", "")), ask.person, channel)
    row = await postmortems.record.rows.get_locked(incident.id) if incident else None
    what = text_in(ask, "what", MOST_WHAT)
    if incident is None or row is None:
        return (Next(small.said("Action item", UNKNOWN, what)),)
    if not what:
        return (Wrong({"what": "Say what is to be done"}),)
    typed = Typed(at="", item=None, what=what, owner=ask.value("owner") or None, due=ask.value("due"))
    wrong = postmortems.writing.problems(incident, typed, None)
    if wrong:
        return (Wrong({name.rstrip("_"): words for name, words in wrong.items()}),)
    return await postmortems.writing.add_action(ask, incident, what, typed.owner, day_of(typed.due))


async def _changeable(
    postmortems: Postmortems, ask: Ask, *, held: bool = False
) -> tuple[tuple[Incident, ActionItem] | None, View]:
    """The item an ask is about, if it is there, open, and the asker's to change; else what to say."""
    key = ask.key or str(ask.private.get("item", ""))
    item = await (postmortems.item_held(key) if held else postmortems.item(key))
    incident = await _incident_of(postmortems, item)
    kept = text_in(ask, "reason", 300)
    if item is None or incident is None:
        return None, small.said("Action item", GONE, kept)
    if not postmortems.items.may_change(ask.person, incident, item):
        return None, small.said("Not allowed", NOT_YOURS, kept)
    if item.done:
        return None, small.said("Moved on", f"{item.done_by or 'Somebody'} did this already.", kept)
    return (incident, item), small.said("Action item", "")


async def _incident_of(postmortems: Postmortems, item: ActionItem | None) -> Incident | None:
    return await postmortems.record.incidents.get(item.incident_id) if item else None


async def _answer(postmortems: Postmortems, ask: Ask, words: str) -> Acts:
    """In a modal the list is shown anew; on a message words, if there are any."""
    if ask.view_id:
        return (Next(await _list(postmortems, ask, "all")),)
    return (Reply(Message(words)),) if words else ()


async def _list(postmortems: Postmortems, ask: Ask, key: str) -> View:
    items = await commands.visible_actions(postmortems, ask)
    items = [one for one in items if key in ("all", f"INC-{one.incident_id}")]
    return small.changeable(items, postmortems.record.names.name, commands.today(postmortems))
