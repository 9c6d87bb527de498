"""What a person submits about an incident: checked, decided, and answered in the form itself."""

import json
from datetime import UTC, datetime
from typing import Final

from bot.acts import Act, Acts, Ask, Next, Reply, Wrong
from bot.domain.incident import OPEN, Duty, State, number_of
from bot.domain.person import Person, Role
from bot.features.incidents import forms
from bot.features.incidents.audiences import publishing
from bot.features.incidents.course import Resolution
from bot.features.incidents.presses import composer
from bot.features.incidents.record import stamp_of
from bot.features.incidents.response import GONE, Response, hidden
from bot.features.incidents.words import Update
from bot.slack.message import Message

_REMEMBERED: Final = 2_700
"""Characters of what a form remembers, of the 3,000 that Slack allows."""


def _gone() -> Acts:
    return (Reply(Message(GONE)),)


async def update_written(response: Response, ask: Ask) -> Acts:
    """The composer: shows the words as they will stand, before anybody gets them."""
    incident = response.remembered(ask)
    text = ask.value("text")
    if incident is None or not incident.open:
        return (Next(forms.ended(incident, text)),) if incident else _gone()
    if not text:
        return (Wrong({"text": "Write what is known, or what happens next"}),)
    audience, public = ask.chosen("audience"), None
    pages = response.audiences.pages
    if pages and forms.PUBLIC in audience:
        if forms.PUBLIC not in ask.values:
            return (Next(composer(response, incident, text=text, chosen=audience)),)
        if wrong := _not_for_customers(ask, text):
            return (Wrong(wrong),)
        public = (" and ".join(pages), ask.value("public_title"), ask.value("public"))
    record = response.record
    where = record.plan().incidents.announce or record.plan().team_of(incident.service).channel
    view = forms.preview(
        incident,
        text=text,
        status=ask.value("status"),
        audience=audience,
        minutes=int(ask.value("next") or 0),
        where=", ".join((where, *response.audiences.mirrors)),
        public=public,
    )
    return (Next(view, push=True),)


def _not_for_customers(ask: Ask, text: str) -> dict[str, str]:
    """What keeps an update from customers, by the field to mend."""
    if ask.person.role < Role.OPERATOR:
        return {"audience": "The status page needs the role operator; untick it, or ask an operator"}
    if not ask.value("public"):
        return {"public": "Write what customers may know"}
    # The form's memory takes no more, and what was shown must be what is sent.
    if len(json.dumps([text, ask.value("public"), ask.value("public_title")], ensure_ascii=False)) > _REMEMBERED:
        return {"public": "Together that is too long; shorten one of the texts"}
    return {}


async def update_posted(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    text = str(ask.private.get("text", ""))
    if incident is None or not incident.open:
        return (Next(forms.ended(incident, text)),) if incident else _gone()
    status = str(ask.private.get("status", incident.status))
    said = Update(
        text=text[:1000],
        status=State(status) if status in OPEN else incident.status,
        stakeholders=bool(ask.private.get("stakeholders")),
        next_in=max(0, min(int(ask.private.get("next") or 0), 24 * 60)),
        public=str(ask.private.get("public", ""))[:1000],
        public_title=str(ask.private.get("public_title", ""))[:100],
    )
    if said.public and ask.person.role < Role.OPERATOR:
        return (Reply(Message("Nothing was posted: the status page needs the role operator.")),)
    return (*(await response.words.update(ask, incident, said)), Next(forms.done("Posted", "The update is posted.")))


async def resolved(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    fixed = ask.value("fixed")
    if incident is None or not incident.open:
        return (Next(forms.ended(incident, fixed)),) if incident else _gone()
    if not fixed:
        return (Wrong({"fixed": "Say what fixed it, or that nobody knows"}),)
    ended = _moment(ask.value("ended"))
    now = response.record.clock()
    if ended is not None and ended > now:
        return (Wrong({"ended": "Use a time that is not in the future"}),)
    # The picker knows minutes only: the one in which it began is late enough.
    if ended is not None and ended < incident.opened_at.replace(second=0, microsecond=0):
        return (Wrong({"ended": f"Use a time after it began ({incident.opened_at:%d %b %H:%M} UTC)"}),)
    then = ask.chosen("then")
    how = Resolution(
        fixed_by=fixed,
        impact=ask.value("impact"),
        ended_at=max(ended, incident.opened_at) if ended else None,
        in_pager="pager" in then,
        tell="tell" in then,
        postmortem="postmortem" in then,
    )
    pages = response.audiences.pages if forms.PUBLIC in then else ()
    if pages and ask.person.role < Role.OPERATOR:
        return (Wrong({"then": "The status page needs the role operator; untick it, or ask an operator"}),)
    acts = await response.course.resolve(ask, incident, how)
    told = [*(response.audiences.mirrors if how.tell else ()), *pages]
    return (*acts, *publishing(incident, told, State.RESOLVED, stamp_of(now)))


async def severity_chosen(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None or not incident.open:
        return (Next(forms.ended(incident)),) if incident else _gone()
    plan = response.record.plan()
    chosen, reason = ask.value("severity"), ask.value("reason")
    if chosen not in {one.key for one in plan.severities}:
        return (Wrong({"severity": "Choose one of the severities"}),)
    if plan.rank(chosen) > plan.rank(incident.severity) and not reason:
        return (Wrong({"reason": "Lowering the severity needs a reason"}),)
    return await response.course.set_severity(ask, incident, chosen, reason)


async def roles_chosen(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None or not incident.open:
        return (Next(forms.ended(incident)),) if incident else _gone()
    holders: dict[Duty, Person] = {}
    for duty in Duty:
        if not (user := ask.value(duty.value)):
            continue
        holder = response.record.names.known(user)
        if holder is None or holder.guest:
            return (Wrong({duty.value: "Choose a full member of this workspace"}),)
        holders[duty] = holder
    acts: list[Act] = []
    for duty, holder in holders.items():
        acts.extend(await response.crew.give(ask, incident, duty, holder))
    return tuple(acts)


async def page_sent(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None or not incident.open:
        return (Next(forms.ended(incident, ask.value("message"))),) if incident else _gone()
    if not ask.value("message"):
        return (Wrong({"message": "Say why they are needed"}),)
    whom = response.record.names.known(ask.value("who")) if ask.value("who") else None
    if ask.value("who") and whom is None:
        return (Wrong({"who": "Nothing is known of that person; choose somebody else, or nobody"}),)
    return await response.crew.page(ask, incident, whom, ask.value("message")[:500])


async def merged(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None or not incident.open:
        return (Next(forms.ended(incident)),) if incident else _gone()
    into = await response.record.rows.get_locked(number_of(ask.value("into")) or 0)
    if into is None or not into.open or into.id == incident.id or hidden(into, ask):
        return (Wrong({"into": "That one is not open any more; choose another"}),)
    return await response.course.merge(ask, incident, into)


async def task_added(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None or not incident.open:
        return (Next(forms.ended(incident, ask.value("title"))),) if incident else _gone()
    if not ask.value("title"):
        return (Wrong({"title": "Say what is to be done"}),)
    return await response.crew.add_task(ask, incident, ask.value("title"), ask.value("owner") or None)


async def note_added(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None:
        return _gone()
    if not ask.value("words"):
        return (Wrong({"words": "Write what happened"}),)
    return await response.words.note(ask, incident, ask.value("words"))


def _moment(value: str) -> datetime | None:
    return datetime.fromtimestamp(int(value), UTC) if value.isdigit() else None
