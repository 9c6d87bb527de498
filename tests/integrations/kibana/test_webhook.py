"""The notices of Kibana's rules: who sent them, and what they say of an alert."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import Unreadable
from bot.integrations.kibana import INTEGRATION
from bot.integrations.kibana.settings import KibanaSettings
from bot.integrations.kibana.webhook import KibanaWebhook

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = "s3cret-k"
ACTIVE = (FIXTURES / "active.json").read_bytes()
webhook = KibanaWebhook(SecretStr(SECRET))


def news(body: bytes) -> AlertChanged:
    (found,) = webhook.parse(body)
    assert isinstance(found, AlertChanged)
    return found


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads(ACTIVE) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def test_an_active_alert_is_read() -> None:
    one = news(ACTIVE)
    alert = one.alert
    assert (one.change, one.words) == (Change.TRIGGERED, "")
    assert alert.key == "kibana:5c6f1c1e-7a61-4b5e-9d0a-3f0d0c6b5a11"
    assert (alert.state, alert.urgency, alert.title) == (AlertState.FIRING, Urgency.HIGH, "Checkout error logs: eu-1")
    assert alert.occurred_at == alert.started_at == datetime(2026, 3, 2, 6, 15, 2, 101_000, tzinfo=UTC)
    assert alert.description.startswith("Document count is 12")
    assert alert.url is not None
    assert alert.labels == {
        "team": "shop",
        "rule_id": "r1",
        "space": "default",
        "alert": "eu-1",
        "group": "query matched",
        "tags": "critical,team:shop",
    }
    assert alert.service_name is None


def test_tags_with_a_colon_are_labels_and_none_takes_the_place_of_ours() -> None:
    alert = news(notice(tags="service:checkout, rule_id:other, :x, y:, url:https://h:1")).alert
    assert alert.service_name == "checkout"
    assert (alert.labels["rule_id"], alert.labels["url"]) == ("r1", "https://h:1")
    assert "y" not in alert.labels


def test_a_recovered_alert_is_the_same_alert_at_its_end() -> None:
    one = news((FIXTURES / "recovered.json").read_bytes())
    assert (one.change, one.alert.state) == (Change.RESOLVED, AlertState.RESOLVED)
    assert one.alert.key == news(ACTIVE).alert.key
    assert one.words == "It is flapping: it comes and goes"
    assert one.alert.occurred_at.minute == 45


def test_without_a_uuid_rule_and_alert_tell_alerts_apart() -> None:
    body = (FIXTURES / "active--without-uuid.json").read_bytes()
    one = news(body)
    assert (one.alert.title, one.alert.urgency, one.alert.url) == ("Disk", Urgency.LOW, None)
    assert one.alert.key.startswith("kibana:r2:")
    other = json.dumps(json.loads(body) | {"alert_id": "host-2"}).encode()
    assert news(other).alert.key != one.alert.key


def test_which_tags_call_people_is_the_team_s_choice() -> None:
    assert INTEGRATION.webhook is not None
    ours = INTEGRATION.webhook(KibanaSettings(webhook_secret=SecretStr("t"), paging_tags=("sev1",)))
    for changes, urgency in (
        ({"tags": "a, SEV1"}, Urgency.HIGH),
        ({"group": "sev1"}, Urgency.HIGH),
        ({"tags": "critical"}, Urgency.LOW),
        ({"tags": None}, Urgency.LOW),
    ):
        (one,) = ours.parse(notice(**changes))
        assert isinstance(one, AlertChanged)
        assert one.alert.urgency is urgency


@pytest.mark.parametrize(
    "body",
    [
        notice(source="other"),
        notice(source=None),
        notice(rule_id=""),
        notice(group=None),
        notice(group=""),
        notice(uuid="x" * 1_000),
        notice(date="yesterday"),
        notice(date="2026-03-02T06:15:02"),
        notice(date="0001-01-01T00:00:00Z"),
        notice(date="9999-12-31T23:59:59-12:00"),
        notice(rule={"a": 1}),
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


def test_there_is_no_delivery_id_and_the_alert_orders_the_work() -> None:
    recovered = (FIXTURES / "recovered.json").read_bytes()
    assert webhook.delivery_key({}, ACTIVE) is None
    assert webhook.object_key(ACTIVE) == webhook.object_key(recovered)
    assert webhook.object_key(ACTIVE) != webhook.object_key(notice(alert_id="other"))
    assert webhook.object_key(b"[" * 100_000) == webhook.object_key(b"null") == "unreadable"


def test_text_that_no_store_can_hold_is_mended() -> None:
    assert news(notice(alert_id="a\x00b\ud800")).alert.title == "Checkout error logs: a\ufffdb\ufffd"
