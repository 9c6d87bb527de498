"""The page in pieces: each part and each message drawn apart, with a version, so that only what changed travels."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from bot.local.page.guide import Card
from bot.local.page.hints import Hints
from bot.local.page.look import SHOWN, Look
from bot.local.page.moments import moment, written
from bot.local.page.reading import Reading
from bot.local.page.words import Words
from bot.local.slack import state
from bot.local.slack.ids import microseconds
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json, Message

ROLES: Final = {"ann": "admin", "bob": "responder", "kim": "operator", "sam": "stakeholder", "gil": "guest"}
_QUICK: Final = ("pushpin", "+1", "eyes", "white_check_mark", "tada", "raised_hand")
_CLOSE: Final = 300.0  # seconds in which a second message of one person follows the first without a head
_KEPT: Final = 5000
_REPLIERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A bit of HTML; two with one version are the same."""

    name: str
    html: Markup
    version: str

    @classmethod
    def of(cls, name: str, html: str) -> "Piece":
        safe = Markup(html.strip())  # noqa: S704 - drawn by our templates, which escape
        return cls(name=name, html=safe, version=f"{zlib.crc32(safe.encode()):x}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A whole page as pieces."""

    title: str
    column: str
    place: str
    parts: dict[str, Piece]
    lists: dict[str, list[Piece]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands in the side panel, drawn elsewhere."""

    html: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Wrong:
    """What is wrong in a modal: words for each field, and words for the whole of it."""

    view: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""


@dataclass(slots=True, kw_only=True)
class Pieces:
    """Draws looks. A message that did not change is not drawn again."""

    slack: Slack
    templates: Environment
    hints: Hints
    reading: Reading
    wrong: dict[str, Wrong] = field(default_factory=dict)  # person -> the modal they sent last
    _kept: dict[tuple[str, ...], tuple[tuple[Any, ...], Piece]] = field(default_factory=dict)

    def draw(self, look: Look, zone: tzinfo, beside: Beside, card: Card | None) -> Drawn:
        """Everything that this look shows; seeing a place counts as having read it."""
        words = Words(self.slack.world, zone=zone, reader=look.person.id)
        if look.channel:
            self.reading.seen(look.person, look.channel.id)
        hints = list(self.hints.all([each for each in look.channels if not each.archived])) if look.member else []
        waiting = {each.id: self._waiting(each.id) for each in look.people}
        given: dict[str, Any] = {
            "look": look,
            "words": words,
            "roles": ROLES,
            "unread": lambda channel: self.reading.unread(look.person, channel),
            "waiting": waiting,
            "card": card,
            "guide_shown": card is not None,
            "counts": {"pagerduty": 0, "jira": 0, "faults": 0, **beside.counts},
            "hints": hints,
            **self._wrong_in(look),
        }

        def part(name: str, template: str, **more: object) -> tuple[str, Piece]:
            return name, Piece.of(name, self.templates.get_template(template).render({**given, **more}))

        parts = dict(
            (
                ("strip", Piece.of("strip", _strip(look))),
                part("places", "places.html"),
                part("heading", "heading.html"),
                ("more", Piece.of("more", _more(look))),
                part("compose", "compose.html", thread_ts=""),
                part("tabs", "tabs.html"),
                ("panel", Piece.of("panel", beside.html)),
                part("answer", "compose.html", thread_ts=look.thread.ts)
                if look.thread
                else ("answer", Piece.of("answer", "")),
                part("bar", "bar.html"),
                part("guide", "guide.html"),
                part("modal", "modal.html"),
            )
        )
        lists = {"messages": self._messages(look, words, zone), "replies": self._replies(look, words, zone)}
        return Drawn(title=_title(look), column=look.column, place=look.place, parts=parts, lists=lists)

    def about(self, look: Look, zone: tzinfo) -> str:
        """A message at phone width, and its JSON."""
        if look.about is None:
            return ""
        words = Words(self.slack.world, zone=zone, reader=look.person.id)
        phone = self._message(look, words, zone, look.about, in_thread=True, prefix="p").html
        told = json.dumps(state.message(self.slack, look.about), indent=1, ensure_ascii=False)
        return self.templates.get_template("about.html").render(look=look, phone=phone, json=told)

    def _waiting(self, person: str) -> int:
        user = self.slack.world.users[person]
        mine = (each for each in self.slack.world.channels.values() if person in each.members and not each.archived)
        return sum(self.reading.unread(user, each).mentions for each in mine)

    def _wrong_in(self, look: Look) -> dict[str, Any]:
        wrong = self.wrong.get(look.person.id, Wrong())
        here = bool(look.modals) and look.modals[-1].id == wrong.view
        return {"errors": wrong.errors if here else {}, "trouble": wrong.trouble if here else ""}

    def _messages(self, look: Look, words: Words, zone: tzinfo) -> list[Piece]:
        if look.place == "home":
            return [Piece.of("home", self.templates.get_template("home.html").render(look=look, words=words))]
        if not look.messages:
            hint = look.channel.purpose.value if look.channel else "Choose a place on the left."
            if look.channel and look.channel.direct:
                other = look.other(look.channel)
                own = "Daywatch writes here what is for you alone: postmortems to write, actions that are due."
                hint = f"Only you and {other.real_name} read this; Daywatch does not." if other else own
            return [Piece.of("empty", Markup('<li id="empty" class="empty">No messages yet. {}</li>').format(hint))]
        drawn: list[Piece] = []
        before: Message | None = None
        since, line = microseconds(look.since), False
        for message in look.messages:
            seconds = float(message.ts)
            day = moment(seconds, zone).date()
            new_day = before is None or moment(float(before.ts), zone).date() != day
            if new_day:
                words_of_day = written(seconds, "{date_long_pretty}", zone, self.slack.world.now())
                drawn.append(_divider(f"d{day:%Y%m%d}", "day", words_of_day[:1].upper() + words_of_day[1:]))
            # A line above everything would tell nothing.
            known_before = microseconds(look.messages[0].ts) <= since
            new = known_before and microseconds(message.ts) > since and message.user != look.person.id
            if new and not line:
                line = True
                drawn.append(_divider("new", "new", "New"))
                new_day = True
            follows = not new_day and before is not None and _follows(message, before)
            drawn.append(self._message(look, words, zone, message, follows=follows))
            before = message
        return drawn

    def _replies(self, look: Look, words: Words, zone: tzinfo) -> list[Piece]:
        if look.thread is None:
            return []
        every = [look.thread, *look.replies]
        return [self._message(look, words, zone, each, in_thread=True, prefix="t") for each in every]

    def _message(
        self,
        look: Look,
        words: Words,
        zone: tzinfo,
        message: Message,
        *,
        follows: bool = False,
        in_thread: bool = False,
        prefix: str = "m",
    ) -> Piece:
        world = self.slack.world
        uid = f"{prefix}{message.ts.replace('.', '')}"
        channel = world.channels[message.channel]
        replies = world.replies(message.channel, message.ts)
        pinned = any(pin["ts"] == message.ts for pin in channel.pins)
        # Lists are compared by identity, safe while they are held here: the world replaces them, never mutates.
        now = (
            _Same(message.blocks),
            _Same(message.attachments),
            (message.text, message.user, message.subtype, str(message.edited), tuple(message.files)),
            tuple((one["name"], *one["users"]) for one in message.reactions),
            (len(replies), replies[-1].ts if replies else ""),
            (pinned, follows, look.edited == message.ts and not in_thread),
            (str(zone), moment(world.now(), zone).date(), len(self.hints.shortcuts())),
            tuple(world.users[user].real_name for user in {message.user} if user in world.users),
        )
        key = (look.person.id, look.place, uid)
        known = self._kept.get(key)
        if known is not None and known[0] == now:
            return known[1]
        here = replace(look, thread=None, side="", about=None, ticket="", edited="")
        people = world.users
        html = self.templates.get_template("message.html").render(
            message=message,
            uid=uid,
            look=look,
            words=words,
            seconds=float(message.ts),
            follows=follows,
            pinned=pinned,
            in_thread=in_thread,
            edited_here=look.edited == message.ts and not in_thread,
            files=[world.files[each] for each in message.files if each in world.files],
            replies=len(replies),
            repliers=list(dict.fromkeys(each.user for each in replies))[:_REPLIERS],
            thread=here.to(thread=message.thread_ts or message.ts, on="side"),
            edit=here.to(edit=message.ts),
            about=here.to(side=f"message:{message.ts}", on="side"),
            here=here.to(),
            link=f"/archives/{message.channel}/p{message.ts.replace('.', '')}",
            names=lambda users: ", ".join(people[one].real_name for one in users if one in people),
            quick=_QUICK,
            shortcuts=self.hints.shortcuts(),
        )
        piece = Piece.of(uid, html)
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = (now, piece)
        return piece


class _Same:
    """A list that is the same only if it is that very list."""

    __slots__ = ("_it",)

    def __init__(self, it: list[Json] | None) -> None:
        self._it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._it is other._it

    def __hash__(self) -> int:
        return id(self._it)


def _follows(message: Message, before: Message) -> bool:
    alone = message.subtype or before.subtype or message.ephemeral_for or before.ephemeral_for
    return not alone and message.user == before.user and float(message.ts) - float(before.ts) < _CLOSE


def _divider(name: str, kind: str, words: str) -> Piece:
    return Piece.of(name, Markup('<li id="{}" class="divider {}"><span>{}</span></li>').format(name, kind, words))


def _strip(look: Look) -> str:
    absent = "" if look.connected else Markup(' · <strong class="absent-bot">the bot is not connected</strong>')
    return Markup("Local workspace · nothing leaves this machine{}").format(absent)


def _more(look: Look) -> str:
    if not look.earlier:
        return ""
    address = look.to(shown=str(look.shown + SHOWN))
    return Markup('<p class="earlier"><a data-go href="{}">{} earlier messages</a></p>').format(address, look.earlier)


def _title(look: Look) -> str:
    if look.place == "home":
        return "Home · Local workspace"
    if look.channel is None:
        return "Local workspace"
    other = look.other(look.channel)
    direct = other.real_name if other else "Daywatch"
    return f"{direct if look.channel.direct else f'#{look.channel.name}'} · Local workspace"
