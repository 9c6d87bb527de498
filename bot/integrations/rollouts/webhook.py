"""Argo Rollouts' notifications, in the form of our templates: proof of the sender, and the rollout each tells of."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.change import UNTOLD, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import shows
from bot.integrations.notice import key_of, read
from bot.integrations.rollouts.changes import change
from bot.integrations.rollouts.settings import RolloutsSettings
from bot.integrations.rollouts.shapes import Notice, number

_RESULTS: Final = {"updated": Result.RUNNING, "completed": Result.SUCCEEDED, "aborted": Result.FAILED}


class RolloutsWebhook(Webhook):
    """Nothing is signed: a header of ours brings the secret."""

    def __init__(self, secret: SecretStr) -> None:
        self._secret = secret.get_secret_value().strip().encode()

    @classmethod
    def reading(cls, settings: RolloutsSettings) -> "RolloutsWebhook":
        return cls(settings.webhook_token)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature("rollouts")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; a rollout that is told of again changes nothing."""
        return None

    def object_key(self, body: bytes) -> str:
        """The rollout: its revisions follow each other."""
        try:
            notice = _notice(body)
        except Unreadable:
            return "unreadable"  # `parse` will say so
        return key_of(notice.uid, notice.namespace, notice.rollout)

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        """A revision that begins, is complete or was aborted. No time is told, so it is that of the arrival."""
        notice = _notice(body)
        result = _RESULTS.get(notice.event)
        if result is None:
            return []
        revision = number(notice.revision)
        if revision is None:
            raise Unreadable("rollouts: revision: missing")
        images = ", ".join(one.rpartition("/")[2] for one in notice.images if one)
        told = change(
            namespace=notice.namespace,
            name=notice.rollout,
            uid=notice.uid,
            revision=revision,
            title="rolled out",
            started=UNTOLD,
            ended=None if result is Result.RUNNING else UNTOLD,
            result=result,
            images=images or None,
            cluster=notice.cluster or None,
        )
        return [ChangeReported(change=told, at=UNTOLD)]


def _notice(body: bytes) -> Notice:
    # The template puts some texts between quotes; a line break in one is no reason to lose the notice.
    return read(Notice, body, "rollouts", strict=False)
