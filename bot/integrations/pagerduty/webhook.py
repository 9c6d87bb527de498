"""PagerDuty's signed notices (webhooks V3): proof of the sender, and what happened to which incident."""

import hmac
from collections.abc import Mapping, Sequence

from typing_extensions import override  # typing has it from Python 3.12

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.pagerduty.news import FOLLOWED, translate
from bot.integrations.pagerduty.notices import kind_of, read
from bot.integrations.pagerduty.settings import PagerDutySettings


class PagerDutyWebhook(Webhook):
    """Bytes in, notices out. One delivery holds one event."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = tuple(secrets)

    @classmethod
    def reading(cls, settings: PagerDutySettings) -> "PagerDutyWebhook":
        return cls(settings.secrets)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        # While a secret is being rotated PagerDuty signs with both, comma-separated, and we may hold either or both.
        # https://developer.pagerduty.com/docs/verifying-webhook-signatures
        expected = [b"v1=" + hmac.digest(secret, body, "sha256").hex().encode() for secret in self._secrets]
        # As bytes: comparing texts raises on a header that is not ASCII.
        given = [part.strip().encode("utf-8", "replace") for part in _header(headers).split(",")]
        if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
            raise BadSignature("pagerduty")

    @override
    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The event's id: inside what is signed, so that nobody can send an old notice again as a new one."""
        try:
            return read(body).id
        except Unreadable:
            return None

    def object_key(self, body: bytes) -> str:
        """The incident's id, however deep it stands; notices without one go by the event's own id."""
        try:
            event = read(body)
        except Unreadable:
            return "unreadable"
        return event.object_id or event.id

    def parse(self, body: bytes) -> Sequence[Notice]:
        # New kinds of events may come, in shapes of their own: they are nothing to us, and no mistake of anybody's.
        kind = kind_of(body)
        return () if kind is not None and kind not in FOLLOWED else translate(read(body))


def _header(headers: Mapping[str, str]) -> str:
    return headers.get("x-pagerduty-signature", "")
