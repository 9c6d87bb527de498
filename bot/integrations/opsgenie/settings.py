"""What Opsgenie needs, or its successor in Jira Service Management, and the secret with which it calls us."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Group, GroupName, Names, SystemSettings, needs, variable

_SUCCESSOR = ("jsm_cloud_id", "jsm_email", "jsm_api_token")
_EITHER = needs(("api_key",), _SUCCESSOR)
_WEB = {"us": "https://app.opsgenie.com", "eu": "https://app.eu.opsgenie.com"}
_API = {"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}


class OpsgenieSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="OPSGENIE_", populate_by_name=True, env_ignore_empty=True)
    # One credential reads and writes, as far as its own rights go; `read_only` keeps us from acting.
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {
        "read": _EITHER,
        "write": _EITHER,
        "inbound": needs(("webhook_secret",)),
    }
    TOGETHER = (_SUCCESSOR,)

    api_key: SecretStr = variable("Key of an API integration (Opsgenie, until it ends on 5 April 2027)", SecretStr(""))
    region: Literal["us", "eu"] = variable("Where the Opsgenie account lives: us or eu", "us")
    api_url: str = variable("Address of Opsgenie's API, if not the region's own (proxy, tests)", "")
    jsm_cloud_id: str = variable("Jira Service Management: the site's cloud id", "", validation_alias="JSM_CLOUD_ID")
    jsm_email: str = variable(
        "Jira Service Management: e-mail of the account whose API token this is", "", validation_alias="JSM_EMAIL"
    )
    jsm_api_token: SecretStr = variable(
        "Jira Service Management: the API token", SecretStr(""), validation_alias="JSM_API_TOKEN"
    )
    jsm_site_url: str = variable(
        "Jira Service Management: the site, such as https://acme.atlassian.net, to know people by name and for links",
        "",
        validation_alias="JSM_SITE_URL",
    )
    jsm_api_url: str = variable(
        "Jira Service Management: address of the API, if not Atlassian's own (proxy, tests)",
        "https://api.atlassian.com",
        validation_alias="JSM_API_URL",
    )
    read_only: bool = variable("Never acknowledge, close, note or page there", default=False)
    schedules: Names = variable("Names of the schedules that must have somebody on call; empty means all", ())
    heartbeats: Names = variable("Names of the heartbeats that must be there; empty means all there are", ())
    webhook_secret: SecretStr = variable("Secret that its Webhook integration sends to us in a header", SecretStr(""))

    def on(self, group: GroupName) -> bool:
        return super().on(group) and not (group == "write" and self.read_only)

    @property
    def migrated(self) -> bool:
        """Whether the successor is asked; it is, as soon as its settings are there."""
        return bool(self.jsm_cloud_id)

    @property
    def api_address(self) -> str:
        return self.api_url or _API[self.region]

    @property
    def web_address(self) -> str:
        """Where a person looks; empty where that is not known."""
        return self.jsm_site_url.rstrip("/") if self.migrated else _WEB[self.region]

    def page_of(self, alert: str) -> str | None:
        """The page of one alert. `alert` is escaped already."""
        if not self.web_address:
            return None
        place = f"jira/ops/alerts/{alert}" if self.migrated else f"alert/detail/{alert}/details"
        return f"{self.web_address}/{place}"
