"""What Logstash needs: the addresses of the monitoring API of its nodes, and their login where they ask for one."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class LogstashSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="LOGSTASH_")
    GROUPS = {"read": needs(("urls",), ("urls", "username", "password"))}  # noqa: RUF012 - a ClassVar in the parent
    TOGETHER = (("username", "password"),)

    urls: Names = variable("Addresses of the monitoring API of its nodes (http://ls1:9600)", ())
    username: str = variable("User name for HTTP Basic", "")
    password: SecretStr = variable("Password for HTTP Basic", SecretStr(""))
    ca_file: str = variable("File with the certificate authority of the nodes", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)
