"""AWX's notifications: our secret as their proof, and how a job goes on."""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from bot.domain.capabilities import Notice as OurNotice
from bot.domain.capabilities import Webhook
from bot.domain.change import UNTOLD, Change, ChangeKind, ChangeReported
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.ansible.changes import OVER, SOURCE, result_of, title
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.ansible.shapes import Notice
from bot.integrations.credential import shows
from bot.integrations.notice import opened, read_as


class AnsibleWebhook(Webhook):
    """Nothing is signed: the notification sends our secret, as the password of `Basic` or as a header `Bearer`."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token.get_secret_value().strip().encode()

    @classmethod
    def reading(cls, settings: AnsibleSettings) -> "AnsibleWebhook":
        return cls(settings.webhook_token)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._token):
            raise BadSignature("ansible")

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        """No id of the delivery is sent; what is told of a job twice changes nothing."""
        return None

    def object_key(self, body: bytes) -> str:
        """The job: its notices are worked off in order."""
        try:
            return f"job:{_notice(body).id or 0}"
        except Unreadable:
            return "unreadable"  # `parse` will say so

    def parse(self, body: bytes) -> Sequence[OurNotice]:
        """Empty for the test of a notification, and for what is no job of a playbook (updates, workflows)."""
        notice = _notice(body)
        if notice.id is None or notice.playbook is None or not notice.status:
            return []
        result = result_of(notice.status)
        moment = notice.finished or notice.started or UNTOLD
        change = Change(
            source=SOURCE,
            id=str(notice.id),
            kind=ChangeKind.INFRASTRUCTURE,
            title=title(notice.name),
            places=tuple(dict.fromkeys(one for one in (notice.name, notice.project, notice.inventory) if one)),
            started_at=notice.started or moment,
            ended_at=moment if result in OVER else None,
            result=result,
            environment=notice.inventory or None,
            by=notice.created_by or None,
            url=notice.url if notice.url.startswith(("https://", "http://")) else None,
        )
        return [ChangeReported(change=change, at=moment)]


def _notice(body: bytes) -> Notice:
    given = opened(body, SOURCE)
    if not isinstance(given, dict) or not ({"id", "body"} & given.keys()):
        raise Unreadable("ansible: the body is no notification of AWX's. Leave its default body as it is")
    return read_as(Notice, given, SOURCE)
