"""A mail as we read it: who wrote it about what, when, and whether a person, a bounce or a vacation wrote it."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import compat32, default
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Final

from bot.integrations.foreign import sound

_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f]+")
_IDS: Final = re.compile(r"<[^<>\s]{1,500}>")
_AUTOMATIC: Final = ("auto-replied", "auto-notified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`at` is when it was written where that is credible, else when it arrived. All texts are foreign."""

    sender: str
    subject: str
    text: str
    at: datetime
    arrived: datetime
    id: str
    """Its Message-ID; empty when it has none."""
    thread: tuple[str, ...]
    """The mails it answers, the first one first."""
    answers_itself: bool
    """A bounce or an automatic reply: never an alert."""
    unanswerable: bool
    """Sent with an empty envelope sender, as bounces are; some appliances do it, too."""
    cron: bool
    proven_by: str
    """The server that says in the topmost Authentication-Results that its DKIM signature is good."""
    key: str
    """What the same mail has again, also through another alias."""


def read(content: bytes, arrived: datetime) -> Mail:
    raw = BytesHeaderParser(policy=compat32).parsebytes(content)
    try:
        message = message_from_bytes(content, policy=default)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):  # built to break readers
        message = EmailMessage()

    def header(name: str) -> str:
        # The modern policy decodes, and trips over headers that are odd enough; the old one takes whatever is there.
        try:
            value = str(message.get(name) or raw.get(name, ""))
        except Exception:  # noqa: BLE001 - the library documents none of its errors
            value = str(raw.get(name, ""))
        return _BLANKS.sub(" ", str(sound(value))).strip()[:2_000]

    sender = parseaddr(header("from"))[1].casefold()[:320]
    subject, date, id_ = header("subject")[:500], header("date"), header("message-id")
    text = _text_of(message)
    same = f"{id_}\0{date}" if id_ else f"{header('from')}\0{date}\0{subject}\0{text[:4_096]}"
    thread = dict.fromkeys(_IDS.findall(f"{header('references')} {header('in-reply-to')}"))
    automatic = header("auto-submitted").casefold().startswith(_AUTOMATIC)
    return Mail(
        sender=sender,
        subject=subject,
        text=text,
        at=_written(date, arrived),
        arrived=arrived.astimezone(UTC),
        id=id_,
        thread=tuple(thread)[:50],
        answers_itself=automatic
        or message.get_content_type() == "multipart/report"
        or sender.startswith("mailer-daemon@"),
        unanswerable=header("return-path") == "<>",
        cron="x-cron-env" in raw or subject.startswith("Cron <"),
        proven_by=_proven(header("authentication-results")),
        key=hashlib.sha256(same.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _written(date: str, arrived: datetime) -> datetime:
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return arrived.astimezone(UTC)
    if told.tzinfo is None or not timedelta(minutes=-5) <= arrived - told <= timedelta(days=1):
        return arrived.astimezone(UTC)
    return told.astimezone(UTC)


def _proven(results: str) -> str:
    server, _, rest = results.partition(";")
    return server.split(" ")[0].casefold() if re.search(r"(?:^|[;\s])dkim=pass\b", rest) else ""


def _text_of(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain", "html"))
    except Exception:  # noqa: BLE001 - the library documents none of its errors; a mail without a text still has a subject
        body = None
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except (LookupError, ValueError, AttributeError, TypeError):  # an unknown or broken charset
        payload = body.get_payload(decode=True)
        text = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    if body.get_content_subtype() == "html":
        text = _plain(text)
    return str(sound(text.replace("\r\n", "\n"))).strip()


def _plain(markup: str) -> str:
    page = _Page()
    try:
        page.feed(markup)
        page.close()
    except AssertionError:  # how the parser tells of a declaration that it cannot make out
        page.texts.append(re.sub(r"<[^<>]*>", " ", markup))
    return "\n".join(line for line in (" ".join(part.split()) for part in "".join(page.texts).split("\n")) if line)


class _Page(HTMLParser):
    """The words of a page, without what only a browser reads."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's signature
        self._hidden += tag in ("script", "style")
        self.texts.append("\n" if tag in ("br", "p", "div", "tr", "li", "h1", "h2", "h3") else " ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= self._hidden > 0 and tag in ("script", "style")
        self.texts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)
