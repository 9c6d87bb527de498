"""The notices of Datadog's monitors: who sent them, and what they say of an alert."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import Unreadable
from bot.integrations.datadog import INTEGRATION
from bot.integrations.datadog.settings import DatadogSettings
from bot.integrations.datadog.webhook import DatadogWebhook
from tests.integrations.contract.script import FOLDERS

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = "s3cret-d"
TRIGGERED = (FIXTURES / "triggered.json").read_bytes()
RECOVERED = (FIXTURES / "recovered.json").read_bytes()
webhook = DatadogWebhook(SecretStr(SECRET))


def news(body: bytes) -> AlertChanged:
    (found,) = webhook.parse(body)
    assert isinstance(found, AlertChanged)
    return found


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads(TRIGGERED) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def test_the_template_of_the_page_is_what_is_read() -> None:
    page = (FOLDERS / "datadog" / "README.md").read_text()
    (template,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert json.loads(template).keys() == json.loads(TRIGGERED).keys()
    assert webhook.parse(template.encode()) == []  # nothing but variables: no transition


def test_a_triggered_monitor_is_read() -> None:
    one = news(TRIGGERED)
    alert = one.alert
    assert (one.change, alert.state, alert.urgency) == (Change.TRIGGERED, AlertState.FIRING, Urgency.HIGH)
    assert (alert.key, alert.title) == ("datadog:9027734411320458113", "Checkout error rate")
    assert (alert.priority, alert.service_name) == ("P1", "checkout")
    assert alert.occurred_at == datetime(2026, 3, 2, 6, 10, 2, tzinfo=UTC)
    assert alert.labels == {
        "env": "prod",
        "service": "checkout",
        "team": "shop",
        "monitor": "143210987",
        "scope": "service:checkout,env:prod",
    }
    assert alert.description.startswith("Error rate above 2%\n")
    assert alert.url == "https://app.datadoghq.eu/event/event?id=7431209855120331"


def test_a_recovered_monitor_is_the_same_alert_at_its_end() -> None:
    one = news(RECOVERED)
    assert (one.change, one.alert.state) == (Change.RESOLVED, AlertState.RESOLVED)
    assert (one.alert.key, one.alert.title) == (news(TRIGGERED).alert.key, news(TRIGGERED).alert.title)
    assert one.alert.occurred_at > news(TRIGGERED).alert.occurred_at


def test_without_a_cycle_monitor_and_scope_tell_alerts_apart() -> None:
    body = (FIXTURES / "no-data--without-cycle.json").read_bytes()
    alert = news(body).alert
    assert (alert.title, alert.urgency, alert.priority, alert.url) == ("Nightly batch", Urgency.LOW, None, None)
    assert alert.labels == {"monitor": "55", "scope": "*"}
    other = json.dumps(json.loads(body) | {"scope": "host:b"}).encode()
    assert news(other).alert.key != alert.key


@pytest.mark.parametrize(
    ("transition", "change"),
    [
        ("Triggered", Change.TRIGGERED),
        ("Re-Triggered", Change.TRIGGERED),
        ("Warn", Change.TRIGGERED),
        ("Re-Warn", Change.TRIGGERED),
        ("No Data", Change.TRIGGERED),
        ("Re-No Data", Change.TRIGGERED),
        ("Renotify", Change.TRIGGERED),
        ("Recovered", Change.RESOLVED),
    ],
)
def test_every_transition_is_about_the_same_alert(transition: str, change: Change) -> None:
    one = news(notice(transition=transition, title=f"[{transition}] [P1] Checkout error rate"))
    assert (one.change, one.alert.key, one.alert.title) == (
        change,
        "datadog:9027734411320458113",
        "Checkout error rate",
    )


@pytest.mark.parametrize("transition", ["", "null", "Null", "$ALERT_TRANSITION", "Muted", None])
def test_what_is_no_transition_is_nothing(transition: str | None) -> None:
    assert webhook.parse(notice(transition=transition)) == []
    assert webhook.parse((FIXTURES / "event--no-alert.json").read_bytes()) == []


@pytest.mark.parametrize(
    ("changes", "urgency"),
    [
        ({"priority": "P2"}, Urgency.HIGH),
        ({"priority": "p1"}, Urgency.HIGH),
        ({"priority": "P3"}, Urgency.LOW),
        ({"priority": ""}, Urgency.HIGH),
        ({"priority": "null", "type": "warning"}, Urgency.LOW),
        ({"priority": None, "transition": "Warn"}, Urgency.LOW),
        ({"priority": None, "transition": "Re-No Data"}, Urgency.LOW),
        ({"priority": "P1", "transition": "No Data"}, Urgency.HIGH),
    ],
)
def test_the_priority_of_the_monitor_calls_people(changes: dict[str, Any], urgency: Urgency) -> None:
    assert news(notice(**changes)).alert.urgency is urgency


def test_which_priorities_call_is_the_team_s_choice() -> None:
    assert INTEGRATION.webhook is not None
    ours = INTEGRATION.webhook(DatadogSettings(webhook_secret=SecretStr("t"), paging_priorities=("p3",)))
    for priority, urgency in (("P3", Urgency.HIGH), ("P1", Urgency.LOW)):
        (one,) = ours.parse(notice(priority=priority))
        assert isinstance(one, AlertChanged)
        assert one.alert.urgency is urgency


@pytest.mark.parametrize(
    "body",
    [
        notice(source="other"),
        notice(source=None),
        notice(cycle="x" * 1_000),
        notice(cycle="null", alert_id="null", id="null"),
        notice(date_ms="yesterday"),
        notice(date_ms="$DATE"),
        notice(date_ms="9" * 40),
        notice(title={"a": 1}),
        b'{"source":"datadog","title":"say "hello""}',
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
    ],
)
def test_what_is_not_our_template_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)
    assert "hello" not in str(unreadable.value)


def test_a_bare_line_break_and_a_number_do_not_lose_a_notice() -> None:
    body = TRIGGERED.replace(b"\\n", b"\n").replace(b'"1772431802000"', b"1772431802000")
    assert news(body).alert == news(TRIGGERED).alert


def test_there_is_no_delivery_id_and_the_alert_orders_the_work() -> None:
    assert webhook.delivery_key({}, TRIGGERED) is None
    assert webhook.object_key(TRIGGERED) == webhook.object_key(RECOVERED)
    assert webhook.object_key(TRIGGERED) != webhook.object_key(notice(cycle="other"))
    assert webhook.object_key(b"[" * 100_000) == webhook.object_key(b"null") == "unreadable"


def test_text_that_no_store_can_hold_is_mended() -> None:
    assert news(notice(title="a\x00b\ud800")).alert.title == "a\ufffdb\ufffd"
