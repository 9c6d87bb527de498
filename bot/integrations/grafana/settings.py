"""What Grafana needs: its address and a service account's token to be asked, a secret of ours to send us notices."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class GrafanaSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="GRAFANA_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url", "token")),
        "write": needs(("annotations",)),
        "inbound": needs(("webhook_secret",)),
    }
    ON_TOP = {"write": "read"}  # noqa: RUF012 - as above

    url: str = variable("Address of Grafana, with its sub-path", "")
    token: SecretStr = variable("Token of a service account (glsa_…)", SecretStr(""))
    org_id: int = variable("Organisation to ask; 0 = the one of the token", 0)
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    paging_severities: Names = variable("Values of the severity label that call people", ("critical", "page"))
    annotations: bool = variable("Whether incidents and deployments are marked on its graphs", default=False)
    webhook_secret: SecretStr = variable("Secret with which its webhook contact point signs", SecretStr(""))
