"""What Flux applied lately, and what its notices tell of it."""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

import bot.integrations.flux as flux_folder
from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, NotAuthorised, Unreadable
from bot.integrations.flux.judge import brief
from bot.integrations.flux.webhook import FluxWebhook
from tests.integrations.flux.asking import (
    COMMIT,
    GIT,
    KUSTOMIZATIONS,
    RELEASES,
    REVISION,
    bare,
    connected,
    deployed,
    healthy,
    kustomization,
    release,
    said,
    source,
)
from tests.integrations.flux.scripted import KEY, prove
from tests.integrations.moment import AT, ago
from tests.kubernetes.apiserver import Apiserver

FIXTURES = Path(__file__).parent / "fixtures"
FAILED = (FIXTURES / "upgrade-failed.json").read_bytes()
APPLIED = (FIXTURES / "reconciliation-succeeded.json").read_bytes()
webhook = FluxWebhook(SecretStr(KEY))


async def changed(server: Apiserver, hours: float = 24) -> Sequence[Change]:
    async with connected(server) as adapter:
        return await adapter.changed(AT - timedelta(hours=hours))


def notice(body: bytes = FAILED, **changes: Any) -> bytes:
    """The recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    made = json.loads(body) | changes
    return json.dumps({key: value for key, value in made.items() if value is not None}).encode()


def news(body: bytes) -> ChangeReported:
    (one,) = webhook.parse(body)
    assert isinstance(one, ChangeReported)
    return one


async def test_the_history_of_a_kustomization_tells_what_was_applied_and_when() -> None:
    history = [
        {
            "firstReconciled": ago(hours=1),
            "lastReconciled": ago(minutes=2),
            "lastReconciledStatus": "HealthCheckFailed",
            "metadata": {"revision": "main@sha1:9f1c0de2"},
        },
        {
            "firstReconciled": ago(hours=9),
            "lastReconciled": ago(hours=2),
            "lastReconciledStatus": "ReconciliationSucceeded",
            "metadata": {"revision": REVISION},
        },
        {"firstReconciled": ago(days=9), "metadata": {"revision": "main@sha1:0"}},
    ]
    server = bare().put(KUSTOMIZATIONS, kustomization(history=history, spec={"targetNamespace": "shop"}))
    before, last = await changed(server)
    assert (before.id, before.result, before.version) == (f"uid-apps@{REVISION}", Result.SUCCEEDED, "main@7be2c1f0")
    assert (before.source, before.kind, before.title) == ("flux", ChangeKind.DEPLOYMENT, "apply apps")
    assert before.places == ["flux-system/apps", "apps", "shop", "flux-system"]
    assert (last.result, last.started_at) == (Result.FAILED, datetime.fromisoformat(ago(hours=1)))


async def test_without_a_history_it_is_when_the_source_had_the_revision() -> None:
    server = bare().put(GIT, source())
    for status, result in (("True", Result.SUCCEEDED), ("False", Result.FAILED), ("Unknown", Result.RUNNING)):
        (one,) = await changed(server.put(KUSTOMIZATIONS, kustomization("apps", said(status=status))))
        assert (one.result, one.started_at) == (result, datetime.fromisoformat(ago(hours=2)))
        assert (one.ended_at is None) is (result is Result.RUNNING)
    moved = kustomization(lastAttemptedRevision="main@sha1:0")
    assert await changed(bare().put(GIT, source()).put(KUSTOMIZATIONS, moved)) == []
    assert await changed(bare().put(KUSTOMIZATIONS, kustomization())) == []


async def test_the_history_of_a_helm_release_tells_its_versions() -> None:
    history = [deployed("20.1.0", "failed", 13, hours=1), deployed("20.0.0", "superseded", 12, hours=3)]
    history += [deployed("20.1.0", "failed", 11, hours=5), deployed("19.0.0", "superseded", 10, days=9)]
    before, last = await changed(bare().put(RELEASES, release(history=history)))
    assert (before.id, before.result, before.title) == ("uid-redis@20.0.0", Result.SUCCEEDED, "release redis")
    assert (last.id, last.result, last.started_at) == (
        "uid-redis@20.1.0",
        Result.FAILED,
        datetime.fromisoformat(ago(hours=1)),
    )
    assert last.places == ["shop/redis", "redis", "shop"]


async def test_where_it_is_not_installed_nothing_was_changed_and_what_cannot_be_read_is_said() -> None:
    assert await changed(Apiserver()) == []
    server = healthy()
    server.rights = {("list", one.key) for one in server.kinds} - {("list", RELEASES)}
    with pytest.raises(NotAuthorised, match="list helmreleases"):
        await changed(server)


async def test_a_notice_and_a_look_tell_of_the_same_change() -> None:
    (looked,) = await changed(bare().put(RELEASES, release(history=[deployed("20.1.0", "failed")])))
    told = news(FAILED).change
    assert (looked.id, looked.places, looked.result) == (told.id, told.places, told.result)
    assert (told.environment, told.ended_at) == ("prod-eu", datetime(2026, 3, 2, 5, 41, tzinfo=UTC))
    (looked,) = await changed(bare().put(GIT, source()).put(KUSTOMIZATIONS, kustomization()))
    assert (looked.id, looked.version) == (news(APPLIED).change.id, news(APPLIED).change.version)


@pytest.mark.parametrize(
    ("kind", "reason", "result"),
    [
        ("HelmRelease", "InstallSucceeded", Result.SUCCEEDED),
        ("HelmRelease", "UpgradeSucceeded", Result.SUCCEEDED),
        ("HelmRelease", "InstallFailed", Result.FAILED),
        ("HelmRelease", "TestFailed", Result.FAILED),
        ("HelmRelease", "DriftDetected", None),
        ("HelmRelease", "DependencyNotReady", None),
        ("HelmRelease", "ReconciliationSucceeded", None),
        ("Kustomization", "BuildFailed", Result.FAILED),
        ("Kustomization", "Progressing", None),
        ("Kustomization", "DependencyNotReady", None),
        ("GitRepository", "NewArtifact", None),
    ],
)
def test_what_is_followed(kind: str, reason: str, result: Result | None) -> None:
    body = notice(reason=reason, involvedObject=json.loads(FAILED)["involvedObject"] | {"kind": kind})
    assert [one.change.result for one in webhook.parse(body) if isinstance(one, ChangeReported)] == (
        [] if result is None else [result]
    )


def test_older_versions_tell_the_revision_without_a_group_and_one_without_is_nobodys() -> None:
    assert news(notice(metadata={"revision": "20.1.0"})).change.id == "uid-redis@20.1.0"
    assert news(notice(metadata={"revision": "20.1.0"})).change.environment is None
    assert webhook.parse(notice(metadata=None)) == []
    assert webhook.parse(notice(metadata={"kustomize.toolkit.fluxcd.io/originRevision": "x"})) == []
    assert webhook.parse((FIXTURES / "progressing--older-version.json").read_bytes()) == []


@pytest.mark.parametrize(
    ("revision", "shown"),
    [
        (f"main@sha1:{COMMIT}", "main@7be2c1f0"),
        (f"main/{COMMIT}", "main@7be2c1f0"),
        (f"sha1:{COMMIT}", f"sha1:{COMMIT}"),
        (f"latest@sha256:{COMMIT}", "latest@7be2c1f0"),
        (f"@sha256:{COMMIT}", "7be2c1f0"),
        ("20.1.0", "20.1.0"),
        ("feature/x", "feature/x"),
        ("", ""),
    ],
)
def test_revisions_are_shown_in_short(revision: str, shown: str) -> None:
    assert brief(revision) == shown


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
def test_a_signature_of_an_allowed_kind_proves_the_sender(algorithm: str) -> None:
    digest = hmac.digest(KEY.encode(), FAILED, algorithm).hex()
    webhook.verify({"x-signature": f"{algorithm}={digest}"}, FAILED)
    with pytest.raises(BadSignature, match=r"^flux$"):
        webhook.verify({"x-signature": f"{algorithm}={digest}"}, FAILED + b" ")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-signature": hmac.digest(KEY.encode(), FAILED, "sha256").hex()},
        {"x-signature": f"sha1={hmac.digest(KEY.encode(), FAILED, 'sha1').hex()}"},
        {"x-signature": f"md5={hmac.digest(KEY.encode(), FAILED, 'md5').hex()}"},
        {"x-signature": "sha256="},
        {"x-signature": "sha256=\u00e9"},
    ],
)
def test_no_other_signature_does(headers: Mapping[str, str]) -> None:
    with pytest.raises(BadSignature):
        webhook.verify(headers, FAILED)


def test_without_a_key_nothing_is_believed_and_a_key_is_taken_as_it_stands() -> None:
    nothing = {"x-signature": f"sha256={hmac.digest(b'', FAILED, 'sha256').hex()}"}
    with pytest.raises(BadSignature):
        FluxWebhook(SecretStr("")).verify(nothing, FAILED)
    with pytest.raises(BadSignature):
        FluxWebhook(SecretStr(f"{KEY}\n")).verify(prove(FAILED), FAILED)


def test_the_same_event_has_the_same_key_and_one_object_one_order() -> None:
    again = notice(message="told in other words")
    assert webhook.delivery_key({}, FAILED) == webhook.delivery_key({}, again)
    for other in (notice(timestamp="2026-03-02T05:46:00Z"), notice(reason="UpgradeSucceeded"), APPLIED):
        assert webhook.delivery_key({}, FAILED) != webhook.delivery_key({}, other)
    assert webhook.object_key(FAILED) == webhook.object_key(notice(reason="UpgradeSucceeded"))
    assert webhook.object_key(FAILED) != webhook.object_key(APPLIED)
    assert webhook.delivery_key({}, b"{}") is None


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"[" * 100_000,
        notice(involvedObject=None),
        notice(involvedObject={"kind": "HelmRelease", "name": ""}),
        notice(timestamp=None),
        notice(timestamp="yesterday"),
        notice(metadata={"revision": {"secret": 1}}),
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)
    assert webhook.object_key(body) == "unreadable"


def test_what_its_page_has_people_apply_fits_together() -> None:
    page = (Path(flux_folder.__file__).parent / "README.md").read_text()
    secret, provider, alert = yaml.safe_load_all(page.split("```yaml\n")[1].split("```")[0])
    assert provider["spec"]["secretRef"]["name"] == secret["metadata"]["name"]
    assert alert["spec"]["providerRef"]["name"] == provider["metadata"]["name"]
    assert provider["spec"]["type"] == "generic-hmac"
    assert {one["kind"] for one in alert["spec"]["eventSources"]} == {"Kustomization", "HelmRelease"}
