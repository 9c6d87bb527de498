"""An entry of a posted list, as it is kept."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StringConstraints, TypeAdapter, ValidationError

from bot.domain.access import Holder
from bot.integrations.foreign import shown

_NOTHING: Final = frozenset({"", "-", "null", "none", "unknown"})
_NEVER: Final = frozenset({"never", "n/a", "na", "no_information", "not_supported"})
"""What reports of cloud vendors write where there is no date."""
_YES: Final = frozenset({"1", "true", "yes", "y"})
_NO: Final = frozenset({"0", "false", "no", "n"})
_DATE: Final = TypeAdapter[datetime](datetime)


def _text(given: object) -> object:
    return "" if given is None else shown(given, limit=200) if isinstance(given, str | int) else given


def _flag(given: object) -> object:
    if isinstance(given, bool) or given is None:
        return given
    word = str(given).strip().lower()
    if word in _NOTHING or word in _NEVER:
        return None
    if word in _YES | _NO:
        return word in _YES
    raise ValueError("write yes or no")


def _moment(given: object) -> object:
    """A date means its first moment, in UTC."""
    if given is None or isinstance(given, datetime):
        return given
    word = str(given).strip()
    if word.lower() in _NOTHING | _NEVER:
        return None
    try:
        found = _DATE.validate_python(word)
    except ValidationError:
        raise ValueError("write a date as 2026-02-01") from None
    if not 1970 < found.year < 9999:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _holder(given: object) -> object:
    word = str(given or "").strip().lower()
    return _HOLDERS.get(word, word)


_HOLDERS: Final = {
    "": Holder.PERSON,
    "user": Holder.PERSON,
    "member": Holder.PERSON,
    "external": Holder.GUEST,
    "outside": Holder.GUEST,
    "service": Holder.MACHINE,
    "bot": Holder.MACHINE,
    "token": Holder.KEY,
}
Needed = Annotated[str, BeforeValidator(_text), StringConstraints(min_length=1)]
Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Moment = Annotated[AwareDatetime | None, BeforeValidator(_moment)]


class Row(BaseModel):
    """One line of the list. `never_used`: its `last_used` says so in words."""

    system: Needed
    principal: Needed
    role: Needed
    kind: Annotated[Holder, BeforeValidator(_holder)] = Holder.PERSON
    name: Text = ""
    email: Text = ""
    admin: Flag = None
    second_factor: Flag = None
    last_used: Moment = None
    expires: Moment = None
    never_used: bool = False
    source: Text = ""


class Kept(BaseModel):
    rows: Annotated[list[Row], Field(min_length=1)]


def read_row(values: dict[str, Any]) -> Row:
    """Any: what a line of CSV or an object of JSON holds."""
    never = str(values.get("last_used") or "").strip().lower() in _NEVER
    return Row.model_validate({**values, "never_used": never})
