"""Words fit for Slack: foreign text made harmless, cut at a word, and escaped in this one place."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from slack_sdk.models.blocks import PlainTextObject

ELLIPSIS: Final = "…"
ABSENT: Final = (
    "–"  # Slack refuses empty strings nearly everywhere, and a reader deserves to see that nothing was there
)

TITLE: Final = 80
EVIDENCE: Final = 140
NOTE: Final = 200
HEADER: Final = 34

_URL_LIMIT: Final = 3000
_BREAKS: Final = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
# Bidi embeddings, overrides and isolates can make a name read backwards; tag characters and the rest are invisible.
_DECEIVING: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff\u200b\u2060\U000e0000-\U000e007f]")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # all but the line feed
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")  # half a character cannot be sent as UTF-8
_SPACES: Final = re.compile(r"[ \t]+")
_MARKS: Final = re.compile(r"[*_~`]")
_SPECIAL: Final = re.compile(r"<(?=[!@#])")
_EMPTY_LETTERS: Final = "\u115f\u1160\u2800\u3164\uffa0"
_FLAG_LETTERS: Final = "".join(chr(0x1F1E6 + letter) for letter in range(26))  # two of them are a flag
_SKINS: Final = "".join(chr(0x1F3FB + tone) for tone in range(5))
_LONGEST_LETTER: Final = 16
_JOINERS: Final = "\u200d\ufe0f\ufe0e"


def clean(text: str, *, lines: bool = False) -> str:
    """Without control characters, bidi overrides and half characters; on one line unless `lines` are wanted."""
    text = _SURROGATE.sub("\ufffd", _DECEIVING.sub("", _BREAKS.sub("\n", text)))
    if blank(text):
        text = "".join(char for char in text if char.isspace())
    if lines:
        return _CONTROL.sub(" ", text)
    return _SPACES.sub(" ", _CONTROL.sub(" ", text.replace("\n", " "))).strip()


def blank(text: str) -> bool:
    """Whether a reader would see nothing: spaces, joiners, marks without a letter, letters that are drawn empty."""
    return all(unicodedata.category(char)[0] in "CZM" or char in _EMPTY_LETTERS for char in text)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ended at a word with "…" when something is missing."""
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    # A space in the last third is a word's end; further back a long word (a path, another script) would vanish.
    space = max(head.rfind(" "), head.rfind("\n"))
    if space >= limit * 2 // 3 and not text[len(head)].isspace():
        head = head[:space]
    else:
        head = _between_letters(text, len(head))
    return head.rstrip(" \n,;:·" + _JOINERS) + ELLIPSIS


def _between_letters(text: str, at: int) -> str:
    """The text up to there or a little before, so that no flag, family or accent is cut in two."""
    whole = at
    for _ in range(_LONGEST_LETTER):
        if not whole or not _joined(text, whole):
            return text[:whole]
        whole -= 1
    return text[:at]


def _joined(text: str, at: int) -> bool:
    """Whether what stands before and after this place is drawn as one."""
    after = text[at]
    if after in _FLAG_LETTERS:
        before = text[:at]
        return (len(before) - len(before.rstrip(_FLAG_LETTERS))) % 2 == 1
    return text[at - 1] == "\u200d" or after == "\u200d" or after in _SKINS or unicodedata.category(after)[0] == "M"


def ended(text: str, limit: int) -> str:
    """The same as a sentence, so that another one can follow it."""
    words = cut(clean(text), limit)
    return words if words.endswith((".", "!", "?", ELLIPSIS)) else f"{words}."


def escape(text: str) -> str:
    """For mrkdwn and for the notification text. Nothing else in Daywatch writes these entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def defused(text: str) -> str:
    """Markdown or mrkdwn in which no `<!here>`, `<@U…>` or `<#C…>` can act."""
    return _SPECIAL.sub("&lt;", text)


def quiet(text: str) -> str:
    """Our own mrkdwn, with broadcasts taken out: Daywatch never calls a whole channel."""
    return re.sub(r"<!(?=(?:channel|here|everyone)\b)", "&lt;!", text)


def short_name(text: str, limit: int = TITLE) -> str:
    """A foreign name that may stand in mrkdwn: escaped, and without the marks that would format it."""
    return escape(cut(clean(_MARKS.sub("", text)), limit)) or ABSENT


def code(text: str, limit: int = EVIDENCE) -> str:
    """A code span in mrkdwn; the only other way for foreign text to stand there."""
    return f"`{escape(cut(clean(text.replace('`', '’')), limit)) or ABSENT}`"


def plain(text: str, limit: int = 2000) -> PlainTextObject:
    """plain_text in which a foreign `:fire:` stays letters. Slack counts an ampersand as the five it becomes."""
    words = clean(text, lines=True).strip()
    room = limit
    while len(escape(shown := cut(words, room))) > limit:
        room -= max(len(escape(shown)) - limit, 1) // 4 + 1
    return PlainTextObject(text=shown or ABSENT, emoji=False)


def safe_url(url: str | None) -> str | None:
    """The address if a person may be sent there: http or https, with a host, nothing that could end a link early."""
    if not url or len(url) > _URL_LIMIT or clean(url) != url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    for character, code_point in (("|", "%7C"), ("<", "%3C"), (">", "%3E"), (" ", "%20"), ("`", "%60"), ('"', "%22")):
        url = url.replace(character, code_point)
    return url if len(url) <= _URL_LIMIT else None


def cut_mrkdwn(text: str, limit: int) -> str:
    """Like `cut`, but never in the middle of a `<link|name>`, a date, an entity or a code span."""
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    if len(head) - len("&amp;") < head.rfind("&") > head.rfind(";"):
        head = head[: head.rfind("&")]
    space = max(head.rfind(" "), head.rfind("\n"))
    between_words = head.rfind("<", 0, space) <= head.rfind(">", 0, space)
    if space >= len(head) * 2 // 3 and between_words:
        head = head[:space]
    if head.count("`") % 2:
        head = head[: head.rfind("`")]
    return head.rstrip(" \n,:·") + ELLIPSIS


def measure(value: float, unit: str) -> str:
    """A measured number with two significant digits and its unit after a no-break space: "31 h", "0.08 %", "1.9 s"."""
    size = abs(value)
    if size >= 10:
        number = f"{value:,.0f}" if size >= 10_000 else f"{value:.0f}"
    else:
        number = f"{value:.2g}" if size >= 0.0001 or not size else f"{value:.5f}".rstrip("0").rstrip(".")
    return f"{number}\u00a0{unit}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Counted things: "1 check", "26 checks"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def and_more(number: int) -> str:
    """What a cut list ends with."""
    return f"and {number} more"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Names in a row: "api, search, billing and 2 more". As they come: make foreign ones `short_name` first."""
    every = list(names)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} {and_more(len(every) - most)}"
