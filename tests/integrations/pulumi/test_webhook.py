"""Pulumi Cloud's webhooks: who sent them, and what they say of an update."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.change import UNTOLD, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.pulumi import INTEGRATION
from bot.integrations.pulumi.webhook import PulumiWebhook
from tests.integrations.pulumi.scripted import WEBHOOK_SECRET, prove

FIXTURES = Path(__file__).parent / "fixtures"
UPDATE = (FIXTURES / "stack_update.json").read_bytes()
webhook = PulumiWebhook(SecretStr(WEBHOOK_SECRET))


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed. Any: whatever JSON can hold."""
    return json.dumps(json.loads(UPDATE) | changes).encode()


def news(body: bytes) -> ChangeReported:
    (one,) = webhook.parse(body)
    assert isinstance(one, ChangeReported)
    return one


def test_the_signature_over_the_body_proves_the_sender() -> None:
    webhook.verify(prove(UPDATE), UPDATE)
    forged = [
        ({}, UPDATE),
        (prove(UPDATE, "another"), UPDATE),
        (prove(UPDATE), UPDATE + b" "),
        ({"pulumi-webhook-signature": "sha256=" + prove(UPDATE)["pulumi-webhook-signature"]}, UPDATE),
        ({"pulumi-webhook-signature": "\u00e9\u2603"}, UPDATE),
    ]
    for headers, body in forged:
        with pytest.raises(BadSignature, match=r"^pulumi$"):
            webhook.verify(headers, body)


def test_without_a_secret_of_ours_nobody_is_let_in() -> None:
    with pytest.raises(BadSignature):
        PulumiWebhook(SecretStr("")).verify(prove(UPDATE, ""), UPDATE)


def test_the_id_of_a_delivery_stands_in_its_header() -> None:
    assert INTEGRATION.delivery_id_header in prove(UPDATE)
    assert webhook.delivery_key(prove(UPDATE), UPDATE) is None


def test_an_update_that_ended_is_a_change_of_the_moment_it_arrives() -> None:
    one = news(UPDATE)
    change = one.change
    assert (change.source, change.id, change.kind) == (
        "pulumi",
        "crazy-adventures/website/website-prod/42",
        ChangeKind.INFRASTRUCTURE,
    )
    assert (change.title, change.result, change.by) == ("Pulumi update", Result.SUCCEEDED, "Morty Smith")
    assert list(change.places) == ["website", "website/website-prod", "crazy-adventures/website/website-prod"]
    assert {one.at, change.started_at, change.ended_at} == {UNTOLD}
    assert change.url == "https://app.pulumi.com/crazy-adventures/website/website-prod/updates/42"


@pytest.mark.parametrize(
    ("result", "read"),
    [("failed", Result.FAILED), ("in-progress", Result.RUNNING), ("exploded", Result.UNKNOWN)],
)
def test_the_result_says_how_it_ended(result: str, read: Result) -> None:
    change = news(notice(result=result)).change
    assert (change.result, change.ended_at is None) == (read, read is not Result.FAILED)


@pytest.mark.parametrize("name", ["stack_preview", "deployment", "drift_detection", "ping"])
def test_what_changes_nothing_is_nobody_s(name: str) -> None:
    assert webhook.parse((FIXTURES / f"{name}.json").read_bytes()) == []


def test_news_of_one_stack_stay_in_order() -> None:
    assert webhook.object_key(UPDATE) == webhook.object_key(notice(result="failed"))
    assert webhook.object_key(UPDATE) != webhook.object_key(notice(stackName="other"))


@pytest.mark.parametrize(
    "body",
    [
        notice(stackName=""),
        notice(organization=None),
        notice(projectName=["x"]),
        notice(organization="yesterday"),
        notice(stackName="s" * 300),
        b'{"text": "a message for Slack"}',
        b"[1]",
        b"\xff",
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)
