"""Jenkins' notices: who sent them, and the build that each tells of."""

import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.change import ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Unreadable
from bot.integrations.jenkins import INTEGRATION
from bot.integrations.jenkins.settings import JenkinsSettings
from bot.integrations.jenkins.webhook import JenkinsWebhook
from tests.integrations.jenkins.scripted import WEBHOOK_SECRET, prove

FIXTURES = Path(__file__).parent / "fixtures"
ENDED = (FIXTURES / "finalized.json").read_bytes()
webhook = JenkinsWebhook(SecretStr(WEBHOOK_SECRET), deploying=("*deploy*",))


def notice(**changes: Any) -> bytes:
    """The recorded notice with fields of its build changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads(ENDED)
    body["build"] = {key: value for key, value in (body["build"] | changes).items() if value is not None}
    return json.dumps(body).encode()


def news(body: bytes) -> ChangeReported:
    (one,) = webhook.parse(body)
    assert isinstance(one, ChangeReported)
    return one


def signed(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def test_the_secret_comes_in_the_address_or_signs_the_body() -> None:
    webhook.verify(prove(ENDED), ENDED)
    webhook.verify({"authorization": f"Bearer {WEBHOOK_SECRET}"}, ENDED)
    webhook.verify({"x-daywatch-signature": signed(ENDED)}, ENDED)


def test_what_is_changed_or_signed_by_another_is_refused() -> None:
    forged = [
        ({}, ENDED),
        ({"x-daywatch-signature": signed(ENDED)}, ENDED + b" "),
        ({"x-daywatch-signature": signed(ENDED, "another")}, ENDED),
        ({"x-daywatch-signature": signed(ENDED).removeprefix("sha256=")}, ENDED),
        ({"x-daywatch-signature": "\u00e9\u2603"}, ENDED),
        ({"authorization": "Bearer another"}, ENDED),
    ]
    for headers, body in forged:
        with pytest.raises(BadSignature, match=r"^jenkins$"):
            webhook.verify(headers, body)


def test_without_a_secret_of_ours_nobody_is_let_in() -> None:
    with pytest.raises(BadSignature):
        JenkinsWebhook(SecretStr("")).verify({"x-daywatch-signature": signed(ENDED, "")}, ENDED)
    assert not JenkinsSettings(url="http://127.0.0.1:1").on("inbound")


def test_an_ended_build_is_a_change() -> None:
    one = news(ENDED)
    assert one.at == datetime(2026, 3, 2, 6, 3, 3, 422000, tzinfo=UTC)
    change = one.change
    assert (change.source, change.id, change.kind) == ("jenkins", "ci.example|deploy-shop#412", ChangeKind.DEPLOYMENT)
    assert (change.title, change.result) == ("deploy-shop #412", Result.FAILED)
    assert change.places == ["deploy-shop", "acme/shop", "shop"]
    assert change.started_at == datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    assert change.ended_at == one.at
    assert (change.version, change.by) == ("9f1c0de24b", None)
    assert change.url == "https://ci.example/job/deploy-shop/412/"
    assert "hunter2" not in repr(one)


def test_a_branch_s_build_sent_by_its_own_last_step() -> None:
    change = news((FIXTURES / "finalized--of-a-pipeline-s-own-step.json").read_bytes()).change
    assert change.id == "ci.example/jenkins|team/shop/feature%2Fcart#7"
    assert change.title == "team/shop/feature/cart #7"
    assert (change.kind, change.result, change.by) == (ChangeKind.PIPELINE, Result.SUCCEEDED, "Ana")
    assert change.places == ["team/shop/feature%2Fcart", "acme/shop", "team/shop", "team", "feature%2Fcart", "shop"]


@pytest.mark.parametrize("phase", ["QUEUED", "STARTED", "COMPLETED", "NONE", "SOMETHING_NEW"])
def test_only_the_end_is_followed(phase: str) -> None:
    assert webhook.parse(notice(phase=phase)) == []


@pytest.mark.parametrize("name", ["queued", "started", "completed"])
def test_the_other_phases_as_they_come_are_left_aside(name: str) -> None:
    assert webhook.parse((FIXTURES / f"{name}.json").read_bytes()) == []


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("SUCCESS", Result.SUCCEEDED),
        ("UNSTABLE", Result.SUCCEEDED),
        ("FAILURE", Result.FAILED),
        ("ABORTED", Result.CANCELLED),
        ("NOT_BUILT", Result.CANCELLED),
        ("SPLENDID", Result.UNKNOWN),
        (None, Result.UNKNOWN),
    ],
)
def test_the_result_is_the_build_s(status: str | None, result: Result) -> None:
    assert news(notice(status=status)).change.result is result


def test_little_is_needed_and_credentials_in_the_address_are_not_kept() -> None:
    body = notice(full_url="https://ann:hunter2@ci.example/job/x/1/", scm=None, duration=None, status=None)
    change = news(body).change
    assert change.url == "https://ci.example/job/x/1/"
    assert change.id == "ci.example|x#1"
    assert change.started_at == change.ended_at
    assert change.places == ["x"]


def test_older_plugins_that_tell_no_time_are_dated_by_arrival() -> None:
    one = news(notice(timestamp=None, duration=None))
    arrived = one.arrived(datetime(2026, 3, 2, tzinfo=UTC))
    assert arrived.at == arrived.change.started_at == arrived.change.ended_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_which_jobs_deploy_is_the_team_s_choice() -> None:
    settings = JenkinsSettings(webhook_secret=SecretStr("t"), deploy_jobs=("ship/*",))
    assert INTEGRATION.webhook is not None
    (one,) = INTEGRATION.webhook(settings).parse(notice(full_url="https://ci.example/job/Ship/job/shop/2/"))
    assert isinstance(one, ChangeReported)
    assert one.change.kind is ChangeKind.DEPLOYMENT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<job><name>deploy-shop</name></job>",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        notice(full_url=None),
        notice(full_url="javascript:alert(1)"),
        notice(full_url="https://ci.example/hunter2"),
        notice(full_url="https://[ci/job/x/1/"),
        notice(full_url="https://ci.example/job/x/1/" + "a" * 1000),
        notice(phase=None),
        notice(timestamp=10**18),
        notice(timestamp="hunter2"),
        notice(duration=-1),
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "hunter2" not in str(unreadable.value)


def test_the_build_orders_the_work_and_text_that_no_store_can_hold_is_mended() -> None:
    assert webhook.object_key(ENDED) == webhook.object_key(notice(phase="STARTED", status=None))
    assert webhook.object_key(ENDED) != webhook.object_key(notice(full_url="https://ci.example/job/deploy-shop/413/"))
    assert webhook.object_key(b"[" * 100_000) == webhook.object_key(b"null") == "unreadable"
    assert webhook.delivery_key(prove(ENDED), ENDED) is None
    assert news(notice(by="a\x00b\ud800")).change.by == "a\ufffdb\ufffd"
