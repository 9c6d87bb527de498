"""What Datadog needs: two keys and the account's site to be read, a secret of ours to send us notices."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class DatadogSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="DD_", env_ignore_empty=True, populate_by_name=True)
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("api_key", "app_key")),
        "write": needs(("events",)),
        "inbound": needs(("webhook_secret",)),
    }
    ON_TOP = {"write": "read"}  # noqa: RUF012 - as above

    api_key: SecretStr = variable("API key", SecretStr(""))
    app_key: SecretStr = variable("Application key, best of a service account and scoped", SecretStr(""))
    site: str = variable("Site of the account, such as datadoghq.eu or us5.datadoghq.com", "datadoghq.com")
    api_url: str = variable(
        "Address of the API, if not the site's own (proxy, tests)", "", validation_alias="DATADOG_API_URL"
    )
    monitor_query: str = variable('Which monitors are looked at, as a search (`tag:"team:ops"`); empty means all', "")
    slo_tags: str = variable("Which SLOs are looked at, by a tag (`team:ops`); empty means all", "")
    paging_priorities: Names = variable("Priorities of monitors whose notices call people", ("P1", "P2"))
    events: bool = variable("Whether incidents and deployments become events there", default=False)
    webhook_secret: SecretStr = variable(
        "Secret that its webhook sends to us", SecretStr(""), validation_alias="DATADOG_WEBHOOK_SECRET"
    )

    @property
    def domain(self) -> str:
        """The site alone, also where somebody copied an address of it."""
        bare = self.site.strip().partition("://")[2] or self.site.strip()
        host = bare.partition("/")[0].lower()
        return host.removeprefix("api.").removeprefix("app.")

    @property
    def api_address(self) -> str:
        return self.api_url or f"https://api.{self.domain}"

    @property
    def page_address(self) -> str:
        """Where people look. Sites with a name of their own (`us5.`) have no `app.` before it."""
        return f"https://{self.domain}" if self.domain.count(".") > 1 else f"https://app.{self.domain}"
