"""Flux's checks: every row of how Kustomizations, Helm releases, sources and drift are judged."""

from typing import Any

import pytest

from bot.domain.check import Answer, Status
from bot.domain.errors import NotInstalled
from bot.integrations import Wiring
from bot.integrations.flux.adapter import Flux
from bot.integrations.flux.settings import FluxSettings
from bot.integrations.http import Outside
from tests.integrations.flux.asking import (
    ALERTS,
    GIT,
    HELM,
    KUSTOMIZATIONS,
    OCI,
    RECEIVERS,
    RELEASES,
    asked,
    bare,
    connected,
    deployed,
    healthy,
    kustomization,
    made,
    release,
    said,
    source,
    told,
)
from tests.integrations.moment import ago
from tests.kubernetes.apiserver import Apiserver, Thing

OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN
READY = said()
FAILING = said(status="False", reason="HealthCheckFailed", message="timeout waiting for web")


def only(answer: Answer) -> tuple[Status, str]:
    """The status and what is said of the one finding, or the summary where there is none."""
    if not answer.evidence:
        return answer.status, answer.summary
    (one,) = answer.evidence
    assert one.status is answer.status
    return answer.status, one.detail


async def of(what: str, key: str, *found: Thing) -> tuple[Status, str]:
    return only(await asked(what, bare().put(key, *found)))


def busy(status: str = "Unknown", *, minutes: float, reason: str = "Progressing") -> tuple[Thing, Thing]:
    at = ago(minutes=minutes)
    return said(status=status, lastTransitionTime=at), said("Reconciling", "True", reason, lastTransitionTime=at)


TRIES_AGAIN = busy(minutes=1, reason="ProgressingWithRetry")[1]


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (kustomization(), OK, "All 1 Kustomizations"),
        (kustomization(spec={"suspend": True}), WARN, "suspended"),
        (kustomization("apps", FAILING, spec={"suspend": True}), WARN, "suspended, and was failing: HealthCheckFailed"),
        (kustomization("apps", READY, said("Stalled", "True", "BuildFailed")), FAIL, "stuck: BuildFailed"),
        (kustomization("apps", READY, said("Stalled", "False")), OK, "All 1"),
        (kustomization("apps", FAILING), FAIL, "HealthCheckFailed: timeout waiting for web"),
        (kustomization(observedGeneration=3), WARN, "changed, and its controller has not looked"),
        (kustomization(observedGeneration=None), WARN, "changed, and its controller has not looked"),
        (kustomization(observedGeneration=-1, conditions=[]), WARN, "has not looked"),
        (kustomization("apps", said(observedGeneration=3)), WARN, "has not looked"),
        (kustomization("apps", said(observedGeneration=None)), OK, "All 1"),
        (kustomization(conditions=[]), WARN, "has not looked"),
        ({**kustomization(), "status": None}, WARN, "has not looked"),
        (kustomization("apps", said(status="Perhaps")), UNKNOWN, "Perhaps"),
        (kustomization("apps", *busy(minutes=5)), OK, "are ready, 1 of them worked on again just now"),
        (
            kustomization("apps", *busy(minutes=5), lastAppliedRevision=None, lastAttemptedRevision=None),
            WARN,
            "for the first time",
        ),
        (kustomization("apps", *busy(minutes=16)), WARN, "is being worked on for 16 min"),
        (kustomization("apps", *busy("True", minutes=16)), WARN, "is being worked on for 16 min"),
        (kustomization("apps", said(status="Unknown", lastTransitionTime=None)), WARN, "since when is not told"),
        (kustomization("apps", *busy(minutes=-60)), UNKNOWN, "clocks differ"),
        (kustomization("apps", *busy(minutes=1, reason="ProgressingWithRetry")), WARN, "failed, and tries again"),
        (kustomization("apps", FAILING, TRIES_AGAIN), WARN, "failed, and tries again: HealthCheckFailed: timeout"),
        (kustomization("apps", said(status="False", reason="ProgressingWithRetry")), WARN, "failed, and tries again"),
        (kustomization("apps", FAILING, busy(minutes=1)[1]), FAIL, "HealthCheckFailed"),
        (kustomization("apps", FAILING, observedGeneration=3), FAIL, "HealthCheckFailed"),
        (kustomization("apps", FAILING, TRIES_AGAIN, said("Stalled", "True", "RetriesExceeded")), FAIL, "stuck"),
        (
            kustomization(lastAttemptedRevision="main@sha1:9f1c0de29f1c0de2"),
            WARN,
            "runs main@7be2c1f0, and main@9f1c0de2 was tried",
        ),
        (kustomization(lastAppliedRevision=None), WARN, "runs nothing"),
        (kustomization(history=[{"lastReconciled": ago(minutes=9)}]), OK, "All 1"),
        (kustomization(history=[{"lastReconciled": ago(hours=9)}]), WARN, "not looked at since"),
        (kustomization(history=[{"lastReconciled": ago(hours=-9)}]), UNKNOWN, "clocks differ"),
    ],
    ids=[str(number) for number in range(31)],
)
async def test_a_kustomization(found: Thing, status: Status, words: str) -> None:
    answer = await of("apps", KUSTOMIZATIONS, found)
    assert answer[0] is status
    assert words in answer[1]


