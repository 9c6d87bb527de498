"""What Terraform needs: a token to ask HCP Terraform or Enterprise, secrets of ours for its notices and CI's plans."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, PostedSettings, needs, variable


class TerraformSettings(PostedSettings):
    model_config = SettingsConfigDict(env_prefix="TFE_", env_ignore_empty=True, populate_by_name=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("token", "org"), ("token", "org", "act")),
        # The same token reads and acts, by the rights of its team: so this is said, not found out.
        "write": needs(("act",)),
        "inbound": needs(("notification_token",)),
        "reports": PostedSettings.REPORTS,
    }

    url: str = variable("Address of HCP Terraform or Terraform Enterprise", "https://app.terraform.io")
    token: SecretStr = variable("Token of a team or user that may read the workspaces", SecretStr(""))
    org: str = variable("Name of the organization", "")
    workspaces: Names = variable("Workspaces that must be there and are judged; empty = all that the token sees", ())
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    act: bool = variable("Whether runs may be started, approved and cancelled; no command does so yet", default=False)
    notification_token: SecretStr = variable("Token with which its notifications are signed", SecretStr(""))
    report_token: SecretStr = variable(
        "Token with which CI posts plans to us", SecretStr(""), validation_alias="TERRAFORM_REPORT_TOKEN"
    )
    report_names: Names = variable(
        "Workspaces of which a plan must be posted: one that is missing fails, also after it is gone",
        (),
        validation_alias="TERRAFORM_REPORT_NAMES",
    )
    report_max_age_hours: int = variable(
        "Hours after which a workspace without a new plan fails",
        26,
        gt=0,
        validation_alias="TERRAFORM_REPORT_MAX_AGE_HOURS",
    )
    report_forget_days: int = variable(
        "Days after which a workspace that is posted no more, and need not be, leaves the checklist",
        14,
        gt=0,
        validation_alias="TERRAFORM_REPORT_FORGET_DAYS",
    )

    @property
    def address(self) -> str:
        return self.url.strip().rstrip("/").removesuffix("/api/v2")
