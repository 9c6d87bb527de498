"""What a Slack workspace is made of: people, groups, channels, messages, files and open views."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]  # Slack's JSON: its shape is Slack's


@dataclass(slots=True, kw_only=True)
class User:
    """A member, a guest, or the bot's own user."""

    id: str
    name: str
    real_name: str
    email: str = ""
    guest: bool = False
    admin: bool = False
    bot_id: str = ""
    timezone: str = "Europe/Berlin"
    deleted: bool = False
    updated: int = 0


@dataclass(slots=True, kw_only=True)
class Group:
    """A user group such as @oncall."""

    id: str
    handle: str
    name: str
    users: list[str]
    updated: int = 0


@dataclass(slots=True, kw_only=True)
class Label:
    """A topic or purpose: words, and who set them when."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass(slots=True, kw_only=True)
class Channel:
    """A public or private channel, or a direct message (`partner` is its person).

    A direct message between two people is private too, so that the bot cannot see it.
    """

    id: str
    name: str
    creator: str
    created: int
    private: bool = False
    archived: bool = False
    general: bool = False
    partner: str = ""
    members: list[str] = field(default_factory=list)
    topic: Label = field(default_factory=Label)
    purpose: Label = field(default_factory=Label)
    previous_names: list[str] = field(default_factory=list)
    pins: list[Json] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)

    @property
    def direct(self) -> bool:
        return bool(self.partner)

    @property
    def kind(self) -> str:
        """`channel_type` as events name it."""
        return "im" if self.direct else "group" if self.private else "channel"


@dataclass(slots=True, kw_only=True)
class Message:
    """One message as people see it; `ephemeral_for` names the only person who does."""

    ts: str
    channel: str
    user: str
    text: str
    subtype: str = ""
    bot_id: str = ""
    app_id: str = ""
    thread_ts: str = ""
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None
    edited: Json | None = None
    reactions: list[Json] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    extra: Json = field(default_factory=dict)
    ephemeral_for: str = ""


@dataclass(slots=True, kw_only=True)
class File:
    """An upload: first only an address to send bytes to, then a file that may be shared."""

    id: str
    name: str
    title: str
    length: int
    created: int
    user: str
    mimetype: str = "application/octet-stream"
    uploaded: bool = False
    completed: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class View:
    """A modal somebody has open, or their App Home."""

    id: str
    user: str
    shape: Json  # as the app gave it, block ids filled in
    hash: str
    root_id: str
    previous_id: str = ""
    external_id: str = ""
    state: Json = field(default_factory=dict)  # what dispatching inputs have told so far
