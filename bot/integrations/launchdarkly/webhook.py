"""LaunchDarkly's notices: signed, each an entry of its audit log."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import Notice, Webhook
from bot.domain.change import ChangeReported
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import signed
from bot.integrations.launchdarkly.news import change_of
from bot.integrations.launchdarkly.settings import LaunchDarklySettings
from bot.integrations.launchdarkly.shapes import Entry
from bot.integrations.notice import key_of, read

_SIGNATURE: Final = "x-ld-signature"


class LaunchDarklyWebhook(Webhook):
    """Signed with HMAC-SHA256 over the body, in hex. https://launchdarkly.com/docs/home/infrastructure/webhooks"""

    def __init__(self, secret: SecretStr, *, address: str = "") -> None:
        self._secret = secret.get_secret_value().strip().encode()
        self._address = address

    @classmethod
    def reading(cls, settings: LaunchDarklySettings) -> "LaunchDarklyWebhook":
        return cls(settings.webhook_secret, address=settings.address)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not signed(headers.get(_SIGNATURE, "").lower(), self._secret, body):
            raise BadSignature("launchdarkly")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """The entry's, which a second try repeats."""
        try:
            return _entry(body).id
        except Unreadable:
            return None

    def object_key(self, body: bytes) -> str:
        """The entry: it never changes, so there is no order to keep."""
        try:
            return key_of(_entry(body).id)
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[Notice]:
        entry = _entry(body)
        change = change_of(entry, self._address)
        return [] if change is None else [ChangeReported(change=change, at=entry.date)]


def _entry(body: bytes) -> Entry:
    return read(Entry, body, "launchdarkly")
