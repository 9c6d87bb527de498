"""Grafana's notices: proof of the sender and of the time, and the news of each alert in them."""

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change
from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature
from bot.integrations.grafana.news import Reading
from bot.integrations.grafana.settings import GrafanaSettings
from bot.integrations.grafana.shapes import Notice
from bot.integrations.notice import key_of, read

_SIGNATURE: Final = "x-grafana-alerting-signature"
_OLDEST: Final = 300
"""Seconds, in both directions."""


class GrafanaWebhook(Webhook):
    """Signed with HMAC-SHA256 over `<seconds>:<body>`. The header with the seconds has whatever name it was given
    there, so every header that holds a whole number is tried; only the one that was signed fits.
    """

    def __init__(
        self,
        secret: SecretStr,
        *,
        paging: Collection[str] = ("critical", "page"),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._secret = secret.get_secret_value().strip().encode()
        self._reading = Reading(frozenset(severity.lower() for severity in paging))
        self._now = now

    @classmethod
    def reading(cls, settings: GrafanaSettings) -> "GrafanaWebhook":
        return cls(settings.webhook_secret, paging=settings.paging_severities)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        signed = self._signed_at(headers, body)
        if signed is None or abs(self._now().timestamp() - int(signed)) > _OLDEST:
            raise BadSignature("grafana")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The signature, which covers time and body: the same one again is the same delivery, perhaps replayed."""
        if self._signed_at(headers, body) is None:
            return None
        return hashlib.sha256(headers[_SIGNATURE].strip().encode()).hexdigest()

    def object_key(self, body: bytes) -> str:
        """The group: its notices are worked off in order."""
        try:
            group = json.loads(body)["groupKey"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return "unreadable"  # `parse` will say so, or the body is a template of the admin's own
        return key_of(str(group))

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        notice = read(Notice, body, "grafana")
        cut = f"{notice.truncated} more alerts of this group were cut off" if notice.truncated > 0 else ""
        alerts = [self._reading.notified(one) for one in notice.alerts]
        return [
            AlertChanged(
                alert=alert,
                change=Change.RESOLVED if alert.state is AlertState.RESOLVED else Change.TRIGGERED,
                words=cut if alert is alerts[0] else "",
            )
            for alert in alerts
        ]

    def _signed_at(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The seconds that were signed together with the body; None when nothing proves them."""
        # Bytes: a header that is not ASCII must not raise.
        given = headers.get(_SIGNATURE, "").strip().encode("utf-8", "replace")
        if not self._secret or not given:
            return None
        for value in headers.values():
            seconds = value.strip()
            if seconds.isascii() and seconds.isdigit() and 9 <= len(seconds) <= 12:
                expected = hmac.digest(self._secret, seconds.encode() + b":" + body, "sha256").hex().encode()
                if hmac.compare_digest(expected, given):
                    return seconds
        return None
