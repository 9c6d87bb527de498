"""What a person presses or sends while writing a postmortem: the four pages, back and forth, and filing."""

from dataclasses import replace

from bot.acts import Acts, Ask, Next, Open, Wrong
from bot.domain.incident import Incident, number_of
from bot.features.postmortems import forms, preview, sheet, small
from bot.features.postmortems.action_rows import text_in, typed_rows
from bot.features.postmortems.commands import UNKNOWN, sheet_of, unknown, writing_view
from bot.features.postmortems.draft import PAGES
from bot.features.postmortems.service import Postmortems
from bot.features.postmortems.sheet import Sheet
from bot.features.postmortems.writing import Saved
from bot.slack.blocks import ended
from bot.slack.message import View
from bot.store.postmortems import Stage

_SUBMITTED = (Stage.FILING, Stage.FILED, Stage.SAVED)


async def write(postmortems: Postmortems, ask: Ask) -> Acts:
    """From the card, the prompt, a nudge, the filed message or a list."""
    incident = await postmortems.incident(ask.key, ask.person, ask.channel)
    return (Next(await writing_view(postmortems, incident)),) if incident else (Next(_gone()),)


async def read(postmortems: Postmortems, ask: Ask) -> Acts:
    incident = await postmortems.incident(ask.key, ask.person, ask.channel)
    return (Next(preview.read(await sheet_of(postmortems, incident))),) if incident else (Next(_gone()),)


# The pages. Each is saved when it is sent; so is what stands in it when somebody goes back.


async def what_sent(postmortems: Postmortems, ask: Ask) -> Acts:
    if not text_in(ask, "title", 1):
        return (Wrong({"title": "Give it a title, a few words"}),)
    return await _turn(postmortems, ask, "what", "why")


async def why_sent(postmortems: Postmortems, ask: Ask) -> Acts:
    return await _turn(postmortems, ask, "why", "actions")


async def actions_sent(postmortems: Postmortems, ask: Ask) -> Acts:
    return await _turn(postmortems, ask, "actions", "preview")


async def back(postmortems: Postmortems, ask: Ask) -> Acts:
    """To the page before. Which one the control's own id tells."""
    to = next((page for page, action in sheet.BACKS.items() if action == ask.origin), "what")
    page = {"what": "why", "why": "actions"}.get(to)
    if page is not None:
        return await _turn(postmortems, ask, page, to)
    incident = await _incident(postmortems, ask)
    return (Next(await _page(postmortems, incident, to, Saved())),) if incident else (Next(_gone()),)


async def another(postmortems: Postmortems, ask: Ask) -> Acts:
    """One more row for an action. What is typed so far stays."""
    incident = await _incident(postmortems, ask)
    if incident is None:
        return (Next(_gone()),)
    return (Next(forms.todo(await _as_typed(postmortems, incident, ask), forms.one_more(typed_rows(ask)))),)


async def submitted(postmortems: Postmortems, ask: Ask) -> Acts:
    """Out with it."""
    incident = await _incident(postmortems, ask)
    if incident is None:
        return (Next(_gone()),)
    if incident.open:
        words = f"{incident.name} is still {incident.status}. What you wrote is saved; file it when it is over."
        return (Next(small.said("Not filed yet", words)),)
    shared = preview.SHARE in ask.chosen("where")
    acts = await postmortems.writing.submit(ask, incident, shared=shared)
    now = await sheet_of(postmortems, incident)
    return (Next(preview.sent(now, tracked=now.leaves)), *acts)


async def _turn(postmortems: Postmortems, ask: Ask, page: str, to: str) -> Acts:
    """Save this page, show that one."""
    incident = await _incident(postmortems, ask)
    if incident is None:
        return (Next(_gone()),)
    saved = await postmortems.writing.save(ask, incident, page)
    if saved.wrong and ask.origin in sheet.BACKS.values():
        # Only a form that is sent can show errors under its fields: the page is shown again, with what is wrong above.
        now = replace(
            await _as_typed(postmortems, incident, ask),
            told=" ".join(ended(why, 90) for why in dict.fromkeys(saved.wrong.values())),
        )
        return (Next(_again(now, ask, page)),)
    if saved.wrong:
        return (Wrong(saved.wrong),)
    return (Next(await _page(postmortems, incident, to, saved)), *saved.acts)


async def _as_typed(postmortems: Postmortems, incident: Incident, ask: Ask) -> Sheet:
    """For a page that is shown once more with what is typed in it."""
    return replace(await sheet_of(postmortems, incident), held=dict(ask.private))


def _again(now: Sheet, ask: Ask, page: str) -> View:
    if page == "actions":
        return forms.todo(now, typed_rows(ask))
    typed = {name: ask.value(name) for name in PAGES[page]}
    return (forms.what if page == "what" else forms.why)(replace(now, fields={**now.fields, **typed}))


async def _page(postmortems: Postmortems, incident: Incident, page: str, saved: Saved) -> View:
    now = await sheet_of(postmortems, incident, saved)
    match page:
        case "what":
            return forms.what(now)
        case "why":
            return forms.why(now)
        case "actions":
            return forms.todo(now, forms.rows_of(now))
        case _:
            return preview.preview(now)


async def _incident(postmortems: Postmortems, ask: Ask) -> Incident | None:
    """What the form is about, held. Its memory names it; whether it may be seen is asked anew."""
    key = str(ask.private.get("incident", ""))
    channel = ask.channel or str(ask.private.get("channel", ""))
    found = await postmortems.incident(key, ask.person, channel)
    return await postmortems.record.incidents.get_locked(found.id) if found else None


# Not needed.


async def waive_form(postmortems: Postmortems, ask: Ask) -> Acts:
    """From memory: a modal waits for nothing."""
    number = number_of(ask.key)
    return (Open(small.waive(f"INC-{number}", ask.channel)),) if number is not None else unknown()


async def waived(postmortems: Postmortems, ask: Ask) -> Acts:
    incident = await _incident(postmortems, ask)
    reason = text_in(ask, "reason", 300)
    if incident is None:
        return (Next(_gone(reason)),)
    if not reason:
        return (Wrong({"reason": "Say in a few words why"}),)
    if incident.open:
        return (Next(small.said("Moved on", f"{incident.name} is {incident.status} again.", reason)),)
    row = await postmortems.record.rows.get_locked(incident.id)
    if row is not None and row.state in (*_SUBMITTED, Stage.WAIVED):
        who = postmortems.record.names.name(row.by)
        did = "said that before" if row.state is Stage.WAIVED else "filed the postmortem meanwhile"
        return (Next(small.said("Moved on", f"{who} {did}.", reason)),)
    return await postmortems.asking.waive(ask, incident, reason)


def _gone(kept: str = "") -> View:
    return small.said("Postmortem", UNKNOWN, kept)
