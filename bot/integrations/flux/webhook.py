"""Flux's notices: proof of the sender, and what was applied or failed to be."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.change import ChangeReported
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import signed
from bot.integrations.flux.changes import RESULTS, change
from bot.integrations.flux.settings import FluxSettings
from bot.integrations.flux.shapes import Notice
from bot.integrations.notice import key_of, read

_SIGNATURE: Final = "x-signature"
_ALLOWED: Final = ("sha224", "sha256", "sha384", "sha512")
_CLUSTER: Final = ("cluster", "env", "environment")
"""Under which names people tell the cluster in an alert's `eventMetadata`."""


class FluxWebhook(Webhook):
    """Signed by a provider of the type generic-hmac: `X-Signature: sha256=<hex>` over the body as it was sent.

    https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac
    """

    def __init__(self, key: SecretStr) -> None:
        self._key = key.get_secret_value().encode()

    @classmethod
    def reading(cls, settings: FluxSettings) -> "FluxWebhook":
        return cls(settings.webhook_hmac_key)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        algorithm, _, given = headers.get(_SIGNATURE, "").strip().partition("=")
        if algorithm not in _ALLOWED or not signed(given, self._key, body, algorithm):
            raise BadSignature("flux")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id is sent, so what makes it the same event: the object, what happened, and when."""
        try:
            notice = _notice(body)
        except Unreadable:
            return None
        told = (*_object(notice), notice.reason, notice.at.isoformat(), _revision(notice))
        return key_of(*told)

    def object_key(self, body: bytes) -> str:
        try:
            return key_of(*_object(_notice(body)))
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        """Revisions that were applied, charts that were released, and what failed of it."""
        notice = _notice(body)
        about = notice.involved
        result, revision = RESULTS.get(about.kind, {}).get(notice.reason), _revision(notice)
        if result is None or not revision:
            return []
        told = change(
            kind=about.kind,
            namespace=about.namespace,
            name=about.name,
            uid=about.uid,
            revision=revision,
            at=notice.at,
            result=result,
            cluster=next((one for name in _CLUSTER if (one := notice.metadata.get(name))), None),
        )
        return [ChangeReported(change=told, at=notice.at)]


def _revision(notice: Notice) -> str:
    """Newer versions put the group before the name."""
    names = [name for name in notice.metadata if name == "revision" or name.endswith(".toolkit.fluxcd.io/revision")]
    return notice.metadata[max(names, key=len)] if names else ""


def _object(notice: Notice) -> tuple[str, ...]:
    one = notice.involved
    return (one.uid or "", one.kind, one.namespace, one.name)


def _notice(body: bytes) -> Notice:
    return read(Notice, body, "flux")
