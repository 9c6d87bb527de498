"""Rich text: sections, lists, quotes and preformatted parts, and the inline pieces inside them."""

from typing import Final

from bot.local.slack.blockkit.grammar import Check, Shape, by_type, flag, many, number, one_of, text, thing

_STYLE: Final = thing(
    Shape(
        may=dict.fromkeys(
            ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), flag
        )
    )
)


def _inline(**needed: Check) -> Shape:
    return Shape(needed=needed, may={"style": _STYLE})


_INLINE_SHAPES: Final[dict[str, Shape]] = {
    "text": _inline(text=text(12_000)),
    "link": Shape(needed={"url": text(3000)}, may={"text": text(12_000), "style": _STYLE, "unsafe": flag}),
    "emoji": Shape(needed={"name": text(100)}, may={"unicode": text(100), "style": _STYLE, "skin_tone": number(1, 6)}),
    "user": _inline(user_id=text(32)),
    "usergroup": _inline(usergroup_id=text(32)),
    "channel": _inline(channel_id=text(32)),
    "team": _inline(team_id=text(32)),
    "broadcast": _inline(range=one_of("here", "channel", "everyone")),
    "color": _inline(value=text(20)),
    "date": Shape(
        needed={"timestamp": number(0, 99_999_999_999), "format": text(200)},
        may={"url": text(3000), "fallback": text(500), "style": _STYLE},
    ),
}
_INLINE: Final = by_type(_INLINE_SHAPES)
_SECTION: Final = Shape(needed={"elements": many(_INLINE, 1000)})
_PARTS: Final[dict[str, Shape]] = {
    "rich_text_section": _SECTION,
    "rich_text_list": Shape(
        needed={
            "elements": many(by_type({"rich_text_section": _SECTION}), 1000),
            "style": one_of("bullet", "ordered"),
        },
        may={"indent": number(0, 8), "offset": number(0, 100_000), "border": number(0, 1)},
    ),
    "rich_text_quote": Shape(needed={"elements": many(_INLINE, 1000)}, may={"border": number(0, 1)}),
    "rich_text_preformatted": Shape(
        needed={"elements": many(by_type({n: _INLINE_SHAPES[n] for n in ("text", "link")}), 1000)},
        may={"border": number(0, 1), "language": text(40)},
    ),
}
RICH_TEXT: Final = Shape(needed={"elements": many(by_type(_PARTS), 1000)})
