"""What a PagerDuty account needs to be read, to be written to, and to be believed when it calls us."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, StringConstraints
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Group, GroupName, Names, SystemSettings, needs, variable

# It goes into a header, which takes nothing but ASCII.
Email = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[!-~]+@[!-~]+$")]
_REGIONS = {"us": "", "eu": "eu."}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class PagerDutySettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="PAGERDUTY_", env_ignore_empty=True)
    # A key alone reads. With an e-mail beside it, it writes as well; a routing key alone can only raise pages.
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {
        "read": needs(("api_key",), ("api_key", "from_email")),
        "write": needs(("from_email",), ("routing_key",)),
        "inbound": needs(("webhook_secrets",)),
    }

    api_key: SecretStr | None = variable("REST API key. A read-only key is enough for the digest.")
    from_email: Email | None = variable("E-mail of the PagerDuty user to act as when the person in Slack is not one.")
    routing_key: SecretStr | None = variable("Events API key of one service: pages without a REST key that may write.")
    region: Literal["us", "eu"] = variable("Where the account lives: us or eu.", "us")
    api_url: str | None = variable("REST address, if not the region's own (proxy, tests).")
    events_url: str | None = variable("Events API address, if not the region's own (proxy, tests).")
    escalation_policies: Names = variable(
        "Ids of the escalation policies that must have somebody on call; empty means all (comma list).", ()
    )
    webhook_secrets: SecretStr | None = variable(
        "Secrets of the webhook subscription; two while one is rotated (comma list)."
    )
    webhook_subscription: str | None = variable(
        "Id of our webhook subscription, where its address does not end in /webhooks/pagerduty."
    )

    @property
    def rest_address(self) -> str:
        return (self.api_url or f"https://api.{_REGIONS[self.region]}pagerduty.com").rstrip("/")

    @property
    def events_address(self) -> str:
        return (self.events_url or f"https://events.{_REGIONS[self.region]}pagerduty.com").rstrip("/")

    @property
    def secrets(self) -> tuple[bytes, ...]:
        given = self.webhook_secrets.get_secret_value() if self.webhook_secrets else ""
        return tuple(part.strip().encode() for part in given.split(",") if part.strip())


def is_loopback(address: str) -> bool:
    """Plain http is for this machine only: the local workspace and tests."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK
