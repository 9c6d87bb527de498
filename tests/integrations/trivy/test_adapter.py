"""How a scan is judged: what must be mended today, what is new since yesterday, and what is not known."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.check import Answer, Status
from bot.domain.report import KeptReport, Report
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.trivy.adapter import Trivy
from bot.integrations.trivy.judge import loose
from bot.integrations.trivy.reports import TrivyReports
from bot.integrations.trivy.settings import TrivySettings
from tests.integrations.contract.asking import Kept
from tests.integrations.moment import AT, still
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

DAY = timedelta(days=1)


def posted(told: Any, age: timedelta = timedelta(0), **about: str) -> KeptReport:
    report = TrivyReports().report(body(told), {"name": "shop", **about})
    return KeptReport(report=report, received_at=AT - age)


async def asked(*kept: KeptReport, check: str = "trivy.scans", limits: Any = None, **settings: Any) -> Answer:
    adapter = Trivy.connect(
        TrivySettings(report_token=SecretStr("t" * 32), **settings),
        Wiring(outside=Outside(now=still), reports=Kept(kept), thresholds=limits or {}),
    )
    (found,) = [one for one in adapter.checks() if one.name == check]
    return await found.ask()


def details(answer: Answer) -> Sequence[str]:
    return [one.detail for one in answer.evidence]


async def test_a_clean_scan_is_ok_and_says_what_is_left() -> None:
    left = [vulnerability("CVE-1", Status="will_not_fix", FixedVersion=""), vulnerability("CVE-2", "MEDIUM")]
    hidden = [{"Type": "vulnerability", "Status": "ignored"}]
    answer = await asked(posted(scan(result(*left, ExperimentalModifiedFindings=hidden))))
    assert (answer.status, answer.summary) == (Status.OK, "1 scan: all well")
    assert details(answer) == [
        "nothing critical or high with a fix, 1 without a fix, 1 lesser, 1 hidden by an ignore file or VEX"
    ]


async def test_a_critical_finding_with_a_fix_fails_with_what_mends_it() -> None:
    answer = await asked(posted(scan(result(vulnerability()))))
    (one,) = answer.evidence
    assert (answer.status, one.status, one.title) == (Status.FAIL, Status.FAIL, "shop")
    assert one.detail == "critical: CVE-2026-0001 in openssl 3.0.15-1, fixed in 3.0.16-1"
    assert (one.key, one.url) == ("shop: CVE-2026-0001 openssl", "https://avd.aquasec.com/nvd/cve-2026-0001")


async def test_what_yesterdays_report_did_not_have_is_new() -> None:
    yesterday = posted(scan(result(vulnerability("CVE-1", "HIGH")), CreatedAt=None), DAY)
    soon_after = posted(scan(CreatedAt=None), DAY - timedelta(hours=23))
    found = [vulnerability("CVE-1", "HIGH"), vulnerability("CVE-2", "HIGH", PkgName="zlib"), vulnerability("CVE-3")]
    now = posted(scan(result(*found), CreatedAt=None))
    answer = await asked(now, soon_after, yesterday)
    assert details(answer) == [
        "critical (new): CVE-3 in openssl 3.0.15-1, fixed in 3.0.16-1",
        "2 high with a fix (1 new), such as CVE-2 in zlib",
    ]
    again = await asked(now, posted(scan(result(*found), CreatedAt=None), DAY))
    assert "new" not in " ".join(details(again))


async def test_without_an_earlier_report_nothing_is_called_new() -> None:
    failed = KeptReport(report=TrivyReports().report(b"", {"name": "shop", "exit_code": "1"}), received_at=AT - DAY)
    for earlier in ((), (failed,)):
        answer = await asked(posted(scan(result(vulnerability()))), *earlier)
        assert "new" not in details(answer)[0]


async def test_high_findings_with_a_fix_warn_also_when_they_are_old() -> None:
    answer = await asked(posted(scan(result(vulnerability(severity="HIGH")))))
    assert (answer.status, details(answer)) == (Status.WARN, ["1 high with a fix, such as CVE-2026-0001 in openssl"])


async def test_a_total_over_the_limit_warns_though_nothing_has_a_fix() -> None:
    many = [vulnerability(f"CVE-{n}", "HIGH", Status="affected", FixedVersion="") for n in range(11)]
    report = posted(scan(result(*many)))
    assert (await asked(report)).status is Status.OK
    answer = await asked(report, limits={"trivy.scans": {"warn": 10}})
    assert (answer.status, details(answer)) == (
        Status.WARN,
        ["11 critical and high in all, with a fix and without (limit 10)"],
    )


async def test_any_secret_fails_and_stays_one() -> None:
    answer = await asked(posted(scan(result(target="app/.env", Secrets=[secret()]))))
    assert (answer.status, details(answer)) == (Status.FAIL, ["a secret: AWS Access Key ID in app/.env, line 3"])
    assert "hunter2" not in str(answer)


async def test_an_operating_system_at_its_end_fails() -> None:
    ended = scan(Metadata={"OS": {"Family": "debian", "Name": "9", "EOSL": True}})
    answer = await asked(posted(ended))
    assert (answer.status, details(answer)) == (
        Status.FAIL,
        ["debian 9 is at its end of life: no more fixes come"],
    )


@pytest.mark.parametrize("version", ["0.69.4", "0.69.5", "v0.69.6", "0.69.4-amd64"])
async def test_a_compromised_scanner_fails_whatever_it_found(version: str) -> None:
    answer = await asked(posted(scan(Trivy={"Version": version})))
    assert answer.status is Status.FAIL
    assert "rotate the secrets of the CI" in details(answer)[0]


@pytest.mark.parametrize("version", ["0.69.3", "0.69.40", "0.70.0", "1.0.69.4", ""])
async def test_other_releases_are_not_accused(version: str) -> None:
    assert (await asked(posted(scan(Trivy={"Version": version})))).status is Status.OK


async def test_misconfigurations_warn() -> None:
    answer = await asked(posted(scan(result(target="Dockerfile", Misconfigurations=[misconfiguration()]))))
    assert (answer.status, details(answer)) == (
        Status.WARN,
        ["1 critical or high misconfiguration, such as DS-0002 Image user should not be 'root' in Dockerfile"],
    )


async def test_a_severity_that_nobody_knows_is_unknown() -> None:
    answer = await asked(posted(scan(result(vulnerability(severity="SEVERE")))))
    assert (answer.status, "SEVERE" in (answer.reason or "")) == (Status.UNKNOWN, True)


async def test_a_resource_that_was_not_scanned_is_no_data() -> None:
    told = cluster(workload(result()), workload(name="job", Error="image not found"))
    answer = await asked(posted(told))
    assert (answer.status, details(answer)) == (
        Status.FAIL,
        ["no data: 1 could not be scanned, such as shop/Deployment/job: image not found"],
    )


async def test_a_scan_that_failed_is_no_data_though_yesterdays_was_clean() -> None:
    failed = KeptReport(report=TrivyReports().report(b"", {"name": "shop", "exit_code": "1"}), received_at=AT)
    answer = await asked(failed, posted(scan(), DAY))
    assert (answer.status, details(answer)) == (Status.FAIL, ["no data: the scan failed (exit status 1)"])


async def test_a_report_older_than_two_days_is_no_data() -> None:
    assert (await asked(posted(scan(CreatedAt=None), timedelta(hours=47)))).status is Status.OK
    answer = await asked(posted(scan(CreatedAt=None), timedelta(hours=49)))
    assert answer.status is Status.FAIL
    assert details(answer) == ["no data: the last report is 49 h old (expected every 2 days)"]
    made = (AT - timedelta(days=5)).isoformat()
    assert (await asked(posted(scan(CreatedAt=made)))).status is Status.FAIL  # sent today, made long ago
    assert (await asked(posted(scan(CreatedAt=made)), report_max_age_hours=200)).status is Status.OK


async def test_a_name_that_must_be_there_fails_while_it_is_not() -> None:
    answer = await asked(posted(scan()), report_names=("shop", "cart"))
    assert (answer.status, details(answer)[0]) == (Status.FAIL, "no data: no report ever came")
    alone = await asked(report_names=("cart",))
    assert alone.status is Status.FAIL


async def test_a_name_that_came_no_more_leaves_after_its_time_unless_it_must_be_there() -> None:
    clean, gone = posted(scan()), posted(scan(CreatedAt=None), timedelta(days=20), name="old")
    assert (await asked(clean, gone)).status is Status.OK
    assert (await asked(clean, gone, report_forget_days=30)).status is Status.FAIL
    assert (await asked(clean, gone, report_names=("old",))).status is Status.FAIL
    nothing = await asked(gone)
    assert (nothing.status, "20 days ago" in (nothing.reason or "")) == (Status.UNKNOWN, True)


async def test_what_is_accepted_is_left_out_until_its_day() -> None:
    today = AT.date()
    report = posted(
        scan(result(vulnerability(), vulnerability("CVE-2", "HIGH"), Misconfigurations=[misconfiguration()]))
    )
    accepted = ("cve-2026-0001", "CVE-2", "AVD-DS-0002")
    until = await asked(report, accepted=tuple(f"{one}@{today}" for one in accepted))
    assert (until.status, details(until)) == (
        Status.OK,
        ["nothing critical or high with a fix, 3 accepted for now"],
    )
    after = await asked(report, accepted=tuple(f"{one}@{today - DAY}" for one in accepted))
    assert after.status is Status.FAIL


@pytest.mark.parametrize("entry", ["CVE-1", "CVE-1@", "@2026-12-31", "CVE-1@soon", "CVE-1@2026-13-01"])
def test_nothing_is_accepted_for_ever(entry: str) -> None:
    with pytest.raises(ValidationError, match="CVE-2026-0001@2026-12-31"):
        TrivySettings(accepted=(entry,))


def test_a_check_that_was_renamed_is_the_same() -> None:
    assert {loose(name) for name in ("DS002", "DS-0002", "AVD-DS-0002", "ds-2")} == {"DS-2"}
    assert loose("CVE-2026-0001") != loose("CVE-2026-0002")


async def test_more_than_can_be_shown_is_counted() -> None:
    many = [vulnerability(f"CVE-{n}") for n in range(1200)]
    rules = [secret(f"rule-{n}", line) for n in range(30) for line in (3, 9)]
    answer = await asked(posted(scan(result(*many, Secrets=rules))))
    assert len(answer.evidence) == 20 + 1 + 20 + 1 + 1
    assert [one for one in details(answer) if one.startswith("and")] == [
        "and 1180 more critical with a fix",
        "and 20 more secrets",
    ]
    assert "a secret: AWS Access Key ID in shop:1.4.2 (debian 12.9), line 3, and 1 more there" in details(answer)


async def test_what_was_kept_in_another_shape_is_unknown() -> None:
    for facts in ({}, {"fixable": 7}, {"artifact": 1}):
        report = Report(name="shop", facts=facts, words="")
        answer = await asked(KeptReport(report=report, received_at=AT))
        assert answer.status is Status.UNKNOWN


async def test_critical_patches_are_what_the_item_for_patches_shows() -> None:
    found = result(vulnerability(), vulnerability("CVE-2", "HIGH"), Secrets=[secret()])
    answer = await asked(posted(scan(found)), posted(scan(), name="cart"), check="trivy.patches")
    assert [(one.title, one.status) for one in answer.evidence] == [("shop", Status.FAIL), ("cart", Status.OK)]
    assert answer.summary.startswith("1 of 2 scans to look at: shop: critical: CVE-2026-0001")
    high = await asked(posted(scan(result(vulnerability(severity="HIGH")))), check="trivy.patches")
    assert high.status is Status.OK


def test_without_a_token_and_a_cluster_it_has_no_checks() -> None:
    assert list(Trivy.connect(TrivySettings(), Wiring(outside=Outside())).checks()) == []
