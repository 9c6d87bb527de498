"""Pulumi Cloud's webhooks: proof of the sender, and how an update ended."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.change import UNTOLD, Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import signed
from bot.integrations.notice import key_of, opened, read_as
from bot.integrations.pulumi.changes import SOURCE, id_of, places, result_of, title
from bot.integrations.pulumi.settings import PulumiSettings
from bot.integrations.pulumi.shapes import Notice

_SIGNATURE: Final = "pulumi-webhook-signature"
_UPDATE: Final = re.compile(r"/updates/([0-9]{1,9})/?$")


class PulumiWebhook(Webhook):
    """Signed with HMAC-SHA256 over the body; unsigned where no secret was set there, and then refused here."""

    def __init__(self, secret: SecretStr) -> None:
        self._secret = secret.get_secret_value().strip().encode()

    @classmethod
    def reading(cls, settings: PulumiSettings) -> "PulumiWebhook":
        return cls(settings.webhook_secret)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not signed(headers.get(_SIGNATURE, ""), self._secret, body):
            raise BadSignature("pulumi")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """The id stands in a header, see the card."""
        return None

    def object_key(self, body: bytes) -> str:
        """The stack: its notices are worked off in order."""
        try:
            one = _notice(body)
        except Unreadable:
            return "unreadable"  # `parse` will say so
        return key_of(*_path(one))

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        """Updates, refreshes and destroys that ended. Previews, deployments (their update tells) and drift runs, which
        change nothing, are nobody's.
        """
        notice = _notice(body)
        numbered = _UPDATE.search(notice.url)
        if not notice.result or notice.preview or numbered is None:
            return []
        path = _path(notice)
        if not all(path):
            raise Unreadable("pulumi: an update without its organization, project or stack")
        result = result_of(notice.result)
        change = Change(
            source=SOURCE,
            id=id_of(path, int(numbered[1])),
            kind=ChangeKind.INFRASTRUCTURE,
            title=title(notice.kind),
            places=places(path),
            started_at=UNTOLD,
            ended_at=UNTOLD if result in (Result.SUCCEEDED, Result.FAILED) else None,
            result=result,
            environment=path[2],
            by=notice.user.called if notice.user is not None else None,
            url=notice.url if notice.url.startswith(("https://", "http://")) else None,
        )
        return [ChangeReported(change=change, at=UNTOLD)]


def _path(notice: Notice) -> tuple[str, str, str]:
    """By the login: the organization's name is for people."""
    org = notice.organization.login or notice.organization.name if notice.organization is not None else ""
    return org, notice.project, notice.stack


def _notice(body: bytes) -> Notice:
    given = opened(body, SOURCE)
    if not isinstance(given, dict) or not ({"organization", "user", "message", "timestamp"} & given.keys()):
        raise Unreadable("pulumi: the body is no webhook of Pulumi's. Choose the format JSON (raw) there")
    return read_as(Notice, given, SOURCE)
