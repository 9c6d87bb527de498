"""Alertmanager's notices: proof of the sender, and the news of each alert in them."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence

from pydantic import SecretStr, ValidationError

from bot.domain.alert import AlertChanged, AlertState, Change
from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.alertmanager.news import Reading
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.alertmanager.shapes import Notice
from bot.integrations.credential import shows
from bot.integrations.foreign import sound


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
        return hashlib.sha256(str(group).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        try:
            notice = Notice.model_validate(sound(json.loads(body)))
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable("alertmanager: the body is not JSON") from None  # the original quotes what came in
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"][:4]) or "the body"
            raise Unreadable(f"alertmanager: {where}: {first['type']}") from None  # the original quotes what came in
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
