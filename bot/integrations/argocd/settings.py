"""What Argo CD needs: its address and a token to be asked, a token of ours to send us notices."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class ArgoCDSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="ARGOCD_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url", "token")),
        "inbound": needs(("webhook_token",)),
    }

    url: str = variable("Address of the server, with its base path", "")
    token: SecretStr = variable("Token of a local account or of a project's role", SecretStr(""))
    projects: Names = variable("Projects whose applications are looked at; empty means all", ())
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    webhook_token: SecretStr = variable("Secret that its notifications bring", SecretStr(""))
