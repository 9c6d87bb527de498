"""The notices of Kibana's rules, in the form of our template: proof of the sender, and the news of one alert."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature
from bot.integrations.credential import shows
from bot.integrations.kibana.settings import KibanaSettings
from bot.integrations.kibana.shapes import Notice
from bot.integrations.notice import key_of, read

SOURCE: Final = "kibana"
_ENDED: Final = "recovered"


class KibanaWebhook(Webhook):
    """Nothing is signed: the connector sends our secret, as `Bearer` or as the password of `Basic`."""

    def __init__(
        self, secret: SecretStr, *, paging: Collection[str] = ("critical", "page", "severity:critical")
    ) -> None:
        self._secret = secret.get_secret_value().strip().encode()
        self._paging = frozenset(tag.lower() for tag in paging)

    @classmethod
    def reading(cls, settings: KibanaSettings) -> "KibanaWebhook":
        return cls(settings.webhook_secret, paging=settings.paging_tags)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature("kibana")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id is sent; handlers are idempotent on alert, episode and state."""
        return None

    def object_key(self, body: bytes) -> str:
        """The alert: its notices are worked off in order."""
        try:
            notice = json.loads(body)
            key = json.dumps([notice.get(name) for name in ("space", "rule_id", "alert_id")])
        except (ValueError, AttributeError, RecursionError):
            return "unreadable"  # `parse` will say so
        return key_of(key)

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        notice = read(Notice, body, SOURCE)
        ended = notice.group.lower() == _ENDED
        words = "It is flapping: it comes and goes" if notice.flapping.lower() == "true" else ""
        change = Change.RESOLVED if ended else Change.TRIGGERED
        return [AlertChanged(alert=self._alert(notice, ended=ended), change=change, words=words)]

    def _alert(self, notice: Notice, *, ended: bool) -> Alert:
        # A `uuid` is given anew each time an alert begins, and stays until it has recovered.
        alert = notice.uuid or f"{notice.rule_id}:{_digest(notice.alert_id)}"
        tagged = _pairs(notice.tags)
        tags = {tag.strip().lower() for tag in (notice.group, *notice.tags.split(","))}
        labels = {
            "rule_id": notice.rule_id,
            "space": notice.space,
            "alert": notice.alert_id,
            "group": notice.group,
            "tags": notice.tags,
        }
        return Alert(
            source=SOURCE,
            id=alert,
            fingerprint=f"{SOURCE}:{notice.rule_id}:{_digest(notice.alert_id)}",
            title=_title(notice),
            state=AlertState.RESOLVED if ended else AlertState.FIRING,
            occurred_at=notice.date,
            started_at=None if ended else notice.date,
            urgency=Urgency.HIGH if tags & self._paging else Urgency.LOW,
            service_name=tagged.get("service") or None,
            url=notice.url if notice.url.startswith(("https://", "http://")) else None,
            labels=tagged | {name: value for name, value in labels.items() if value},
            description=notice.reason,
        )


def _pairs(tags: str) -> dict[str, str]:
    """Tags like `service:checkout`, by which our services and routing rules know an alert."""
    found = (tag.strip().partition(":") for tag in tags.split(","))
    return {name: value for name, colon, value in found if name and colon and value}


def _title(notice: Notice) -> str:
    """An alert of a rule about everything is called `query matched` or like the rule itself."""
    name = notice.rule or "A rule without a name"
    plain = notice.alert_id in ("", "query matched", "*", notice.rule, notice.rule_id)
    return name if plain else f"{name}: {notice.alert_id}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
