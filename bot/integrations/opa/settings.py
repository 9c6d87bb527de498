"""What Open Policy Agent needs: a server or clusters to be asked, a token with which CI posts Conftest's output."""

from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.settings import Names, PostedSettings, needs, variable


class OpaSettings(PostedSettings, ClusterSettings):
    model_config = SettingsConfigDict(env_prefix="OPA_", populate_by_name=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url",), ("kubeconfig",), ("contexts",), ("context",), ("in_cluster",)),
        "reports": PostedSettings.REPORTS,
    }

    url: str = variable("Address of the server", "")
    token: SecretStr = variable("Bearer token, where the server asks for one (--authentication=token)", SecretStr(""))
    decisions: Names = variable("Paths of decisions that must be defined (httpapi/authz/allow)", ())
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)

    @model_validator(mode="after")
    def _server_has_an_address(self) -> Self:
        if not self.url and (self.token.get_secret_value() or self.decisions):
            raise ValueError("OPA_TOKEN and OPA_DECISIONS are for a server: set OPA_URL, or unset them")
        return self

    @property
    def in_clusters(self) -> bool:
        return bool(self.kubeconfig or self.chosen or self.in_cluster)
