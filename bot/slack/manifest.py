"""The Slack app's manifest, made from the tables: commands, shortcuts, events, no more scopes than the code uses."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from bot.slack.command import Command, Shortcut, TableRow

Json = dict[str, Any]  # Slack's own schema, version 2

EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "reaction_added": ("reactions:read",),
    "pin_added": ("pins:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "channel_rename": ("channels:read",),
    "group_rename": ("groups:read",),
    "channel_archive": ("channels:read",),
    "group_archive": ("groups:read",),
    "channel_unarchive": ("channels:read",),
    "group_unarchive": ("groups:read",),
    "channel_deleted": ("channels:read",),
    "group_deleted": ("groups:read",),
    "channel_id_changed": ("channels:read", "groups:read"),
    "channel_left": ("channels:read",),
    "group_left": ("groups:read",),
    "app_home_opened": (),
    "user_change": ("users:read",),
    "team_join": ("users:read",),
    "subteam_created": ("usergroups:read",),
    "subteam_updated": ("usergroups:read",),
    "subteam_members_changed": ("usergroups:read",),
}
"""The events we follow (the Slack rows of `events.py`, and people in memory), each with the scopes it needs."""

METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "auth.test": (),
    "bots.info": ("users:read",),
    "bookmarks.add": ("bookmarks:write",),
    "bookmarks.list": ("bookmarks:read",),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write", "chat:write.public"),
    "chat.update": ("chat:write",),
    "conversations.archive": ("channels:manage", "groups:write"),
    "conversations.create": ("channels:manage", "groups:write"),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.invite": ("channels:manage", "groups:write"),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.rename": ("channels:manage", "groups:write"),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "conversations.setTopic": ("channels:manage", "groups:write"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "pins.add": ("pins:write",),
    "reactions.add": ("reactions:write",),
    "usergroups.list": ("usergroups:read",),
    "users.conversations": ("channels:read", "groups:read"),
    "users.info": ("users:read",),
    "users.list": ("users:read", "users:read.email"),
    "users.lookupByEmail": ("users:read", "users:read.email"),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}
"""The Web API methods that the code calls, each with the scopes it needs (a test compares them with the code)."""


def scopes() -> Sequence[str]:
    """All bot scopes the app asks for."""
    needed = {"commands"}
    for each in (*EVENTS.values(), *METHODS.values()):
        needed.update(each)
    return sorted(needed)


def manifest(
    table: Sequence[TableRow], *, mode: Literal["socket", "http"], url: str | None = None, prefix: str = ""
) -> Json:
    """The manifest for one mode; HTTP mode needs the address at which the bot is reachable. Raises ValueError."""
    if mode == "http" and not url:
        raise ValueError("HTTP mode needs the bot's public address: --url https://daywatch.example.com")
    request_url = f"{(url or '').rstrip('/')}/slack/events"
    http: Json = {"request_url": request_url} if mode == "http" else {}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "Daywatch",
            "description": "The on-call team's daily checklist, incidents and postmortems",
            "background_color": "#0f4c5c",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Daywatch", "always_online": True},
            "shortcuts": [
                {
                    "name": row.name,
                    "type": "message" if row.on_message else "global",
                    "callback_id": row.callback,
                    "description": row.does,
                }
                for row in table
                if isinstance(row, Shortcut)
            ],
            "slash_commands": [_slash(table, root, prefix, http) for root in roots(table)],
        },
        "oauth_config": {"scopes": {"bot": list(scopes())}},
        "settings": {
            "event_subscriptions": {**http, "bot_events": sorted(EVENTS)},
            "interactivity": {
                "is_enabled": True,
                **http,
                **({"message_menu_options_url": request_url} if mode == "http" else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }


def roots(table: Sequence[TableRow]) -> Sequence[str]:
    """The commands by name, in the order of the table."""
    return list(dict.fromkeys(row.root for row in table if isinstance(row, Command)))


def _slash(table: Sequence[TableRow], root: str, prefix: str, http: Json) -> Json:
    rows = [row for row in table if isinstance(row, Command) and row.root == root]
    first = next((row for row in rows if not row.verb), rows[0])
    verbs = " | ".join(row.verb for row in rows if row.verb)
    hint = " | ".join(part for part in (first.usage, verbs) if part)
    return {
        "command": f"/{prefix}{root.removeprefix('/')}",
        "description": first.does,
        **({"usage_hint": hint if len(hint) <= 100 else f"{hint[:97].rsplit(' | ', 1)[0]} | …"} if hint else {}),
        "should_escape": True,
        **({"url": http["request_url"]} if http else {}),
    }
