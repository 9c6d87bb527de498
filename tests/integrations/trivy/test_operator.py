"""What trivy-operator found in what runs: an image once, old replica sets never; what it did not scan is no data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from bot.domain.check import Answer, Status
from bot.domain.errors import NotInstalled, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.trivy.adapter import Trivy
from bot.integrations.trivy.settings import TrivySettings
from tests.integrations.contract.server import serving
from tests.integrations.moment import ago, still
from tests.integrations.trivy.operated import (
    AUDITS,
    SECRETS,
    VULNERABILITIES,
    audited,
    exposing,
    found,
    healthy,
    operated,
    replica_set,
    vulnerable,
)
from tests.kubernetes.apiserver import Apiserver
from tests.kubernetes.config import kubeconfig


async def with_adapter(server: Apiserver, do: Callable[[Trivy], Any], **settings: Any) -> Any:
    """Any: whatever is asked of it."""
    outside = Outside(now=still)
    async with serving(server.answer) as address:
        wiring = Wiring(outside=outside, thresholds=settings.pop("limits", {}))
        adapter = Trivy.connect(TrivySettings(kubeconfig=kubeconfig(address), **settings), wiring)
        try:
            return await do(adapter)
        finally:
            await adapter.aclose()
            await outside.aclose()


async def asked(server: Apiserver, check: str = "trivy.workloads", **settings: Any) -> Answer:
    async def ask(adapter: Trivy) -> Answer:
        (one,) = [one for one in adapter.checks() if one.name == check]
        try:
            return await one.ask()
        except NotInstalled:
            raise
        except VendorError as error:
            return Answer.unknown(str(error))

    answer: Answer = await with_adapter(server, ask, **settings)
    return answer


def running(*reports: Mapping[str, Any], **more: Any) -> Apiserver:
    return operated(**more).put("replicasets.apps", replica_set()).put(VULNERABILITIES, *map(dict, reports))


def details(answer: Answer) -> Sequence[str]:
    return [one.detail for one in answer.evidence]


async def test_old_replica_sets_are_left_out_with_their_findings_and_secrets() -> None:
    answer = await asked(healthy())
    assert (answer.status, answer.summary) == (Status.OK, "1 image: all well")
    assert [one.title for one in answer.evidence] == ["registry.example/shop"]


@pytest.mark.parametrize("replicas", [2, None])
async def test_a_critical_finding_with_a_fix_fails(replicas: int | None) -> None:
    server = (
        operated().put("replicasets.apps", replica_set(replicas=replicas)).put(VULNERABILITIES, vulnerable(found()))
    )
    answer = await asked(server)
    assert (answer.status, details(answer)) == (
        Status.FAIL,
        ["critical: CVE-2026-0001 in openssl 3.0.15-1, fixed in 3.0.16-1"],
    )
    assert answer.evidence[0].url == "https://avd.aquasec.com/nvd/cve-2026-0001"


async def test_one_image_in_many_workloads_is_told_once() -> None:
    names = [f"web-{n}" for n in range(100)]
    server = operated().put("replicasets.apps", *(replica_set(name) for name in names))
    server.put(VULNERABILITIES, *(vulnerable(found(), owner=name) for name in names))
    answer = await asked(server)
    assert (len(answer.evidence), answer.summary[:24]) == (1, "1 of 1 image to look at:")
    limits = [int(one.query["limit"][0]) for one in server.requests if one.path.endswith("vulnerabilityreports")]
    assert limits == [40, 40, 40]  # to the end, a few at a time


async def test_another_image_of_the_same_name_is_told_too() -> None:
    moved = {"repository": "shop", "tag": "1.4.2", "digest": "sha256:ee"}
    server = operated().put("replicasets.apps", replica_set(), replica_set("api-1"))
    server.put(VULNERABILITIES, vulnerable(found("CVE-1")), vulnerable(found("CVE-2"), owner="api-1", artifact=moved))
    assert len((await asked(server)).evidence) == 2


async def test_without_a_fix_it_is_no_failure_and_high_with_one_warns() -> None:
    assert (await asked(running(vulnerable(found(fixedVersion=""))))).status is Status.OK
    answer = await asked(running(vulnerable(found(severity="HIGH"))))
    assert (answer.status, details(answer)) == (Status.WARN, ["1 high with a fix, such as CVE-2026-0001 in openssl"])


async def test_a_secret_fails_and_its_match_is_never_read() -> None:
    answer = await asked(running(vulnerable()).put(SECRETS, exposing("aws-access-key-id")))
    assert (answer.status, details(answer)) == (Status.FAIL, ["a secret: aws-access-key-id in /app/.env"])
    assert "hunter2" not in str(answer)


async def test_the_end_of_a_system_and_a_compromised_scanner_fail() -> None:
    ended = await asked(running(vulnerable(os={"family": "debian", "name": "9", "eosl": True})))
    assert (ended.status, details(ended)) == (Status.FAIL, ["debian 9 is at its end of life: no more fixes come"])
    stolen = await asked(running(vulnerable(scanner={"name": "Trivy", "vendor": "Aqua", "version": "0.69.5"})))
    assert stolen.status is Status.FAIL


async def test_an_old_report_is_no_data() -> None:
    answer = await asked(running(vulnerable(updateTimestamp=ago(hours=49))))
    assert (answer.status, details(answer)) == (
        Status.FAIL,
        ["no data: last scanned 49 h ago, in shop/ReplicaSet/web-5b7c"],
    )
    wider = {"trivy.workloads": {"hours": 50}}
    assert (await asked(running(vulnerable(updateTimestamp=ago(hours=49))), limits=wider)).status is Status.OK


async def test_a_report_of_the_future_tells_nothing() -> None:
    answer = await asked(running(vulnerable(updateTimestamp=ago(hours=-3))))
    assert (answer.status, details(answer)) == (Status.UNKNOWN, ["scanned in the future: the clocks differ"])


async def test_what_runs_beside_scanned_things_without_a_report_is_no_data() -> None:
    server = running(vulnerable())
    server.put(
        "replicasets.apps",
        replica_set("api-1"),
        replica_set("gone", 0),
        replica_set("new", creationTimestamp=ago(hours=1)),
    )
    server.put("replicasets.apps", replica_set("coredns", namespace="kube-system"))
    answer = await asked(server)
    assert [(one.title, one.status) for one in answer.evidence if one.status is not Status.OK] == [
        ("shop/api-1", Status.FAIL)
    ]


async def test_without_a_report_of_anything_that_runs_nothing_is_known() -> None:
    for server in (operated(), operated().put(VULNERABILITIES, vulnerable(owner="web-old"))):
        answer = await asked(server)
        assert (answer.status, "no report of anything" in (answer.reason or "")) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    "odd",
    [
        {"updateTimestamp": None},
        {"summary": {"criticalCount": 3, "highCount": 0}},
        {"vulnerabilities": None, "summary": {"highCount": 1}},
        {"vulnerabilities": None, "summary": None},
        {"vulnerabilities": [found(severity="SEVERE")]},
        {"vulnerabilities": [found(severity=None)]},
    ],
)
async def test_what_does_not_fit_together_is_unknown(odd: dict[str, Any]) -> None:
    answer = await asked(running(vulnerable(**odd)))
    assert (answer.status, bool(answer.reason)) == (Status.UNKNOWN, True)


@pytest.mark.parametrize("report", [None, "absent"])
async def test_a_report_without_a_report_is_unknown(report: str | None) -> None:
    empty = {**vulnerable(), "report": None}
    if report == "absent":
        del empty["report"]
    assert (await asked(running(empty))).status is Status.UNKNOWN


async def test_a_report_whose_replica_set_is_not_named_is_not_left_out() -> None:
    secret = exposing("aws-access-key-id")
    secret["metadata"]["ownerReferences"][0]["name"] = ""
    assert (await asked(running(vulnerable()).put(SECRETS, secret))).status is Status.FAIL


async def test_secrets_that_are_counted_and_not_listed_are_unknown() -> None:
    for told in ({"criticalCount": 2}, None):
        counted = exposing(summary=told, secrets=None)
        assert (await asked(running(vulnerable()).put(SECRETS, counted))).status is Status.UNKNOWN


async def test_a_report_with_as_little_as_the_kind_allows_is_read() -> None:
    bare = vulnerable(os=None, scanner=None, registry=None, vulnerabilities=None)
    bare["metadata"].pop("ownerReferences")
    answer = await asked(running(bare))
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.OK, ["shop"])
    nameless = await asked(running(vulnerable(artifact={})))
    assert [one.title for one in nameless.evidence] == ["shop/ReplicaSet/web-5b7c"]


async def test_misconfigured_workloads_warn_in_one_line() -> None:
    audits = audited(("KSV-0014", "HIGH", False), ("KSV-0001", "CRITICAL", True))
    answer = await asked(running(vulnerable()).put(AUDITS, audits))
    assert answer.status is Status.WARN
    words = "1 workload with critical or high misconfigurations, such as KSV-0014 title of KSV-0014"
    assert details(answer)[0] == f"{words} (shop/ReplicaSet/web-5b7c)"
    accepted = await asked(running(vulnerable()).put(AUDITS, audits), accepted=("AVD-KSV-0014@9999-12-31",))
    assert accepted.status is Status.OK


async def test_an_audit_that_is_not_understood_is_unknown() -> None:
    for odd in (audited(("KSV-1", "SEVERE", False)), {**audited(), "report": None}):
        assert (await asked(running(vulnerable()).put(AUDITS, odd))).status is Status.UNKNOWN


async def test_kinds_that_the_operator_does_not_make_are_left_out() -> None:
    assert (await asked(running(vulnerable(), secrets=False, audits=False))).status is Status.OK


async def test_where_the_operator_is_not_there_is_no_line() -> None:
    with pytest.raises(NotInstalled):
        await asked(Apiserver().put("replicasets.apps", replica_set()))


@pytest.mark.parametrize("missing", [VULNERABILITIES, SECRETS, AUDITS, "replicasets.apps"])
async def test_a_missing_right_is_named(missing: str) -> None:
    server = running(vulnerable())
    server.rights = {("list", one) for one in (VULNERABILITIES, SECRETS, AUDITS, "replicasets.apps")} - {
        ("list", missing)
    }
    answer = await asked(server)
    assert (answer.status, f"list {missing}" in (answer.reason or "")) == (Status.UNKNOWN, True)

    async def probe(adapter: Trivy) -> Sequence[tuple[str, str | None]]:
        return await adapter.probe()

    tried = dict(await with_adapter(server, probe))
    assert [what for what, words in tried.items() if words is not None] == [f"list {missing}"]


async def test_critical_patches_of_images_are_what_the_item_for_patches_shows() -> None:
    audits = audited(("KSV-0014", "HIGH", False))
    server = running(vulnerable(found(), found("CVE-2", "HIGH"))).put(AUDITS, audits)
    answer = await asked(server, "trivy.images")
    assert (answer.status, details(answer)) == (
        Status.FAIL,
        ["critical: CVE-2026-0001 in openssl 3.0.15-1, fixed in 3.0.16-1"],
    )
    high = await asked(running(vulnerable(found(severity="HIGH"))).put(AUDITS, audits), "trivy.images")
    assert (high.status, details(high)) == (Status.OK, ["no critical patch waits"])


async def test_both_checks_of_a_cluster_share_one_look() -> None:
    server = healthy()

    async def both(adapter: Trivy) -> None:
        for check in adapter.checks():
            await check.ask()

    await with_adapter(server, both)
    assert sum(one.path.endswith("/vulnerabilityreports") for one in server.requests) == 1
