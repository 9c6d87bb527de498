"""What ServiceNow tells us of a record of ours: a business rule of an administrator sends it, and we fetch it too."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from pydantic import BaseModel, SecretStr

from bot.domain.capabilities import Notice, Webhook
from bot.domain.errors import BadSignature, Unreadable
from bot.domain.ticket import RecordKind, RecordMoved
from bot.integrations.credential import shows
from bot.integrations.notice import key_of, read
from bot.integrations.servicenow.settings import ServiceNowSettings
from bot.integrations.servicenow.shapes import Text, moment, whole

SOURCE: Final = "servicenow"
TABLES: Final[Mapping[RecordKind, str]] = {RecordKind.INCIDENT: "incident", RecordKind.CHANGE: "change_request"}
_KINDS: Final = {table: kind for kind, table in TABLES.items()}
_OURS: Final = re.compile(r"daywatch-inc-\d{1,12}", re.ASCII)
_CLOSED_CHANGE: Final = "3"


class Told(BaseModel):
    """The body of our template. Every value may arrive as text."""

    source: Literal["servicenow"]
    table: Text
    sys_id: Text
    number: Text = ""
    correlation_id: Text = ""
    state: Text = ""
    active: Text = ""
    updated_at: Text = ""
    updated_by: Text = ""

    @property
    def key(self) -> str:
        """What the same news has again, whether it was sent or fetched."""
        return key_of(self.table, self.sys_id, self.updated_at, self.state, self.active)


class ServiceNowWebhook(Webhook):
    """Nothing is signed: the rule sends our secret, as `Bearer` or as the password of `Basic`."""

    def __init__(self, secret: SecretStr, settings: ServiceNowSettings) -> None:
        self._secret, self._settings = secret.get_secret_value().strip().encode(), settings

    @classmethod
    def reading(cls, settings: ServiceNowSettings) -> "ServiceNowWebhook":
        return cls(settings.webhook_secret, settings)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - the body carries no proof
        if not shows(headers, self._secret):
            raise BadSignature(SOURCE)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:  # noqa: ARG002 - the capability's signature
        try:
            return _read(body).key
        except Unreadable:
            return None  # `parse` will say so

    def object_key(self, body: bytes) -> str:
        """The record: its news are worked off in order."""
        try:
            return object_of(_read(body))
        except Unreadable:
            return "unreadable"

    def parse(self, body: bytes) -> Sequence[Notice]:
        return told(body, self._settings)


def object_of(one: Told) -> str:
    return key_of(one.sys_id)


def told(body: bytes, settings: ServiceNowSettings) -> Sequence[Notice]:
    """News of our own records only: those that bear one of our incidents."""
    one = _read(body)
    kind = _KINDS.get(one.table)
    if kind is None or not _OURS.fullmatch(one.correlation_id):
        return []
    at = moment(one.updated_at)
    if at is None:
        raise Unreadable("servicenow: updated_at is not a time as in 2026-11-23 06:12:00 (UTC)")
    if settings.username and one.updated_by.strip().casefold() == settings.username.strip().casefold():
        return []  # the echo of what we wrote
    over = _over(one, kind, settings)
    return [RecordMoved(source=SOURCE, once=one.correlation_id, kind=kind, key=one.number, done=over, occurred_at=at)]


def _over(one: Told, kind: RecordKind, settings: ServiceNowSettings) -> bool:
    over = settings.over_states if kind is RecordKind.INCIDENT else (_CLOSED_CHANGE, settings.cancelled_state)
    state = whole(one.state)
    return one.active.lower() == "false" or (state is not None and state in {whole(each) for each in over})


def _read(body: bytes) -> Told:
    return read(Told, body, SOURCE, strict=False)