async def test_one_that_cannot_be_deleted_warns() -> None:
    gone = kustomization()
    gone["metadata"]["deletionTimestamp"] = ago(minutes=40)
    assert await of("apps", KUSTOMIZATIONS, gone) == (WARN, "is being deleted for 40 min")


async def test_a_new_one_has_not_been_looked_at_yet() -> None:
    new = kustomization(conditions=[], observedGeneration=-1)
    new["metadata"]["creationTimestamp"] = ago(minutes=2)
    assert await of("apps", KUSTOMIZATIONS, new) == (WARN, "new, and its controller has not looked at it yet")


UPGRADE_FAILED = said(status="False", reason="UpgradeFailed", message="timed out")
BEFORE = [deployed("20.1.0", "failed", 13), deployed("20.0.0", "deployed", 12)]


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (release(), OK, "0 Kustomizations and 1 Helm releases"),
        (release("redis", UPGRADE_FAILED, history=BEFORE), FAIL, "UpgradeFailed: timed out"),
        (release("redis", *busy(minutes=5)), OK, "1 Helm releases are ready, 1 of them"),
        (release("redis", *busy(minutes=5), history=None), WARN, "for the first time"),
        (
            release("redis", UPGRADE_FAILED, said("Remediated", "True", "RollbackSucceeded"), history=BEFORE),
            FAIL,
            "rolled back, 20.0.0 runs: UpgradeFailed",
        ),
        (
            release("redis", UPGRADE_FAILED, said("Remediated", "True", "UninstallSucceeded"), history=[]),
            FAIL,
            "the version before runs",
        ),
        (release("redis", READY, said("Stalled", "True", "RetriesExceeded")), FAIL, "stuck: RetriesExceeded"),
        (release(history=BEFORE), WARN, "its newest version 20.1.0 is failed, 20.0.0 runs"),
        (release(history=[deployed("20.0.0")]), WARN, "20.0.0 runs, and 20.1.0 was tried"),
        (release(lastAttemptedRevision="20.1.0+8a1b@sha256:0"), OK, "1 Helm releases"),
        (release("redis", READY, said("TestSuccess", "False", "TestFailed")), WARN, "its test failed: TestFailed"),
        (release("redis", READY, said("Released", "False", "UpgradeFailed")), WARN, "was not released"),
        (release(history=[], lastAttemptedRevision=None), OK, "1 Helm releases"),
        (release(spec={"suspend": True}), WARN, "suspended"),
    ],
    ids=[str(number) for number in range(14)],
)
async def test_a_helm_release(found: Thing, status: Status, words: str) -> None:
    answer = await of("apps", RELEASES, found)
    assert answer[0] is status
    assert words in answer[1]


async def test_those_that_wait_for_others_are_one_finding() -> None:
    waits = said(status="False", reason="DependencyNotReady", message="dependency 'infra' is not ready")
    names = [kustomization(f"app-{number}", waits) for number in range(5)]
    answer = await asked("apps", bare().put(KUSTOMIZATIONS, kustomization("infra", FAILING), *names))
    assert [(one.title, one.status) for one in answer.evidence] == [
        ("kustomization flux-system/infra", FAIL),
        ("waiting dependencies", WARN),
    ]
    assert answer.evidence[1].detail.endswith("and 2 more")
    alone = await asked("apps", bare().put(KUSTOMIZATIONS, kustomization("app", waits)))
    assert only(alone)[0] is FAIL


