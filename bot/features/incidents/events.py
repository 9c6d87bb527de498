"""What an incident does when news comes: of its alerts, of its channel, of messages and people in it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.acts import Act, Acts, Happened, Post, Start
from bot.domain.alert import Agent, Change
from bot.domain.incident import State
from bot.features.incidents.course import News
from bot.features.incidents.drills import Drills
from bot.features.incidents.response import Response
from bot.slack.asks import unescaped
from bot.store.alerts import Place

Given = Mapping[str, Any]  # plain JSON of a domain event, or of a Slack event

PIN_MARKS = ("pushpin", "round_pushpin")


async def alert_fired(response: Response, given: Given) -> Acts:
    """An alert that is to open an incident, or to join one. `by` is the person who wants it so, if there is one."""
    row = await response.record.alerts.get(int(given["alert"]))
    if row is None or row.incident is not None:
        return ()
    by = given.get("by")
    acts = [*(await response.incidents.take_alert(row, by=str(by) if by else None))]
    if not row.firing:
        # It cleared between its news and ours: the incident runs the course that it would have run.
        acts += await _cleared_meanwhile(response, row.id)
    return (*acts, Happened("alert.placed", {"alert": row.id})) if row.place is Place.TRIAGE else tuple(acts)


async def alert_raised(response: Response, given: Given) -> Acts:
    """The pager tells of a page that was sent from an incident."""
    row = await response.record.alerts.get(int(given["alert"]))
    incident = await response.record.rows.get_locked(int(given["incident"]))
    if row is None or incident is None or row.incident is not None:
        return ()
    return await response.incidents.take_page(incident, row)


async def _cleared_meanwhile(response: Response, alert: int) -> Acts:
    row = await response.record.alerts.get(alert)
    incident = await response.record.rows.get_locked(row.incident) if row and row.incident else None
    if row is None or incident is None:
        return ()
    at = row.cleared_at or row.alert.occurred_at
    return await response.course.alert_news(incident, News(row=row, change=Change.RESOLVED, at=at))


async def alert_moved(response: Response, given: Given) -> Acts:
    """Something happened to an alert that belongs to an incident. `late`: older than what is known."""
    row = await response.record.alerts.get(int(given["alert"]))
    incident = await response.record.rows.get_locked(row.incident) if row and row.incident else None
    if row is None or incident is None:
        return ()
    by = given.get("by")
    news = News(
        row=row,
        change=Change(given["change"]),
        at=datetime.fromisoformat(given["at"]),
        by=Agent(id=by["id"], name=by["name"], person=by["person"]) if by else None,
        words=str(given.get("words", "")),
    )
    if given.get("late"):
        return await response.course.late_news(incident, news)
    if news.change is Change.REOPENED and incident.status is State.CLOSED:
        return await response.incidents.take_again(row, incident)
    acts = await response.course.alert_news(incident, news)
    if news.change is Change.REPRIORITISED and incident.open and row.firing:
        acts = (*acts, *(await response.incidents.raise_severity(incident, row)))
    return acts


async def alert_silenced(response: Response, given: Given) -> Acts:
    """An alert of an incident was silenced at its source, or is heard of again; the card is redrawn already."""
    row = await response.record.alerts.get(int(given["alert"]))
    if row is None or row.incident is None:
        return ()
    by = given.get("by")
    await response.record.note(
        row.incident, "alert", str(given["words"]), who=str(by) if by else None, once=str(given["once"])
    )
    return ()


async def postmortem_done(response: Response, given: Given) -> Acts:
    """Filed or waived: the incident is closed, its channel archived later."""
    return await response.course.close(int(given["incident"]), str(given["why"]))


async def ticket_moved(response: Response, given: Given) -> Acts:
    """The card shows the ticket; its state is the postmortem's business."""
    return (Post(f"incident.card:{given['incident']}", 1.0),)


async def drill_ended(drills: Drills, given: Given) -> Acts:
    """A practice is over: how long everything took."""
    incident = await drills.record.rows.get(int(given["incident"]))
    return (Post(f"incident.drill:{incident.id}"),) if incident is not None and incident.practice else ()


async def runbook_found(response: Response, given: Given) -> Acts:
    incident = await response.record.rows.get_locked(int(given["incident"]))
    if incident is None:
        return ()
    await response.record.change(incident, runbook=dict(given["runbook"]))
    return (Post(f"incident.card:{incident.id}", 0.2),)


# Slack's events.


