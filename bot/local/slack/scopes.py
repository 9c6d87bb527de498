"""Which Web API method needs which scope, and the scopes the local app is granted."""

from typing import Final

DEFAULT_SCOPES: Final = frozenset(
    {
        "commands",
        "app_mentions:read",
        "channels:manage",
        "channels:read",
        "channels:join",
        "channels:history",
        "groups:write",
        "groups:read",
        "groups:history",
        "chat:write",
        "chat:write.public",
        "im:write",
        "im:history",
        "im:read",
        "pins:write",
        "pins:read",
        "reactions:write",
        "reactions:read",
        "bookmarks:write",
        "bookmarks:read",
        "users:read",
        "users:read.email",
        "users.profile:read",
        "usergroups:read",
        "files:write",
        "files:read",
        "canvases:write",
        "canvases:read",
        "links:read",
        "links:write",
        "metadata.message:read",
        "team:read",
    }
)

APP_SCOPES: Final = frozenset({"connections:write"})
"""What the app-level token is for."""

_READ: Final = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY: Final = ("channels:history", "groups:history", "im:history", "mpim:history")
_MANAGE: Final = ("channels:manage", "groups:write")

# Any ONE of the scopes opens the method; a private channel asks for its own one on top (`conversations.py`).
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "apps.connections.open": ("connections:write",),
    "users.list": ("users:read",),
    "users.info": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
    "users.conversations": _READ,
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "conversations.create": _MANAGE,
    "conversations.info": _READ,
    "conversations.list": _READ,
    "conversations.members": _READ,
    "conversations.history": _HISTORY,
    "conversations.replies": _HISTORY,
    "conversations.invite": (*_MANAGE, "channels:write.invites", "groups:write.invites"),
    "conversations.join": ("channels:join",),
    "conversations.kick": _MANAGE,
    "conversations.leave": _MANAGE,
    "conversations.open": ("im:write", "mpim:write"),
    "conversations.rename": _MANAGE,
    "conversations.archive": _MANAGE,
    "conversations.unarchive": _MANAGE,
    "conversations.setTopic": (*_MANAGE, "channels:write.topic", "groups:write.topic"),
    "conversations.setPurpose": (*_MANAGE, "channels:write.topic", "groups:write.topic"),
    "conversations.mark": (*_MANAGE, "im:write"),
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "pins.add": ("pins:write",),
    "pins.remove": ("pins:write",),
    "pins.list": ("pins:read",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "reactions.get": ("reactions:read",),
    "bookmarks.add": ("bookmarks:write",),
    "bookmarks.edit": ("bookmarks:write",),
    "bookmarks.remove": ("bookmarks:write",),
    "bookmarks.list": ("bookmarks:read",),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.info": ("files:read",),
    "bots.info": ("users:read",),
    "team.info": ("team:read",),
}


def missing(method: str, granted: frozenset[str]) -> str | None:
    """Name the scopes that would each do, or None when the method may be called."""
    needed = NEEDED.get(method, ())
    return ",".join(needed) if needed and not (granted | APP_SCOPES).intersection(needed) else None