@pytest.mark.parametrize(
    ("key", "found", "status", "words"),
    [
        (GIT, source(), OK, "All 1 sources are ready"),
        (GIT, source("x", said(status="False", reason="GitOperationFailed")), FAIL, "GitOperationFailed"),
        (GIT, source("x", spec={"suspend": True}), WARN, "suspended"),
        (GIT, source("x", artifact=None), WARN, "nothing that could be used"),
        (GIT, source("x", artifact={"lastUpdateTime": ago(days=200)}), WARN, "nothing new for 200 days"),
        (OCI, source("x", artifact={"lastUpdateTime": ago(days=200)}), OK, "All 1"),
        (GIT, source("x", artifact={"lastUpdateTime": ago(days=-200)}), UNKNOWN, "clocks differ"),
        (HELM, source("x", artifact=None), WARN, "nothing that could be used"),
        (HELM, {"metadata": made("x", "shop"), "spec": {"type": "oci"}}, OK, "All 1"),
        (HELM, {"metadata": made("x", "shop"), "spec": {"type": "oci", "suspend": True}}, WARN, "suspended"),
        (HELM, source("x", spec={"type": "oci"}, artifact=None), OK, "All 1"),
        (HELM, source("x", FAILING, spec={"type": "oci"}), FAIL, "HealthCheckFailed"),
    ],
    ids=[str(number) for number in range(12)],
)
async def test_a_source(key: str, found: Thing, status: Status, words: str) -> None:
    answer = await of("sources", key, found)
    assert answer[0] is status
    assert words in answer[1]


@pytest.mark.parametrize(
    ("beside", "status"),
    [
        (said("FetchFailed", "True", "GitOperationFailed"), WARN),
        (said("SourceVerified", "False", "InvalidCommitSignature"), WARN),
        (said("ArtifactInStorage", "False"), WARN),
        (said("ArtifactInStorage", "True"), OK),
        (said("FetchFailed", "False"), OK),
    ],
    ids=["not fetched", "not verified", "not stored", "stored", "fetched"],
)
async def test_a_source_that_says_more_than_that_it_is_ready(beside: Thing, status: Status) -> None:
    assert (await of("sources", GIT, source("shop", READY, beside)))[0] is status


async def test_receivers_and_alerts_are_looked_at_too() -> None:
    server = healthy().put(RECEIVERS, {"metadata": made("push", "flux-system"), "status": told(FAILING)})
    assert only(await asked("sources", server))[0] is FAIL
    server = healthy().put(ALERTS, {"metadata": made("daywatch", "flux-system"), "spec": {"suspend": True}})
    assert only(await asked("sources", server)) == (WARN, "suspended")
    old = {"metadata": made("daywatch", "flux-system"), "status": told(FAILING)}
    assert only(await asked("sources", healthy().put(ALERTS, old)))[0] is FAIL


@pytest.mark.parametrize(
    ("key", "found", "status", "words"),
    [
        (KUSTOMIZATIONS, kustomization(), OK, "All 1 Kustomizations"),
        (KUSTOMIZATIONS, kustomization(lastAttemptedRevision="main@sha1:9f1c0de2"), WARN, "not main@9f1c0de2"),
        (
            KUSTOMIZATIONS,
            kustomization(lastAttemptedRevision=None, lastAppliedRevision=None),
            UNKNOWN,
            "which revision",
        ),
        (KUSTOMIZATIONS, kustomization(spec={"suspend": True}), WARN, "changed by hand stays so"),
        (RELEASES, release(), OK, "1 of 1 Helm releases are watched"),
        (RELEASES, release(spec={"driftDetection": None}), OK, "0 of 1 Helm releases are watched"),
        (RELEASES, release(spec={"driftDetection": {"mode": "odd"}}), UNKNOWN, "odd"),
        (RELEASES, release("x", READY, said("Drifted", "True", "DriftDetected")), WARN, "changed by hand: Drift"),
        (RELEASES, release("x", READY, said("Drifted", "Unknown")), UNKNOWN, "whether it drifted"),
        (RELEASES, release("x", READY, said("Drifted", "False")), OK, "1 of 1"),
        (RELEASES, release(spec={"suspend": True}), WARN, "changed by hand stays so"),
        (KUSTOMIZATIONS, kustomization(observedGeneration=3), UNKNOWN, "has not looked since"),
        (RELEASES, release(observedGeneration=3), UNKNOWN, "has not looked since"),
        (RELEASES, {**release(), "status": None}, UNKNOWN, "has not looked since"),
    ],
    ids=[str(number) for number in range(14)],
)
async def test_drift(key: str, found: Thing, status: Status, words: str) -> None:
    answer = await of("drift", key, found)
    assert answer[0] is status
    assert words in answer[1]


