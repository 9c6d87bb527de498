"""PagerDuty's notices: who may send them, and what each of them means to us."""

import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import Agent, AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.pagerduty.news import FOLLOWED, mark_of
from bot.integrations.pagerduty.webhook import PagerDutyWebhook

FIXTURES = Path(__file__).parent / "fixtures"
OLD, NEW = b"old-secret", b"new-secret"
webhook = PagerDutyWebhook([NEW])


def body(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def news(name: str) -> AlertChanged:
    (only,) = webhook.parse(body(name))
    assert isinstance(only, AlertChanged)
    return only


def changed(name: str, **event: Any) -> bytes:
    whole = json.loads(body(name))
    whole["event"].update(event)
    return json.dumps(whole).encode()


def signed(payload: bytes, *secrets: bytes) -> dict[str, str]:
    return {"x-pagerduty-signature": ",".join("v1=" + hmac.digest(one, payload, "sha256").hex() for one in secrets)}


# Proof of the sender


def test_a_signature_over_the_very_bytes_is_accepted() -> None:
    payload = body("incident.triggered")
    webhook.verify(signed(payload, NEW), payload)
    with pytest.raises(BadSignature):
        webhook.verify(signed(payload, NEW), payload + b" ")


@pytest.mark.parametrize("ours", [[NEW], [OLD], [OLD, NEW]])
def test_a_rotated_secret_is_accepted_while_both_are_signed(ours: list[bytes]) -> None:
    payload = body("incident.triggered")
    PagerDutyWebhook(ours).verify(signed(payload, OLD, NEW), payload)


def test_one_signature_is_enough_when_we_hold_both_secrets() -> None:
    payload = body("incident.triggered")
    PagerDutyWebhook([OLD, NEW]).verify(signed(payload, NEW), payload)


def test_blanks_and_other_schemes_beside_a_good_signature_do_no_harm() -> None:
    payload = body("incident.triggered")
    good = signed(payload, NEW)["x-pagerduty-signature"]
    webhook.verify({"x-pagerduty-signature": f" v2=beef , {good} ,, "}, payload)


@pytest.mark.parametrize(
    "header", ["", "v1=", "v1", "v1=zz", "v1=ÿ€🔥", "beef", "v1=" + "0" * 64, ",".join(["v1=00"] * 1_000)]
)
def test_a_bad_signature_is_refused_and_never_an_accident(header: str) -> None:
    with pytest.raises(BadSignature, match=r"^pagerduty$"):
        webhook.verify({"x-pagerduty-signature": header}, b"{}")


def test_a_request_without_a_signature_is_refused() -> None:
    with pytest.raises(BadSignature):
        webhook.verify({}, b"{}")


def test_a_digest_without_its_scheme_is_refused() -> None:
    bare = hmac.digest(NEW, b"{}", "sha256").hex()
    for header in (bare, f"v0={bare}", f"V1={bare}"):
        with pytest.raises(BadSignature):
            webhook.verify({"x-pagerduty-signature": header}, b"{}")


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(BadSignature):
        PagerDutyWebhook([]).verify(signed(b"{}", b""), b"{}")


# Which delivery, about which incident


def test_the_delivery_key_is_the_id_inside_the_signed_body() -> None:
    key = webhook.delivery_key({"x-webhook-id": "elsewhere"}, changed("incident.triggered", id="01DEFX"))
    assert key == "01DEFX"


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("incident.*.json")))
def test_every_notice_about_an_incident_is_in_its_queue(name: str) -> None:
    assert webhook.object_key(body(name)) == "PGR0VU2"
    (notice,) = webhook.parse(body(name))
    assert isinstance(notice, AlertChanged)
    assert (notice.alert.id, notice.alert.fingerprint) == ("PGR0VU2", "pagerduty:PGR0VU2")


def test_a_notice_about_a_service_or_about_nothing_has_a_queue_as_well() -> None:
    assert webhook.object_key(body("service.updated")) == "PF9KMXH"
    assert webhook.object_key(changed("pagey.ping", id="01PING")) == "01PING"


@pytest.mark.parametrize("broken", [b"", b"[]", b"{", b"null", b'{"event": {}}', b"\xff\xfe", b"[" * 100_000])
def test_what_cannot_be_read_is_kept_in_a_queue_of_its_own(broken: bytes) -> None:
    assert webhook.delivery_key({}, broken) is None
    assert webhook.object_key(broken) == "unreadable"
    with pytest.raises(Unreadable):
        webhook.parse(broken)


# What it says


