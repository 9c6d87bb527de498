"""Rich text: the place where foreign words are safe, since nothing in it is parsed."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import (
    RichTextBlock,
    RichTextElement,
    RichTextElementParts,
    RichTextListElement,
    RichTextPreformattedElement,
    RichTextQuoteElement,
    RichTextSectionElement,
)

from bot.slack.blocks.text import ABSENT, EVIDENCE, TITLE, clean, cut, safe_url

Part = str | RichTextElement
"""A piece of a line: our own words as they are, or an element."""

_OWN_WORDS: Final = 3000
_COLUMNS: Final = 30


def _style(*, bold: bool, italic: bool, strike: bool, mono: bool) -> RichTextElementParts.TextStyle | None:
    if not (bold or italic or strike or mono):
        return None
    return RichTextElementParts.TextStyle(
        bold=bold or None, italic=italic or None, strike=strike or None, code=mono or None
    )


def words(
    text: str, *, bold: bool = False, italic: bool = False, strike: bool = False, mono: bool = False
) -> RichTextElementParts.Text:
    """Our own words, kept as written, spaces at the ends too."""
    return RichTextElementParts.Text(
        text=cut(clean_words(text), _OWN_WORDS) or ABSENT,
        style=_style(bold=bold, italic=italic, strike=strike, mono=mono),
    )


def clean_words(text: str) -> str:
    """Our words may quote foreign ones, so they are cleaned too; only the outer spaces stay."""
    return clean(text, lines=True)


def bold(text: str) -> RichTextElementParts.Text:
    return words(text, bold=True)


def foreign(
    text: str,
    limit: int = EVIDENCE,
    *,
    lines: bool = False,
    bold: bool = False,
    italic: bool = False,
    strike: bool = False,
    mono: bool = False,
) -> RichTextElementParts.Text:
    """What somebody else wrote: harmless, on one line unless `lines`, cut at a word."""
    return RichTextElementParts.Text(
        text=cut(clean(text, lines=lines).strip(), limit) or ABSENT,
        style=_style(bold=bold, italic=italic, strike=strike, mono=mono),
    )


def link(
    url: str | None, text: str, limit: int = TITLE, *, bold: bool = False
) -> RichTextElementParts.Link | RichTextElementParts.Text:
    """The name of the thing is the link; an address that is not http or https leaves only the name."""
    address = safe_url(url)
    if address is None:
        return foreign(text, limit, bold=bold)
    return RichTextElementParts.Link(
        url=address,
        text=cut(clean(text), limit) or cut(address, limit),
        style=_style(bold=bold, italic=False, strike=False, mono=False),
    )


def emoji(name: str) -> RichTextElementParts.Emoji:
    return RichTextElementParts.Emoji(name=name)


def user(user_id: str) -> RichTextElementParts.User:
    """A mention: it notifies, so only where `ux` allows one."""
    return RichTextElementParts.User(user_id=user_id)


def channel(channel_id: str) -> RichTextElementParts.Channel:
    return RichTextElementParts.Channel(channel_id=channel_id)


def _parts(parts: Sequence[Part]) -> list[RichTextElement]:
    drawn = [words(part) if isinstance(part, str) else part for part in parts if part != ""]
    return drawn or [words(ABSENT)]


def line(*parts: Part) -> RichTextSectionElement:
    """A paragraph; a line feed inside breaks the line."""
    return RichTextSectionElement(elements=_parts(parts))


def _item(item: "Part | RichTextSectionElement") -> RichTextSectionElement:
    return item if isinstance(item, RichTextSectionElement) else line(item)


def bullets(*items: "Part | RichTextSectionElement", indent: int | None = None) -> RichTextListElement:
    return RichTextListElement(elements=[_item(item) for item in items], style="bullet", indent=indent)


def numbered(*items: "Part | RichTextSectionElement", start: int = 1) -> RichTextListElement:
    """An ordered list; `start` for a page that goes on counting."""
    return RichTextListElement(
        elements=[_item(item) for item in items], style="ordered", offset=start - 1 if start > 1 else None
    )


def quote(*parts: Part) -> RichTextQuoteElement:
    return RichTextQuoteElement(elements=_parts(parts))


def preformatted(*rows: str, columns: int = _COLUMNS) -> RichTextPreformattedElement:
    """Rows of equal letters; a phone shows 30 of them."""
    text = "\n".join(clean_words(row).replace("\n", " ")[:columns].rstrip() for row in rows)
    return RichTextPreformattedElement(elements=[words(text)])


def rich(*elements: RichTextElement | str, block_id: str | None = None) -> RichTextBlock:
    """A rich_text block of lines, lists, quotes. Loose parts become one line."""
    drawn: list[RichTextElement] = []
    loose: list[Part] = []
    for element in elements:
        if isinstance(element, _WHOLE):
            drawn.extend([line(*loose)] if loose else [])
            loose = []
            drawn.append(element)
        else:
            loose.append(element)
    if loose or not drawn:
        drawn.append(line(*loose))
    return RichTextBlock(elements=drawn, block_id=block_id)


_WHOLE: Final = (RichTextSectionElement, RichTextListElement, RichTextQuoteElement, RichTextPreformattedElement)