async def member_joined(response: Response, given: Given) -> Acts:
    """Somebody came into an incident's channel: timeline, and the story so far for them alone."""
    incident = await response.record.rows.of_channel(str(given.get("channel", "")))
    user = str(given.get("user", ""))
    if incident is None or response.record.names.known(user) is None:
        return ()
    once = f"joined:{user}:{given.get('event_ts', '')}"
    if not await response.record.note(incident.id, "people", f"{response.record.names.name(user)} joined", once=once):
        return ()
    acts: list[Act] = [Post(f"incident.card:{incident.id}", 2.0)]
    if user not in incident.responders and user != incident.declared_by:
        given_ = {"incident": incident.id, "user": user}
        # Later: whoever is just being invited as on call joins before we have written down that they are.
        once = f"incident:{incident.id}:catch_up:{user}"
        acts.append(Start(flow="incident.catch_up", once=once, given=given_, after=2.0))
    return tuple(acts)


async def reaction_added(response: Response, given: Given) -> Acts:
    """📌 on any message of an incident's channel puts it on the timeline."""
    item = given.get("item") or {}
    if given.get("reaction") not in PIN_MARKS or item.get("type") != "message":
        return ()
    incident = await response.record.rows.of_channel(str(item.get("channel", "")))
    if incident is None:
        return ()
    given_ = {
        "incident": incident.id,
        "channel": item["channel"],
        "ts": item["ts"],
        "by": str(given.get("user", "")),
        "author": given.get("item_user"),
    }
    return (Start(flow="incident.keep_message", once=f"keep:{item['channel']}:{item['ts']}", given=given_),)


async def pin_added(response: Response, given: Given) -> Acts:
    """Pinning by hand does the same; our own card is not news."""
    item = given.get("item") or {}
    message = item.get("message") or {}
    incident = await response.record.rows.of_channel(str(given.get("channel_id", "")))
    if incident is None or not message.get("ts") or message.get("bot_id"):
        return ()
    given_ = {
        "incident": incident.id,
        "channel": given["channel_id"],
        "ts": message["ts"],
        "by": str(given.get("user", "")),
        "author": message.get("user"),
    }
    return (Start(flow="incident.keep_message", once=f"keep:{given['channel_id']}:{message['ts']}", given=given_),)


async def message_edited(response: Response, given: Given) -> Acts:
    """Edits and deletions of a message on a timeline are followed."""
    channel = str(given.get("channel", ""))
    at = f"{response.record.clock().astimezone(UTC):%H:%M} UTC"
    if given.get("subtype") == "message_deleted":
        return await response.words.message_changed(channel, str(given.get("deleted_ts", "")), None, at, None)
    message = given.get("message") or {}
    if message.get("subtype") == "tombstone":  # of a message with answers, something stays where it was
        return await response.words.message_changed(channel, str(message.get("ts", "")), None, at, None)
    before = given.get("previous_message") or {}
    if message.get("text") == before.get("text"):
        return ()
    words = unescaped(str(message.get("text", "")))
    return await response.words.message_changed(channel, str(message.get("ts", "")), words, at, message.get("user"))


async def channel_renamed(response: Response, given: Given) -> Acts:
    channel = given.get("channel") or {}
    incident = await response.record.rows.of_channel(str(channel.get("id", "")))
    if incident is None or channel.get("name") == incident.channel_name:
        return ()
    await response.record.change(incident, channel_name=str(channel["name"])[:80])
    await response.record.note(incident.id, "channel", f"The channel is called #{channel['name']} now")
    return response.record.redraw(incident)


async def channel_archived(response: Response, given: Given) -> Acts:
    """Archived by somebody (or by us): nothing can be posted there any more."""
    return await _gone(response, str(given.get("channel", "")), "archived", "The channel was archived")


async def bot_removed(response: Response, given: Given) -> Acts:
    """The bot was taken out: the team is told where it goes on."""
    return await _gone(response, str(given.get("channel", "")), "removed", "The bot was removed from the channel")


async def bot_back(response: Response, given: Given) -> Acts:
    """The bot is in a channel (again)."""
    incident = await response.record.rows.of_channel(str(given.get("channel", "")))
    if incident is None or incident.gone is None:
        return ()
    await response.record.change(incident, gone=None, archived_at=None)
    await response.record.note(incident.id, "channel", "The bot is back in the channel")
    return response.record.redraw(incident)


async def _gone(response: Response, channel: str, how: str, words: str) -> Acts:
    incident = await response.record.rows.of_channel(channel)
    if incident is None or incident.gone == how:
        return ()
    archived = {"archived_at": response.record.clock()} if how == "archived" else {}
    await response.record.change(incident, gone=how, **archived)
    await response.record.note(incident.id, "channel", words, key=incident.open)
    acts: list[Act] = [] if incident.private else [Post(f"incident.news:{incident.id}")]
    if incident.open:
        acts.append(Post(f"incident.gone:{incident.id}"))
    return tuple(acts)
