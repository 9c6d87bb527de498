"""What a person types about incidents: read, ask the service, answer."""

from dataclasses import replace

from bot.acts import Acts, Ask, NeedsRole, Next, Open, Reply, Wrong
from bot.domain.incident import Duty, Incident, State, number_of, severity_in
from bot.domain.person import Role
from bot.features.incidents import around, forms, lists
from bot.features.incidents.audiences import publishing
from bot.features.incidents.course import Resolution
from bot.features.incidents.drills import Drills
from bot.features.incidents.errors import Errors
from bot.features.incidents.forms import Draft
from bot.features.incidents.record import stamp_of
from bot.features.incidents.response import Response, hidden, moved_on, no_incident
from bot.features.incidents.service import Declaration
from bot.features.incidents.whom import named_in
from bot.features.incidents.words import Update
from bot.slack.blocks import listed, safe_url
from bot.slack.message import Message, View

OVERVIEW_PAGE = 20


async def incident(response: Response, ask: Ask) -> Acts:
    """`/incident`: in an incident's channel where it stands, elsewhere the declare form, prefilled with the words."""
    here = response.board.in_channel(ask.channel)
    if here is not None and not ask.text:
        seen = await response.seeing.seen(here)
        moments, _ = await response.record.timeline.page(here.id, key_only=True, limit=200)
        return (Reply(around.catch_up(seen, moments)),)
    if ask.person.role < Role.RESPONDER:
        raise NeedsRole(Role.RESPONDER, "Declaring")
    return await declare_form(response, ask)


async def declare_form(response: Response, ask: Ask) -> Acts:
    """The declare form from memory; words that name a service or a severity choose it."""
    draft = draft_of(response, ask.text)
    return (Open(declare_view(response, replace(draft, channel=ask.channel))),)


def draft_of(response: Response, text: str) -> Draft:
    """Title, service and severity out of typed words."""
    plan = response.record.plan()
    title, severity = severity_in(text, plan)
    known = {service.name.casefold(): service.name for service in plan.services}
    service = next((known[word] for word in title.casefold().split() if word in known), None)
    return Draft(title=title, severity=severity, service=service)


def declare_view(response: Response, draft: Draft) -> View:
    plan, board = response.record.plan(), response.board
    team = plan.team_of(draft.service)
    where = plan.incidents.announce or team.channel
    will = f"Will create a channel, invite whoever is on call, and announce in {where}."
    alike = [one for one in board.open() if not (one.private or one.practice) and draft.service == one.service]
    alike = alike if draft.service else []
    return forms.declare(plan, draft, will=will, alike=alike, now=response.record.clock())


async def declare(response: Response, ask: Ask) -> Acts:
    """`/incident declare [title] [severity]`: at once when there is a title, else the form."""
    draft = draft_of(response, ask.text)
    if not draft.title:
        return (Reply(Message("What is wrong? /incident declare checkout is slow sev2, or /incident for the form.")),)
    plan = response.record.plan()
    chosen = draft.severity or plan.severities[min(1, len(plan.severities) - 1)].key
    wanted = Declaration(title=draft.title, severity=chosen, service=draft.service)
    made, acts = await response.incidents.declare(ask, wanted)
    words = f"⏳ Opening {made.name}: you are invited when the channel is ready."
    return (Reply(Message(words)), *acts)


async def declared(response: Response, ask: Ask) -> Acts:
    """The declare form, submitted."""
    title = ask.value("title")
    if not title:
        return (Wrong({"title": "Say in a few words what is wrong"}),)
    plan = response.record.plan()
    severity = ask.value("severity")
    if severity not in {one.key for one in plan.severities}:
        return (Wrong({"severity": "Choose one of the severities"}),)
    how = ask.chosen("how")
    link = str(ask.private.get("link", "")) or None
    wanted = Declaration(
        title=title,
        severity=severity,
        service=service.name if (service := plan.service(ask.value("service"))) else None,
        seen=ask.value("seen"),
        private="private" in how,
        page="page" in how,
        link=safe_url(link),
    )
    made, acts = await response.incidents.declare(ask, wanted)
    return (Next(forms.opening(made.name)), *acts)


async def drill(drills: Drills, ask: Ask) -> Acts:
    """`/incident drill [scenario]`: one at a time; without a name the one that was not played for the longest time."""
    on = await drills.running()
    if on is not None:
        where = f" in #{on.channel_name}" if on.channel_name else ""
        return (Reply(Message(f"{on.name} is still practised{where}. Resolve it there, then start the next.")),)
    name = ask.text.casefold().strip() or await drills.next_one()
    if name not in drills.scenarios:
        known = ", ".join(drills.scenarios)
        return (Reply(Message(f"There is no such drill. Use one of: {known}. Or /incident drill for the next.")),)
    made, acts = await drills.start(ask, name)
    words = f"⏳ Opening the practice {made.name}: {made.title}. Alerts come over some minutes; nothing real is paged."
    return (Reply(Message(words)), *acts)


