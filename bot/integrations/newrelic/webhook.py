"""The notices of New Relic's workflows: proof of the sender, and the news of one issue."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import shows
from bot.integrations.newrelic.settings import NewRelicSettings
from bot.integrations.newrelic.shapes import Notice
from bot.integrations.notice import key_of, read

SOURCE: Final = "newrelic"
_STATES: Final[Mapping[str, Change]] = {
    "created": Change.TRIGGERED,
    "activated": Change.TRIGGERED,
    "open": Change.TRIGGERED,
    "acknowledged": Change.ACKNOWLEDGED,
    "deactivated": Change.RESOLVED,
    "closed": Change.RESOLVED,
}


class NewRelicWebhook(Webhook):
    """Nothing is signed: the destination sends our secret, as `Bearer` or as the password of `Basic`."""

    def __init__(self, secret: SecretStr, *, paging: Collection[str] = ("CRITICAL", "HIGH")) -> None:
        self._secret = secret.get_secret_value().strip().encode()
        self._paging = frozenset(priority.upper() for priority in paging)

    @classmethod
    def reading(cls, settings: NewRelicSettings) -> "NewRelicWebhook":
        return cls(settings.webhook_secret, paging=settings.paging_priorities)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature("newrelic")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; handlers are idempotent on issue and state."""
        return None

    def object_key(self, body: bytes) -> str:
        """The issue: its notices are worked off in order."""
        try:
            return key_of(_notice(body).id)
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        notice = _notice(body)
        change = _STATES.get(notice.state.strip().lower())
        if change is None:
            return []
        if change is Change.TRIGGERED:
            change = _taken(notice.trigger) or change
        return [AlertChanged(alert=self._alert(notice, ended=change is Change.RESOLVED), change=change)]

    def _alert(self, notice: Notice, *, ended: bool) -> Alert:
        moment = notice.updated or notice.created
        if moment is None:
            raise Unreadable("newrelic: neither updated_ms nor created_ms is given")
        priority = notice.priority.upper()
        labels = {name: ", ".join(values) for name, values in notice.told if values}
        # Of the same condition another issue is opened the next time.
        source = "\x00".join(labels.get(name, "") for name in ("account", "policy", "condition", "entity"))
        more = f" and {len(notice.title) - 1} more" if len(notice.title) > 1 else ""
        return Alert(
            source=SOURCE,
            id=notice.id,
            fingerprint=f"{SOURCE}:{key_of(source) if notice.conditions else notice.id}",
            title=f"{notice.title[0]}{more}"
            if notice.title
            else next(iter(notice.conditions), "An issue without a title"),
            state=AlertState.RESOLVED if ended else AlertState.FIRING,
            occurred_at=moment,
            started_at=notice.created,
            urgency=Urgency.HIGH if priority in self._paging else Urgency.LOW,
            priority=notice.priority or None,
            url=notice.url if notice.url.startswith(("https://", "http://")) else None,
            service_name=notice.entities[0] if len(notice.entities) == 1 else None,
            labels=labels | ({"priority": notice.priority} if notice.priority else {}),
            description="\n".join(notice.title[1:20]),
        )


def _taken(trigger: Sequence[str]) -> Change | None:
    """An acknowledgement comes as the same issue, in the same state; only what set it off tells."""
    words = " ".join(trigger).lower()
    if "acknowledg" not in words:
        return None
    return Change.UNACKNOWLEDGED if "unacknowledg" in words else Change.ACKNOWLEDGED


def _notice(body: bytes) -> Notice:
    return read(Notice, body, SOURCE, strict=False)
