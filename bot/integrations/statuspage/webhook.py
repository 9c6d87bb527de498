"""What pages that we subscribed to tell us: an incident of a vendor that we depend on."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, Field, SecretStr

from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import shows
from bot.integrations.notice import key_of, read
from bot.integrations.statuspage.settings import StatuspageSettings
from bot.integrations.statuspage.shapes import DONE, Incident, Text

SOURCE: Final = "statuspage"
_PLANNED: Final = ("scheduled", "in_progress", "verifying", "completed")


class _Page(BaseModel):
    id: Text = ""
    status_indicator: Text = ""
    status_description: Text = ""


class _Told(BaseModel):
    """Of an incident or of a component; the incident tells what happens to both."""

    page: _Page
    incident: Incident | None = None
    component: dict[str, object] | None = Field(default=None)


class StatuspageWebhook(Webhook):
    """Nothing is signed, and no header can be set: our secret stands at the end of the address."""

    def __init__(self, secret: SecretStr, *, own: str = "") -> None:
        self._secret, self._own = secret.get_secret_value().strip().encode(), own

    @classmethod
    def reading(cls, settings: StatuspageSettings) -> "StatuspageWebhook":
        return cls(settings.webhook_secret, own=settings.page_id)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature(SOURCE)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; handlers are idempotent on incident and state."""
        return None

    def object_key(self, body: bytes) -> str:
        """The incident: its notices are worked off in order."""
        try:
            told = _read(body)
        except Unreadable:
            return "unreadable"  # `parse` will say so
        return key_of(told.incident.id if told.incident else told.page.id)

    def parse(self, body: bytes) -> Sequence[Notice]:
        """Nothing for our own page, which tells what we published ourselves, and nothing for what was planned."""
        told = _read(body)
        one = told.incident
        if one is None or (self._own and told.page.id == self._own) or one.status.lower() in _PLANNED:
            return []
        over = one.status.lower() in DONE
        return [AlertChanged(alert=_alert(one, told.page, over=over), change=_change(over=over))]


def _change(*, over: bool) -> Change:
    return Change.RESOLVED if over else Change.TRIGGERED


def _alert(one: Incident, page: _Page, *, over: bool) -> Alert:
    newest = one.newest
    at = one.updated_at or (newest and (newest.created_at or newest.display_at)) or one.created_at
    if at is None:
        raise Unreadable("statuspage: the incident tells no time")
    labels = {"page": page.id, "impact": one.impact, "status": one.status}
    return Alert(
        source=SOURCE,
        id=one.id,
        fingerprint=f"{SOURCE}:{one.id}",
        title=one.name or "An incident without a name",
        state=AlertState.RESOLVED if over else AlertState.FIRING,
        occurred_at=at,
        started_at=one.created_at,
        # What everybody can read pages nobody, unless a routing rule says so.
        urgency=Urgency.LOW,
        priority=one.impact or None,
        url=one.shortlink if one.shortlink.startswith("https://") else None,
        labels={name: value for name, value in labels.items() if value},
        description=newest.body if newest else "",
    )


def _read(body: bytes) -> _Told:
    told = read(_Told, body, SOURCE)
    if told.incident is None and told.component is None:
        raise Unreadable("statuspage: neither an incident nor a component")
    return told
