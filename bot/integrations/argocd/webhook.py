"""Argo CD's notifications, in the form of our template: proof of the sender, and the sync that each tells of."""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.change import ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.argocd.changes import RESULTS, change
from bot.integrations.argocd.settings import ArgoCDSettings
from bot.integrations.argocd.shapes import Notice
from bot.integrations.credential import shows
from bot.integrations.notice import key_of, read


class ArgoCDWebhook(Webhook):
    """Nothing is signed: a header of ours brings the secret, as `Bearer`, or the address as the password of `Basic`."""

    def __init__(self, secret: SecretStr) -> None:
        self._secret = secret.get_secret_value().strip().encode()

    @classmethod
    def reading(cls, settings: ArgoCDSettings) -> "ArgoCDWebhook":
        return cls(settings.webhook_token)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature("argocd")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; a sync that is told of again changes nothing."""
        return None

    def object_key(self, body: bytes) -> str:
        """The application: its syncs follow each other."""
        try:
            notice = _notice(body)
        except Unreadable:
            return "unreadable"  # `parse` will say so
        return key_of(notice.namespace, notice.app)

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        """The sync that it tells of; a notice of health tells of the last one again, and one of no sync of none."""
        notice = _notice(body)
        if not notice.phase or notice.dry_run:
            return []
        began = notice.started or notice.finished
        if began is None:
            raise Unreadable("argocd: startedAt: missing")
        result = RESULTS.get(notice.phase, Result.UNKNOWN)
        ended = None if result is Result.RUNNING else notice.finished
        found = change(
            namespace=notice.namespace,
            name=notice.app,
            started=began,
            ended=ended,
            result=result,
            project=notice.project,
            repositories=[notice.repository],
            cluster=notice.cluster,
            target=notice.target,
            revision=notice.revision or next(iter(notice.revisions), ""),
            by=notice.by or ("auto-sync" if notice.automated else None),
            url=notice.url if notice.url.startswith(("https://", "http://")) else None,
        )
        return [ChangeReported(change=found, at=ended or began)]


def _notice(body: bytes) -> Notice:
    # The template puts some texts between quotes; a line break in one is no reason to lose the notice.
    return read(Notice, body, "argocd", strict=False)
