"""Slack's text as safe HTML: mrkdwn, Markdown and rich text, with names instead of ids. All is escaped first."""

import re
from datetime import UTC, tzinfo
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup, escape

from bot.local.page.emoji import emoji, with_emoji
from bot.local.page.moments import moment, written
from bot.local.slack.things import Json
from bot.local.slack.world import World

_TOKEN: Final = re.compile(r"&lt;([@#!]?)([^\s|&]+(?:&amp;[^\s|&]+)*(?: [^|&]*)?)(?:\|((?:(?!&gt;).)*))?&gt;")
_CODE: Final = re.compile(r"```\n?(.+?)\n?```|`([^`\n]+)`", re.DOTALL)
_MARKS: Final = (
    (re.compile(r"(?<![\w*])\*(?! )([^*\n]+)(?<! )\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_(?! )([^_\n]+)(?<! )_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~(?! )([^~\n]+)(?<! )~(?![\w~])"), r"<s>\1</s>"),
)
_QUOTED: Final = re.compile(r"(?:^(?:&gt;|\x01)(?!(?:&gt;|\x01)).*(?:\n|$))+|^(?:&gt;|\x01){3}[\s\S]*", re.MULTILINE)
_QUOTE_MARK: Final = re.compile(r"^(?:&gt;|\x01){1,3} ?", re.MULTILINE)
_OURS: Final = str.maketrans(dict.fromkeys(range(4)))  # the four control characters that mark our own places
_STYLES: Final = (
    ("code", "code"),
    ("bold", "strong"),
    ("italic", "em"),
    ("strike", "s"),
    ("underline", "u"),
    ("highlight", "mark"),
    ("client_highlight", "mark"),
)