def test_a_triggered_incident_is_a_firing_alert() -> None:
    told = news("incident.triggered")
    alert = told.alert
    assert told.change is Change.TRIGGERED
    assert (alert.source, alert.state, alert.urgency, alert.priority) == (
        "pagerduty",
        AlertState.FIRING,
        Urgency.HIGH,
        "P1",
    )
    assert (alert.title, alert.number, alert.url) == (
        "Checkout errors",
        "812",
        "https://acme.pagerduty.com/incidents/PGR0VU2",
    )
    assert (alert.service_ref, alert.service_name) == ("PF9KMXH", "Checkout")
    assert alert.occurred_at == datetime(2026, 3, 2, 6, 11, 9, 884_000, tzinfo=UTC)
    assert alert.started_at == datetime(2026, 3, 2, 6, 11, 9, tzinfo=UTC)


def test_priority_agent_and_client_may_be_missing() -> None:
    told = news("incident.triggered--bare")
    assert (told.alert.priority, told.alert.urgency, told.by) == (None, Urgency.LOW, None)


@pytest.mark.parametrize(
    ("name", "change", "state"),
    [
        ("incident.acknowledged", Change.ACKNOWLEDGED, AlertState.FIRING),
        ("incident.unacknowledged", Change.UNACKNOWLEDGED, AlertState.FIRING),
        ("incident.resolved", Change.RESOLVED, AlertState.RESOLVED),
        ("incident.resolved--merged", Change.RESOLVED, AlertState.RESOLVED),
        ("incident.reopened", Change.REOPENED, AlertState.FIRING),
        ("incident.escalated", Change.ESCALATED, AlertState.FIRING),
        ("incident.delegated", Change.REASSIGNED, AlertState.FIRING),
        ("incident.reassigned", Change.REASSIGNED, AlertState.FIRING),
        ("incident.priority_updated", Change.REPRIORITISED, AlertState.FIRING),
        ("incident.service_updated", Change.REASSIGNED, AlertState.FIRING),
        ("incident.incident_type.changed", Change.NOTED, AlertState.FIRING),
    ],
)
def test_each_turn_of_an_incident_has_its_meaning(name: str, change: Change, state: AlertState) -> None:
    told = news(name)
    assert (told.change, told.alert.state) == (change, state)


def test_a_new_priority_and_a_new_service_are_in_the_alert() -> None:
    assert news("incident.priority_updated").alert.priority == "P2"
    assert news("incident.service_updated").alert.service_ref == "PX2SRCH"


def test_people_are_told_from_machines() -> None:
    assert news("incident.resolved").by == Agent(id="PLH1HKV", name="Ana Ops", person=True)
    assert news("incident.resolved--by-its-service").by == Agent(id="PF9KMXH", name="Checkout", person=False)
    assert news("incident.triggered").by == Agent(id="PINT001", name="Prometheus", person=False)
    assert news("incident.unacknowledged").by is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("incident.annotated", "Restarted <!channel> the pods\nwatching"),
        ("incident.annotated--trimmed", "A long story…"),
        ("incident.status_update_published", "Payments are slow, a fix is on its way."),
        ("incident.responder.added", "Bob Brown was asked to join: Please help with checkout"),
        ("incident.responder.added--a-policy", "Shop was asked to join: Please help with checkout"),
        ("incident.responder.replied", "Bob Brown: accepted: On my way"),
        ("incident.conference_bridge.updated", "https://meet.example.com/shop, +1-555-555-5555"),
        ("incident.custom_field_values.updated", "environment: production, region: US, EU"),
        ("incident.role.assigned", "Incident Commander: Bob Brown"),
        ("incident.role.assigned--taken-away", "Incident Commander: nobody"),
        ("incident.task.created", "task created: Tell support"),
        ("incident.task.updated", "task changed: Tell support"),
        ("incident.task.completed", "task completed: Tell support"),
        ("incident.workflow.started", "workflow started: Shop major incident"),
        ("incident.workflow.completed", "workflow completed: Shop major incident"),
        ("incident.action_invocation.created", "action: Restart checkout: created"),
        ("incident.action_invocation.updated", "action: Restart checkout: running"),
        ("incident.action_invocation.terminated", "action: Restart checkout: completed"),
        ("incident.incident_type.changed", "the type is now major_incident"),
    ],
)
def test_what_is_told_beside_the_incident_comes_as_words(name: str, words: str) -> None:
    told = news(name)
    assert (told.change, told.words) == (Change.NOTED, words)


def test_an_incident_whose_summary_is_null_goes_by_its_id() -> None:
    assert news("incident.annotated").alert.title == "PGR0VU2"


def test_an_incident_without_a_title_goes_by_its_number() -> None:
    data = json.loads(body("incident.triggered"))["event"]["data"] | {"title": None}
    (told,) = webhook.parse(changed("incident.triggered", data=data))
    assert isinstance(told, AlertChanged)
    assert told.alert.title == "Incident 812"


