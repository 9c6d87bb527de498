"""Opsgenie's notices: proof of the sender, and what happened to which alert."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import shows
from bot.integrations.foreign import segment
from bot.integrations.notice import key_of, read
from bot.integrations.opsgenie.news import SOURCE, told
from bot.integrations.opsgenie.notices import Notice
from bot.integrations.opsgenie.settings import OpsgenieSettings


class OpsgenieWebhook(Webhook):
    """Nothing is signed: a header carries our secret, as `Bearer` or as the password of `Basic`."""

    def __init__(self, secret: SecretStr, page: Callable[[str], str | None] = lambda _: None) -> None:
        self._secret = secret.get_secret_value().strip().encode()
        self._page = page

    @classmethod
    def reading(cls, settings: OpsgenieSettings) -> "OpsgenieWebhook":
        return cls(settings.webhook_secret, settings.page_of)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature(SOURCE)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """There is no id of a delivery: alert, action and moment are the same when it is sent again."""
        try:
            notice = _read(body)
        except Unreadable:
            return None
        at = notice.alert.updated_at
        return key_of(notice.alert.alert_id, notice.action, str(at), notice.alert.note) if at else None

    def object_key(self, body: bytes) -> str:
        """The alert: its notices are worked off in order."""
        try:
            return key_of(_read(body).alert.alert_id)
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        notice = _read(body)
        return told(notice, self._page(segment(notice.alert.alert_id)))


def _read(body: bytes) -> Notice:
    return read(Notice, body, SOURCE)