class Words:
    """Draws text in one world, where ids have names, for one reader in their zone."""

    def __init__(self, world: World, *, zone: tzinfo = UTC, reader: str = "") -> None:
        self._world = world
        self._zone = zone
        self._reader = reader

    def mrkdwn(self, text: str) -> Markup:
        """Draw mrkdwn (or message text): Slack's three escapes are undone, then all is escaped anew for HTML."""
        plain = text.translate(_OURS).replace("&lt;", "\x00").replace("&gt;", "\x01").replace("&amp;", "&")
        safe = str(escape(plain))
        kept: list[str] = []  # what is finished stands aside, so that no mark is looked for inside it

        def keep(html: str) -> str:
            kept.append(html)
            return f"\x02{len(kept) - 1}\x03"

        safe = _CODE.sub(lambda m: keep(f"<pre>{m[1]}</pre>" if m[1] is not None else f"<code>{m[2]}</code>"), safe)
        safe = _TOKEN.sub(lambda m: keep(self._token(m[1], m[2], m[3])), safe)
        for pattern, replacement in _MARKS:
            safe = pattern.sub(replacement, safe)
        safe = _QUOTED.sub(_quote, with_emoji(safe))
        safe = re.sub(r"\x02(\d+)\x03", lambda match: kept[int(match[1])], safe)
        safe = re.sub(r"(</pre>|</blockquote>)\n", r"\1", safe)
        return Markup(safe.replace("\x00", "&lt;").replace("\x01", "&gt;"))  # noqa: S704 - escaped text and our own tags only

    def text(self, shape: Json | None) -> Markup:
        """Draw a text object."""
        if not shape:
            return Markup("")
        if shape.get("type") == "mrkdwn":
            return self.mrkdwn(str(shape.get("text", "")))
        safe = str(escape(self.typed(str(shape.get("text", "")))))
        return Markup(with_emoji(safe) if shape.get("emoji", True) else safe)  # noqa: S704 - escaped just above

    @staticmethod
    def typed(text: str) -> str:
        """Plain text as it was given: Slack keeps it escaped."""
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    def tokens(self, text: str) -> Markup:
        """Draw text that is not mrkdwn but may name people, channels and dates (inside a markdown block)."""
        safe = _TOKEN.sub(lambda m: self._token(m[1], m[2], m[3]) if m[1] else m[0], str(escape(text)))
        return Markup(with_emoji(safe))  # noqa: S704 - escaped just above

    def rich(self, elements: list[Json]) -> Markup:
        """Draw the inline pieces of rich text."""
        return Markup("").join(self._piece(each) for each in elements)

    def time(self, seconds: float, form: str, fallback: str = "") -> Markup:
        """A moment in the reader's zone; resting on it tells the fallback, or day and time in full."""
        shown = written(seconds, form, self._zone, self._world.now())
        told = fallback or written(seconds, "{date_long_full} {time_secs}", self._zone, self._world.now())
        return Markup('<time title="{}">{}</time>').format(told, shown)

    def minute(self, seconds: str) -> str:
        """A moment as a browser's own picker takes it, in the reader's zone."""
        return f"{moment(int(seconds), self._zone):%Y-%m-%dT%H:%M}" if seconds.isdigit() else ""

    def emoji(self, name: str) -> Markup:
        return Markup('<span role="img" aria-label="{}">{}</span>').format(name.replace("_", " "), emoji(name))

    def plain(self, text: str) -> str:
        """Text for ears and titles: names instead of ids, no marks."""
        bare = re.sub(r"<[^>]+>", "", str(self.mrkdwn(text)))
        return Markup(bare).unescape()  # noqa: S704 - only to undo the escapes: a plain string comes back

    def person(self, user: str) -> Markup:
        known = self._world.users.get(user)
        return escape(known.real_name if known else user)

    def channel(self, channel: str) -> Markup:
        known = self._world.channels.get(channel)
        return escape(known.name if known else channel)

    def _token(self, sign: str, target: str, label: str | None) -> str:
        if sign == "@":
            return str(self._mention(target))
        if sign == "#":
            return str(self._place(target))
        if sign == "!":
            return self._special(target, label)
        if re.match(r"https?://|mailto:", target):
            # Both were escaped with the whole text; escaping again would show `&amp;amp;`.
            return f'<a href="{target}" target="_blank" rel="noreferrer noopener">{with_emoji(label or target)}</a>'
        return label or target

    def _special(self, target: str, label: str | None) -> str:
        if target.startswith("date^"):
            _, seconds, form, *link = [*target.split("^"), "", ""][:4]
            if seconds.isdigit():
                shown = str(self.time(int(seconds), str(Markup(form).unescape()), Markup(label or "").unescape()))  # noqa: S704 - unescaped to be escaped anew
                safe = link[0] if re.match(r"https?://", link[0]) else ""
                return f'<a href="{safe}" target="_blank" rel="noreferrer noopener">{shown}</a>' if safe else shown
            return label or target
        if target.startswith("subteam^"):
            return str(self._group(target.removeprefix("subteam^")))
        return f'<span class="name loud">@{target}</span>'

    def _mention(self, user: str) -> Markup:
        mine = " me" if user == self._reader else ""
        return Markup('<span class="name{}">@{}</span>').format(mine, self.person(user))

    def _group(self, group: str) -> Markup:
        known = self._world.groups.get(group)
        mine = " me" if known and self._reader in known.users else ""
        return Markup('<span class="name{}">@{}</span>').format(mine, known.handle if known else "group")

    def _place(self, channel: str) -> Markup:
        if channel not in self._world.channels:
            return Markup('<span class="name">#{}</span>').format(channel)
        reader = self._world.users.get(self._reader)
        address = f"/?{urlencode({'as': reader.name if reader else '', 'place': channel})}"
        return Markup('<a class="name" data-go href="{}">#{}</a>').format(address, self.channel(channel))

    def _piece(self, piece: Json) -> Markup:
        kind = piece.get("type")
        if kind == "emoji":
            safe: Markup = self.emoji(str(piece["name"]))
        elif kind == "link":
            safe = _link(str(piece["url"]), piece.get("text"))
        elif kind == "user":
            safe = self._mention(piece["user_id"])
        elif kind == "usergroup":
            safe = self._group(piece["usergroup_id"])
        elif kind == "channel":
            safe = self._place(piece["channel_id"])
        elif kind == "date":
            safe = self.time(int(piece["timestamp"]), str(piece["format"]), str(piece.get("fallback") or ""))
            if piece.get("url"):
                safe = _link(str(piece["url"]), safe)
        elif kind == "broadcast":
            safe = Markup('<span class="name loud">@{}</span>').format(piece.get("range"))
        elif kind == "color":
            safe = Markup("<code>{}</code>").format(piece.get("value"))
        else:
            safe = escape(str(piece.get("text", "")))
        return _styled(safe, piece.get("style") or {})


def _quote(match: re.Match[str]) -> str:
    ended = "\n" if match[0].endswith("\n") else ""
    return f"<blockquote>{_QUOTE_MARK.sub('', match[0].rstrip())}</blockquote>{ended}"


def _link(target: str, label: str | None) -> Markup:
    shown = escape(label or target)
    if not re.match(r"https?://|mailto:", target):
        return shown
    return Markup('<a href="{}" target="_blank" rel="noreferrer noopener">{}</a>').format(target, shown)


def _styled(safe: Markup, style: Json) -> Markup:
    for name, tag in _STYLES:
        if style.get(name):
            safe = Markup("<{0}>{1}</{0}>").format(Markup(tag), safe)  # noqa: S704 - our own tags
    return safe
