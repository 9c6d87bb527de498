"""Several instances of one system send their notices to one address: whichever of their secrets fits."""

from collections.abc import Mapping, Sequence

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature


class Several(Webhook):
    """Reads as the first does: the instances' settings differ in what proves the sender, hardly in how one reads."""

    def __init__(self, webhooks: Sequence[Webhook]) -> None:
        self._first, *self._others = webhooks

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        for one in self._others:
            try:
                one.verify(headers, body)
            except BadSignature:
                continue
            return
        self._first.verify(headers, body)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """A key may rest on the signature, which only the instance that made it can tell."""
        keys = (one.delivery_key(headers, body) for one in (self._first, *self._others))
        return next((key for key in keys if key), None)

    def object_key(self, body: bytes) -> str:
        return self._first.object_key(body)

    def parse(self, body: bytes) -> Sequence[Notice]:
        return self._first.parse(body)
