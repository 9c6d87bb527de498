"""LaunchDarkly's notices: signed, each an entry of its audit log."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import SecretStr, ValidationError

from bot.domain.capabilities import Notice, Webhook
from bot.domain.change import ChangeReported
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.foreign import sound
from bot.integrations.launchdarkly.news import change_of
from bot.integrations.launchdarkly.settings import LaunchDarklySettings
from bot.integrations.launchdarkly.shapes import Entry

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
        expected = hmac.digest(self._secret, body, "sha256").hex().encode()
        # Bytes: a header that is not ASCII must not raise.
        given = headers.get(_SIGNATURE, "").strip().lower().encode("utf-8", "replace")
        if not self._secret or not hmac.compare_digest(given, expected):
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
            return hashlib.sha256(_entry(body).id.encode()).hexdigest()[:32]
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[Notice]:
        entry = _entry(body)
        change = change_of(entry, self._address)
        return [] if change is None else [ChangeReported(change=change, at=entry.date)]


def _entry(body: bytes) -> Entry:
    try:
        return Entry.model_validate(sound(json.loads(body)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"][:4])[:100] or "the body"
        raise Unreadable(f"launchdarkly: {where}: {first['type']}") from None  # the original quotes what came in
    except (ValueError, RecursionError):
        raise Unreadable("launchdarkly: the body is not JSON") from None  # the original quotes what came in
