"""Unleash's notices: our value in their header proves the sender, and the body is an entry of the event log."""

import hmac
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from bot.domain.capabilities import Notice, Webhook
from bot.domain.change import ChangeReported
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.notice import key_of, read
from bot.integrations.unleash.news import change_of
from bot.integrations.unleash.settings import UnleashSettings
from bot.integrations.unleash.shapes import Event


class UnleashWebhook(Webhook):
    """Nothing is signed. `Authorization` comes exactly as it was entered there, with or without a word before it."""

    def __init__(self, authorization: SecretStr, *, address: str = "") -> None:
        self._secret = _bare(authorization.get_secret_value().strip().encode())
        self._address = address

    @classmethod
    def reading(cls, settings: UnleashSettings) -> "UnleashWebhook":
        return cls(settings.webhook_authorization, address=settings.address)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        # Header text is bytes read as Latin-1, so this gives back the bytes that were sent.
        given = _bare(headers.get("authorization", "").strip().encode("latin-1", "replace"))
        if not self._secret or not hmac.compare_digest(given, self._secret):
            raise BadSignature("unleash")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """The event's, since the delivery has none."""
        try:
            return _event(body).key
        except Unreadable:
            return None

    def object_key(self, body: bytes) -> str:
        """The event: it never changes, so there is no order to keep."""
        try:
            return key_of(_event(body).key)
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[Notice]:
        event = _event(body)
        change = change_of(event, self._address)
        return [] if change is None else [ChangeReported(change=change, at=event.created)]


def _bare(value: bytes) -> bytes:
    return value[7:].strip() if value[:7].lower() == b"bearer " else value


def _event(body: bytes) -> Event:
    try:
        return read(Event, body, "unleash")
    except Unreadable as error:
        raise Unreadable(f"{error}. Leave the body of the webhook as it is, without a template") from None
