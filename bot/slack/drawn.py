"""A message with the place where it belongs, as a feature draws it from stored state."""

from dataclasses import dataclass

from bot.slack.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """`channel` is a channel's id, a person's id (a direct message), or a `#name` from the settings."""

    channel: str
    message: Message
    thread_ts: str | None = None
    """The thread of a message that is not ours; `message.thread_of` names one that is."""
