"""The parts of a notice that we read. https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.integrations.opsgenie.shapes import Part, Text


def _texts(given: object) -> object:
    """A list; as text it is divided by commas."""
    if given is None:
        return []
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


def _text(given: object) -> object:
    """A list of tags comes as one text or as a list."""
    return ", ".join(map(str, given)) if isinstance(given, list) else given


Texts = Annotated[list[str], BeforeValidator(_texts)]
Joined = Annotated[Text, BeforeValidator(_text)]


class Noticed(Part):
    """The alert in a notice: its moments are numbers of different units, or text."""

    alert_id: str = Field(min_length=1)
    tiny_id: Text = ""
    alias: Text = ""
    message: Text = ""
    description: Text = ""
    note: Text = ""
    username: Text = ""
    user_id: Text = ""
    entity: Text = ""
    source: Text = ""
    priority: Text = ""
    owner: Text = ""
    recipient: Text = ""
    added_team: Text = ""
    added_tags: Joined = ""
    removed_tags: Joined = ""
    tags: Texts = Field(default_factory=list)
    teams: Texts = Field(default_factory=list)
    created_at: int | float | str | None = None
    updated_at: int | float | str | None = None


class Notice(Part):
    action: str = Field(min_length=1)
    alert: Noticed
