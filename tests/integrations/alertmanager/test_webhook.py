"""Alertmanager's notices: who sent them, and what they say of each alert."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.alertmanager import INTEGRATION
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.alertmanager.webhook import AlertmanagerWebhook

FIXTURES = Path(__file__).parent / "fixtures"
TOKEN = "s3cret-tök"
webhook = AlertmanagerWebhook(SecretStr(TOKEN))


def news(body: bytes) -> list[AlertChanged]:
    found = webhook.parse(body)
    assert all(isinstance(one, AlertChanged) for one in found)
    return [one for one in found if isinstance(one, AlertChanged)]


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads((FIXTURES / "firing.json").read_bytes()) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def one_alert(**changes: Any) -> bytes:
    """The recorded notice with its alert changed. Any: whatever JSON can hold."""
    body = json.loads((FIXTURES / "firing.json").read_bytes())
    return notice(alerts=[body["alerts"][0] | changes])


def latin(text: str) -> str:
    """As servers hand header values on: their bytes read as Latin-1."""
    return text.encode().decode("latin-1")


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_the_token_as_bearer_proves_the_sender(header: str) -> None:
    webhook.verify({"authorization": latin(header)}, b"{}")


@pytest.mark.parametrize("pair", [f"daywatch:{TOKEN}", f":{TOKEN}"])
def test_the_token_as_password_proves_the_sender(pair: str) -> None:
    webhook.verify({"authorization": basic(pair)}, b"{}")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Token {TOKEN}",
        "Bearer s3cret",
        f"Bearer {TOKEN}x",
        "Basic",
        "Basic e",
        basic(TOKEN),
        basic(f"{TOKEN}:"),
        basic("a:b"),
        "Bearer \u2603",
    ],
)
def test_anything_else_is_refused(header: str) -> None:
    with pytest.raises(BadSignature, match=r"^alertmanager$"):
        webhook.verify({"authorization": latin(header)}, b"{}")


def test_without_a_token_of_ours_nobody_is_let_in() -> None:
    for header in ("Bearer ", "Bearer", basic(":"), ""):
        with pytest.raises(BadSignature):
            AlertmanagerWebhook(SecretStr("")).verify({"authorization": header}, b"{}")
    assert not AlertmanagerSettings(url="http://127.0.0.1:1").on("inbound")


def test_a_firing_alert_is_read() -> None:
    (one,) = news((FIXTURES / "firing.json").read_bytes())
    alert = one.alert
    assert one.change is Change.TRIGGERED
    assert (alert.source, alert.id, alert.episode) == (
        "alertmanager",
        "56ed101ab2f4b5f8",
        "2026-03-02T06:49:32.568+00:00",
    )
    assert (alert.state, alert.urgency, alert.title) == (AlertState.FIRING, Urgency.HIGH, "api is down")
    assert alert.occurred_at == alert.started_at == datetime(2026, 3, 2, 6, 49, 32, 568000, tzinfo=UTC)
    assert alert.url == "http://prom:9090/graph?g0.expr=up+%3D%3D+0"
    assert alert.labels == {"alertname": "TargetDown", "job": "api", "severity": "critical"}
    assert one.words == ""


def test_each_alert_of_a_group_is_read_by_its_own_status_and_the_cut_is_told() -> None:
    resolved, firing = news((FIXTURES / "firing--with-a-resolved-one-and-truncated.json").read_bytes())
    assert (resolved.change, resolved.alert.state) == (Change.RESOLVED, AlertState.RESOLVED)
    assert resolved.alert.occurred_at == datetime(2026, 3, 2, 6, 58, 2, 568000, tzinfo=UTC)
    assert resolved.alert.title == "TargetDown"
    assert (resolved.alert.urgency, resolved.alert.service_name) == (Urgency.LOW, "checkout")
    assert resolved.words == "7 more alerts of this group were cut off (max_alerts)"
    assert (firing.change, firing.alert.urgency, firing.words) == (Change.TRIGGERED, Urgency.HIGH, "")
    assert firing.alert.description == "no answer on 5432"
    assert firing.alert.url is None


def test_an_alert_keeps_its_key_from_firing_to_resolved_whatever_the_digits_and_zone() -> None:
    (first,) = news((FIXTURES / "firing.json").read_bytes())
    again = [
        one_alert(status="resolved", startsAt="2026-03-02T06:49:32.568491283Z", endsAt="2026-03-02T06:58:02.568Z"),
        one_alert(startsAt="2026-03-02T07:49:32.568+01:00"),
    ]
    assert {news(body)[0].alert.key for body in again} == {first.alert.key}
    assert news(one_alert(startsAt="2026-03-02T08:00:00Z"))[0].alert.key != first.alert.key


def test_a_resolved_alert_without_an_end_is_dated_by_its_start() -> None:
    for end in ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", None):
        (one,) = news(one_alert(status="resolved", endsAt=end))
        assert one.alert.occurred_at == one.alert.started_at


def test_which_severities_call_people_is_the_team_s_choice() -> None:
    settings = AlertmanagerSettings(webhook_token=SecretStr("t"), paging_severities=("sev1",))
    assert INTEGRATION.webhook is not None
    ours = INTEGRATION.webhook(settings)
    labels = {"alertname": "X"}
    for severity, urgency in (("SEV1", Urgency.HIGH), ("critical", Urgency.LOW)):
        (one,) = ours.parse(one_alert(labels={**labels, "severity": severity}))
        assert isinstance(one, AlertChanged)
        assert one.alert.urgency is urgency
    assert news(one_alert(labels=labels))[0].alert.urgency is Urgency.LOW


@pytest.mark.parametrize(
    "body",
    [
        notice(version="3"),
        notice(version=4),
        notice(version=None),
        notice(alerts=None),
        notice(alerts=[]),
        notice(alerts={}),
        one_alert(status="pending"),
        one_alert(fingerprint=""),
        one_alert(fingerprint="x" * 1_000),
        one_alert(startsAt="yesterday"),
        one_alert(startsAt="2026-03-02T06:49:32"),
        one_alert(startsAt="0001-01-01T00:00:00Z"),
        one_alert(startsAt="9999-12-31T23:59:59-12:00"),
        one_alert(labels={"a": 1}),
        b"",
        b"\xff",
        b"[" * 100_000,
        b'"4"',
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)


def test_unknown_keys_and_null_annotations_of_newer_versions_do_not_disturb() -> None:
    assert len(news(notice(routeLabels={"team": "x"}, notification_reason="first notification", extra=[1]))) == 1


def test_text_that_no_store_can_hold_is_mended() -> None:
    (one,) = news(one_alert(annotations={"summary": "a\x00b\ud800"}))
    assert one.alert.title == "a\ufffdb\ufffd"


def test_there_is_no_delivery_id_and_the_group_orders_the_work() -> None:
    first, again = (FIXTURES / "firing.json").read_bytes(), notice(status="resolved")
    assert webhook.delivery_key({}, first) is None
    assert webhook.object_key(first) == webhook.object_key(again)
    assert webhook.object_key(first) != webhook.object_key(notice(groupKey="{}:{}"))
    assert webhook.object_key(b"[" * 100_000) == webhook.object_key(b"null") == "unreadable"
