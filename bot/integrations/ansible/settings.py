"""What Ansible needs: a token to ask AWX or Automation Platform, secrets of ours for notices and for what CI posts."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, PostedSettings, needs, variable


class AnsibleSettings(PostedSettings):
    model_config = SettingsConfigDict(env_prefix="AWX_", env_ignore_empty=True, populate_by_name=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url", "token"), ("url", "token", "act")),
        # The same token reads and acts, by its scope and its user's roles: so this is said, not found out.
        "write": needs(("act",)),
        "inbound": needs(("webhook_token",)),
        "reports": PostedSettings.REPORTS,
    }

    url: str = variable("Address of AWX, or of Automation Platform's gateway", "")
    api_prefix: str = variable("Path of the API; Automation Platform 2.5 and later: /api/controller/v2", "/api/v2")
    token: SecretStr = variable("OAuth2 token of a user; the scope read is enough unless people may act", SecretStr(""))
    job_templates: Names = variable("Job templates that must be there and are judged; empty = all", ())
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    act: bool = variable("Whether jobs may be launched again and cancelled; no command does so yet", default=False)
    webhook_token: SecretStr = variable("Secret that its notifications send to us", SecretStr(""))
    report_token: SecretStr = variable(
        "Token with which CI posts check-mode runs to us", SecretStr(""), validation_alias="ANSIBLE_REPORT_TOKEN"
    )
    report_names: Names = variable(
        "Playbooks that must be posted: one that is missing fails, also after it is gone",
        (),
        validation_alias="ANSIBLE_REPORT_NAMES",
    )
    report_max_age_hours: int = variable(
        "Hours after which a playbook without a new run fails",
        26,
        gt=0,
        validation_alias="ANSIBLE_REPORT_MAX_AGE_HOURS",
    )
    report_forget_days: int = variable(
        "Days after which a playbook that is posted no more, and need not be, leaves the checklist",
        14,
        gt=0,
        validation_alias="ANSIBLE_REPORT_FORGET_DAYS",
    )

    @property
    def address(self) -> str:
        return self.url.strip().rstrip("/")

    @property
    def api_address(self) -> str:
        return f"{self.address}/{self.api_prefix.strip().strip('/')}"
