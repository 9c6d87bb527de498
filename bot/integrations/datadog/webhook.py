"""The notices of Datadog's monitors, in the form of our template: proof of the sender, and the news of one alert."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr

from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import shows
from bot.integrations.datadog.settings import DatadogSettings
from bot.integrations.datadog.shapes import Notice
from bot.integrations.notice import read

SOURCE: Final = "datadog"
# https://docs.datadoghq.com/integrations/webhooks/#variables
_FIRING: Final = frozenset({"triggered", "re-triggered", "warn", "re-warn", "no data", "re-no data", "renotify"})
_ENDED: Final = "recovered"
_MARKS: Final = re.compile(r"^(?:\[(?:P[1-5]|(?:Re-)?(?:Triggered|Warn|No Data|Recovered|Renotify)\b[^\]]*)\]\s*)+")
"""What Datadog writes before the name of a monitor; it changes with the state."""


class DatadogWebhook(Webhook):
    """Nothing is signed: a header of ours brings the secret, as `Bearer`, or the address as the password of `Basic`."""

    def __init__(self, secret: SecretStr, *, paging: Collection[str] = ("P1", "P2")) -> None:
        self._secret = secret.get_secret_value().strip().encode()
        self._paging = frozenset(priority.upper() for priority in paging)

    @classmethod
    def reading(cls, settings: DatadogSettings) -> "DatadogWebhook":
        return cls(settings.webhook_secret, paging=settings.paging_priorities)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature("datadog")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; handlers are idempotent on alert, episode and state."""
        return None

    def object_key(self, body: bytes) -> str:
        """The alert: its notices are worked off in order."""
        try:
            return _digest("\x00".join(_identity(_notice(body))))
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        notice = _notice(body)
        transition = notice.transition.lower()
        if transition not in _FIRING and transition != _ENDED:
            return []  # an event or a comment that mentions the webhook is no alert
        ended = transition == _ENDED
        alert = self._alert(notice, _moment(notice.date_ms), ended=ended)
        return [AlertChanged(alert=alert, change=Change.RESOLVED if ended else Change.TRIGGERED)]

    def _alert(self, notice: Notice, moment: datetime, *, ended: bool) -> Alert:
        kind, scope = _identity(notice)
        tags = _tags(notice.tags)
        told = {"monitor": notice.alert_id, "scope": notice.scope, "host": notice.host}
        return Alert(
            source=SOURCE,
            # The cycle's key is given anew each time an alert begins, and stays until it has recovered.
            id=f"{kind}:{_digest(scope)}" if scope else kind,
            fingerprint=f"{SOURCE}:{notice.alert_id}:{_digest(notice.scope)}"
            if notice.alert_id
            else f"{SOURCE}:{kind}",
            title=_MARKS.sub("", notice.title.strip()) or f"Monitor {notice.alert_id}".strip(),
            state=AlertState.RESOLVED if ended else AlertState.FIRING,
            occurred_at=moment,
            started_at=None,
            urgency=Urgency.HIGH if self._calls(notice) else Urgency.LOW,
            priority=notice.priority or None,
            url=notice.link if notice.link.startswith(("https://", "http://")) else None,
            service_name=tags.get("service"),
            labels={**tags, **{name: value for name, value in told.items() if value}},
            description=notice.body,
        )

    def _calls(self, notice: Notice) -> bool:
        """A monitor's own priority decides; without one an alert calls, a warning or missing data does not."""
        if notice.priority:
            return notice.priority.upper() in self._paging
        quiet = "warn" in notice.transition.lower() or "no data" in notice.transition.lower()
        return notice.type.lower() not in ("warning", "info") and not quiet


def _notice(body: bytes) -> Notice:
    # The template puts foreign text between quotes; a line break in it is no reason to lose the notice.
    return read(Notice, body, SOURCE, strict=False)


def _identity(notice: Notice) -> tuple[str, str]:
    """What tells alerts apart: the cycle, else monitor and scope, else the event."""
    if notice.cycle:
        return notice.cycle, ""
    if notice.alert_id:
        return notice.alert_id, notice.scope or "*"
    if notice.id:
        return notice.id, ""
    raise Unreadable("datadog: none of cycle, alert_id and id is given")


def _moment(milliseconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("datadog: date_ms: no date") from None


def _tags(given: str) -> dict[str, str]:
    """`service:checkout,env:prod`; of a name that comes twice the first value stands."""
    found: dict[str, str] = {}
    for tag in given.split(","):
        name, colon, value = tag.strip().partition(":")
        if colon and name and value:
            found.setdefault(name, value)
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
