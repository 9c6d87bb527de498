"""What Unleash needs: its address and a token to be asked, a value of ours in a header to send us notices."""

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class UnleashSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="UNLEASH_", env_ignore_empty=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url", "token")),
        "write": needs(("switching",)),
        "inbound": needs(("webhook_authorization",)),
    }
    ON_TOP = {"write": "read"}  # noqa: RUF012 - as above

    url: str = variable("Address of Unleash, with its path if it has one, without /api", "")
    token: SecretStr = variable("Personal access token, or token of a service account or an admin", SecretStr(""))
    projects: Names = variable("Ids of the projects that are looked at; empty means all", ())
    environments: Names = variable("Names of the environments that are production; empty means by their type", ())
    kill_switches_are_pulled: Literal["on", "off"] = variable(
        "What a kill switch is when it has been pulled: on or off", "on"
    )
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    switching: bool = variable("Whether flags may be switched; no command does so yet", default=False)
    webhook_authorization: SecretStr = variable(
        "Value that its webhook integration sends us as Authorization", SecretStr("")
    )

    @property
    def address(self) -> str:
        """Also where somebody copied the address that client libraries take."""
        return self.url.strip().rstrip("/").removesuffix("/api")
