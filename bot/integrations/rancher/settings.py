"""What Rancher needs: its address, a token that is scoped to no cluster, and which clusters count."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class RancherSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="RANCHER_")
    GROUPS = {"read": needs(("url", "token"))}  # noqa: RUF012 - a ClassVar in the parent

    url: str = variable("Address of Rancher, as people open it", "")
    token: SecretStr = variable("Bearer token (`token-…:…`) without a scope", SecretStr(""))
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    clusters: Names = variable("Names or ids of the clusters that count; empty = all that the token may see", ())
    snapshots: bool = variable(
        "Whether to look at snapshots of etcd; needs a token that may read them in the local cluster", default=False
    )
