"""What Loki needs: its address, tenant and the login of its gateway, and how errors are told among the lines."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class LokiSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="LOKI_")
    GROUPS = {"read": needs(("url",), ("url", "username", "password"), ("url", "bearer_token"))}  # noqa: RUF012 - a ClassVar in the parent
    TOGETHER = (("username", "password"),)

    url: str = variable("Address of Loki, with its path prefix", "")
    tenant: str = variable("Tenant (X-Scope-OrgID)", "")
    username: str = variable("User name for HTTP Basic; the instance's number in Grafana Cloud", "")
    password: SecretStr = variable("Password for HTTP Basic; an access-policy token in Grafana Cloud", SecretStr(""))
    bearer_token: SecretStr = variable("Bearer token, in place of user name and password", SecretStr(""))
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)
    selector: str = variable('Streams to count, such as {app="shop"}; empty = all that bear a usual label', "")
    error_filter: str = variable("Filter that leaves errors only (LogQL)", '|~ "(?i)(error|fatal|panic|critical)"')
    ready: bool = variable("Whether its address /ready can be reached; behind a gateway it often cannot", default=True)
    ruler: bool = variable("Whether its ruler has rules to look at", default=True)
    paging_severities: Names = variable("Values of the severity label that call people", ("critical", "page"))
