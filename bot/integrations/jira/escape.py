"""Foreign text made safe for Jira's wiki markup: shown as it stands, with no formatting, mention, macro or picture."""

import re
from typing import Final
from urllib.parse import quote, urlsplit

JOINER: Final = "\u2060"
"""An invisible character that parts what would be read as one."""

_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`{}|\\^\[\]()]{1,2000}")
# Jira takes a backslash before a special character, but not where another backslash stands before that one; letters
# and & cannot be escaped at all. There the joiner keeps the pieces apart.
_PARTED: Final = r"\\(?![A-Za-z0-9 ])|&(?=#?\w{1,10};)"
_SPECIAL: Final = (
    r"[*\[\]{}|^~]"
    r"|(?!(?<=\s)[-_+]\s)(?:(?<![^\W_])[-_+]|[-_+](?![^\W_]))"  # no markup between two letters or two spaces
    r"|!(?!\s)|\?(?=\?)|(?<=\?)\?|(?<!\w)@"
    r"|\((?=[^()\s]{1,10}\))|(?<=[:;])[()]"  # (x) and :) become pictures
)
_TOUCHY: Final = re.compile(f"(?P<parted>{_PARTED})|(?P<special>{_SPECIAL})")
_LINE_START: Final = re.compile(r"\s*(?:h[1-6]\.|bq\.|#)", re.IGNORECASE)
_ENDS_NOFORMAT: Final = re.compile(r"\{(?=noformat)", re.IGNORECASE)


def clean(text: str) -> str:
    """Without control characters, and with one kind of line end. Invisible and direction-turning characters go too."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def one_line(text: str, *, limit: int = 255) -> str:
    """Foreign text for a one-line field, which Jira shows as it is."""
    line = " ".join(clean(text).split())
    return line if length(line) <= limit else shortened(line, limit - 1).rstrip() + "…"


def length(text: str) -> int:
    """As Jira counts (UTF-16): an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, most: int) -> str:
    """At most so long as Jira counts; no emoji is cut in two."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore")


def escaped(text: str) -> str:
    """Text that Jira shows as it stands; addresses in it become links that say where they lead."""
    parts: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(".,;:!?*_~")
        place = target(address)
        if place is not None:
            parts += [_quiet(text[at : found.start()]), f"[{place}]"]
            at = found.start() + len(address)
    parts.append(_quiet(text[at:]))
    return "".join(parts)


def at_line_start(markup: str) -> str:
    """Markup that would be read as a heading, a quote or a list because of how its line begins, kept from it."""
    return JOINER + markup if _LINE_START.match(markup) else markup


def verbatim(text: str) -> str:
    """A block in which Jira formats nothing, and which its content cannot end."""
    inside = _ENDS_NOFORMAT.sub("{" + JOINER, clean(text)).rstrip("\n")
    return f"{{noformat}}\n{inside}\n{{noformat}}"


def target(address: str) -> str | None:
    """An address to link to, with all that means something to Jira quoted; None for what is no web address."""
    try:
        parts = urlsplit(address)
        wanted = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    return quote(clean(address), safe="/:?#@$&'()*+,;=%-._~") if wanted else None


def _quiet(text: str) -> str:
    return _TOUCHY.sub(lambda found: found[0] + JOINER if found["parted"] else "\\" + found[0], text)
