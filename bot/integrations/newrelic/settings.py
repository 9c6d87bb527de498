"""What New Relic needs: a user key and the accounts it may see, a secret of ours to send us notices."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


def _listed(given: object) -> object:
    if isinstance(given, str):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    return (given,) if isinstance(given, int) else given


Accounts = Annotated[tuple[Annotated[int, Field(gt=0, lt=2**31)], ...], NoDecode, BeforeValidator(_listed)]
"""GraphQL's Int, one or several."""
Region = Annotated[
    Literal["us", "eu"], BeforeValidator(lambda given: given.strip().lower() if isinstance(given, str) else given)
]


class NewRelicSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="NEW_RELIC_", env_ignore_empty=True, populate_by_name=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("api_key", "account_id")),
        "inbound": needs(("webhook_secret",)),
    }

    api_key: SecretStr = variable("User key (NRAK-…); license keys do not work", SecretStr(""))
    account_id: Accounts = variable("Id of the account, or several", ())
    region: Region = variable("Where the account lives: us or eu", "us")
    api_url: str = variable("Address of the API without /graphql, if not the region's own (proxy, tests)", "")
    entity_query: str = variable("Which entities are looked at (`tags.team = 'ops'`); empty means all", "")
    paging_priorities: Names = variable("Priorities of issues whose notices call people", ("CRITICAL", "HIGH"))
    webhook_secret: SecretStr = variable(
        "Secret that its webhook destination sends to us", SecretStr(""), validation_alias="NEWRELIC_WEBHOOK_SECRET"
    )

    @property
    def api_address(self) -> str:
        given = self.api_url.strip().rstrip("/").removesuffix("/graphql")
        return given or f"https://api.{self._part}newrelic.com"

    @property
    def page_address(self) -> str:
        """Where people look."""
        return f"https://one.{self._part}newrelic.com"

    @property
    def issue_address(self) -> str:
        """Where the links of its own notices lead, which bring people to the issue."""
        return f"https://radar-api.service.{self._part}newrelic.com"

    @property
    def _part(self) -> str:
        return "eu." if self.region == "eu" else ""
