"""GitLab's notices and its answers to "what was changed": the same thing under the same id, in our own form."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Refused, Unreadable
from bot.integrations.gitlab import INTEGRATION
from bot.integrations.gitlab.settings import GitLabSettings
from bot.integrations.gitlab.webhook import GitLabWebhook
from tests.integrations.contract.server import JSON, Canned, Request, told
from tests.integrations.gitlab.scripted import DEPLOYMENTS, HOOK_TOKEN, PIPELINES, SCRIPT, WEB, deployment, pipeline
from tests.integrations.gitlab.test_adapter import gitlab
from tests.integrations.moment import AT, ago

FIXTURES = Path(__file__).parent / "fixtures"
FAILED = (FIXTURES / "pipeline.failed.json").read_bytes()
DEPLOYED = (FIXTURES / "deployment.success.json").read_bytes()
KEY = bytes(range(32))
NOW = 1_772_431_800
webhook = GitLabWebhook(SecretStr(HOOK_TOKEN))
signed_ones = GitLabWebhook(SecretStr(HOOK_TOKEN), KEY, now=lambda: datetime.fromtimestamp(NOW, UTC))


def told_by(body: bytes) -> list[ChangeReported]:
    return [one for one in webhook.parse(body) if isinstance(one, ChangeReported)]


def notice(body: bytes, **changes: Any) -> bytes:
    """A recorded notice with some keys (`object_attributes__status`) changed. Any: whatever JSON can hold."""
    read = json.loads(body)
    for name, value in changes.items():
        *places, key = name.split("__")
        target = read
        for place in places:
            target = target[place]
        target[key] = value
    return json.dumps(read).encode()


def signed(body: bytes, seconds: int = NOW, key: bytes = KEY) -> dict[str, str]:
    """As Standard Webhooks say."""
    proof = base64.b64encode(hmac.digest(key, f"id-1.{seconds}.".encode() + body, "sha256")).decode()
    return {"webhook-id": "id-1", "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{proof}"}


def refused(one: GitLabWebhook, headers: Mapping[str, str], body: bytes) -> None:
    with pytest.raises(BadSignature, match=r"^gitlab$"):
        one.verify(headers, body)


def test_the_secret_token_proves_the_sender_where_nothing_signs() -> None:
    webhook.verify({"x-gitlab-token": HOOK_TOKEN}, FAILED)
    for given in ("", "wrong", HOOK_TOKEN.upper(), "\u00e9\u2603"):
        refused(webhook, {"x-gitlab-token": given}, FAILED)
    refused(GitLabWebhook(SecretStr("")), {"x-gitlab-token": ""}, FAILED)
    refused(GitLabWebhook(SecretStr("")), {}, FAILED)


def test_where_a_signing_token_is_set_only_a_fresh_signature_proves_the_sender() -> None:
    for seconds in (NOW, NOW - 300, NOW + 300):
        signed_ones.verify(signed(FAILED, seconds), FAILED)
    others = signed(FAILED) | {"webhook-signature": f"v1,AAAA {signed(FAILED)['webhook-signature']} v2,x"}
    signed_ones.verify(others, FAILED)
    forged: list[tuple[Mapping[str, str], bytes]] = [
        ({"x-gitlab-token": HOOK_TOKEN}, FAILED),
        (signed(FAILED), FAILED + b" "),
        (signed(FAILED, key=b"another"), FAILED),
        (signed(FAILED, NOW - 301), FAILED),
        (signed(FAILED, NOW + 301), FAILED),
        (signed(FAILED) | {"webhook-id": "id-2"}, FAILED),
        (signed(FAILED) | {"webhook-id": ""}, FAILED),
        (signed(FAILED) | {"webhook-timestamp": "soon"}, FAILED),
        (signed(FAILED) | {"webhook-signature": "v1,\u00e9\u2603"}, FAILED),
    ]
    for headers, body in forged:
        refused(signed_ones, headers, body)


def test_the_signing_token_is_the_decoded_part_behind_its_prefix() -> None:
    token = SecretStr("whsec_" + base64.b64encode(KEY).decode())
    settings = GitLabSettings(webhook_signing_token=token)
    assert settings.on("inbound")
    assert INTEGRATION.webhook is not None
    now = int(datetime.now(UTC).timestamp())
    INTEGRATION.webhook(settings).verify(signed(FAILED, now), FAILED)


def test_a_signed_delivery_has_the_key_that_is_signed_and_another_none_of_its_own() -> None:
    assert signed_ones.delivery_key(signed(FAILED), FAILED) == signed_ones.delivery_key(signed(FAILED, NOW + 9), FAILED)
    assert webhook.delivery_key(signed(FAILED), FAILED) is None
    assert INTEGRATION.delivery_id_header == "idempotency-key"


def test_a_pipeline_is_read_with_its_odd_times() -> None:
    (one,) = told_by(FAILED)
    assert one.at == datetime(2026, 3, 2, 1, 9, 44, tzinfo=UTC)
    assert one.change == Change(
        source="gitlab",
        id="pipeline:12:4711",
        kind=ChangeKind.PIPELINE,
        title="nightly",
        places=("shop/api",),
        started_at=datetime(2026, 3, 2, 1, 0, 3, tzinfo=UTC),
        result=Result.FAILED,
        ended_at=datetime(2026, 3, 2, 1, 9, 44, tzinfo=UTC),
        version="7be2c1f0",
        by="ana",
        url="https://git.example/shop/api/-/pipelines/4711",
    )
    (begun,) = told_by((FIXTURES / "pipeline.running.json").read_bytes())
    assert (begun.change.result, begun.change.ended_at) == (Result.RUNNING, None)
    assert begun.at < one.at
    assert webhook.object_key(FAILED) == "pipeline:4711"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("success", Result.SUCCEEDED),
        ("canceled", Result.CANCELLED),
        ("skipped", Result.CANCELLED),
        ("manual", Result.RUNNING),
        ("waiting_for_resource", Result.RUNNING),
        ("odd", Result.UNKNOWN),
    ],
)
def test_how_a_pipeline_ended_or_that_it_has_not(status: str, result: Result) -> None:
    (one,) = told_by(notice(FAILED, object_attributes__status=status))
    assert one.change.result is result


@pytest.mark.parametrize(
    ("source", "ref", "tag", "count"),
    [
        ("push", "main", False, 1),
        ("push", "feature", False, 0),
        ("push", "release-7", True, 1),
        ("push", "v1.2.3", None, 1),
        ("web", "feature", False, 1),
        ("merge_request_event", "main", False, 0),
        ("parent_pipeline", "main", False, 0),
        (None, None, None, 0),
    ],
)
def test_only_pipelines_that_can_have_changed_something_are_told(
    source: str | None, ref: str | None, *, tag: bool | None, count: int
) -> None:
    changed = {f"object_attributes__{name}": one for name, one in (("source", source), ("ref", ref), ("tag", tag))}
    assert len(told_by(notice(FAILED, **changed))) == count


def test_a_deployment_is_read() -> None:
    (one,) = told_by(DEPLOYED)
    at = datetime(2026, 3, 2, 5, 14, 10, tzinfo=UTC)
    assert one.at == at
    assert one.change == Change(
        source="gitlab",
        id="deployment:12:301",
        kind=ChangeKind.DEPLOYMENT,
        title="Deployment to production",
        places=("shop/api",),
        started_at=at,
        result=Result.SUCCEEDED,
        ended_at=at,
        version="7be2c1f0",
        environment="production",
        by="ana",
        url="https://git.example/shop/api/-/jobs/90881",
    )
    assert webhook.object_key(DEPLOYED) == "deployment:301"
    for status, result in (("blocked", Result.RUNNING), ("created", Result.RUNNING), ("failed", Result.FAILED)):
        (changed,) = told_by(notice(DEPLOYED, status=status))
        assert (changed.change.result, changed.change.id) == (result, one.change.id)


def test_what_is_no_news_is_nothing() -> None:
    for body in (
        notice(DEPLOYED, environment="review/7"),
        notice(DEPLOYED, environment="dev/7", environment_tier="development"),
        (FIXTURES / "build.failed.json").read_bytes(),
        b'{"object_kind": "feature_flag", "object_attributes": {"id": 1}}',
        b'{"object_kind": ["pipeline"]}',
    ):
        assert webhook.parse(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        notice(FAILED, object_attributes__id="x"),
        notice(FAILED, object_attributes__created_at="yesterday"),
        notice(FAILED, object_attributes__created_at="2026-03-02 01:00:03"),
        notice(FAILED, project__path_with_namespace=None),
        notice(DEPLOYED, status_changed_at=None),
        notice(DEPLOYED, deployment_id=None),
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)


async def test_a_look_gives_the_same_ids_and_what_began_or_ended_since() -> None:
    since = AT - timedelta(hours=6)
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        if request.line in (PIPELINES, DEPLOYMENTS):
            asked.append(request)
        if request.line == PIPELINES:
            others = pipeline(id=1, source="merge_request_event"), pipeline(id=2, ref="feature")
            return told([pipeline(), *others])
        if request.line == DEPLOYMENTS:
            place = {"id": 9, "name": "review/7"}
            early = deployment(id=3, created_at=ago(hours=9), updated_at=ago(hours=8))
            return told([deployment(), deployment(id=302, environment=place), early])
        return SCRIPT.replying()(request)

    async with gitlab(server=server) as ours:
        found = {one.id: one for one in await ours.changed(since)}
    assert set(found) == {"pipeline:12:4711", "deployment:12:301"}
    assert (found["pipeline:12:4711"].by, found["pipeline:12:4711"].result) == ("ana", Result.SUCCEEDED)
    assert found["deployment:12:301"].url == f"{WEB}/-/jobs/90881"
    assert {one.query["updated_after"][0] for one in asked} == {since.isoformat()}


async def test_a_look_that_did_not_see_all_says_so() -> None:
    short = Canned(body=told([]).body, headers={**JSON, "x-total": "40"})
    async with gitlab({PIPELINES: short}) as ours:
        with pytest.raises(Refused, match="speaks of 40 rows"):
            await ours.changed(AT)
