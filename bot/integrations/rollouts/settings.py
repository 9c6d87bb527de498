"""What Argo Rollouts needs beside its clusters: where to look, and a token of ours to send us notices."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.settings import Names, needs, variable


class RolloutsSettings(ClusterSettings):
    model_config = SettingsConfigDict(env_prefix="ROLLOUTS_", populate_by_name=True)
    GROUPS = {**ClusterSettings.GROUPS, "inbound": needs(("webhook_token",))}  # noqa: RUF012 - a ClassVar in the parent

    namespaces: Names = variable("Namespaces that are looked at; empty means all", ())
    webhook_token: SecretStr = variable("Secret that its notifications bring", SecretStr(""))
