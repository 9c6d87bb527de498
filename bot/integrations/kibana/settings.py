"""What Kibana needs: its address, an API key and the spaces to look into, a secret of ours to send us notices."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class KibanaSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="KIBANA_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url", "api_key"), ("url", "username", "password")),
        "inbound": needs(("webhook_secret",)),
    }

    url: str = variable("Address of Kibana, with its base path", "")
    api_key: SecretStr = variable("API key, as the field `encoded` gave it", SecretStr(""))
    username: str = variable("User name, in place of an API key", "")
    password: SecretStr = variable("Password of that user", SecretStr(""))
    spaces: Names = variable("Ids of the spaces whose rules are looked at", ("default",))
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)
    paging_tags: Names = variable(
        "Tags of rules, or action groups, that call people", ("critical", "page", "severity:critical")
    )
    webhook_secret: SecretStr = variable("Secret that its webhook connector sends to us", SecretStr(""))
