"""The mailbox over IMAP: opened read only, asked for what came since a day, and closed again."""

import re
import ssl
import time
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from imaplib import IMAP4, IMAP4_SSL
from typing import Any, Final

from pydantic import SecretStr

from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable
from bot.integrations.email.settings import EmailSettings

PART: Final = 16_000
"""Bytes of a mail that are read: what it is about stands at its beginning."""
MOST: Final = 1_000
_LARGEST: Final = 20_000_000
_AT_ONCE: Final = 100
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LATER: Final = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A mail as it lies there. `arrived` is the server's own time."""

    uid: int
    arrived: datetime
    read: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`whole`: all that came since a day and all that is unread. Else what came after a known mail, a part at a time.

    `after` is the server's numbering and the number of the known mail.
    """

    since: datetime
    after: tuple[str, int] | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The mails, the oldest first; `exists` counts the whole folder, `known` is the last that was known."""

    validity: str
    exists: int
    known: int
    mails: Sequence[Raw]
    seconds: float


class Post:
    """Opens one connection for each question, within its limits of time and size."""

    def __init__(self, settings: EmailSettings, title: str, seconds: float) -> None:
        self._settings, self._title, self._seconds = settings, title, seconds

    def close(self) -> None:
        """Nothing stays open between two questions."""

    def look(self, wanted: Wanted, token: SecretStr | None) -> Found:
        began = time.monotonic()
        with self._opened(token) as imap:
            exists = _number(self._ok(imap.select(_quoted(self._settings.folder), readonly=True), "folder"))
            validity = _text(imap.response("UIDVALIDITY")[1])
            uids = self._searched(imap, wanted)
            known = wanted.after[1] if wanted.after is not None and wanted.after[0] == validity else 0
            uids = [uid for uid in uids if uid > known]
            if wanted.whole and len(uids) > MOST:
                raise Refused(
                    f"{self._title} holds more than {MOST} mails that are unread or came since {wanted.since:%d %b}. "
                    "Mark them as read, or move what is no alert elsewhere."
                )
            uids = uids[:MOST]
            mails = [
                mail for start in range(0, len(uids), _AT_ONCE) for mail in self._fetched(imap, uids[start:][:_AT_ONCE])
            ]
        return Found(validity=validity, exists=exists, known=known, mails=mails, seconds=time.monotonic() - began)

    @contextmanager
    def _opened(self, token: SecretStr | None) -> Iterator["_Bounded"]:
        try:
            imap = self._connected()
        except IMAP4.abort:
            raise
        except IMAP4.error:
            raise Unavailable(f"{self._title} is an IMAP server that takes nobody in at the moment") from None
        try:
            self._log_in(imap, token)
            yield imap
        finally:
            # Without LOGOUT where something went wrong: a server that hangs would be waited for once more.
            imap.shutdown()

    def _connected(self) -> "_Bounded":
        ours = self._settings
        secure = ours.security != "none"
        trust = ssl.create_default_context(cafile=ours.ca_file or None) if secure else None
        port = ours.port or (993 if ours.security == "ssl" else 143)
        if trust is not None and ours.security == "ssl":
            return _Secure(ours.host, port, self._seconds, trust)
        imap = _Bounded(ours.host, port, timeout=self._seconds)
        if trust is None:
            return imap
        try:
            if "STARTTLS" in imap.capabilities:
                imap.starttls(trust)
                return imap
        except BaseException:
            imap.shutdown()
            raise
        imap.shutdown()
        raise Refused(f"{self._title} offers no STARTTLS at this port. Check IMAP_SECURITY and IMAP_PORT.")

    def _log_in(self, imap: IMAP4, token: SecretStr | None) -> None:
        user, password = self._settings.user, self._settings.password.get_secret_value().strip("\r\n")
        if "LOGINDISABLED" in imap.capabilities and token is None:
            raise Refused(
                f"{self._title} takes no password over this connection. Set IMAP_SECURITY to starttls or ssl."
            )
        try:
            if token is not None:
                # A refusal is explained in a second question, which is answered with nothing.
                said = iter((f"user={user}\1auth=Bearer {token.get_secret_value()}\1\1".encode(),))
                imap.authenticate("XOAUTH2", lambda _: next(said, b""))
            elif user.isascii() and password.isascii():
                imap.login(user, password)
            else:
                imap.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        except IMAP4.abort:
            raise
        except IMAP4.error as error:
            if any(f"[{code}" in str(error).upper() for code in _LATER):
                raise Unavailable(f"{self._title} lets nobody in at the moment") from None  # it may quote what was sent
            if token is not None:
                raise NotAuthorised(
                    f"{self._title} refused the token for IMAP_USER. Give the app the right IMAP.AccessAsApp and "
                    "access to the mailbox."
                ) from None
            raise NotAuthorised(
                f"{self._title} refused: user name or password are not valid (any more). Renew IMAP_PASSWORD; Gmail "
                "takes app passwords only."
            ) from None

    def _searched(self, imap: IMAP4, wanted: Wanted) -> list[int]:
        day = wanted.since
        since = f"SINCE {day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"
        found = self._ok(imap.uid("SEARCH", f"OR UNSEEN {since}" if wanted.whole else since), "search")
        if found == [None]:
            raise Refused(f"{self._title} answered a search with nothing at all")
        # Several lines are allowed; the order is not promised.
        return sorted({int(one) for line in found if line for one in line.split()})

    def _fetched(self, imap: IMAP4, uids: Sequence[int]) -> Sequence[Raw]:
        wanted = f"(UID FLAGS INTERNALDATE BODY.PEEK[]<0.{PART}>)"
        given = self._ok(imap.uid("FETCH", ",".join(map(str, uids)), wanted), "fetch")
        found = {mail.uid: mail for mail in _mails(given)}
        if set(uids) - set(found):
            raise Unavailable(f"{self._title} listed {len(uids)} mails and gave {len(set(uids) & set(found))}")
        return [found[uid] for uid in uids]

    def _ok(self, answer: tuple[str, list[Any]], what: str) -> list[Any]:  # Any: imaplib mixes bytes and pairs
        status, given = answer
        if status == "OK":
            return given
        why = _text(given).upper()
        if any(f"[{code}" in why for code in _LATER):
            raise Unavailable(f"{self._title} has no time for us at the moment")
        if what != "folder":
            raise Refused(f"{self._title} refused the {what}")
        if "NOPERM" in why or "PERMISSION" in why or "DENIED" in why:
            raise NotAuthorised(
                f"{self._title} does not let us read the folder. Give the user of IMAP_USER the right to read it."
            )
        raise NotFound(f"{self._title} has no folder of this name. Check IMAP_FOLDER.")


