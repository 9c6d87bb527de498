"""Opsgenie's notices: who may send them, and what each of them means to us."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.alert import Agent, AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.opsgenie.settings import OpsgenieSettings
from bot.integrations.opsgenie.webhook import OpsgenieWebhook

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = "s3cret-\u00fc"
webhook = OpsgenieWebhook.reading(OpsgenieSettings(webhook_secret=SecretStr(SECRET), region="eu"))


def body(name: str, **alert: Any) -> bytes:
    whole = json.loads((FIXTURES / f"{name}.json").read_bytes())
    whole["alert"] |= alert
    return json.dumps(whole).encode()


def news(name: str, **alert: Any) -> AlertChanged:
    (only,) = webhook.parse(body(name, **alert))
    assert isinstance(only, AlertChanged)
    return only


def test_a_created_alert_fires_with_all_that_is_known() -> None:
    found = news("Create")
    alert = found.alert
    assert (found.change, found.by, found.words) == (Change.TRIGGERED, None, "")
    assert (alert.state, alert.urgency, alert.priority, alert.number) == (AlertState.FIRING, Urgency.HIGH, "P2", "1791")
    assert (alert.id, alert.fingerprint) == ("70413a06-38d6-4c85-92b8-5ebc900d42e2-1772431869000", "opsgenie:disk-db1")
    assert alert.started_at == datetime(2026, 3, 2, 6, 11, 9, tzinfo=UTC)
    assert alert.occurred_at == datetime(2026, 3, 2, 6, 11, 9, 123000, tzinfo=UTC)
    assert (alert.service_ref, alert.wish) == ("t1", "disk-db1")
    assert alert.labels == {"tags": "db", "service": "checkout", "entity": "db1", "source": "prometheus"}
    assert alert.url == f"https://app.eu.opsgenie.com/alert/detail/{alert.id}/details"


def test_an_old_account_without_a_priority_is_heard_by_people_and_text_is_taken_for_a_moment() -> None:
    alert = news("Create--old-account").alert
    assert (alert.urgency, alert.priority, alert.service_ref) == (None, None, None)
    assert alert.occurred_at == alert.started_at == datetime(2026, 3, 2, 6, 11, 9, tzinfo=UTC)
    assert alert.labels["tags"] == "db, prod"


@pytest.mark.parametrize(
    ("name", "change", "state", "words"),
    [
        ("Acknowledge", Change.ACKNOWLEDGED, AlertState.FIRING, ""),
        ("UnAcknowledge", Change.UNACKNOWLEDGED, AlertState.FIRING, ""),
        ("Close", Change.RESOLVED, AlertState.RESOLVED, "Cleaned up"),
        ("Delete", Change.RESOLVED, AlertState.RESOLVED, "the alert was deleted"),
        ("Escalate", Change.ESCALATED, AlertState.FIRING, ""),
        ("EscalateNext", Change.ESCALATED, AlertState.FIRING, ""),
        ("UpdatePriority", Change.REPRIORITISED, AlertState.FIRING, ""),
        ("AddNote", Change.NOTED, AlertState.FIRING, "Disk is being cleaned"),
        ("AssignOwnership", Change.NOTED, AlertState.FIRING, "assigned: bob@example.com"),
        ("TakeOwnership", Change.NOTED, AlertState.FIRING, "somebody took it: ana@example.com"),
        ("AddTeam", Change.NOTED, AlertState.FIRING, "a team was added: db"),
        ("AddRecipient", Change.NOTED, AlertState.FIRING, "somebody was added: bob@example.com"),
        ("AddTags", Change.NOTED, AlertState.FIRING, "tags added: db,prod"),
        ("RemoveTags", Change.NOTED, AlertState.FIRING, "tags removed: db"),
        ("Snooze", Change.NOTED, AlertState.FIRING, "snoozed"),
        ("SnoozeEnded", Change.NOTED, AlertState.FIRING, "no longer snoozed"),
        ("UpdateMessage", Change.NOTED, AlertState.FIRING, "the title is now: Disk full on db1"),
        ("UpdateDescription", Change.NOTED, AlertState.FIRING, "the description was changed"),
    ],
)
def test_each_action_means_something(name: str, change: Change, state: AlertState, words: str) -> None:
    found = news(name)
    assert (found.change, found.alert.state, found.words) == (change, state, words)
    assert found.by == Agent(id="u1", name="ana@example.com", person=True)


def test_our_own_note_coming_back_and_an_admins_own_action_are_no_news() -> None:
    assert webhook.parse(body("AddNote--ours")) == ()
    assert webhook.parse(body("of-the-admins-own")) == ()


@pytest.mark.parametrize(
    ("priority", "urgency"),
    [("P1", Urgency.HIGH), ("P3", Urgency.LOW), ("P5", Urgency.LOW), ("", None), (None, None), ("PX", None)],
)
def test_urgency_by_priority(priority: str | None, urgency: Urgency | None) -> None:
    assert news("Create", priority=priority).alert.urgency is urgency


@pytest.mark.parametrize(
    "at", [1772431869123, 1772431869123000000, "1772431869123", "1772431869123000000", "2026-03-02T06:11:09.123Z"]
)
def test_a_moment_is_read_in_whatever_unit_it_comes(at: object) -> None:
    assert news("Create", updatedAt=at).alert.occurred_at == datetime(2026, 3, 2, 6, 11, 9, 123000, tzinfo=UTC)


@pytest.mark.parametrize("at", [None, "", "soon", "nan", "1e400", -1e300])
def test_a_notice_without_any_moment_is_unreadable(at: object) -> None:
    with pytest.raises(Unreadable):
        webhook.parse(body("Create", updatedAt=at, createdAt=at))


def test_the_same_notice_again_has_the_same_key_and_another_has_another() -> None:
    keys = [webhook.delivery_key({}, body(name)) for name in ("Create", "Create", "Acknowledge", "Close", "AddNote")]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
    assert webhook.delivery_key({}, body("Create", updatedAt=1)) != keys[0]
    assert webhook.delivery_key({}, body("Create--old-account")) is None
    assert len({webhook.object_key(body(name)) for name in ("Create", "Close", "AddNote")}) == 1


def test_the_secret_comes_as_a_header_or_in_the_address() -> None:
    sent = SECRET.encode().decode("latin-1")
    webhook.verify({"authorization": f"Bearer {sent}"}, b"")
    basic = base64.b64encode(f"opsgenie:{SECRET}".encode()).decode()
    webhook.verify({"authorization": f"Basic {basic}"}, b"")
    for wrong in ("", "Bearer", f"GenieKey {sent}", "Bearer no", "Basic !", sent):
        with pytest.raises(BadSignature):
            webhook.verify({"authorization": wrong}, b"")
    with pytest.raises(BadSignature):
        OpsgenieWebhook(SecretStr("")).verify({"authorization": "Bearer "}, b"")
