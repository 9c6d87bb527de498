"""AWX's notifications: who sent them, and what they say of a job."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.change import UNTOLD, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.ansible.webhook import AnsibleWebhook
from tests.integrations.ansible.scripted import WEBHOOK_TOKEN, prove

FIXTURES = Path(__file__).parent / "fixtures"
SUCCESSFUL = (FIXTURES / "job.successful.json").read_bytes()
webhook = AnsibleWebhook(SecretStr(WEBHOOK_TOKEN))


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed. Any: whatever JSON can hold."""
    return json.dumps(json.loads(SUCCESSFUL) | changes).encode()


def news(body: bytes) -> ChangeReported:
    (one,) = webhook.parse(body)
    assert isinstance(one, ChangeReported)
    return one


def test_our_secret_proves_the_sender_as_bearer_or_as_a_password() -> None:
    webhook.verify(prove(SUCCESSFUL), SUCCESSFUL)
    password = base64.b64encode(f"daywatch:{WEBHOOK_TOKEN}".encode()).decode()
    webhook.verify({"authorization": f"Basic {password}"}, SUCCESSFUL)
    for headers in ({}, {"authorization": "Bearer x"}, {"x-token": WEBHOOK_TOKEN}):
        with pytest.raises(BadSignature, match=r"^ansible$"):
            webhook.verify(headers, SUCCESSFUL)
    with pytest.raises(BadSignature):
        AnsibleWebhook(SecretStr("")).verify({"authorization": "Bearer "}, SUCCESSFUL)


def test_a_job_that_ended_is_a_change() -> None:
    one = news(SUCCESSFUL)
    change = one.change
    assert (change.source, change.id, change.kind) == ("ansible", "38", ChangeKind.INFRASTRUCTURE)
    assert (change.title, change.result, change.by) == ("Ansible job: deploy shop", Result.SUCCEEDED, "ana")
    assert list(change.places) == ["deploy shop", "shop", "prod"]
    assert change.started_at == datetime(2026, 3, 2, 6, 40, 21, 123456, tzinfo=UTC)
    assert change.ended_at == one.at == datetime(2026, 3, 2, 6, 44, 31, 654321, tzinfo=UTC)
    assert change.url == "https://awx.example.com/#/jobs/playbook/38"
    assert "s3cret" not in str(one)


def test_a_job_that_runs_is_the_same_change_earlier() -> None:
    running = news((FIXTURES / "job.running.json").read_bytes())
    assert (running.change.id, running.change.result, running.change.ended_at) == ("38", Result.RUNNING, None)
    assert running.at < news(SUCCESSFUL).at
    assert webhook.object_key(SUCCESSFUL) == webhook.object_key((FIXTURES / "job.running.json").read_bytes())


@pytest.mark.parametrize(
    ("status", "result"),
    [("failed", Result.FAILED), ("error", Result.FAILED), ("canceled", Result.CANCELLED), ("x", Result.UNKNOWN)],
)
def test_the_state_says_how_it_ended(status: str, result: Result) -> None:
    assert news(notice(status=status)).change.result is result


def test_a_job_that_has_not_begun_is_of_the_moment_it_is_told() -> None:
    one = news(notice(status="pending", started=None, finished=False))
    assert (one.at, one.change.started_at, one.change.ended_at) == (UNTOLD, UNTOLD, None)


def test_other_jobs_and_the_test_of_a_notification_are_nobody_s() -> None:
    for name in ("project_update", "test"):
        assert webhook.parse((FIXTURES / f"{name}.json").read_bytes()) == []


@pytest.mark.parametrize(
    "body",
    [notice(id="x"), notice(started="yesterday"), notice(started=7), b"{}", b'{"text": "own body"}', b"[1]", b"\xff"],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)
