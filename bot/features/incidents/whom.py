"""Whom typed words name: a mention, or a plain @name."""

from dataclasses import dataclass

from bot.acts import Acts, Reply
from bot.domain.person import Person
from bot.features.incidents.response import Response
from bot.slack.asks import mentioned, unmentioned
from bot.slack.message import Message


@dataclass(frozen=True, slots=True)
class Named:
    """The person a command names, and its other words. `missing` is somebody named whom we do not know."""

    person: Person | None
    words: str
    missing: str | None = None

    def unknown(self) -> Acts:
        return (Reply(Message(f"I do not know {self.missing} here. Mention them: type @ and choose the name.")),)


def named_in(response: Response, text: str) -> Named:
    """A mention anywhere, or a plain @name as the first or last word that is one person's alone."""
    user = mentioned(text)
    if user is not None:
        known = response.record.names.known(user)
        return Named(known, unmentioned(text), None if known else "that person")
    said = text.split()
    for place in (0, -1):
        if said and said[place].startswith("@") and len(said[place]) > 1:
            known = response.record.names.by_name(said[place])
            rest = " ".join(said[1:] if place == 0 else said[:-1])
            return Named(known, rest, None if known else said[place][:40])
    return Named(None, " ".join(said))
