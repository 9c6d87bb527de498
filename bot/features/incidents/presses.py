"""What a person presses, picks or submits about incidents."""

from dataclasses import replace

from bot.acts import Acts, Ask, Next, Open, Post, Reply, Tell
from bot.domain.incident import Duty, Incident, number_of
from bot.features.incidents import commands, forms, lists
from bot.features.incidents.forms import Draft
from bot.features.incidents.response import GONE, Response, hidden, moved_on
from bot.slack.message import Message, View


def _gone() -> Acts:
    return (Reply(Message(GONE)),)


async def acknowledge(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None:
        return _gone()
    if not incident.open:
        return moved_on(incident)
    if incident.acknowledged_at is not None:
        seconds = int((response.record.clock() - incident.acknowledged_at).total_seconds())
        ago = f"{seconds} s ago" if seconds < 120 else f"at {incident.acknowledged_at:%H:%M} UTC"
        return (Reply(Message(f"{incident.acknowledged_by} acknowledged this {ago}.")),)
    return await response.course.acknowledge(ask, incident)


async def take_lead(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None:
        return _gone()
    if not incident.open:
        return moved_on(incident)
    if incident.lead is not None and incident.lead != ask.person.id:
        name = response.record.names.name(incident.lead)
        return (Reply(Message(f"{name} leads already. To take over: /incident role lead")),)
    return await response.crew.give(ask, incident, Duty.LEAD, ask.person)


async def follow(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None or hidden(incident, ask):
        return _gone()
    if not incident.open:
        return moved_on(incident)
    acts = await response.crew.follow(ask, incident)
    on = ask.person.id not in incident.followers
    name = incident.name
    words = f"You get each update of {name} as a direct message." if on else f"You no longer follow {name}."
    return (Reply(Message(words)), *acts)


async def join_channel(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    if incident is None or incident.channel is None or hidden(incident, ask):
        return _gone()
    where = f"#{incident.channel_name}"
    return (Reply(Message(f"⏳ Inviting you to {where}.")), *(await response.crew.join(ask, incident)))


async def join_instead(response: Response, ask: Ask) -> Acts:
    """From the declare form: the open incident that looks alike."""
    incident = await response.held(ask)
    if incident is None or incident.channel is None or hidden(incident, ask):
        return _gone()
    return (Next(forms.joining(incident.channel)), *(await response.crew.join(ask, incident)))


async def declare_changed(response: Response, ask: Ask) -> Acts:
    """Service or severity was chosen: the form's last line and its look-alikes follow."""
    draft = Draft(
        title=ask.value("title"),
        service=ask.value("service") or None,
        severity=ask.value("severity") or None,
        channel=str(ask.private.get("from", "")),
        link=str(ask.private.get("link", "")),
    )
    return (Next(commands.declare_view(response, draft)),)


async def find_service(response: Response, words: str) -> list[tuple[str, str]]:
    names = [service.name for service in response.record.plan().services]
    return [(name, name) for name in names if words.casefold() in name.casefold()]


# Modals from memory.


async def update_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    if incident is None:
        return _gone()
    if not incident.open:
        return (Open(forms.ended(incident)),)
    return (Open(composer(response, incident)),)


async def audience_changed(response: Response, ask: Ask) -> Acts:
    """An audience was ticked: one that customers read brings fields of its own."""
    incident = response.remembered(ask)
    if incident is None or not incident.open:
        return (Next(forms.ended(incident, ask.value("text"))),) if incident else _gone()
    return (Next(composer(response, incident, text=ask.value("text"), chosen=ask.chosen("audience"))),)


def composer(response: Response, incident: Incident, *, text: str = "", chosen: tuple[str, ...] | None = None) -> View:
    record, audiences = response.record, response.audiences
    followers = len(incident.followers)
    where = record.plan().incidents.announce or record.plan().team_of(incident.service).channel
    readers = [f"{where} and {followers} followers" if followers else where, *audiences.mirrors]
    return forms.update(
        incident,
        record.plan(),
        record.clock(),
        audience=", ".join(readers),
        text=text,
        pages=audiences.pages,
        chosen=chosen,
    )


async def resolve_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    if incident is None:
        return _gone()
    if not incident.open:
        return (Open(forms.ended(incident)),)
    firing = response.board.firing(incident.id)
    pages = response.audiences.pages
    return (Open(forms.resolve(incident, response.record.plan(), response.record.clock(), firing=firing, pages=pages)),)


async def severity_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    return (Open(forms.severity(incident, response.record.plan())),) if incident else _gone()


async def roles_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    return (Open(forms.roles(incident)),) if incident else _gone()


async def page_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    return (Open(forms.page(incident, response.record.names.name)),) if incident else _gone()


async def merge_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    if incident is None:
        return _gone()
    others = [one for one in response.board.open() if one.id != incident.id and not one.private]
    return (Open(forms.merge(incident, others)),)


async def task_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    return (Open(forms.task(incident)),) if incident else _gone()


async def note_form(response: Response, ask: Ask) -> Acts:
    incident = response.remembered(ask)
    return (Open(forms.note(incident)),) if incident else _gone()


async def declare_from_message(response: Response, ask: Ask) -> Acts:
    """The message's menu: its first line is the title, its link is kept."""
    title = ask.words.strip().split("\n")[0][:120]
    return (Open(commands.declare_view(response, Draft(title=title, channel=ask.channel))),)


async def ticked(response: Response, ask: Ask) -> Acts:
    """A box of the task list was ticked or cleared."""
    number = number_of(ask.block.partition(":")[2])
    incident = await response.record.rows.get_locked(number) if number else None
    if incident is None:
        return _gone()
    done = frozenset(int(one) for one in ask.picked if one.isdigit())
    return await response.crew.tick(ask, incident, done)


async def reopen(response: Response, ask: Ask) -> Acts:
    return await commands.reopen(response, ask)


async def later(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    return await response.words.later(incident, 15) if incident else _gone()


async def not_needed(response: Response, ask: Ask) -> Acts:
    incident = await response.held(ask)
    return await response.words.later(incident, None) if incident else _gone()


# The timeline, page by page.


async def timeline_view(response: Response, ask: Ask) -> Acts:
    """Opens at its key moments; turning a page redraws it in place."""
    name, _, rest = ask.key.partition(":")
    which, _, offset = rest.partition(":")
    number = number_of(name)
    incident = response.told_of(await response.record.rows.get(number) if number else None, ask)
    if incident is None:
        return _gone()
    key_only = which != "all"
    start = int(offset) if offset.isdigit() else 0
    moments, total = await response.record.timeline.page(incident.id, offset=start, limit=lists.PAGE, key_only=key_only)
    view = lists.timeline(incident, moments, total=total, offset=start, key_only=key_only, now=response.record.clock())
    return (Next(view),)


async def timeline_copy(response: Response, ask: Ask) -> Acts:
    incident = await _stored(response, ask)
    if incident is None:
        return _gone()
    moments, _ = await response.record.timeline.page(incident.id, limit=1000)
    return (Next(lists.copied(incident, lists.as_markdown(incident, moments))),)


async def _stored(response: Response, ask: Ask) -> Incident | None:
    number = number_of(ask.key.partition(":")[0])
    return response.told_of(await response.record.rows.get(number) if number else None, ask)


# What a vendor did not do: a person's word for the waiting flow.


async def retry(response: Response, ask: Ask) -> Acts:
    """It is said at once that it goes on: how it ends may take a while, and may look the same."""
    acts = await _say(response, ask, "retry")
    flow_key, _, step = ask.key.rpartition("|")
    one = await response.seeing.pendings.get(flow_key, step)
    if one is None or one.outcome is not None:
        return acts
    now = response.record.clock()
    await response.seeing.pendings.put(replace(one, next_try_at=now, final=False, at=now))
    kind, _, rest = flow_key.partition(":")
    shown = {"incident": "incident.card", "postmortem": "postmortem.filed"}.get(kind)
    more = (Post(f"{shown}:{rest.partition(':')[0]}", 0.5),) if shown else ()
    return (*acts, Post(f"pending:{ask.key}"), *more)


async def without(response: Response, ask: Ask) -> Acts:
    return await _say(response, ask, "without")


async def _say(response: Response, ask: Ask, what: str) -> Acts:
    flow_key, _, step = ask.key.rpartition("|")
    one = await response.seeing.pendings.get(flow_key, step)
    if one is None or one.outcome is not None:
        return (Reply(Message("This is settled already.")),)
    await response.record.audit.note(
        at=response.record.clock(), who=ask.person.id, what=f"pending.{what}", object_=ask.key[:200], whence=ask.channel
    )
    return (Tell(once=flow_key, words={"step": step, "do": what}),)
