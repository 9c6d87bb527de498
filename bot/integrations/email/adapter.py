"""The mailbox's answers to the morning checklist, and its mails as notices of alerts."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from imaplib import IMAP4
from ipaddress import ip_address
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import Arrivals, Arrived, DailyCheck, Notice, Probe, Source
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.again import AGAIN_AFTER
from bot.integrations.email import judge, mail, news
from bot.integrations.email.client import Found, Post, Raw, Wanted
from bot.integrations.email.oauth import Tokens
from bot.integrations.email.rules import deciding
from bot.integrations.email.settings import EmailSettings
from bot.integrations.email.signs import sign_of
from bot.integrations.http import once_per
from bot.integrations.threads import Threads, TimedOut

_KEPT: Final = 5.0
_OUTCOMES: Final = (
    (Unavailable, "unavailable"),
    (NotAuthorised, "not_authorised"),
    (NotFound, "not_found"),
    (VendorError, "refused"),
)


class Email(DailyCheck, Source, Probe):
    def __init__(self, settings: EmailSettings, wiring: Wiring) -> None:
        self._settings, self._wiring = settings, wiring
        self._title = wiring.titled("The mailbox")
        patience = wiring.outside.patience
        self._threads = Threads(
            lambda: Post(settings, self._title, patience), title=self._title, patience=patience, told=self._trouble
        )
        self._tokens = None if settings.password.get_secret_value() else Tokens(settings, wiring)
        self._expected = [rule for rule in settings.rules if rule.by is not None]
        self._box = once_per(_KEPT, self._read)

    @classmethod
    def connect(cls, settings: EmailSettings, wiring: Wiring) -> "Email":
        return cls(settings, wiring)

    async def aclose(self) -> None:
        await self._threads.aclose()

    @property
    def source(self) -> str:
        return news.SOURCE

    def checks(self) -> Sequence[Check]:
        declared = [
            ("mailbox", Item.ALERTING, "Can the mailbox be read, and does mail come?", self.mailbox),
            ("alerts", Item.ALERTING, "Is a mail unread, or a problem without its end?", self.alerts),
        ]
        if self._expected:
            declared.append(("expected", Item.BACKUPS, "Did every expected mail come, and is it good?", self.expected))
        here = self._wiring.instance
        return [
            Check(name=f"email.{what}", item=item, question=question, ask=ask, instance=here, patience=25.0)
            for what, item, question, ask in declared
        ]

    async def mailbox(self) -> Answer:
        slow = self._wiring.limit("email.mailbox", "slow_seconds", 5)
        return judge.mailbox(await self._box(), quiet=self._quiet(), slow=slow)

    async def alerts(self) -> Answer:
        return judge.alerts(await self._box(), span=self._span(), quiet=self._quiet())

    async def expected(self) -> Answer:
        return judge.expected(await self._box(), self._expected)

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._asked(Wanted(since=self._wiring.outside.now()))
        return (("log in and read the folder", None),)

    async def arrived(self, after: str | None) -> Arrivals:
        """After a start, and after the server numbered its mails anew, those of the last hours."""
        if not self._settings.alerts:
            return Arrivals(notices=(), upto=None)
        since = self._wiring.outside.now() - timedelta(hours=self._settings.look_back_hours)
        found = await self._asked(Wanted(since=since - timedelta(days=1), after=_place(after), whole=False))
        fresh = await self._parsed(one for one in found.mails if one.arrived >= since)
        last = found.mails[-1].uid if found.mails else found.known
        return Arrivals(notices=[notice for one in fresh if (notice := _notice(one))], upto=f"{found.validity} {last}")

    def parse(self, body: bytes) -> Sequence[Notice]:
        return news.told(body)

    async def _read(self) -> judge.Box:
        now = self._wiring.outside.now()
        begun = min([now - max(self._span(), self._quiet()), *(rule.deadlines(now)[1] for rule in self._expected)])
        # IMAP knows days only, and each server its own: a day more, and what is too old is left out here.
        found = await self._asked(Wanted(since=begun - timedelta(days=1)))
        seen = await self._parsed(one for one in found.mails if one.arrived >= begun or not one.read)
        return judge.Box(exists=found.exists, seen=seen, seconds=found.seconds, now=now)

    async def _parsed(self, mails: Iterable[Raw]) -> Sequence[judge.Seen]:
        """Beside everything else: a thousand mails take seconds."""
        return await self._threads.call(lambda _: [self._seen(one) for one in mails])

    def _seen(self, raw: Raw) -> judge.Seen:
        read = mail.read(raw.content, raw.arrived)
        rule = deciding(self._settings.rules, read.sender, read.subject)
        trusted = self._settings.trusted_server.casefold()
        return judge.Seen(
            raw=raw,
            mail=read,
            rule=rule,
            sign=sign_of(read, rule),
            proven=not trusted or read.proven_by == trusted,
        )

    async def _asked(self, wanted: Wanted) -> Found:
        """Once more after trouble that may be over at once."""
        if wrong := self._wrong():
            raise Refused(wrong)
        token = await self._tokens.token() if self._tokens else None
        try:
            return await self._looked(wanted, token)
        except TimedOut:
            raise
        except Unavailable:
            await asyncio.sleep(AGAIN_AFTER)
        except NotAuthorised:
            if self._tokens is not None:
                self._tokens.forget()
            raise
        return await self._looked(wanted, token)

    async def _looked(self, wanted: Wanted, token: SecretStr | None) -> Found:
        """One look, counted as every call to a system outside."""
        began, outcome = time.perf_counter(), "given_up"
        try:
            found = await self._threads.call(lambda post: post.look(wanted, token))
            outcome = "ok"
        except VendorError as error:
            outcome = next(name for kind, name in _OUTCOMES if isinstance(error, kind))
            raise
        else:
            return found
        finally:
            self._wiring.outside.count(self._title, outcome, time.perf_counter() - began)

    def _wrong(self) -> str | None:
        ours = self._settings
        if any(
            not text.isprintable() for text in (ours.user, ours.password.get_secret_value().strip("\r\n"), ours.folder)
        ):
            return "IMAP_USER, IMAP_PASSWORD or IMAP_FOLDER has a character that cannot be sent. Copy it again."
        if ours.security == "none" and not ours.allow_plain and not _loopback(ours.host):
            return "IMAP_SECURITY=none shows the password to the network. Use ssl or starttls."
        return None

    def _span(self) -> timedelta:
        return timedelta(days=self._wiring.limit("email.alerts", "days", 14))

    def _quiet(self) -> timedelta:
        return timedelta(days=self._wiring.limit("email.mailbox", "quiet_days", 7))

    def _trouble(self, error: Exception) -> VendorError | None:  # noqa: PLR0911 - one line for each kind of trouble
        title, check = self._title, "Check IMAP_HOST, IMAP_PORT and IMAP_SECURITY."
        match error:
            case SSLCertVerificationError():
                return Refused(f"{title} shows a certificate that is not trusted. Name its authority in IMAP_CA_FILE.")
            case SSLError():
                return Refused(f"{title} does not speak TLS as we do. {check}")
            case gaierror():
                return Unavailable(f"{title} cannot be reached: its host name is not known. Check IMAP_HOST.")
            case TimeoutError():
                return TimedOut(f"{title} gave no answer in time. {check}")
            case ConnectionRefusedError():
                return Unavailable(f"{title} cannot be reached: the connection was refused. {check}")
            case FileNotFoundError() | PermissionError():
                return Refused("The certificate authority in IMAP_CA_FILE cannot be read.")
            case OSError() | IMAP4.abort():
                return Unavailable(f"{title} broke off the connection, or does not speak IMAP. {check}")
            case IMAP4.error() | ValueError() | LookupError():
                return Refused(f"{title} answered in a form we do not know. {check}")
            case _:
                return None


def _notice(seen: judge.Seen) -> Arrived | None:
    if seen.sign is None or not seen.proven:
        return None
    body = news.packed(seen.raw.content, seen.raw.arrived, seen.rule)
    return Arrived(key=seen.mail.key, object_key=news.object_of(seen.sign), body=body)


def _place(after: str | None) -> tuple[str, int] | None:
    """Where the last look ended: the server's numbering, and the number of the last mail."""
    validity, _, uid = (after or "").partition(" ")
    return (validity, int(uid)) if uid else None


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
