"""What an incident does outside: the channel and the people, step by step."""

from collections.abc import Sequence
from functools import partial
from typing import TypedDict

from bot.domain.capabilities import Broadcast, Chat, Connections, Duty
from bot.domain.errors import NotFound, Refused, Unavailable, VendorError
from bot.domain.incident import Incident, State, channel_name, marker
from bot.domain.oncall import OnCall
from bot.domain.publication import Publication
from bot.durable.ports import Recorder
from bot.durable.run import LONGEST_NAME, Run
from bot.features.incidents import views
from bot.features.incidents.audiences import ANNOUNCED, OVER
from bot.features.incidents.lookups import Found
from bot.features.incidents.record import card_key, news_key
from bot.features.incidents.response import Response
from bot.slack.blocks import safe_url


class Opened(TypedDict):
    """The channel, and what the next round needs to know; a flow does not ask the store by itself."""

    channel: str
    private: bool
    links: list[dict[str, str]]


class Brought(TypedDict):
    """Who was invited, and who not and why."""

    invited: list[str]
    missing: dict[str, str]


async def open_channel(
    run: Run,
    response: Response,
    chat: Chat,
    connections: Connections,
    recorder: Recorder,
    incident: int,
    view: str = "",
    user: str = "",
) -> None:
    """Three rounds: create; card, people, topic, announcement, bookmarks; pin. What people see first comes first.

    `view` is the modal in which `user` waits for the channel.
    """
    opened = await run.step("create", _create, response, chat, connections, recorder, incident)
    channel, links = opened["channel"], opened["links"][:2]
    announced = [] if opened["private"] else [run.step("announce", chat.show, news_key(incident))]
    await run.together(
        run.step("card", chat.show, card_key(incident)),
        run.step("invite", _bring, response, chat, connections, recorder, incident, channel),
        run.step("topic", _topic, response, chat, incident),
        *announced,
        *(
            run.step(f"bookmark {number}", chat.bookmark, channel, link["title"], link["url"])
            for number, link in enumerate(links, 1)
        ),
    )
    waiting = [run.step("ready", _ready, chat, incident, channel, view, user)] if view and user else []
    await run.together(run.step("pin", chat.pin, card_key(incident)), *waiting)


async def _create(
    response: Response, chat: Chat, connections: Connections, recorder: Recorder, incident: int
) -> Opened:
    """The channel, written down in the same step: each step more is a commit more before people see anything."""
    found = await response.record.rows.get(incident)
    if found is None:
        raise NotFound(f"INC-{incident} is not in the store")
    response.lookups.begin(incident, partial(_look, response, chat, connections, incident))
    channel = found.channel
    if channel is None:
        title = f"practice {found.title}" if found.practice else found.title
        name = channel_name(response.record.plan().incidents.channel_prefix, incident, title)
        made = await chat.create_channel(name, marker=marker(incident), private=found.private)
        await recorder.record(lambda: response.incidents.channel_made(incident, made))
        channel = made["id"]
    links = [dict(link) for link in found.links if safe_url(link.get("url"))]
    return Opened(channel=channel, private=found.private, links=links)


async def _ready(chat: Chat, incident: int, channel: str, view: str, user: str) -> None:
    key = f"incident.ready:{incident}:{user}"
    await chat.point_to(channel, view=view, user=user, title="Ready", words=f"INC-{incident} is ready:", key=key)


async def _topic(response: Response, chat: Chat, incident: int) -> None:
    found = await response.record.rows.get(incident)
    if found is None or found.channel is None or found.gone:
        return
    await chat.topic(found.channel, views.topic(await response.seeing.seen(found)))


