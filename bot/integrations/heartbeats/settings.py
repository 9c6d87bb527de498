"""Own jobs stand under `heartbeats:` in the YAML file and have no variables; these are for jobs of Healthchecks."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class HeartbeatsSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="HEALTHCHECKS_", env_ignore_empty=True)
    GROUPS = {"read": needs(("api_key",))}  # noqa: RUF012 - a ClassVar in the parent

    api_key: SecretStr = variable("Read-only API key of a project at healthchecks.io, or on your own", SecretStr(""))
    url: str = variable("Address of Healthchecks, if it is your own", "https://healthchecks.io")
    tags: Names = variable("Only checks with all of these tags", ())
    ca_file: str = variable("File with the certificate authority of your own", "")
