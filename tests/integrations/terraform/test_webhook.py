"""Terraform's notifications: who sent them, and what they say of a run."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.change import ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.terraform.webhook import TerraformWebhook
from tests.integrations.terraform.scripted import NOTIFICATION_TOKEN, prove

FIXTURES = Path(__file__).parent / "fixtures"
COMPLETED = (FIXTURES / "run.completed.json").read_bytes()
webhook = TerraformWebhook(SecretStr(NOTIFICATION_TOKEN))


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed. Any: whatever JSON can hold."""
    return json.dumps(json.loads(COMPLETED) | changes).encode()


def news(body: bytes) -> ChangeReported:
    (one,) = webhook.parse(body)
    assert isinstance(one, ChangeReported)
    return one


def test_the_signature_over_the_body_proves_the_sender() -> None:
    webhook.verify(prove(COMPLETED), COMPLETED)
    forged = [
        ({}, COMPLETED),
        (prove(COMPLETED, "another"), COMPLETED),
        (prove(COMPLETED), COMPLETED + b" "),
        ({"x-tfe-notification-signature": "\u00e9\u2603"}, COMPLETED),
    ]
    for headers, body in forged:
        with pytest.raises(BadSignature, match=r"^terraform$"):
            webhook.verify(headers, body)


def test_without_a_token_of_ours_nobody_is_let_in() -> None:
    with pytest.raises(BadSignature):
        TerraformWebhook(SecretStr("")).verify(prove(COMPLETED, ""), COMPLETED)


def test_a_run_that_ended_is_a_change() -> None:
    one = news(COMPLETED)
    change = one.change
    assert (change.source, change.id, change.kind) == (
        "terraform",
        "run-FwnENkvDnrpyFC7M",
        ChangeKind.INFRASTRUCTURE,
    )
    assert (change.title, change.result, change.by) == ("Terraform run: Raise the limit", Result.SUCCEEDED, "ana")
    assert list(change.places) == ["prod", "acme/prod"]
    assert change.started_at == datetime(2026, 3, 2, 6, 40, 21, tzinfo=UTC)
    assert change.ended_at == one.at == datetime(2026, 3, 2, 6, 44, 31, tzinfo=UTC)
    assert change.url == "https://app.terraform.io/app/acme/workspaces/prod/runs/run-FwnENkvDnrpyFC7M"


def test_a_run_that_waits_is_the_same_change_earlier() -> None:
    waiting = news((FIXTURES / "run.needs_attention.json").read_bytes())
    assert (waiting.change.id, waiting.change.result) == (news(COMPLETED).change.id, Result.RUNNING)
    assert waiting.change.ended_at is None
    assert waiting.at < news(COMPLETED).at
    assert webhook.object_key(COMPLETED) == webhook.object_key((FIXTURES / "run.needs_attention.json").read_bytes())


@pytest.mark.parametrize(
    ("status", "result"),
    [("errored", Result.FAILED), ("discarded", Result.CANCELLED), ("applying", Result.RUNNING), ("x", Result.UNKNOWN)],
)
def test_the_state_says_how_it_ended(status: str, result: Result) -> None:
    sent = [{"trigger": "run:x", "run_status": status, "run_updated_at": "2026-03-02T06:44:31.000Z"}]
    assert news(notice(notifications=sent)).change.result is result


def test_of_several_the_latest_counts() -> None:
    sent = [
        {"run_status": "applied", "run_updated_at": "2026-03-02T06:44:31.000Z"},
        {"run_status": "applying", "run_updated_at": "2026-03-02T06:43:31.000Z"},
    ]
    assert news(notice(notifications=sent)).change.result is Result.SUCCEEDED


def test_the_test_at_setting_up_and_assessments_are_taken_and_change_nothing() -> None:
    for name in ("verification.json", "assessment.drifted.json"):
        assert webhook.parse((FIXTURES / name).read_bytes()) == []


@pytest.mark.parametrize(
    "body",
    [
        notice(notifications=[]),
        notice(notifications=None),
        notice(notifications=[{"run_status": "applied"}], run_created_at=None),
        notice(run_created_at="yesterday"),
        notice(run_id=[1]),
        notice(run_id="r" * 300),
        b'{"text": "x"}',
        b"[1]",
        b"\xff",
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)