async def _bring(
    response: Response, chat: Chat, connections: Connections, recorder: Recorder, incident: int, channel: str
) -> Brought:
    """Whoever is on call for the service, and who declared it, in one call; one unknown person loses no other."""
    found = await response.record.rows.get(incident)
    if found is None:
        return Brought(invited=[], missing={})
    declared = [found.declared_by] if found.declared_by else []
    try:
        looked = await response.lookups.result(incident, partial(_look, response, chat, connections, incident))
    except VendorError:
        # Nobody can tell who is on call, for who knows how long; whoever asked for the channel comes into it now.
        if declared:
            await chat.invite(channel, declared)
        raise
    users, missing = looked["users"], dict(looked["missing"])
    invited = users + [one for one in declared if one not in users]
    refused = await chat.invite(channel, invited) if invited else {}
    missing |= {response.record.names.name(user): why for user, why in refused.items()}
    brought = Brought(invited=[one for one in users if one not in refused], missing=missing)
    await recorder.record(lambda: response.incidents.people_brought(incident, brought))
    return brought


async def _look(response: Response, chat: Chat, connections: Connections, incident: int) -> Found:
    """People on call for the services behind the incident, found in Slack by their e-mail addresses.

    A practice asks no vendor and calls nobody: who wants to take part joins.
    """
    found = await response.record.rows.get(incident)
    if found is not None and found.practice:
        return Found(users=[], missing={})
    alerts = await response.record.alerts.of_incident(incident)
    refs = {row.alert.service_ref for row in alerts if row.alert.service_ref}
    service = response.record.plan().service(found.service if found else None)
    if service:
        refs.update(service.match.refs.values())
    users: list[str] = []
    missing: dict[str, str] = {}
    for one in await _on_call(connections, refs):
        known = response.record.names.by_email(one.email) if one.email else None
        user = known.id if known else await chat.user_by_email(one.email) if one.email else None
        if user is None:
            missing[one.name] = "nobody in Slack has their e-mail address"
        elif user not in users:
            users.append(user)
    return Found(users=users, missing=missing)


async def _on_call(connections: Connections, refs: set[str]) -> Sequence[OnCall]:
    """On call for these services, first level first; with no service known, nobody is called out of bed."""
    found: list[OnCall] = []
    trouble: VendorError | None = None
    for duty in connections.all(Duty):
        try:
            found += [one for one in await duty.on_call() if one.service_ref in refs]
        except VendorError as error:
            trouble = error
    if not found and trouble is not None:
        raise trouble
    return sorted(found, key=lambda one: one.level)


async def set_topic(run: Run, response: Response, chat: Chat, incident: int) -> None:
    await run.together(run.step("topic", _topic, response, chat, incident))


async def invite(run: Run, response: Response, chat: Chat, incident: int, user: str) -> None:
    await run.together(run.step("invite", _invite_one, response, chat, incident, user))


async def _invite_one(response: Response, chat: Chat, incident: int, user: str) -> None:
    found = await response.record.rows.get(incident)
    if found is None or found.channel is None:
        raise Unavailable("the channel is not there yet")
    refused = await chat.invite(found.channel, [user])
    if refused:
        raise Refused(f"Slack did not invite {response.record.names.name(user)}: {next(iter(refused.values()))}")


async def bookmark(run: Run, response: Response, chat: Chat, incident: int, title: str, url: str) -> None:
    await run.together(run.step("bookmark", _bookmark, response, chat, incident, title, url))


async def _bookmark(response: Response, chat: Chat, incident: int, title: str, url: str) -> None:
    found = await response.record.rows.get(incident)
    if found is None or found.channel is None:
        raise Unavailable("the channel is not there yet")
    await chat.bookmark(found.channel, title, url)


async def marked(run: Run, chat: Chat, channel: str, ts: str) -> None:
    """A message was put on the timeline: the bot answers with a mark only."""
    await run.together(run.step("mark", chat.react, channel, ts, "white_check_mark"))


async def merged(run: Run, response: Response, chat: Chat, incident: int, into: int) -> None:
    """People move on to the other channel; the last line here points there."""
    await run.together(
        run.step("last line", chat.show, f"incident.moved:{incident}"),
        run.step("invite", _move_people, response, chat, incident, into),
    )


async def _move_people(response: Response, chat: Chat, incident: int, into: int) -> None:
    left, there = await response.record.rows.get(incident), await response.record.rows.get(into)
    if left is None or there is None or there.channel is None:
        return
    people = [one for one in dict.fromkeys((left.lead, *left.responders)) if one]
    if people:
        await chat.invite(there.channel, people)