async def test_namespaces_and_labels_narrow_what_is_looked_at() -> None:
    server = healthy().put(RELEASES, {**release("other", FAILING), "metadata": made("other", "elsewhere")})
    assert (await asked("apps", server)).status is FAIL
    assert (await asked("apps", server, namespaces=("flux-system", "shop"))).status is OK
    gone = await asked("apps", server, namespaces=("flux-system", "gone"))
    assert only(gone)[0] is UNKNOWN
    assert "FLUX_NAMESPACES" in gone.evidence[0].detail
    assert (await asked("apps", server, selector="team=shop")).status is UNKNOWN


OLDER = {"ocirepositories": "v1beta2", "buckets": "v1beta2", "helmreleases": "v2beta2", "alerts": "v1beta2"}


async def test_older_installations_are_read_in_the_version_that_they_serve() -> None:
    server = bare(OLDER).put(OCI, source("x", FAILING)).put(RELEASES, release("x", FAILING))
    assert only(await asked("sources", server))[0] is FAIL
    assert only(await asked("apps", server))[0] is FAIL
    unheard = bare({"kustomizations": "v9"}).put(KUSTOMIZATIONS, kustomization())
    assert "serves kustomize.toolkit.fluxcd.io as v9" in ((await asked("apps", unheard)).reason or "")


async def test_parts_that_are_not_installed_are_left_out() -> None:
    server = healthy()
    server.kinds = [one for one in server.kinds if one.plural not in ("helmreleases", "receivers", "alerts")]
    for settings in ({}, {"namespaces": ("flux-system",)}):
        for what in ("apps", "sources", "drift"):
            assert (await asked(what, server, None, **settings)).status is OK


async def test_where_it_is_not_installed_it_has_no_line_unless_somebody_named_it() -> None:
    async with connected(Apiserver()) as adapter:
        for check in adapter.checks():
            with pytest.raises(NotInstalled):
                await check.ask()
        assert {trouble for _, trouble in await adapter.probe()} == {None}
    for what in ("apps", "sources", "drift"):
        answer = await asked(what, Apiserver(), namespaces=("shop",))
        assert answer.status is UNKNOWN
        assert "installed" in (answer.reason or "")


async def test_bad_news_on_the_second_page_is_found() -> None:
    server = bare().put(KUSTOMIZATIONS, *(kustomization(f"a-{number}") for number in range(5)))
    server.put(KUSTOMIZATIONS, kustomization("z", FAILING)).page = 2
    assert (await asked("apps", server)).status is FAIL


async def test_a_missing_right_is_named() -> None:
    server = healthy()
    server.rights = {("list", one.key) for one in server.kinds} - {("list", RECEIVERS)}
    answer = await asked("sources", server)
    assert answer.status is UNKNOWN
    assert f"list {RECEIVERS}" in (answer.reason or "")
    async with connected(server) as adapter:
        assert [what for what, trouble in await adapter.probe() if trouble] == [f"list {RECEIVERS}"]


async def test_with_a_key_alone_it_only_takes_notices_in_and_each_cluster_has_lines_of_its_own() -> None:
    outside = Outside()
    key: dict[str, Any] = {"webhook_hmac_key": "k"}
    assert Flux.connect(FluxSettings(**key), Wiring(outside=outside)) is None
    adapter = Flux.connect(FluxSettings(kubeconfig="/nowhere", contexts=("eu", "us")), Wiring(outside=outside))
    assert adapter is not None
    assert [one.instance for one in adapter.checks()] == ["eu"] * 3 + ["us"] * 3
    await outside.aclose()
