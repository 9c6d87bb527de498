"""How a Web API method reads its arguments: form fields or JSON, with Slack's leniency and Slack's complaints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.local.slack.errors import SlackError, invalid_arguments
from bot.local.slack.things import Json

_TRUE = ("1", "true", "True")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of one call. Structured ones arrive as JSON text in form posts and must parse."""

    given: Mapping[str, Any]
    by_app_token: bool = False

    def has(self, name: str) -> bool:
        return self.given.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self.given.get(name, default)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value) if isinstance(value, dict | list) else str(value)

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.given.get(name)
        if value is None or value == "":
            return default
        return value if isinstance(value, bool) else str(value) in _TRUE

    def number(self, name: str, default: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if not value.lstrip("-").isdigit():
            raise invalid_arguments(f"must be a valid integer [json-pointer:/{name}]")
        return int(value)

    def structure(self, name: str) -> Any:
        """A JSON argument, parsed when it came as text; None when absent."""
        value = self.given.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise invalid_arguments(f"failed to match all allowed schemas [json-pointer:/{name}]") from None

    def objects(self, name: str, error: str = "invalid_arguments") -> list[Json] | None:
        """A JSON array argument such as `blocks`."""
        try:
            value = self.structure(name)
        except SlackError:
            if error == "invalid_arguments":
                raise
            raise SlackError(error) from None
        if value is None:
            return None
        if not isinstance(value, list):
            raise SlackError(
                error, response_metadata={"messages": [f"[ERROR] must be an array [json-pointer:/{name}]"]}
            )
        return value

    def names(self, name: str) -> list[str]:
        """A comma list, or a JSON array, of ids."""
        value = self.given.get(name)
        if isinstance(value, list):
            return [str(each) for each in value]
        return [each.strip() for each in self.text(name).split(",") if each.strip()]