async def errors(errors: Errors, ask: Ask) -> Acts:
    """`/incident errors [service]`: in an incident's channel for all who are there, elsewhere for oneself."""
    here, plan = errors.board.in_channel(ask.channel), errors.plan()
    typed = ask.text.casefold().strip()
    service = plan.service(here.service) if here is not None and not typed else None
    service = service or next((one for one in plan.services if one.name.casefold() == typed), None)
    if service is None:
        names = listed((one.name for one in plan.services), 10) or "none is named under services: in the settings"
        return (Reply(Message(f"Of which service? /incident errors <service>. There are: {names}.")),)
    if not errors.has_logs():
        return (Reply(Message("No system that keeps logs is connected. /daywatch tells what is, and what to do.")),)
    found = await errors.of(service)
    return (Reply(lists.errors(service.name, found, minutes=errors.minutes), everybody=here is not None),)


async def overview(response: Response, ask: Ask) -> Acts:
    """`/incident list`, open ones first, then the newest, 20 at a time."""
    record = response.record
    kind, _, number = ask.key.partition(":")
    behind = (kind == "open", int(number)) if number.isdigit() else None
    rows = await record.rows.recent(limit=OVERVIEW_PAGE + 1, behind=behind)
    page = rows[:OVERVIEW_PAGE]
    older = f"{'open' if page[-1].open else 'ended'}:{page[-1].id}" if len(rows) > OVERVIEW_PAGE else None
    shown = [one for one in page if not one.private or one.involves(ask.person.id)]
    return (
        Reply(
            lists.overview(shown, record.plan(), record.names.name, record.clock(), older=older, first=behind is None)
        ),
    )


async def status(response: Response, ask: Ask) -> Acts:
    """`/incident status [monitoring]`: changes the status; without a word tells it."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident status")
    word = ask.text.casefold().strip()
    if not word:
        return (Reply(Message(f"{incident.name} is {incident.status}. Change it with /incident status monitoring.")),)
    if word == State.RESOLVED:
        return (Reply(Message("Say what fixed it: /incident resolve <what fixed it>, or press Resolve on the card.")),)
    if word not in (State.INVESTIGATING, State.IDENTIFIED, State.MONITORING):
        return (Reply(Message("Use one of: investigating, identified, monitoring. /incident resolve ends it.")),)
    if not incident.open:
        return moved_on(incident)
    acts = await response.course.set_status(ask, incident, State(word))
    return (Reply(Message(f"{incident.name} is {word} now.")), *acts)


async def severity(response: Response, ask: Ask) -> Acts:
    """`/incident severity sev1 [reason]`."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident severity")
    plan = response.record.plan()
    word, _, reason = ask.text.partition(" ")
    _, key = severity_in(word, plan)
    if key is None:
        known = ", ".join(one.key for one in plan.severities)
        return (Reply(Message(f"{incident.name} is {plan.severity(incident.severity).name}. Use one of: {known}.")),)
    if not incident.open:
        return moved_on(incident)
    if plan.rank(key) > plan.rank(incident.severity) and not reason.strip():
        return (Reply(Message(f"Lowering needs a reason: /incident severity {key} because …")),)
    acts = await response.course.set_severity(ask, incident, key, reason.strip())
    return (Reply(Message(f"{incident.name} is {plan.severity(key).name} now.")), *acts)


async def role(response: Response, ask: Ask) -> Acts:
    """`/incident role lead @ann`; without a person, you."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident role")
    word, _, rest = ask.text.partition(" ")
    duties = {duty.value: duty for duty in Duty} | {"comms": Duty.COMMUNICATIONS}
    duty = duties.get(word.casefold())
    if duty is None:
        return (Reply(Message("Use /incident role lead, communications or scribe, and @somebody (empty: you).")),)
    holder = named_in(response, rest).person if rest.strip() else ask.person
    if holder is None or holder.guest:
        return (Reply(Message("I do not know that person here. Mention them: /incident role lead @ann")),)
    if not incident.open:
        return moved_on(incident)
    acts = await response.crew.give(ask, incident, duty, holder)
    return (Reply(Message(f"{holder.name} is {duty} of {incident.name}.")), *acts)


async def update(response: Response, ask: Ask) -> Acts:
    """`/incident update <words>` posts them to the channel and the stakeholders at once."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident update")
    if not ask.text:
        return (Reply(Message("What do we know, what is next? /incident update We are rolling back; 10 minutes.")),)
    if not incident.open:
        return moved_on(incident)
    every = response.record.plan().severity(incident.severity).update_every
    minutes = int(every.total_seconds() // 60) if every else 0
    said = Update(text=ask.text[:1000], status=incident.status, next_in=minutes)
    acts = await response.words.update(ask, incident, said)
    return (Reply(Message(f"Posted the update of {incident.name}.")), *acts)


async def task(response: Response, ask: Ask) -> Acts:
    """`/incident task <what> [@who]`."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident task")
    named = named_in(response, ask.text)
    if not named.words:
        return (Reply(Message("What is to be done? /incident task ask the payment provider @kim")),)
    if named.missing:
        return named.unknown()
    if not incident.open:
        return moved_on(incident)
    owner = named.person.id if named.person else None
    acts = await response.crew.add_task(ask, incident, named.words[:150], owner)
    return (Reply(Message(f"Task added to {incident.name}: {named.words[:80]}")), *acts)


async def timeline(response: Response, ask: Ask) -> Acts:
    """`/incident timeline <note>` adds a note; without words it opens the timeline (`timeline_view`)."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident timeline")
    if not ask.text:
        moments, total = await response.record.timeline.page(incident.id, key_only=True, limit=200)
        seen = await response.seeing.seen(incident)
        return (Reply(around.catch_up(seen, moments) if total else Message("The timeline is empty so far.")),)
    acts = await response.words.note(ask, incident, ask.text[:1000])
    return (Reply(Message(f"Noted on the timeline of {incident.name}.")), *acts)


