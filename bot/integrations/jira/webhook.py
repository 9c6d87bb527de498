"""Reads Jira's webhooks: which ticket changed, to which state, and whether it was our own doing."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import Field, ValidationError

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.domain.ticket import TicketChanged, TicketState
from bot.integrations.jira.escape import one_line
from bot.integrations.jira.payloads import Issue, Payload, User
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.jira.site import is_key

_FOLLOWED: Final = frozenset({"jira:issue_created", "jira:issue_updated", "jira:issue_deleted"})
_LONGEST_ID: Final = 200


class _Change(Payload):
    field: str = ""
    before: str | None = Field(default=None, alias="fromString")
    after: str | None = Field(default=None, alias="toString")


class _Changelog(Payload):
    items: tuple[_Change, ...] = ()


class _Notice(Payload):
    event: str = Field(default="", alias="webhookEvent")
    timestamp: int | None = None
    user: User | None = None
    issue: Issue | None = None
    changelog: _Changelog | None = None

    def was(self, key: str) -> str | None:
        """The issue's key before it was moved to another project."""
        items = self.changelog.items if self.changelog else ()
        moves = (one.before for one in items if one.field.casefold() == "key" and one.after == key)
        return next((one for one in moves if one and is_key(one)), None)


class _Subject(Payload):
    """As much of a body as says what it is about, whatever the event."""

    event: str = Field(default="", alias="webhookEvent")
    issue: "_Named | None" = None


class _Named(Payload):
    key: str = ""


class JiraWebhook(Webhook):
    """`us` are the names by which Jira knows our account: its changes are the echo of what we did ourselves."""

    def __init__(self, secret: str, *, us: Sequence[str] = ()) -> None:
        self._secret = secret.encode()
        self._us = frozenset(name.strip().casefold() for name in us if name.strip())

    @staticmethod
    def reading(settings: JiraSettings) -> "JiraWebhook":
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
        return JiraWebhook(secret, us=[name for name in (settings.account, settings.email) if name])

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Signed over the raw body; old Data Center versions cannot sign and show the secret itself (as a bearer)."""
        if not self._secret:
            raise BadSignature("jira")
        signature = headers.get("x-hub-signature")
        if signature is None:
            expected, given = b"Bearer " + self._secret, headers.get("authorization", "")
        else:
            expected, given = b"sha256=" + hmac.digest(self._secret, body, "sha256").hex().encode(), signature.strip()
        # Bytes: a header that is not ASCII must not raise.
        if not hmac.compare_digest(expected, given.encode("utf-8", "replace")):
            raise BadSignature("jira")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The header stays the same over Jira's retries. It is not signed, so the body's hash stands beside it."""
        identifier = headers.get("x-atlassian-webhook-identifier", "").strip()[:_LONGEST_ID]
        return f"jira:{identifier}:{hashlib.sha256(body).hexdigest()}" if identifier else None

    def object_key(self, body: bytes) -> str:
        try:
            subject = _Subject.model_validate_json(body)
        except ValidationError:
            return ""
        return subject.issue.key if subject.issue else ""

    def parse(self, body: bytes) -> Sequence[Notice]:
        try:
            subject = _Subject.model_validate_json(body)
            if subject.event not in _FOLLOWED:
                return ()
            return (self._changed(_Notice.model_validate_json(body)),)
        except (ValueError, OverflowError, OSError):  # pydantic's too, and dates beyond the calendar
            raise Unreadable("Jira sent a notice that is not as documented") from None  # it quotes what came in

    def _changed(self, notice: _Notice) -> TicketChanged:
        if notice.issue is None or notice.timestamp is None:
            raise Unreadable("Jira sent a notice about an issue without the issue or its time")
        deleted = notice.event == "jira:issue_deleted"
        fields, by = notice.issue.fields, notice.user
        if fields.status is None and not deleted:
            raise Unreadable(f"Jira sent a notice about {notice.issue.key} without its status")
        return TicketChanged(
            source="jira",
            key=notice.issue.key,
            state=fields.status.category.state if fields.status else TicketState.NEW,
            status=one_line(fields.status.name, limit=100) if fields.status else "",
            occurred_at=datetime.fromtimestamp(notice.timestamp / 1_000, UTC),
            by=one_line(by.shown or by.id, limit=100) if by else "",
            ours=by is not None and self._is_us(by),
            deleted=deleted,
            due=fields.due,
            labels=fields.labels,
            was=notice.was(notice.issue.key),
        )

    def _is_us(self, user: User) -> bool:
        names = {name.casefold() for name in (user.account_id, user.name, user.email) if name}
        return not names.isdisjoint(self._us)
