"""Alertmanager's notices: proof of the sender, and the news of each alert in them."""

import json
from collections.abc import Collection, Mapping, Sequence

from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change
from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature
from bot.integrations.alertmanager.news import Reading
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.alertmanager.shapes import Notice
from bot.integrations.credential import shows
from bot.integrations.notice import key_of, read


class AlertmanagerWebhook(Webhook):
    """Nothing is signed: the receiver sends our token, as `Bearer` or as the password of `Basic`."""

    def __init__(self, token: SecretStr, *, paging: Collection[str] = ("critical", "page")) -> None:
        self._token = token.get_secret_value().strip().encode()
        self._reading = Reading(frozenset(severity.lower() for severity in paging))

    @classmethod
    def reading(cls, settings: AlertmanagerSettings) -> "AlertmanagerWebhook":
        return cls(settings.webhook_token, paging=settings.paging_severities)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._token):
            raise BadSignature("alertmanager")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """Neither an id nor a time is sent; handlers are idempotent on alert, episode and state."""
        return None

    def object_key(self, body: bytes) -> str:
        """The group: its notices are worked off in order."""
        try:
            group = json.loads(body)["groupKey"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return "unreadable"  # `parse` will say so
        return key_of(str(group))

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        notice = read(Notice, body, "alertmanager")
        cut = f"{notice.truncated} more alerts of this group were cut off (max_alerts)" if notice.truncated > 0 else ""
        alerts = [self._reading.notified(one) for one in notice.alerts]
        return [
            AlertChanged(
                alert=alert,
                change=Change.RESOLVED if alert.state is AlertState.RESOLVED else Change.TRIGGERED,
                words=cut if alert is alerts[0] else "",
            )
            for alert in alerts
        ]
