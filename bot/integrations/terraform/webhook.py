"""HCP Terraform's notifications: proof of the sender, and how a run goes on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.credential import signed
from bot.integrations.notice import key_of, opened, read_as
from bot.integrations.terraform.changes import SOURCE, places, title
from bot.integrations.terraform.settings import TerraformSettings
from bot.integrations.terraform.shapes import Notice, Notification
from bot.integrations.terraform.states import result_of

_SIGNATURE: Final = "x-tfe-notification-signature"


class TerraformWebhook(Webhook):
    """Signed with HMAC-SHA512 over the body; unsigned where no token was set there, and then refused here."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token.get_secret_value().strip().encode()

    @classmethod
    def reading(cls, settings: TerraformSettings) -> "TerraformWebhook":
        return cls(settings.notification_token)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not signed(headers.get(_SIGNATURE, ""), self._token, body, "sha512"):
            raise BadSignature("terraform")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; what is told of a run twice changes nothing."""
        return None

    def object_key(self, body: bytes) -> str:
        """The run: its notices are worked off in order."""
        try:
            return key_of(_notice(body).run_id)
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        """Empty for the test at setting up, and for assessments, which change nothing."""
        notice = _notice(body)
        if not notice.run_id or notice.trigger_scope:
            return []
        newest = _newest(notice.notifications)
        moment = newest.run_updated_at or notice.run_created_at if newest is not None else None
        if newest is None or moment is None:
            raise Unreadable("terraform: a run without notifications, or without a time")
        return [ChangeReported(change=_change(notice, newest, moment), at=moment)]


def _newest(given: Sequence[Notification]) -> Notification | None:
    dated = [(one.run_updated_at, at, one) for at, one in enumerate(given) if one.run_updated_at is not None]
    return max(dated)[2] if dated else given[-1] if given else None


def _change(notice: Notice, newest: Notification, moment: datetime) -> Change:
    result = result_of(newest.run_status)
    return Change(
        source=SOURCE,
        id=notice.run_id,
        kind=ChangeKind.INFRASTRUCTURE,
        title=title(notice.run_message),
        places=places(notice.workspace_name, notice.organization_name),
        started_at=notice.run_created_at or moment,
        ended_at=moment if result in (Result.SUCCEEDED, Result.FAILED, Result.CANCELLED) else None,
        result=result,
        by=notice.run_created_by or None,
        url=notice.run_url if notice.run_url.startswith(("https://", "http://")) else None,
    )


def _notice(body: bytes) -> Notice:
    given = opened(body, SOURCE)
    if not isinstance(given, dict) or not ({"payload_version", "trigger_scope", "run_id"} & given.keys()):
        raise Unreadable("terraform: the body is no notification of Terraform's")
    return read_as(Notice, given, SOURCE)
