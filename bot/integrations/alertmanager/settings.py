"""What Alertmanager needs: its address and login to be asked, a token of ours to send us notices."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class AlertmanagerSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="ALERTMANAGER_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url",), ("url", "username", "password"), ("url", "bearer_token"), ("url", "silences")),
        # Alertmanager has no roles: whoever may read may silence, so this is said, not found out.
        "write": needs(("silences",)),
        "inbound": needs(("webhook_token",)),
    }
    TOGETHER = (("username", "password"),)

    url: str = variable("Address of the server, with its path prefix", "")
    username: str = variable("User name for HTTP Basic", "")
    password: SecretStr = variable("Password for HTTP Basic", SecretStr(""))
    bearer_token: SecretStr = variable("Bearer token, in place of user name and password", SecretStr(""))
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)
    paging_severities: Names = variable("Values of the severity label that call people", ("critical", "page"))
    replica_labels: Names = variable("Labels that tell replicas of one server apart", ("replica", "prometheus_replica"))
    peers: int = variable("How many peers the cluster must have; 0 = not checked", 0)
    silences: bool = variable("Whether people may silence an alert from its message", default=False)
    webhook_token: SecretStr = variable("Secret that its webhook receiver sends to us", SecretStr(""))