class _Bounded(IMAP4):
    """Ends what takes too long or is too large, wherever it is."""

    def __init__(self, host: str, port: int, *, timeout: float) -> None:
        self._until, self._left = time.monotonic() + timeout, _LARGEST
        super().__init__(host, port, timeout)

    def read(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise Refused("The mailbox answered more than 20 MB")
        self._hurry()
        return super().read(size)

    def readline(self) -> bytes:
        self._hurry()
        line = super().readline()
        self._left -= len(line)
        return line

    def _hurry(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0 or self._left < 0:
            raise TimeoutError
        self.sock.settimeout(left)


class _Secure(_Bounded, IMAP4_SSL):
    def __init__(self, host: str, port: int, seconds: float, trust: ssl.SSLContext) -> None:
        self._until, self._left = time.monotonic() + seconds, _LARGEST
        IMAP4_SSL.__init__(self, host, port, ssl_context=trust, timeout=seconds)


_START: Final = re.compile(rb"^\d+ \(")
_UID: Final = re.compile(rb"\bUID (\d+)")
_FLAGS: Final = re.compile(rb"\bFLAGS \(([^)]*)\)")
_ARRIVED: Final = re.compile(rb'\bINTERNALDATE "([^"]*)"')
_SHORT: Final = re.compile(rb'\bBODY\[\](?:<0>)? "((?:[^"\\]|\\.)*)"')


def _mails(given: Sequence[Any]) -> Iterator[Raw]:
    """What FETCH answered, whatever the order of its parts; other news (flags that change) is passed over."""
    told: list[tuple[bytes, bytes | None]] = []
    for one in given:
        head, content = one if isinstance(one, tuple) else (one, None)
        if head is None:
            continue
        if _START.match(head) or not told:
            told.append((head, content))
        else:
            told[-1] = (told[-1][0] + b" " + head, told[-1][1] if content is None else content)
    for head, literal in told:
        short = _SHORT.search(head)
        content = short[1] if literal is None and short else literal
        uid, flags, arrived = _UID.search(head), _FLAGS.search(head), _ARRIVED.search(head)
        if content and uid and flags and arrived:
            when = datetime.strptime(arrived[1].decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z")
            yield Raw(uid=int(uid[1]), arrived=when, read=b"\\seen" in flags[1].lower(), content=content[:PART])


def _number(given: Sequence[Any]) -> int:
    text = _text(given)
    if not text.isdigit():
        raise Refused("The mailbox does not say how many mails it holds")
    return int(text)


def _text(given: Sequence[Any]) -> str:
    first = given[0] if given else None
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else ""


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: in modified UTF-7 (RFC 3501, 5.1.3), in quotes."""
    parts = re.split(r"([^\x20-\x7e]+)", folder)
    coded = "".join(_coded(part) if index % 2 else part.replace("&", "&-") for index, part in enumerate(parts))
    return '"' + coded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _coded(part: str) -> str:
    return "&" + b2a_base64(part.encode("utf-16-be"), newline=False).decode().rstrip("=").replace("/", ",") + "-"
