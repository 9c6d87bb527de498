"""What Statuspage needs: a key and the id of our page, or only the address at which everybody can read it."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Group, GroupName, Names, SystemSettings, needs, variable

_MANAGED = ("api_key", "page_id")


class StatuspageSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="STATUSPAGE_", env_ignore_empty=True)
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {
        "read": needs(_MANAGED, ("url",), ("vendors",)),
        "write": needs(_MANAGED),
        "inbound": needs(("webhook_secret",)),
    }
    TOGETHER = (_MANAGED,)

    api_key: SecretStr = variable("API key of a user whose role is Incident Manager", SecretStr(""))
    page_id: str = variable("Id of our page, as it stands beside the key", "")
    url: str = variable("Address of our page, such as https://status.acme.com", "")
    vendors: Names = variable("Addresses of the status pages of vendors that we depend on", ())
    api_url: str = variable("Address of the API, if not Statuspage's own (proxy, tests)", "https://api.statuspage.io")

    webhook_secret: SecretStr = variable(
        "Secret at the end of the address at which pages of vendors call us", SecretStr("")
    )

    @property
    def managed(self) -> bool:
        return bool(self.page_id)
