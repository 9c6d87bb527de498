"""Slack's text as safe HTML: mrkdwn and rich text, with names instead of ids. Everything foreign is escaped first."""

import re
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup, escape

from bot.local.slack.things import Json
from bot.local.slack.world import World

_EMOJI: Final = {
    "white_check_mark": "✅",
    "warning": "⚠️",
    "x": "❌",
    "question": "❔",
    "raised_hand": "✋",
    "rotating_light": "🚨",
    "mag": "🔎",
    "wrench": "🔧",
    "bell": "🔔",
    "eyes": "👀",
    "hourglass_flowing_sand": "⏳",
    "telephone_receiver": "☎️",
    "pushpin": "📌",
    "calendar": "📅",
    "memo": "📝",
    "tada": "🎉",
}
_TOKEN: Final = re.compile(r"&lt;([@#!]?)([^\s|&]+(?:&amp;[^\s|&]+)*(?: [^|&]*)?)(?:\|((?:(?!&gt;).)*))?&gt;")
_CODE: Final = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_MARKS: Final = (
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"), r"<s>\1</s>"),
)


class Words:
    """Draws text in one world, where ids have names."""

    def __init__(self, world: World) -> None:
        self._world = world

    def mrkdwn(self, text: str) -> Markup:
        """Draw mrkdwn (or message text): Slack's three escapes are undone, then all is escaped anew for HTML."""
        plain = text.replace("&lt;", "\x00").replace("&gt;", "\x01").replace("&amp;", "&")
        safe = str(escape(plain))
        kept: list[str] = []

        def keep(match: re.Match[str]) -> str:
            kept.append(f"<pre>{match[1]}</pre>" if match[1] is not None else f"<code>{match[2]}</code>")
            return f"\x02{len(kept) - 1}\x03"

        safe = _CODE.sub(keep, safe)
        safe = _TOKEN.sub(self._token, safe)
        for pattern, replacement in _MARKS:
            safe = pattern.sub(replacement, safe)
        safe = self._emoji(safe)
        safe = re.sub(r"\x02(\d+)\x03", lambda match: kept[int(match[1])], safe)
        safe = safe.replace("\x00", "&lt;").replace("\x01", "&gt;")
        return Markup(safe)  # noqa: S704 - built from escaped text and our own tags only

    def text(self, shape: Json | None) -> Markup:
        """Draw a text object."""
        if not shape:
            return Markup("")
        if shape.get("type") == "mrkdwn":
            return self.mrkdwn(str(shape.get("text", "")))
        safe = str(escape(str(shape.get("text", ""))))
        return Markup(self._emoji(safe) if shape.get("emoji") else safe)  # noqa: S704 - escaped just above

    def rich(self, elements: list[Json]) -> Markup:
        """Draw the inline pieces of rich text."""
        return Markup("").join(self._piece(each) for each in elements)

    def _emoji(self, safe: str) -> str:
        return re.sub(r":([a-z0-9_+-]+):", lambda match: _EMOJI.get(match[1], match[0]), safe)

    def _token(self, match: re.Match[str]) -> str:
        sign, target, label = match[1], match[2], match[3]
        if sign == "@":
            return f'<span class="name">@{self.person(target)}</span>'
        if sign == "#":
            return f'<span class="name">#{self.channel(target)}</span>'
        if sign == "!":
            return self._special(target, label)
        if re.match(r"https?://", target):
            return f'<a href="{target}" rel="noreferrer noopener">{label or target}</a>'
        return label or target

    def _special(self, target: str, label: str | None) -> str:
        if target.startswith("date^"):
            parts = target.split("^")
            if len(parts) > 1 and parts[1].isdigit():
                return f'<time title="{label or ""}">{_moment(int(parts[1]))}</time>'
        if target.startswith("subteam^"):
            group = self._world.groups.get(target.removeprefix("subteam^"))
            return f'<span class="name">@{escape(group.handle) if group else "group"}</span>'
        return f'<span class="name">@{target}</span>'

    def person(self, user: str) -> Markup:
        known = self._world.users.get(user)
        return escape(known.real_name if known else user)

    def channel(self, channel: str) -> Markup:
        known = self._world.channels.get(channel)
        return escape(known.name if known else channel)

    def _piece(self, piece: Json) -> Markup:
        kind = piece.get("type")
        if kind == "emoji":
            return escape(_EMOJI.get(piece["name"], f":{piece['name']}:"))
        if kind == "link":
            target = str(piece["url"])
            label = escape(piece.get("text") or target)
            safe = re.match(r"https?://", target)
            return Markup('<a href="{}" rel="noreferrer noopener">{}</a>').format(target, label) if safe else label
        if kind in {"user", "usergroup", "channel"}:
            return Markup('<span class="name">{}</span>').format(self._named(piece))
        if kind == "date":
            return Markup("<time>{}</time>").format(_moment(int(piece["timestamp"])))
        if kind == "broadcast":
            return escape(f"@{piece.get('range')}")
        return _styled(escape(str(piece.get("text", ""))), piece.get("style") or {})

    def _named(self, piece: Json) -> str:
        if piece["type"] == "user":
            return f"@{self.person(piece['user_id'])}"
        if piece["type"] == "channel":
            return f"#{self.channel(piece['channel_id'])}"
        group = self._world.groups.get(piece["usergroup_id"])
        return f"@{group.handle if group else 'group'}"


def _styled(safe: Markup, style: Json) -> Markup:
    for name, tag in (("bold", "strong"), ("italic", "em"), ("strike", "s"), ("code", "code")):
        if style.get(name):
            safe = Markup("<{0}>{1}</{0}>").format(Markup(tag), safe)  # noqa: S704 - our own four tags
    return safe


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(min(seconds, 253_402_300_799), tz=UTC).strftime("%d %b %H:%M UTC")