async def broadcast(run: Run, response: Response, chat: Chat, incident: int, stamp: int) -> None:
    """An update to everybody who follows, each in a direct message."""
    followers = await run.step("read", _followers, response, incident)
    for user in followers:
        await run.together(run.step(f"tell {user}", chat.show, f"incident.copy:{incident}:{stamp}:{user}"))


async def publish(
    run: Run, response: Response, connections: Connections, incident: int, stamp: int, status: str, titles: list[str]
) -> None:
    """News to audiences outside Slack, each by itself: one that fails is named, and the others stand."""
    given = response, connections, incident, stamp, status
    await run.together(*(run.step(f"publish in {title}"[:LONGEST_NAME], _publish, title, *given) for title in titles))


async def _publish(
    title: str, response: Response, connections: Connections, incident: int, stamp: int, status: str
) -> None:
    audience = next((one for one in connections.all(Broadcast) if one.title == title), None)
    if audience is None:
        raise Refused(f"{title} is not connected any more")
    found = await response.record.rows.get(incident)
    if found is None:
        raise NotFound(f"INC-{incident} is not in the store")
    said = await _said(response, found, stamp, over=status == State.RESOLVED, public=audience.public)
    if said is None:
        return
    plan = response.record.plan()
    await audience.publish(
        Publication(
            incident=found.name,
            title=said[0],
            severity=plan.severity(found.severity).name,
            rank=plan.rank(found.severity),
            status=status,
            words=said[1],
            link="" if audience.public else response.audiences.link(found.channel),
        )
    )


async def _said(
    response: Response, incident: Incident, stamp: int, *, over: bool, public: bool
) -> tuple[str, str] | None:
    """Title and words of the news; None when there is nothing to say (any more)."""
    if over:
        if incident.open:
            return None  # reopened meanwhile
        return ("", OVER) if public else (incident.title, f"Resolved. {incident.fixed_by or ''}".strip())
    if public:
        return await response.seeing.public_words(incident.id, stamp)
    words = await response.seeing.update_words(incident.id, stamp)
    return (incident.title, words) if words or stamp == ANNOUNCED else None


async def _followers(response: Response, incident: int) -> list[str]:
    found = await response.record.rows.get(incident)
    return list(found.followers) if found else []


async def archive(run: Run, response: Response, chat: Chat, incident: int) -> None:
    """The channel of a closed incident; a bot cannot bring it back, so it waited until it was over for sure."""
    await run.together(run.step("archive", _archive, response, chat, incident))


async def _archive(response: Response, chat: Chat, incident: int) -> None:
    found = await response.record.rows.get(incident)
    if found is not None and found.channel and not found.gone:
        await chat.archive(found.channel)


async def keep_message(
    run: Run,
    response: Response,
    chat: Chat,
    recorder: Recorder,
    incident: int,
    channel: str,
    ts: str,
    by: str,
    author: str | None,
) -> None:
    """A message for the timeline: its words are read from Slack, since a reaction does not bring them."""
    await run.together(run.step("keep message", _keep, response, chat, recorder, incident, channel, ts, by, author))


async def _keep(
    response: Response,
    chat: Chat,
    recorder: Recorder,
    incident: int,
    channel: str,
    ts: str,
    by: str,
    author: str | None,
) -> None:
    read = await chat.message(channel, ts)
    found = await response.record.rows.get(incident)
    if read is None or found is None:
        return
    who = author or read["author"]
    await recorder.record(
        lambda: response.words.keep_message(found, channel=channel, ts=ts, words=read["words"], author=who, by=by)
    )


async def catch_up(run: Run, response: Response, chat: Chat, incident: int, user: str) -> None:
    """The story so far, for somebody who joins late, seen by them alone."""
    await run.together(run.step("catch up", _catch_up, response, chat, incident, user))


async def _catch_up(response: Response, chat: Chat, incident: int, user: str) -> None:
    found = await response.record.rows.get(incident)
    if found is not None and found.channel and not found.gone and user not in found.responders:
        await chat.whisper(f"incident.catch_up:{incident}", found.channel, user)
