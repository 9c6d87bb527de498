"""What Aqua needs: the console of your own, or the region of the hosted one, and a user or an API key."""

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class AquaSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="AQUA_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("api_key", "api_secret"), ("url", "username", "password"), ("region", "username", "password"))
    }

    url: str = variable("Address of the console; the hosted one is found by itself", "")
    region: Literal["", "us", "eu-1", "asia-1", "asia-2", "ap-2"] = variable(
        "Region of the hosted Aqua; by its API key without an address: us", ""
    )
    api_key: SecretStr = variable("API key of the hosted Aqua", SecretStr(""))
    api_secret: SecretStr = variable("Secret of that key", SecretStr(""))
    username: str = variable("User name, in place of an API key", "")
    password: SecretStr = variable("Password of that user", SecretStr(""))
    roles: Names = variable(
        "Roles that are asked for with an API key; reading images and risks is enough", ("Auditor",)
    )
    token_url: str = variable("Where the hosted Aqua gives tokens, if not where its region does", "")
    provision_url: str = variable("Where the hosted Aqua tells the tenant's console, if not where its region does", "")
    ca_file: str = variable("File with the certificate authority of the console", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether credentials may go over plain http beyond loopback", default=False)
