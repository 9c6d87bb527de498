"""What Flux needs beside its clusters: where to look, and the key with which its notices are signed."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.settings import Names, needs, variable


class FluxSettings(ClusterSettings):
    model_config = SettingsConfigDict(env_prefix="FLUX_", populate_by_name=True)
    GROUPS = {**ClusterSettings.GROUPS, "inbound": needs(("webhook_hmac_key",))}  # noqa: RUF012 - a ClassVar in the parent

    namespaces: Names = variable("Namespaces that are looked at; empty means all", ())
    selector: str = variable("Labels of the objects that are looked at (`team=shop`); empty means all", "")
    webhook_hmac_key: SecretStr = variable("Key with which notices are signed (provider generic-hmac)", SecretStr(""))

    @property
    def named(self) -> bool | None:
        """Whether somebody said where to look, so that Flux is missed where it is not installed."""
        return True if self.namespaces or self.selector else None