def test_every_followed_event_has_a_fixture_and_every_fixture_can_be_read() -> None:
    names = {path.stem.partition("--")[0] for path in FIXTURES.glob("*.json")}
    assert names >= FOLLOWED
    for path in FIXTURES.glob("*.json"):
        webhook.parse(path.read_bytes())


@pytest.mark.parametrize("kind", ["service.updated", "pagey.ping"])
def test_what_nobody_follows_is_nothing(kind: str) -> None:
    assert webhook.parse(body(kind)) == ()


def test_a_kind_of_tomorrow_is_nothing_and_no_error() -> None:
    assert webhook.parse(changed("incident.triggered", event_type="incident.teleported")) == ()


@pytest.mark.parametrize(
    "event",
    [
        {"data": {"type": "incident"}},
        {"data": {"type": "incident", "id": "P1", "status": "triggered", "created_at": "yesterday"}},
        {"data": {"type": "incident_note", "id": "P1", "status": "triggered"}},
        {"data": []},
        {"occurred_at": "2026-03-02T06:12:44"},  # no zone
        {"occurred_at": None},
        {"id": ""},
        {"agent": "somebody"},
    ],
)
def test_a_followed_event_of_another_shape_is_unreadable(event: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        webhook.parse(changed("incident.triggered", **event))


def test_a_note_that_names_no_incident_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="names no incident"):
        webhook.parse(changed("incident.annotated", data={"id": "P1", "content": "x", "type": "incident_note"}))


def test_the_complaint_quotes_nothing_of_the_body() -> None:
    with pytest.raises(Unreadable) as caught:
        webhook.parse(changed("incident.triggered", occurred_at="a-secret-in-the-wrong-place"))
    assert "a-secret" not in str(caught.value)


def test_a_text_that_no_database_takes_is_mended() -> None:
    data = json.loads(body("incident.triggered"))["event"]["data"] | {"title": "cut \ud83d and \x00"}
    (told,) = webhook.parse(changed("incident.triggered", data=data))
    assert isinstance(told, AlertChanged)
    assert told.alert.title == "cut \ufffd and \ufffd"


def test_endless_words_are_cut() -> None:
    data = json.loads(body("incident.annotated"))["event"]["data"] | {"content": "x" * 500_000}
    (told,) = webhook.parse(changed("incident.annotated", data=data))
    assert isinstance(told, AlertChanged)
    assert len(told.words) == 20_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
places = st.sampled_from(["incident", "incident_role_assignments", "id", "type", "content", "user", "custom_fields"])


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(sorted(FOLLOWED)), data=st.dictionaries(places, anything, max_size=4))
def test_whatever_stands_in_it_a_signed_body_is_news_or_unreadable(kind: str, data: dict[str, Any]) -> None:
    payload = changed("incident.triggered", event_type=kind, data=data)
    assert webhook.object_key(payload)
    try:
        told = webhook.parse(payload)
    except Unreadable as error:
        told, complaint = (), str(error)
        assert len(complaint) < 300
    assert all(isinstance(one, AlertChanged) and one.alert.id for one in told)


# Shapes that come now and then


@pytest.mark.parametrize("data", [None, [], "words", 7, {"type": "widget"}])
def test_an_event_of_a_kind_nobody_knows_is_nothing_whatever_it_holds(data: object) -> None:
    assert webhook.parse(changed("incident.triggered", event_type="widget.exploded", data=data)) == ()
    bare = json.dumps({"event": {"event_type": "widget.exploded"}}).encode()
    assert webhook.parse(bare) == ()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("incident.conference_bridge.updated", "conference_numbers"),
        ("incident.custom_field_values.updated", "changed_custom_fields"),
        ("incident.custom_field_values.updated", "custom_fields"),
        ("incident.annotated", "trimmed"),
    ],
)
def test_what_is_empty_may_be_null(name: str, field: str) -> None:
    whole = json.loads(body(name))
    whole["event"]["data"][field] = None
    (only,) = webhook.parse(json.dumps(whole).encode())
    assert isinstance(only, AlertChanged)


def test_our_own_note_coming_back_is_no_news() -> None:
    whole = json.loads(body("incident.annotated"))
    whole["event"]["data"]["content"] = f"Acknowledged. (Kim, from Slack)\n{mark_of('acknowledged 20260302T061244')}"
    assert webhook.parse(json.dumps(whole).encode()) == ()
    whole["event"]["data"]["content"] += "\nand what somebody wrote below"
    assert len(webhook.parse(json.dumps(whole).encode())) == 1


def test_the_key_under_which_it_was_raised_is_told() -> None:
    whole = json.loads(body("incident.triggered"))
    whole["event"]["data"]["incident_key"] = "incident:5:page:slack:1"
    (only,) = webhook.parse(json.dumps(whole).encode())
    assert isinstance(only, AlertChanged)
    assert only.alert.wish == "incident:5:page:slack:1"
