"""The notices of New Relic's workflows: who sent them, and what they say of an issue."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import Unreadable
from bot.integrations.newrelic import INTEGRATION
from bot.integrations.newrelic.settings import NewRelicSettings
from bot.integrations.newrelic.webhook import NewRelicWebhook
from tests.integrations.contract.script import FOLDERS

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = "s3cret-n"
ACTIVATED = (FIXTURES / "activated.json").read_bytes()
CLOSED = (FIXTURES / "closed--default-template.json").read_bytes()
LEGACY = (FIXTURES / "open--legacy-channel.json").read_bytes()
KEY = "newrelic:7c1e0000-3f1a-4c6e-9b1d-aaaa00000001"
webhook = NewRelicWebhook(SecretStr(SECRET))


def news(body: bytes) -> AlertChanged:
    (found,) = webhook.parse(body)
    assert isinstance(found, AlertChanged)
    return found


def notice(recorded: bytes = ACTIVATED, **changes: Any) -> bytes:
    """A recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads(recorded) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def test_the_template_of_the_page_is_what_is_read() -> None:
    page = (FOLDERS / "newrelic" / "README.md").read_text()
    (template,) = re.findall(r"```\n(\{.*?)```", page, re.DOTALL)
    assert re.findall(r'"(\w+)":', template) == list(json.loads(ACTIVATED))
    filled = re.sub(r"\{\{createdAt\}\}|\{\{updatedAt\}\}", "1772431860000", template)
    body = re.sub(r"\{\{json state\}\}", '"ACTIVATED"', filled)
    assert news(re.sub(r"\{\{json [^}]+\}\}", '"x"', body).encode()).alert.id == "x"


def test_an_activated_issue_is_read() -> None:
    one = news(ACTIVATED)
    alert = one.alert
    assert (one.change, alert.state, alert.urgency) == (Change.TRIGGERED, AlertState.FIRING, Urgency.HIGH)
    assert (alert.key, alert.title, alert.priority) == (KEY, "Checkout error rate > 2%", "CRITICAL")
    assert alert.started_at == datetime(2026, 3, 2, 6, 10, tzinfo=UTC)
    assert alert.occurred_at == datetime(2026, 3, 2, 6, 11, tzinfo=UTC)
    assert alert.service_name == "checkout"
    assert alert.labels == {
        "policy": "Shop",
        "condition": "Checkout error rate",
        "entity": "checkout",
        "workflow": "daywatch",
        "account": "1234567",
        "priority": "CRITICAL",
    }
    assert alert.url is not None


def test_an_acknowledgement_is_told_by_what_set_it_off() -> None:
    one = news((FIXTURES / "activated--acknowledged.json").read_bytes())
    assert (one.change, one.alert.state, one.alert.key) == (Change.ACKNOWLEDGED, AlertState.FIRING, KEY)
    assert one.alert.occurred_at == datetime(2026, 3, 2, 6, 13, 20, tzinfo=UTC)
    assert news(notice(trigger="Issue unacknowledged")).change is Change.UNACKNOWLEDGED
    assert news(notice(CLOSED, trigger="ISSUE_ACKNOWLEDGED")).change is Change.RESOLVED


def test_the_vendor_s_own_template_is_understood() -> None:
    one = news(CLOSED)
    alert = one.alert
    assert (one.change, alert.state, alert.key) == (Change.RESOLVED, AlertState.RESOLVED, KEY)
    assert alert.occurred_at == datetime(2026, 3, 2, 6, 40, tzinfo=UTC)
    assert (alert.service_name, alert.labels["entity"]) == (None, "checkout, cart")
    assert alert.url is not None


@pytest.mark.parametrize(
    ("state", "change"),
    [("open", Change.TRIGGERED), ("acknowledged", Change.ACKNOWLEDGED), ("closed", Change.RESOLVED)],
)
def test_the_older_channels_are_understood(state: str, change: Change) -> None:
    one = news(notice(LEGACY, current_state=state))
    assert (one.change, one.alert.key, one.alert.urgency) == (change, "newrelic:99", Urgency.LOW)
    assert (one.alert.title, one.alert.labels["condition"]) == ("Disk used > 90% on db-1", "Disk")
    assert one.alert.occurred_at == datetime(2026, 3, 2, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("CREATED", Change.TRIGGERED),
        ("Activated", Change.TRIGGERED),
        ("DEACTIVATED", Change.RESOLVED),
        ("CLOSED", Change.RESOLVED),
    ],
)
def test_each_state_is_known(state: str, change: Change) -> None:
    assert news(notice(state=state)).change is change


def test_a_state_that_nobody_follows_is_nothing() -> None:
    assert webhook.parse(notice(state="DANCING")) == []


def test_values_may_be_texts_lists_numbers_or_nothing() -> None:
    alert = news(notice(title=["a", "b"], policy="Shop", condition=[], entities="", account=7, created_ms="")).alert
    assert (alert.title, alert.description, alert.service_name, alert.started_at) == ("a and 1 more", "b", None, None)
    assert (alert.labels["policy"], alert.labels["account"]) == ("Shop", "7")
    assert alert.fingerprint == f"newrelic:{alert.id}"
    assert news(notice(title=None)).alert.title == "Checkout error rate"
    assert news(notice(updated_ms="1772431860000")).alert == news(ACTIVATED).alert


def test_the_next_issue_of_a_condition_is_another_alert_of_the_same_kind() -> None:
    one, other = news(ACTIVATED).alert, news(notice(id="next")).alert
    assert one.key != other.key
    assert one.fingerprint == other.fingerprint != news(notice(condition=["Other"])).alert.fingerprint


def test_which_priorities_call_is_the_team_s_choice() -> None:
    assert INTEGRATION.webhook is not None
    ours = INTEGRATION.webhook(NewRelicSettings(webhook_secret=SecretStr("t"), paging_priorities=("medium",)))
    for priority, urgency in (("MEDIUM", Urgency.HIGH), ("CRITICAL", Urgency.LOW), (None, Urgency.LOW)):
        (one,) = ours.parse(notice(priority=priority))
        assert isinstance(one, AlertChanged)
        assert one.alert.urgency is urgency


@pytest.mark.parametrize(
    "body",
    [
        notice(source="other"),
        notice(id=None),
        notice(id=""),
        notice(id="x" * 1_000),
        notice(state=None),
        notice(updated_ms="yesterday"),
        notice(updated_ms=None, created_ms=None),
        notice(updated_ms=10**40),
        notice(title={"a": 1}),
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
    ],
)
def test_what_is_no_template_that_we_know_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)


def test_there_is_no_delivery_id_and_the_issue_orders_the_work() -> None:
    assert webhook.delivery_key({}, ACTIVATED) is None
    assert webhook.object_key(ACTIVATED) == webhook.object_key(CLOSED)
    assert webhook.object_key(ACTIVATED) != webhook.object_key(LEGACY)
    assert webhook.object_key(b"[" * 100_000) == webhook.object_key(b"null") == "unreadable"


def test_text_that_no_store_can_hold_is_mended() -> None:
    assert news(notice(title="a\x00b\ud800")).alert.title == "a\ufffdb\ufffd"
