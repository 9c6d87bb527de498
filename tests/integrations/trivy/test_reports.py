"""What Trivy printed, read: each finding once, nothing of a secret, and whatever is no scan refused with the remedy."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.trivy.facts import MOST, Facts
from bot.integrations.trivy.reports import TrivyReports, repository
from tests.integrations.moment import AT
from tests.integrations.trivy.outputs import (
    body,
    cluster,
    misconfiguration,
    result,
    scan,
    secret,
    vulnerability,
    workload,
)


def read(told: Any, **about: str) -> Report:
    return TrivyReports().report(body(told), about)


def facts(told: Any) -> Facts:
    return Facts.model_validate(read(told).facts)


def test_an_image_is_called_by_its_repository_and_is_as_old_as_its_scan() -> None:
    report = read(scan())
    assert (report.name, report.words) == ("registry.example:5000/shop", "nothing serious")
    assert report.made_at is not None
    assert timedelta(hours=2) < AT - report.made_at < timedelta(hours=4)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("shop", "shop"),
        ("shop:1.4.2", "shop"),
        ("registry.example:5000/shop", "registry.example:5000/shop"),
        ("registry.example:5000/shop:1@sha256:cd", "registry.example:5000/shop"),
        ("a/b@sha256:cd", "a/b"),
    ],
)
def test_the_next_builds_name_is_the_same(reference: str, name: str) -> None:
    assert repository(reference) == name


def test_the_name_that_is_given_comes_first_and_a_folder_needs_one() -> None:
    assert read(scan(), name="cart").name == "cart"
    folder = scan(ArtifactName=".", ArtifactType="filesystem")
    assert read(folder, name="shop-sources").name == "shop-sources"
    with pytest.raises(Unreadable, match=r"add \?name="):
        read(folder)


@pytest.mark.parametrize("results", [None, [], "absent"])
def test_a_scan_that_found_nothing_has_no_results(results: Any) -> None:
    told = scan() if results == "absent" else scan() | {"Results": results}
    assert facts(told) == Facts(artifact="registry.example:5000/shop:1.4.2", scanner="0.66.0", system="debian 12.9")


def test_lists_that_are_null_or_missing_are_empty() -> None:
    empty = result(Vulnerabilities=None, Misconfigurations=None, Secrets=None, Licenses=None)
    assert facts(scan(empty, {"Target": None}, {"Class": "custom"})).serious == 0


def test_the_same_finding_in_several_layers_and_targets_is_one() -> None:
    other = vulnerability(Layer={"DiffID": "sha256:ff"}, PkgPath="usr/lib")
    found = facts(scan(result(vulnerability(), other), result(vulnerability(), target="app/package-lock.json")))
    assert [one.key for one in found.fixable] == [("CVE-2026-0001", "openssl", "3.0.15-1")]
    two = facts(scan(result(vulnerability(), vulnerability(InstalledVersion="1.1"))))
    assert len(two.fixable) == 2


@pytest.mark.parametrize("status", ["affected", "will_not_fix", "fix_deferred", "end_of_life", "under_investigation"])
def test_what_has_no_fix_is_counted_apart(status: str) -> None:
    found = facts(scan(result(vulnerability(Status=status, FixedVersion=None))))
    assert (found.fixable, found.unfixed) == ([], {"CRITICAL": 1})


@pytest.mark.parametrize(
    "told", [{"Status": None}, {"Status": "fixed"}, {"Status": "of_tomorrow"}, {"FixedVersion": ""}]
)
def test_where_a_fix_may_be_it_counts_as_one(told: dict[str, Any]) -> None:
    found = facts(scan(result(vulnerability(**told))))
    assert found.with_fix("CRITICAL") == 1


def test_severities_are_counted_by_their_weight_and_strange_ones_are_named() -> None:
    given = ["critical", "HIGH", "MEDIUM", "LOW", "UNKNOWN", "SEVERE", None]
    found = facts(scan(result(*(vulnerability(f"CVE-{place}", Severity=told) for place, told in enumerate(given)))))
    assert [(one.id, one.severity) for one in found.fixable] == [("CVE-0", "CRITICAL"), ("CVE-1", "HIGH")]
    assert (found.lesser, found.strange) == (5, ["NOT GIVEN", "SEVERE"])
    wrong = facts(scan(result(Misconfigurations=[misconfiguration(severity="")])))
    assert (wrong.others, wrong.strange) == ([], ["NOT GIVEN"])


def test_a_secret_is_told_by_rule_and_place_and_never_shown() -> None:
    found = result(target="app/.env", Class="secret", Secrets=[secret(), secret(), secret(line=9)])
    report = read(scan(found))
    kept = Facts.model_validate(report.facts).secrets
    assert [(one.rule, one.where, one.line) for one in kept] == [
        ("aws-access-key-id", "app/.env", 3),
        ("aws-access-key-id", "app/.env", 9),
    ]
    told = json.dumps(report.facts) + report.words
    assert [word for word in ("hunter2", "export", "****", "\x1b", "Code", "Match") if word in told] == []


def test_only_what_fails_is_a_misconfiguration() -> None:
    checks = [misconfiguration(status=status) for status in ("FAIL", "PASS", "EXCEPTION")]
    found = facts(scan(result(Misconfigurations=checks, Licenses=[{"Severity": "HIGH", "Name": "AGPL-3.0"}])))
    assert [one.id for one in found.others] == ["DS-0002", "AGPL-3.0"]
    renamed = misconfiguration() | {"ID": None}
    assert [one.id for one in facts(scan(result(Misconfigurations=[renamed]))).others] == ["AVD-DS-0002"]


def test_the_end_of_an_operating_system_and_hidden_findings_are_kept() -> None:
    old = scan(
        result(ExperimentalModifiedFindings=[{"Type": "vulnerability", "Status": "ignored"}] * 2),
        Metadata={"OS": {"Family": "debian", "Name": "9", "EOSL": True}},
    )
    found = facts(old)
    assert (found.system, found.system_ended, found.hidden) == ("debian 9", True, 2)
    assert read(old).words == "debian 9 is out of support"


@pytest.mark.parametrize("key", ["Findings", "Resources", "Vulnerabilities"])
def test_a_cluster_is_read_in_each_of_its_layouts(key: str) -> None:
    old = {"OS": {"Family": "alpine", "Name": "3.12", "EOSL": True}}
    told = cluster(
        workload(result(vulnerability()), Metadata=[old]),
        workload(result(vulnerability()), name="api", Metadata=None),
        workload(name="job", Error="image not found"),
        key=key,
    )
    report = read(told)
    found = Facts.model_validate(report.facts)
    assert (report.name, report.words) == (
        "prod-eu",
        "1 critical with a fix, 1 not scanned, alpine 3.12 is out of support",
    )
    assert [one.where for one in found.fixable] == ["shop/Deployment/web shop:1.4.2 (debian 12.9)"]
    assert found.unscanned == ["shop/Deployment/job: image not found"]


def test_what_is_no_resource_does_not_pass_for_a_clean_one() -> None:
    with pytest.raises(Unreadable, match="Resources"):
        read(cluster({"name": "web"}))


def test_an_empty_cluster_is_no_clean_one() -> None:
    for told in (cluster(), cluster() | {"Resources": None}):
        with pytest.raises(Unreadable, match="not one resource"):
            read(told)


def test_a_scan_that_failed_is_told_as_such() -> None:
    for printed in (b"", b"FATAL image scan error"):
        report = TrivyReports().report(printed, {"name": "shop", "exit_code": "1"})
        assert (report.name, report.words) == ("shop", "the scan failed (exit status 1)")
        assert Facts.model_validate(report.facts).failed
        for about in ({"name": "shop"}, {"name": "shop", "exit_code": "0"}, {"exit_code": "1"}):
            with pytest.raises(Unreadable):
                TrivyReports().report(printed, about)


def test_an_exit_status_that_only_says_that_something_was_found_changes_nothing() -> None:
    assert read(scan(), exit_code="1").words == "nothing serious"


@pytest.mark.parametrize(
    "odd",
    [
        {"SchemaVersion": 3},
        {"SchemaVersion": "2"},
        {"SchemaVersion": None},
        {"ArtifactName": ""},
        {"ArtifactName": None},
        {"CreatedAt": "yesterday"},
        {"CreatedAt": "2026-03-02T03:00:22"},
        {"Results": {}},
        {"Results": [None]},
        {"Results": [{}]},
        {"Results": [{"target": "of another kind", "vulnerabilities": []}]},
        {"Results": [{"Target": "x", "Vulnerabilities": "none"}]},
        {"Results": [{"Target": "x", "Vulnerabilities": [{"Severity": 9}]}]},
    ],
)
def test_what_is_not_as_documented_is_refused(odd: dict[str, Any]) -> None:
    told = {key: value for key, value in {**scan(), **odd}.items() if value is not None}
    with pytest.raises(Unreadable, match=r"not the output of trivy … --format json"):
        read(told)


@pytest.mark.parametrize("created", [None, "", "0001-01-01T00:00:00Z"])
def test_a_time_that_is_none_is_not_one(created: str | None) -> None:
    assert read(scan() | {"CreatedAt": created}).made_at is None


def test_a_flood_of_findings_is_kept_within_bounds_the_worst_first() -> None:
    many = [vulnerability(f"CVE-2026-{n}", "HIGH", PkgName="p" * 500) for n in range(MOST + 400)]
    worst = [vulnerability(f"CVE-2027-{n}", "CRITICAL", PrimaryURL="https://" + "u" * 5000) for n in range(100)]
    secrets = [secret(line=n) for n in range(150)]
    report = read(scan(result(*many, *worst, Secrets=secrets)))
    found = Facts.model_validate(report.facts)
    assert (found.with_fix("CRITICAL"), found.with_fix("HIGH"), found.secret_count) == (100, MOST + 400, 150)
    assert [one.severity for one in found.fixable[:100]] == ["CRITICAL"] * 100
    assert len(json.dumps(report.facts)) < 256 * 1024
