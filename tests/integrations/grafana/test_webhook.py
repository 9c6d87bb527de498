"""Grafana's notices: who sent them and when, and what they say of each alert."""

import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.grafana import INTEGRATION
from bot.integrations.grafana.settings import GrafanaSettings
from bot.integrations.grafana.webhook import GrafanaWebhook
from tests.integrations.grafana.scripted import WEBHOOK_SECRET, prove

FIXTURES = Path(__file__).parent / "fixtures"
NOW = 1_772_431_800
FIRING = (FIXTURES / "firing.json").read_bytes()
webhook = GrafanaWebhook(SecretStr(WEBHOOK_SECRET), now=lambda: datetime.fromtimestamp(NOW, UTC))


def news(body: bytes) -> list[AlertChanged]:
    found = webhook.parse(body)
    assert all(isinstance(one, AlertChanged) for one in found)
    return [one for one in found if isinstance(one, AlertChanged)]


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads(FIRING) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def one_alert(**changes: Any) -> bytes:
    return notice(alerts=[json.loads(FIRING)["alerts"][0] | changes])


@pytest.mark.parametrize("seconds", [NOW, NOW - 300, NOW + 300])
def test_a_signature_over_time_and_body_proves_the_sender(seconds: int) -> None:
    webhook.verify(prove(FIRING, seconds), FIRING)


def test_the_header_with_the_time_may_have_any_name() -> None:
    headers = dict(prove(FIRING, NOW))
    headers["x-when"] = headers.pop("x-grafana-alerting-timestamp")
    webhook.verify({"x-request-start": "1772431799123", "x-other": "123456789", **headers}, FIRING)


def test_what_is_old_or_unsigned_or_changed_is_refused() -> None:
    proof = prove(FIRING, NOW)
    bare = {"x-grafana-alerting-signature": hmac.digest(WEBHOOK_SECRET.encode(), FIRING, "sha256").hex()}
    forged = [
        ({}, FIRING),
        (bare, FIRING),
        ({**bare, "x-grafana-alerting-timestamp": str(NOW)}, FIRING),
        (prove(FIRING, NOW - 301), FIRING),
        (prove(FIRING, NOW + 301), FIRING),
        (prove(FIRING, NOW, "another"), FIRING),
        (proof, FIRING + b" "),
        ({**proof, "x-grafana-alerting-timestamp": str(NOW - 1)}, FIRING),
        ({**proof, "x-grafana-alerting-signature": proof["x-grafana-alerting-signature"].upper()}, FIRING),
        ({**proof, "x-grafana-alerting-signature": "\u00e9\u2603"}, FIRING),
        ({"authorization": f"Bearer {WEBHOOK_SECRET}"}, FIRING),
    ]
    for headers, body in forged:
        with pytest.raises(BadSignature, match=r"^grafana$"):
            webhook.verify(headers, body)


def test_without_a_secret_of_ours_nobody_is_let_in() -> None:
    with pytest.raises(BadSignature):
        GrafanaWebhook(SecretStr("")).verify(prove(FIRING, secret=""), FIRING)
    assert not GrafanaSettings(url="http://127.0.0.1:1", token=SecretStr("x")).on("inbound")


def test_the_same_delivery_again_has_the_same_key() -> None:
    first = webhook.delivery_key(prove(FIRING, NOW), FIRING)
    assert first
    assert first == webhook.delivery_key(prove(FIRING, NOW), FIRING)
    assert first != webhook.delivery_key(prove(FIRING, NOW + 1), FIRING)
    assert webhook.delivery_key({}, FIRING) is None


def test_a_firing_alert_is_read() -> None:
    (one,) = news(FIRING)
    alert = one.alert
    assert one.change is Change.TRIGGERED
    assert alert.key == "grafana:c6eadffa33fcdf37:2026-03-02T06:10:00.123+00:00"
    assert (alert.state, alert.urgency, alert.title) == (AlertState.FIRING, Urgency.HIGH, "Checkout 5xx: 5xx above 2%")
    assert (alert.service_name, alert.description) == ("checkout", "Payments are lost")
    assert alert.url == "https://g.example.com/d/abc?viewPanel=4"
    assert alert.labels == {
        "alertname": "Checkout 5xx",
        "grafana_folder": "Prod",
        "severity": "critical",
        "service": "checkout",
    }


def test_each_alert_of_a_group_is_read_by_its_own_status_and_the_cut_is_told() -> None:
    resolved, firing = news((FIXTURES / "firing--with-a-resolved-one-and-truncated.json").read_bytes())
    assert (resolved.change, resolved.alert.state) == (Change.RESOLVED, AlertState.RESOLVED)
    assert resolved.alert.occurred_at == datetime(2026, 3, 2, 6, 40, tzinfo=UTC)
    assert resolved.words == "7 more alerts of this group were cut off"
    assert (firing.change, firing.alert.urgency, firing.words) == (Change.TRIGGERED, Urgency.LOW, "")
    assert (firing.alert.title, firing.alert.url) == ("Disk", None)


def test_a_rule_without_data_comes_under_its_own_name() -> None:
    (one,) = news((FIXTURES / "firing--no-data.json").read_bytes())
    assert (one.alert.title, one.alert.urgency) == ("Checkout 5xx: its data source gives no data", Urgency.HIGH)


def test_a_test_of_the_contact_point_calls_nobody() -> None:
    (one,) = news((FIXTURES / "firing--test.json").read_bytes())
    assert (one.alert.title, one.alert.urgency) == ("TestAlert: Notification test", Urgency.LOW)


def test_an_alert_keeps_its_key_from_firing_to_resolved_whatever_the_digits_and_zone() -> None:
    (first,) = news(FIRING)
    again = [
        one_alert(status="resolved", endsAt="2026-03-02T06:58:02.568Z"),
        one_alert(startsAt="2026-03-02T07:10:00.123+01:00"),
    ]
    assert {news(body)[0].alert.key for body in again} == {first.alert.key}
    assert news(one_alert(startsAt="2026-03-02T08:00:00Z"))[0].alert.key != first.alert.key


def test_which_severities_call_people_is_the_team_s_choice() -> None:
    settings = GrafanaSettings(webhook_secret=SecretStr("t"), paging_severities=("sev1",))
    assert INTEGRATION.webhook is not None
    (one,) = INTEGRATION.webhook(settings).parse(one_alert(labels={"alertname": "X", "severity": "SEV1"}))
    assert isinstance(one, AlertChanged)
    assert one.alert.urgency is Urgency.HIGH


@pytest.mark.parametrize(
    "body",
    [
        notice(alerts=None),
        notice(alerts=[]),
        notice(alerts={}),
        b'{"text": "a template of the admin\'s own"}',
        one_alert(status="pending"),
        one_alert(fingerprint=""),
        one_alert(startsAt="yesterday"),
        one_alert(startsAt="2026-03-02T06:49:32"),
        one_alert(startsAt="0001-01-01T00:00:00Z"),
        one_alert(labels={"a": 1}),
        b"",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)


def test_text_that_no_store_can_hold_is_mended_and_the_group_orders_the_work() -> None:
    (one,) = news(one_alert(annotations={"summary": "a\x00b\ud800"}))
    assert one.alert.title == "Checkout 5xx: a\ufffdb\ufffd"
    assert webhook.object_key(FIRING) == webhook.object_key(notice(status="resolved"))
    assert webhook.object_key(FIRING) != webhook.object_key(notice(groupKey="{}:{}"))
    assert webhook.object_key(b"[" * 100_000) == webhook.object_key(b"null") == "unreadable"