async def page(response: Response, ask: Ask) -> Acts:
    """`/incident page [@who] <why>`."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident page")
    if not incident.open:
        return moved_on(incident)
    named = named_in(response, ask.text)
    if named.missing:
        return named.unknown()
    if not named.words:
        return (Reply(Message("Say why, so that they know: /incident page @bob the database does not come back")),)
    whom = named.person
    acts = await response.crew.page(ask, incident, whom, named.words[:500])
    who = whom.name if whom else "whoever is on call"
    if incident.practice:
        return (Reply(Message(f"In earnest {who} would be paged now. This is practice: nobody is.")), *acts)
    return (Reply(Message(f"⏳ Paging {who} for {incident.name}.")), *acts)


async def link(response: Response, ask: Ask) -> Acts:
    """`/incident link <address> [title]` puts a link on card and timeline."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident link")
    address, _, title = ask.text.partition(" ")
    url = safe_url(address)
    if url is None:
        return (Reply(Message("Give an http or https address: /incident link https://example.com/bridge Bridge")),)
    named = title.strip() or url.partition("://")[2][:40]
    acts = await response.words.add_link(ask, incident, url, named[:60])
    return (Reply(Message(f"Linked to {incident.name}: {named[:60]}")), *acts)


async def merge(response: Response, ask: Ask) -> Acts:
    """`/incident merge INC-141`: this one goes on in the other."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident merge")
    return await merge_into(response, ask, incident, number_of(ask.text))


async def merge_into(response: Response, ask: Ask, incident: Incident, number: int | None) -> Acts:
    into = await response.record.rows.get_locked(number) if number else None
    if into is None or not into.open or into.id == incident.id or hidden(into, ask):
        return (Reply(Message("Name another open incident: /incident merge INC-141. /incident list shows them.")),)
    if not incident.open:
        return moved_on(incident)
    if incident.practice != into.practice:
        return (Reply(Message("A practice and a real incident are never merged. Resolve the practice instead.")),)
    acts = await response.course.merge(ask, incident, into)
    return (Reply(Message(f"{incident.name} goes on in {into.name}.")), *acts)


async def resolve(response: Response, ask: Ask) -> Acts:
    """`/incident resolve <what fixed it>`."""
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident resolve")
    if not incident.open:
        return moved_on(incident)
    if not ask.text:
        return (Reply(Message("What fixed it? /incident resolve rolled back to 2.14.0, or press Resolve above.")),)
    acts = await response.course.resolve(ask, incident, Resolution(fixed_by=ask.text[:1000]))
    stamp = stamp_of(response.record.clock())
    mirrored = publishing(incident, response.audiences.mirrors, State.RESOLVED, stamp)
    return (Reply(Message(f"✅ {incident.name} is resolved.")), *acts, *mirrored)


async def reopen(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None:
        return no_incident("/incident reopen")
    if incident.status is State.CLOSED:
        return await _again(response, ask, incident)
    if incident.status is not State.RESOLVED:
        return moved_on(incident)
    acts = await response.course.reopen(ask, incident)
    return (Reply(Message(f"{incident.name} is open again.")), *acts)


async def _again(response: Response, ask: Ask, incident: Incident) -> Acts:
    """A closed one's channel may be archived, and a bot cannot bring it back: a new incident follows it."""
    wanted = Declaration(
        title=incident.title,
        severity=incident.severity,
        service=incident.service,
        private=incident.private,
        practice=incident.practice,
        origin=incident.origin if incident.practice else None,
        follows=incident.id,
    )
    made, acts = await response.incidents.declare(ask, wanted)
    return (Reply(Message(f"{incident.name} is closed, so {made.name} opens and follows it.")), *acts)
