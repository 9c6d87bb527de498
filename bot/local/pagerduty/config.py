"""How a PagerDuty stand-in is set up: its keys, where its webhooks go, and how patient it is with a receiver."""

from dataclasses import dataclass, field
from typing import Final

ABILITIES: Final = (
    "coordinated_responding",
    "event_intelligence_standard",
    "incident_priorities",
    "permissions_service",
    "preview_incident_alert_split",
    "response_operations",
    "stakeholder_notifications",
    "teams",
    "urgencies",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelivery:
    """When a webhook is sent again. PagerDuty takes minutes and gives up after 48 hours; locally all is quick."""

    patience: float = 5.0  # seconds until an answer counts as missing; the vendor's own value
    first_wait: float = 0.3
    longest_wait: float = 5.0
    give_up_after: float = 48 * 3600.0
    drops_in_a_row: int = 3
    disabled_for: float = 60.0  # the vendor: 24 hours


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyConfig:
    """One account. `api_base` is where the REST app is reached; `html_base` is where a person reads an incident."""

    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    webhook_url: str
    routing_key: str = field(repr=False)
    api_base: str = "http://127.0.0.1/pagerduty"
    html_base: str = "http://127.0.0.1/_/pagerduty"
    read_only_keys: tuple[str, ...] = field(default=(), repr=False)
    abilities: tuple[str, ...] = ABILITIES
    requests_a_minute: int = 960
    timezone: str = "UTC"  # in which shifts change hands
    redelivery: Redelivery = Redelivery()
