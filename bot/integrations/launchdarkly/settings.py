"""What LaunchDarkly needs: a token, a project and its production environment; the webhook's secret for its notices."""

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class LaunchDarklySettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="LAUNCHDARKLY_", env_ignore_empty=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("access_token", "project")),
        "write": needs(("switching",)),
        "inbound": needs(("webhook_secret",)),
    }
    ON_TOP = {"write": "read"}  # noqa: RUF012 - as above

    access_token: SecretStr = variable("Access token (api-…) with the role Reader; SDK keys do not work", SecretStr(""))
    project: Names = variable("Key of the project, or several", ())
    environment: str = variable("Key of the environment that is production", "production")
    api_url: str = variable("Address, of the EU or federal site or of a proxy", "https://app.launchdarkly.com")
    kill_switch_tags: Names = variable("Tags that make a flag a kill switch", ("kill-switch", "killswitch"))
    kill_switches_are_pulled: Literal["on", "off"] = variable(
        "What a kill switch is when it has been pulled: on or off", "on"
    )
    switching: bool = variable("Whether flags may be switched; no command does so yet", default=False)
    webhook_secret: SecretStr = variable("Secret with which its webhook signs", SecretStr(""))

    @property
    def address(self) -> str:
        """Also where somebody copied the address of the API."""
        return self.api_url.strip().rstrip("/").removesuffix("/api/v2")
