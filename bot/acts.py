"""What a feature may ask for, as values: answers to the person who asked, messages, work that survives, and news.

A feature never posts or queues by itself. `Reply`, `Open`, `Next` and `Wrong` are done at once, where the ask was made.
`Post`, `Start`, `Tell` and `Happened` are saved in the transaction that changed the state, and handed over after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.person import Person, Role
from bot.slack.message import Message, View

Json = Any  # plain JSON; the store and the engine refuse anything else


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something that a person typed, pressed or submitted, with all that a handler may need of Slack's payload.

    `text` is what stands behind the matched words of a command; `key` the business key that a button carries.
    `values` are a form's fields by `block_id`: a string, several strings, or None when left empty.
    `private` is the form's own memory (`private_metadata`), which is the client's word and grants nothing.
    """

    person: Person
    at: datetime
    once: str
    """What makes this ask one: Slack's trigger id."""
    text: str = ""
    key: str = ""
    channel: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    values: Mapping[str, str | tuple[str, ...] | None] = field(default_factory=dict)
    private: Mapping[str, Json] = field(default_factory=dict)
    view_id: str = ""
    trigger_id: str = field(default="", repr=False)
    response_url: str = field(default="", repr=False)
    on_message: bool = False
    """True when it was pressed on a message that everybody sees (then an answer must not replace it)."""
    words: str = ""
    """The text of the message a shortcut was used on."""
    block: str = ""
    """The block a pressed element stands in."""
    pressed: str = ""
    """The pressed element's whole value: of a menu's entry also its verb."""
    picked: tuple[str, ...] = ()
    """All ticked options of a pressed group of checkboxes."""
    origin: str = ""
    """The command path or action id it came by."""

    def value(self, field_name: str) -> str:
        """One field of a form as text, stripped; empty when it was left empty."""
        value = self.values.get(field_name)
        if isinstance(value, tuple):
            return value[0] if value else ""
        return (value or "").strip()

    def chosen(self, field_name: str) -> tuple[str, ...]:
        """The ticked options of a field."""
        value = self.values.get(field_name)
        return value if isinstance(value, tuple) else ((value,) if value else ())


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer where the ask was made, only for the person who asked unless `everybody` is set."""

    message: Message
    everybody: bool = False
    replace: bool = False
    """Replace the only-you message on which the button stood."""


@dataclass(frozen=True, slots=True)
class Open:
    """A modal. Slack gives three seconds for it, so it is made from memory."""

    view: View


@dataclass(frozen=True, slots=True)
class Next:
    """What a submitted form turns into: another view in its place (`push` puts it on top)."""

    view: View
    push: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """A submitted form stays open and says what is wrong, by field (`block_id` of an input)."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Post:
    """The message with this key is to be posted, or redrawn, from stored state; the key begins with its surface."""

    key: str
    after: float = 0.0
    """Seconds to wait, so that a burst becomes one redraw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A flow to begin; the same `once` begins it only once, ever."""

    flow: str
    once: str
    given: Mapping[str, Json] = field(default_factory=dict)
    after: float = 0.0
    """Seconds to wait before it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A word for a waiting flow."""

    once: str
    words: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Happened:
    """News for other features: a row in `events.py` decides who hears it. `given` is plain JSON."""

    event: str
    given: Mapping[str, Json] = field(default_factory=dict)


class NeedsRole(Exception):
    """A handler that anybody may use found that what was asked here needs a role; the router refuses it like any other.

    `what` begins the sentence: "Declaring" (needs the role responder).
    """

    def __init__(self, role: Role, what: str) -> None:
        super().__init__(f"{what} needs the role {role.word}")
        self.role, self.what = role, what


Act = Reply | Open | Next | Wrong | Post | Start | Tell | Happened
Acts = Sequence[Act]
