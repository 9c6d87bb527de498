"""PagerDuty's settings: which groups are on, where the account lives, and half-set groups that stop the start."""

import hmac
import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from bot.integrations.pagerduty import INTEGRATION
from bot.integrations.pagerduty.settings import PagerDutySettings
from bot.integrations.settings import GroupName, IncompleteSettings


def made(**given: Any) -> PagerDutySettings:
    return PagerDutySettings(**given)


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ({}, ""),
        ({"api_key": "k"}, "read"),
        ({"api_key": "k", "from_email": "a@example.com"}, "read write"),
        ({"routing_key": "r"}, "write"),
        ({"api_key": "k", "routing_key": "r"}, "read write"),
        ({"webhook_secrets": "s"}, "inbound"),
        ({"region": "eu", "escalation_policies": "P1", "webhook_subscription": "W1"}, ""),
    ],
)
def test_groups_are_on_when_complete_and_never_half_set(given: dict[str, str], on: str) -> None:
    settings = made(**given)
    settings.refuse_half_set()
    groups: tuple[GroupName, ...] = ("read", "write", "inbound")
    assert [name for name in groups if settings.on(name)] == on.split()


def test_an_address_to_act_as_without_a_key_names_what_is_missing() -> None:
    with pytest.raises(IncompleteSettings, match="PAGERDUTY_FROM_EMAIL is set, but PAGERDUTY_API_KEY is missing"):
        made(from_email="a@example.com").refuse_half_set()


@pytest.mark.parametrize(
    ("given", "rest", "events"),
    [
        ({}, "https://api.pagerduty.com", "https://events.pagerduty.com"),
        ({"region": "eu"}, "https://api.eu.pagerduty.com", "https://events.eu.pagerduty.com"),
        ({"region": "eu", "api_url": "https://proxy/pd/"}, "https://proxy/pd", "https://events.eu.pagerduty.com"),
        ({"events_url": "http://127.0.0.1:8081/e"}, "https://api.pagerduty.com", "http://127.0.0.1:8081/e"),
    ],
)
def test_each_region_has_its_addresses(given: dict[str, str], rest: str, events: str) -> None:
    settings = made(**given)
    assert (settings.rest_address, settings.events_address) == (rest, events)


def test_a_region_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        made(region="mars")


@pytest.mark.parametrize("email", ["nobody", "jürgen@example.com", "a@example.com\nX: y", "a b@example.com"])
def test_an_address_that_no_header_takes_is_refused_at_the_start(email: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(api_key="k", from_email=email)
    assert email not in str(caught.value)


def test_variables_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGERDUTY_API_KEY", "u+key")
    monkeypatch.setenv("PAGERDUTY_WEBHOOK_SECRETS", " first-one , second,")
    monkeypatch.setenv("PAGERDUTY_ESCALATION_POLICIES", "P1, P2")
    monkeypatch.setenv("PAGERDUTY_REGION", "")
    settings = made()
    assert settings.secrets == (b"first-one", b"second")
    assert settings.escalation_policies == ("P1", "P2")
    assert settings.region == "us"
    assert "u+key" not in repr(settings)
    assert "first-one" not in repr(settings)


def test_the_card_reads_notices_with_the_secrets_of_the_settings() -> None:
    assert INTEGRATION.name == "pagerduty"
    assert INTEGRATION.webhook is not None
    reader = INTEGRATION.webhook(made(webhook_secrets="a,b"))
    body = b'{"event": {"id": "E1", "event_type": "x", "occurred_at": "2026-03-02T06:12:44Z", "data": {}}}'
    reader.verify({"x-pagerduty-signature": "v1=" + hmac.digest(b"b", body, "sha256").hex()}, body)
    assert reader.delivery_key({}, body) == "E1"


def test_a_system_that_is_off_costs_no_import_of_its_library() -> None:
    program = "import sys, bot.integrations.pagerduty; print('pagerduty' in sys.modules, 'httpx2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "False"]
