"""An ask kept in a button, so that a later press does the same again: for whoever asked, or for somebody who may."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from bot.acts import Ask
from bot.domain.person import Role

BUTTON_VALUE: Final = 2000
"""Slack's limit for what a button carries."""
_ROOM: Final = BUTTON_VALUE - 40  # for the number of a request that goes before it
_WORDS: Final = 300
_LABEL: Final = 60


class Kind(StrEnum):
    """What was used; with the origin it names the row."""

    TYPED = "typed"
    PRESSED = "pressed"
    SENT = "sent"
    SHORTCUT = "shortcut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`ask` lacks its person and its moment: those are of whoever presses."""

    kind: Kind
    label: str
    once: str
    """Of the first ask: what it was once, it stays."""
    needs: Role
    given: Mapping[str, Any]  # plain JSON, the names of `Ask`

    @property
    def origin(self) -> str:
        return str(self.given.get("origin", ""))

    @property
    def pressed(self) -> str:
        return str(self.given.get("pressed", ""))

    @property
    def text(self) -> str:
        return str(self.given.get("text", ""))

    @property
    def channel(self) -> str:
        return str(self.given.get("channel", ""))

    @property
    def incident(self) -> str:
        """The business key of what it is about, as a button or a form names it."""
        private = self.given.get("private")
        named = private.get("incident") if isinstance(private, Mapping) else None
        return str(self.given.get("key") or named or "")

    @property
    def thread(self) -> str:
        """The thread it was asked in, or under the message that it was asked on; "" in a channel or in a modal."""
        on_message = self.given.get("on_message") or self.kind is Kind.SHORTCUT
        return str(self.given.get("thread_ts") or (self.given.get("message_ts", "") if on_message else ""))

    def by(self, press: Ask, key: str) -> Ask:
        """The same, asked by whoever pressed now: with their rights, their trigger and their place for an answer."""
        taken: dict[str, Any] = {name: str(self.given.get(name, "")) for name in _TEXTS}
        values, private, picked = (self.given.get(name) for name in ("values", "private", "picked"))
        return replace(
            press,
            **taken,
            key=key,
            channel=self.channel or press.channel,
            values={
                name: tuple(one) if isinstance(one, list) else one
                for name, one in (values if isinstance(values, dict) else {}).items()
            },
            private=private if isinstance(private, dict) else {},
            picked=tuple(str(one) for one in picked) if isinstance(picked, list) else (),
        )


_TEXTS: Final = ("text", "message_ts", "thread_ts", "words", "block", "pressed", "origin")
_FIELDS: Final = ("key", "channel", "on_message", "values", "private", "picked", *_TEXTS)


def keep(ask: Ask, kind: Kind, label: str, needs: Role) -> str | None:
    """Small enough for a button; None when too much was typed for that."""
    given = {name: value for name in _FIELDS if (value := getattr(ask, name))}
    if ask.words:
        given["words"] = ask.words[:_WORDS]
    written = json.dumps(
        {"kind": kind, "label": label[:_LABEL], "once": ask.once, "needs": needs, "ask": given},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    # Slack counts characters; those beyond the basic plane may count as two.
    return written if len(written.encode("utf-16-le", "surrogatepass")) // 2 <= _ROOM else None


def kept(value: str) -> Kept | None:
    """Read back from a button. It came from outside: anything of another shape is nothing."""
    try:
        shape = json.loads(value)
        return Kept(
            kind=Kind(shape["kind"]),
            label=str(shape["label"]),
            once=str(shape["once"]),
            needs=Role(shape["needs"]),
            given=dict(shape["ask"]),
        )
    except (ValueError, TypeError, KeyError):
        return None


def numbered(number: int, value: str) -> str:
    """A kept ask with the number of the request that it became."""
    return f"{number}|{value}"


def from_numbered(value: str) -> tuple[int, Kept] | None:
    number, _, rest = value.partition("|")
    found = kept(rest)
    return (int(number), found) if found and number.isascii() and number.isdigit() else None
