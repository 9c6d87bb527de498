"""What Open Policy Agent needs: a server's address to be asked, a token with which CI posts Conftest's output."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, PostedSettings, needs, variable


class OpaSettings(PostedSettings):
    model_config = SettingsConfigDict(env_prefix="OPA_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url",), ("url", "token"), ("url", "decisions")),
        "reports": PostedSettings.REPORTS,
    }

    url: str = variable("Address of the server", "")
    token: SecretStr = variable("Bearer token, where the server asks for one (--authentication=token)", SecretStr(""))
    decisions: Names = variable("Paths of decisions that must be defined (httpapi/authz/allow)", ())
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether a credential may go over plain http beyond loopback", default=False)
