"""The news the app is told: event payloads, sent only when subscribed to and only from where the bot is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.local.slack import shapes
from bot.local.slack.delivery import Delivery
from bot.local.slack.ids import fresh_id
from bot.local.slack.things import Channel, Group, Json, Message, User
from bot.local.slack.world import World

_MESSAGE_KINDS: Final = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
# Scopes without which Slack sends no such event, whatever the subscription says.
_SCOPE_OF: Final = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_left": "channels:read",
    "group_left": "groups:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_created": "channels:read",
    "group_rename": "groups:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "subteam_members_changed": "usergroups:read",
    "user_change": "users:read",
    "subteam_updated": "usergroups:read",
}


_TOLD_OF_A_RENAMED: Final = frozenset({"id", "name", "name_normalized", "created", "is_channel", "is_mpim"})
_NOT_TOLD_OF_A_CREATED: Final = frozenset({"is_member", "topic", "purpose", "previous_names", "num_members"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    """Turns what happens in the world into Events API deliveries."""

    world: World
    delivery: Delivery
    subscribed: frozenset[str]
    scopes: Callable[[], frozenset[str]]

    def message(self, message: Message) -> None:
        channel = self.world.channels[message.channel]
        event = {
            **shapes.message(message, self.world),
            "channel": channel.id,
            "event_ts": message.ts,
            "channel_type": channel.kind,
        }
        self._from_channel(_MESSAGE_KINDS[channel.kind], channel, event)
        mention = f"<@{self.world.ids.bot_user}"
        if mention in message.text and not message.subtype and not channel.direct:
            spoken_to = {name: value for name, value in event.items() if name != "channel_type"}
            self._from_channel("app_mention", channel, {**spoken_to, "type": "app_mention"})

    def edited(self, message: Message, before: Json) -> None:
        self._changed("message_changed", message, {"message": shapes.message(message, self.world)}, before)

    def buried(self, message: Message, before: Json) -> None:
        """A deleted message with answers has changed: into a tombstone."""
        self._changed("message_changed", message, {"message": shapes.message(message, self.world)}, before)

    def deleted(self, message: Message, before: Json) -> None:
        self._changed("message_deleted", message, {"deleted_ts": message.ts}, before)

    def _changed(self, subtype: str, message: Message, news: Json, before: Json) -> None:
        channel = self.world.channels[message.channel]
        stamp = self.world.stamps.next()
        event: Json = {
            "type": "message",
            "subtype": subtype,
            **news,
            "previous_message": before,
            "channel": channel.id,
            "hidden": True,
            "ts": stamp,
            "event_ts": stamp,
            "channel_type": channel.kind,
        }
        self._from_channel(_MESSAGE_KINDS[channel.kind], channel, event)

    def reaction(self, kind: str, message: Message, user: str, name: str) -> None:
        event: Json = {
            "type": kind,
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self.world.stamps.next(),
        }
        self._from_channel(kind, self.world.channels[message.channel], event)

    def pin(self, kind: str, message: Message, user: str, pin: Json) -> None:
        channel = self.world.channels[message.channel]
        item: Json = {
            "type": "message",
            "channel": channel.id,
            "message": {**shapes.message(message, self.world), "permalink": self.world.permalink(message)},
            "created": pin["created"],
            "created_by": pin["user"],
        }
        event: Json = {
            "type": kind,
            "user": user,
            "channel_id": channel.id,
            "item": item,
            "item_user": message.user,
            "pin_count": len(channel.pins),
            "pinned_info": {"channel": channel.id, "pinned_by": pin["user"], "pinned_ts": pin["created"]},
            "event_ts": self.world.stamps.next(),
        }
        if kind == "pin_removed":
            event["has_pins"] = bool(channel.pins)
        self._from_channel(kind, channel, event)

    def member(self, kind: str, channel: Channel, user: str, inviter: str = "") -> None:
        event: Json = {
            "type": kind,
            "user": user,
            "channel": channel.id,
            "channel_type": "G" if channel.private else "C",
            "team": self.world.ids.team,
            "event_ts": self.world.stamps.next(),
        }
        if inviter:
            event["inviter"] = inviter
        self._from_channel(kind, channel, event, even_if_bot_left=user == self.world.ids.bot_user)

    def bot_left(self, channel: Channel, actor: str) -> None:
        """What the one who left (or was taken out) is told, besides what the others are."""
        kind = "group_left" if channel.private else "channel_left"
        event: Json = {"type": kind, "channel": channel.id, "event_ts": self.world.stamps.next(), "actor_id": actor}
        self._from_channel(kind, channel, event, even_if_bot_left=True)

    def channel(self, kind: str, channel: Channel, user: str) -> None:
        """`channel_rename`, `_archive`, `_unarchive`, `_created`: public ones are told to all subscribers.

        Of a private channel its members are told, as of a `group_…`; that there is a new one, nobody is.
        """
        if channel.private:
            if kind == "channel_created":
                return
            kind = kind.replace("channel_", "group_")
        shape: Json | str = channel.id
        if kind.endswith("_rename"):
            shape = {name: value for name, value in self._shape(channel).items() if name in _TOLD_OF_A_RENAMED}
        elif kind == "channel_created":
            shape = self._shape(channel)
        event: Json = {"type": kind, "channel": shape, "event_ts": self.world.stamps.next()}
        if kind.endswith(("_archive", "_unarchive")):
            event |= {"user": user, "is_moved": 0}
        self._from_channel(kind, channel, event, even_if_bot_left=not channel.private)

    def _shape(self, channel: Channel) -> Json:
        whole = shapes.channel(channel, self.world, listed=True)
        return {name: value for name, value in whole.items() if name not in _NOT_TOLD_OF_A_CREATED}

    def home_opened(self, user: str, tab: str, channel: str, view: Json | None) -> None:
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel,
            "tab": tab,
            "event_ts": self.world.stamps.next(),
        }
        if view is not None:
            event["view"] = view
        self._send("app_home_opened", event)

    def user_changed(self, user: User) -> None:
        with_email = "users:read.email" in self.scopes()
        shape = shapes.user(user, self.world.ids, with_email=with_email, with_locale=True)
        shape["profile"]["fields"] = None
        stamp = self.world.stamps.next()
        self._send("user_change", {"type": "user_change", "user": shape, "cache_ts": user.updated, "event_ts": stamp})

    def group_changed(self, group: Group, before: Sequence[str], updated_before: int) -> None:
        shape = shapes.group(group, self.world.ids, with_users=True)
        event = {"type": "subteam_updated", "subteam": shape, "event_ts": self.world.stamps.next()}
        self._send("subteam_updated", event)
        added = [each for each in group.users if each not in before]
        removed = [each for each in before if each not in group.users]
        members: Json = {
            "type": "subteam_members_changed",
            "subteam_id": group.id,
            "team_id": self.world.ids.team,
            "date_previous_update": updated_before,
            "date_update": group.updated,
            "added_users": added,
            "added_users_count": len(added),
            "removed_users": removed,
            "removed_users_count": len(removed),
            "event_ts": self.world.stamps.next(),
        }
        self._send("subteam_members_changed", members)

    def _from_channel(self, name: str, channel: Channel, event: Json, *, even_if_bot_left: bool = False) -> None:
        if even_if_bot_left or self.world.bot_is_in(channel):
            self._send(name, event)

    def _send(self, name: str, event: Json) -> None:
        if name not in self.subscribed:
            return
        scope = _SCOPE_OF.get(name)
        if scope is not None and scope not in self.scopes():
            return
        ids = self.world.ids
        self.delivery.tell(
            {
                "token": "legacy-verification-token",
                "team_id": ids.team,
                "context_team_id": ids.team,
                "context_enterprise_id": None,
                "api_app_id": ids.app,
                "event": event,
                "type": "event_callback",
                "event_id": fresh_id("Ev"),
                "event_time": int(self.world.now()),
                "authorizations": [
                    {
                        "enterprise_id": None,
                        "team_id": ids.team,
                        "user_id": ids.bot_user,
                        "is_bot": True,
                        "is_enterprise_install": False,
                    }
                ],
                "is_ext_shared_channel": False,
                "event_context": f"4-{fresh_id('E', 20)}",
            }
        )
