"""What the Table API answers, as far as we read it: every value is a string, and a reference may be an object."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field


def _value(given: Any) -> Any:  # whatever JSON holds
    """`{"value": …, "display_value": …, "link": …}` for the plain value; a hidden field is null or missing."""
    if isinstance(given, dict):
        given = given.get("value", given.get("display_value"))
    if given is None:
        return ""
    return str(given).lower() if isinstance(given, bool) else str(given) if isinstance(given, int | float) else given


Text = Annotated[str, BeforeValidator(_value)]


class Row(BaseModel):
    sys_id: Annotated[Text, Field(min_length=1, max_length=200)]
    number: Text = ""
    short_description: Text = ""
    state: Text = ""


class Incident(Row):
    active: Text = ""
    priority: Text = ""
    assigned_to: Text = ""
    opened_at: Text = ""


class Kept(Row):
    """A record that we opened."""

    correlation_id: Text = ""
    correlation_display: Text = ""
    active: Text = ""
    sys_updated_on: Text = ""
    sys_updated_by: Text = ""


class Change(Row):
    start_date: Text = ""
    end_date: Text = ""
    approval: Text = ""
    conflict_status: Text = ""


class Alert(Row):
    """Of Event Management, which not every instance has. Severity 1 is critical, 5 information, 0 over."""

    description: Text = ""
    severity: Text = ""
    acknowledged: Text = ""
    maintenance: Text = ""
    node: Text = ""
    sys_created_on: Text = ""


class Approval(Row):
    sys_created_on: Text = ""
    source_table: Text = ""
    subject: Annotated[Text, Field(alias="sysapproval.number")] = ""
    about: Annotated[Text, Field(alias="sysapproval.short_description")] = ""


def whole(text: str) -> int | None:
    """`3`, `3.0` (the Change API writes so) and `3 - Moderate`; None when there is no number."""
    try:
        return int(float(text.strip().partition(" ")[0]))
    except (ValueError, OverflowError):
        return None


def moment(text: str) -> datetime | None:
    """Times are UTC, without saying so; None for a field that is empty or hidden."""
    try:
        return datetime.strptime(text.strip()[:19].replace("T", " "), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
