"""The whole workspace as JSON, for tests, scripts and the page."""

from collections import Counter
from dataclasses import asdict

from bot.local.slack import shapes
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Message


def state(slack: Slack, *, with_messages: bool = True) -> Json:
    """Everything; without the messages it stays small however much was said."""
    world = slack.world
    return {
        "team": asdict(world.ids),
        "users": [shapes.user(each, world.ids, with_email=True) for each in world.users.values()],
        "groups": [shapes.group(each, world.ids, with_users=True) for each in world.groups.values()],
        "channels": [channel(slack, each, with_messages=with_messages) for each in world.channels.values()],
        "ephemerals": [message(slack, each) for each in world.ephemerals],
        "views": {
            user: [shapes.view(world.views[view_id], world) for view_id in stack]
            for user, stack in world.stacks.items()
        },
        "homes": {user: shapes.view(view, world) for user, view in world.homes.items()},
        "calls": dict(slack.counts),
        "refused": dict(Counter(f"{call.method}:{call.error}" for call in slack.calls if not call.ok)),
        "connections": len(slack.socket.links),
        "scopes": sorted(slack.scopes),
    }


def channel(slack: Slack, each: Channel, *, with_messages: bool = True) -> Json:
    """A channel with all that is in it, as people see it."""
    return {
        **shapes.channel(each, slack.world),
        "name": each.name,
        "kind": each.kind,
        "partner": each.partner,
        "members": list(each.members),
        "pins": list(each.pins),
        "bookmarks": list(each.bookmarks),
        "messages": [message(slack, one) for one in slack.world.in_order(each.id)] if with_messages else [],
    }


def message(slack: Slack, each: Message) -> Json:
    shape = {**shapes.message(each, slack.world), "channel": each.channel}
    if each.ephemeral_for:
        shape["ephemeral_for"] = each.ephemeral_for
    return shape


def deliveries(slack: Slack) -> list[Json]:
    """What was sent to the app: newest last."""
    return [asdict(each) for each in slack.delivery.log]
