"""A mail on its way through intake: packed with the rule that decided, unpacked as the news of an alert."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ValidationError

from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import Unreadable
from bot.integrations.email.mail import Mail, read
from bot.integrations.email.rules import Rule
from bot.integrations.email.signs import Sign, sign_of, urgent

SOURCE: Final = "email"
_LONGEST: Final = 1_000


class Packed(BaseModel):
    """As it is kept. `mail` holds its bytes, one character each."""

    mail: str
    arrived: AwareDatetime
    rule: Rule | None = None


def packed(content: bytes, arrived: datetime, rule: Rule | None) -> bytes:
    kept = Packed(mail=content.decode("latin-1"), arrived=arrived, rule=rule)
    return json.dumps(kept.model_dump(mode="json")).encode()


def told(body: bytes) -> Sequence[AlertChanged]:
    """Nothing for what is no alert, and for an answer of a person."""
    try:
        kept = Packed.model_validate_json(body)
        content = kept.mail.encode("latin-1")
    except (ValidationError, UnicodeEncodeError):
        raise Unreadable("email: not a mail as we keep them") from None  # the original quotes what came in
    mail = read(content, kept.arrived)
    sign = sign_of(mail, kept.rule)
    if sign is None or sign.change is Change.NOTED:
        return ()
    return (AlertChanged(alert=_alert(mail, sign, kept.rule), change=sign.change),)


def object_of(sign: Sign) -> str:
    """Mails about one thing are worked off in order."""
    return hashlib.sha256(sign.about.encode("utf-8", "replace")).hexdigest()[:32]


def _alert(mail: Mail, sign: Sign, rule: Rule | None) -> Alert:
    number = object_of(sign)
    root = mail.thread[0] if mail.thread else mail.id or mail.key
    return Alert(
        source=SOURCE,
        id=number,
        # What tells its own end is the same alert each time; of the others each mail is one of its own.
        episode="" if sign.lasting else hashlib.sha256(root.encode("utf-8", "replace")).hexdigest()[:32],
        fingerprint=f"{SOURCE}:{number}",
        title=sign.title,
        state=AlertState.RESOLVED if sign.change is Change.RESOLVED else AlertState.FIRING,
        occurred_at=mail.at,
        started_at=mail.at,
        urgency=Urgency.HIGH if urgent(sign, rule) else Urgency.LOW,
        service_name=sign.service,
        labels={"sender": mail.sender, "kind": sign.kind, **sign.labels},
        description=mail.text[:_LONGEST],
    )
