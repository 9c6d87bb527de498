"""Lines of logs made fit for people: without secrets and personal data, short, and those that say the same as one."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.domain.error_line import ErrorLine
from bot.integrations.foreign import shown

LONGEST: Final = 300
_SCANNED: Final = 2_000  # no pattern ever runs over more than this
_HIDDEN: Final = "[…]"
_SAYING: Final = ("message", "msg", "error", "err", "exception")
"""Where a line that is JSON says what happened."""
_NAMES: Final = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credentials?"
    r"|session(?:[_-]?id)?|cookie|authorization|auth|signature|otp|pin|iban|ssn"
)
_CARRIED: Final = re.compile(r"\b(?:bearer|basic)\s+[\w.~+/=-]{4,2000}", re.IGNORECASE)
_PATTERNS: Final = (
    re.compile(r"-----BEGIN [A-Z ]{1,40}-----.{0,2000}"),
    re.compile(r"\beyJ[\w-]{4,2000}(?:\.[\w-]{0,2000}){0,2}"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{12,40}\b"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|glsa_|glc_|xox[a-z]-|xapp-|sk-|sk_|pk_|AIza|ya29\.)[\w.-]{6,2000}"),
    re.compile(r"[\w.+-]{1,80}@[\w-]{1,80}\.[\w.-]{1,80}"),
    re.compile(r"(?<![\d.])\d(?:[ -]?\d){11,18}(?![\d.])"),
    re.compile(r"(?<![\w/])(?=[\w+/=-]*\d)[\w+/=-]{32,2000}"),
)
_NAMED: Final = re.compile(
    rf"""(?P<name>["']?[\w.-]{{0,40}}(?:{_NAMES})[\w-]{{0,20}}["']?\s{{0,3}}(?:=>|[:=])\s{{0,3}})"""
    r"""(?!\[…)(?:"[^"]{0,2000}"?|'[^']{0,2000}'?|[^\s,;&}\])"']{1,2000})""",
    re.IGNORECASE,
)
_VARYING: Final = re.compile(
    r"0x[0-9a-f]{1,40}|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=\w*\d)[0-9a-f]{6,64}\b|\d+", re.IGNORECASE
)


def redacted(line: str) -> str:
    """A line on one line, without what looks like a secret, an address of a person or a number of a card."""
    known = _said(line)[:_SCANNED]
    known = _NAMED.sub(rf"\g<name>{_HIDDEN}", _CARRIED.sub(_HIDDEN, known))
    for pattern in _PATTERNS:
        known = pattern.sub(_HIDDEN, known)
    return shown(known, limit=LONGEST)


def top(lines: Iterable[str], most: int) -> Sequence[ErrorLine]:
    """The most frequent, the newest of each as its words; lines come newest first."""
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}
    for line in lines:
        safe = redacted(line)
        if safe:
            alike = _VARYING.sub("#", safe)
            counts[alike] += 1
            words.setdefault(alike, safe)
    return [ErrorLine(words=words[alike], count=count) for alike, count in counts.most_common(most)]


def _said(line: str) -> str:
    """What a structured line says; the line itself where it is not JSON, or does not say."""
    if not line.lstrip().startswith("{"):
        return line
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(read, Mapping):
        return line
    return next((read[name] for name in _SAYING if isinstance(read.get(name), str) and read[name].strip()), line)
