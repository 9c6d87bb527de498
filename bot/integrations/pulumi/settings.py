"""What Pulumi needs: a token to ask Pulumi Cloud, secrets of ours for its webhooks and for what CI posts."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, PostedSettings, needs, variable


class PulumiSettings(PostedSettings):
    model_config = SettingsConfigDict(env_prefix="PULUMI_", env_ignore_empty=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("access_token", "org")),
        "inbound": needs(("webhook_secret",)),
        "reports": PostedSettings.REPORTS,
    }

    api_url: str = variable("Address of the API, if it is your own", "https://api.pulumi.com")
    console_url: str = variable("Address of the console, if it is your own", "https://app.pulumi.com")
    access_token: SecretStr = variable("Token of a team or organization that may read the stacks", SecretStr(""))
    org: str = variable("Name of the organization", "")
    stacks: Names = variable("Stacks (project/stack) that must be there and are judged; empty = all", ())
    ca_file: str = variable("File with the certificate authority of your own server", "")
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    ignore: Names = variable("What a posted refresh may show without being drift, as type:path", ())
    webhook_secret: SecretStr = variable("Secret with which its webhooks are signed", SecretStr(""))
    report_max_age_hours: int = variable("Hours after which a stack without a new preview fails", 26, gt=0)
