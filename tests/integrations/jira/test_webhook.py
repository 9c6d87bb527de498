"""Jira's notices: who may bring them, which are the same, and what they tell."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.errors import BadSignature, Unreadable
from bot.domain.ticket import TicketChanged, TicketState
from bot.integrations.jira.settings import JiraSettings
from bot.integrations.jira.webhook import JiraWebhook

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = "a shared secret"
webhook = JiraWebhook(SECRET, us=["5b10a2844c20165700ede21g"])


def _read(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def _signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def _only(name: str) -> TicketChanged:
    (told,) = webhook.parse(_read(name))
    assert isinstance(told, TicketChanged)
    return told


def test_a_signed_notice_is_accepted() -> None:
    body = _read("jira:issue_updated.json")
    webhook.verify(_signed(body), body)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature": ""},
        {"x-hub-signature": "sha256="},
        {"x-hub-signature": "sha1=0000"},
        {"x-hub-signature": "sha256=ünïcode"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer something else"},
        _signed(b"{}", secret="another"),
    ],
)
def test_whatever_is_not_signed_with_our_secret_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature) as caught:
        webhook.verify(headers, b"{}")
    assert SECRET not in str(caught.value)


def test_a_changed_body_is_refused() -> None:
    body = _read("jira:issue_updated.json")
    with pytest.raises(BadSignature):
        webhook.verify(_signed(body), body + b" ")


def test_a_wrong_signature_is_not_mended_by_showing_the_secret() -> None:
    with pytest.raises(BadSignature):
        webhook.verify({"x-hub-signature": "sha256=00", "authorization": f"Bearer {SECRET}"}, b"{}")


def test_an_old_data_center_may_show_the_secret_instead_of_signing() -> None:
    webhook.verify({"authorization": f"Bearer {SECRET}"}, b"{}")


def test_without_a_secret_nothing_is_accepted() -> None:
    for headers in (_signed(b"{}", secret=""), {"authorization": "Bearer "}):
        with pytest.raises(BadSignature):
            JiraWebhook("").verify(headers, b"{}")


def test_a_retry_has_the_same_key_and_another_body_another() -> None:
    headers = {"x-atlassian-webhook-identifier": "1f2e3d", "x-atlassian-webhook-retry": "1"}
    first = webhook.delivery_key({"x-atlassian-webhook-identifier": "1f2e3d"}, b"{}")
    assert first is not None
    assert first == webhook.delivery_key(headers, b"{}")
    assert first != webhook.delivery_key(headers, b"{ }")
    assert first != webhook.delivery_key({"x-atlassian-webhook-identifier": "4a5b6c"}, b"{}")


def test_a_sender_without_identifiers_has_no_key() -> None:
    assert webhook.delivery_key({}, b"{}") is None


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.glob("*.json")))
def test_every_notice_is_about_its_issue(name: str) -> None:
    assert webhook.object_key(_read(name)) == "OPS-42"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"issue": null}', b'{"issue": {}}', b'{"issue": {"key": 3}}', b"\xff"]
)
def test_a_body_about_nothing_has_no_object(body: bytes) -> None:
    assert webhook.object_key(body) == ""


def test_a_moved_ticket_tells_its_state_by_category() -> None:
    told = _only("jira:issue_updated.json")
    assert told == TicketChanged(
        source="jira",
        key="OPS-42",
        state=TicketState.DONE,
        status="Erledigt",
        occurred_at=datetime(2026, 11, 23, 7, 30, 0, 123000, UTC),
        by="Ana Example",
        due=date(2026, 12, 1),
        labels=("daywatch-inc-142-action-1", "daywatch"),
    )


def test_a_ticket_made_by_us_is_our_echo() -> None:
    told = _only("jira:issue_created.json")
    assert (told.state, told.ours, told.due) == (TicketState.NEW, True, None)


def test_data_center_knows_our_account_by_its_name() -> None:
    settings = JiraSettings(account="Daywatch-Bot", webhook_secret=SecretStr(SECRET))
    (told,) = JiraWebhook.reading(settings).parse(_read("jira:issue_updated--data-center.json"))
    assert isinstance(told, TicketChanged)
    assert (told.ours, told.state, told.by) == (True, TicketState.IN_PROGRESS, "Daywatch")


def test_our_account_is_known_by_its_email_too() -> None:
    settings = JiraSettings(email="Bot@Example.com", webhook_secret=SecretStr(SECRET))
    (told,) = JiraWebhook.reading(settings).parse(_read("jira:issue_updated--data-center.json"))
    assert isinstance(told, TicketChanged)
    assert told.ours


def test_nobody_is_not_us() -> None:
    body = json.loads(_read("jira:issue_updated.json")) | {"user": None}
    (told,) = JiraWebhook(SECRET, us=["", " "]).parse(json.dumps(body).encode())
    assert isinstance(told, TicketChanged)
    assert (told.ours, told.by) == (False, "")


def test_a_deleted_ticket_is_told_as_deleted() -> None:
    told = _only("jira:issue_deleted.json")
    assert (told.deleted, told.key) == (True, "OPS-42")


@pytest.mark.parametrize("name", ["comment_created.json"])
def test_an_event_nobody_follows_is_nothing(name: str) -> None:
    assert webhook.parse(_read(name)) == ()


def test_an_unknown_event_is_nothing_even_without_an_issue() -> None:
    assert webhook.parse(b'{"webhookEvent": "sprint_started", "timestamp": 1, "issue": {"key": "OPS-1"}}') == ()
    assert webhook.parse(b"{}") == ()


@pytest.mark.parametrize(
    "change",
    [
        {"issue": None},
        {"timestamp": None},
        {"timestamp": "soon"},
        {"timestamp": 10**18},
        {"issue": {"key": "OPS-42"}},
        {"issue": {"key": "OPS-42", "fields": {"status": {"name": "Done"}}}},
    ],
)
def test_a_followed_event_of_another_shape_is_unreadable(change: dict[str, object]) -> None:
    body = json.dumps(json.loads(_read("jira:issue_updated.json")) | change).encode()
    with pytest.raises(Unreadable):
        webhook.parse(body)


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b"\xff\xfe"])
def test_what_is_no_notice_at_all_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        webhook.parse(body)


@pytest.mark.parametrize(
    ("category", "state"), [("new", "new"), ("undefined", "new"), ("indeterminate", "in_progress")]
)
def test_every_category_has_its_state(category: str, state: str) -> None:
    body = json.loads(_read("jira:issue_updated.json"))
    body["issue"]["fields"]["status"]["statusCategory"]["key"] = category
    (told,) = webhook.parse(json.dumps(body).encode())
    assert isinstance(told, TicketChanged)
    assert told.state == state


def test_an_issue_moved_to_another_project_tells_its_earlier_key() -> None:
    notice = json.loads(_read("jira:issue_updated.json"))
    notice["issue"]["key"] = "NEW-7"
    notice["changelog"]["items"] = [
        {"field": "project", "fieldtype": "jira", "fromString": "Operations", "toString": "New"},
        {"field": "Key", "fieldtype": "jira", "from": None, "fromString": "OPS-42", "to": None, "toString": "NEW-7"},
    ]
    (told,) = webhook.parse(json.dumps(notice).encode())
    assert isinstance(told, TicketChanged)
    assert (told.key, told.was) == ("NEW-7", "OPS-42")
    assert _only("jira:issue_updated.json").was is None
