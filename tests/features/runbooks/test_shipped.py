"""The twelve runbooks that ship with Daywatch: sound, and found by what really fires."""

from collections.abc import Iterator

import pytest

from bot.features.runbooks.library import Library
from bot.features.runbooks.lint import lint
from bot.features.runbooks.parts import parts
from tests.features.runbooks.pages import SHIPPED, TODAY, Firing


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    library = Library.load(SHIPPED)
    yield library
    library.close()


def test_they_are_complete_and_without_findings(library: Library) -> None:
    assert library.problems == ()
    assert len(library.pages) >= 12
    assert [str(finding) for finding in lint(SHIPPED, TODAY)] == []


def test_each_fits_one_slack_message_and_has_steps_for_the_card(library: Library) -> None:
    for page in library.pages:
        assert len(parts(page)) == 1
        assert 3 <= len(page.steps) <= 7


@pytest.mark.parametrize(
    ("alertname", "slug"),
    [
        ("KubePodCrashLooping", "crash-looping-pod"),
        ("KubeNodeNotReady", "node-not-ready"),
        ("KubeNodeUnreachable", "node-not-ready"),
        ("KubeletDown", "node-not-ready"),
        ("NodeFilesystemSpaceFillingUp", "disk-filling"),
        ("NodeFilesystemAlmostOutOfFiles", "disk-filling"),
        ("KubePersistentVolumeFillingUp", "disk-filling"),
        ("CertManagerCertExpirySoon", "certificate-expiring"),
        ("KubeClientCertificateExpiration", "certificate-expiring"),
        ("KubeletServerCertificateExpiration", "certificate-expiring"),
        ("KubeletClientCertificateRenewalErrors", "certificate-expiring"),
        ("NGINXTooMany500s", "5xx-surge"),
        ("IstioHigh5xxErrorRate", "5xx-surge"),
        ("KubeAPIErrorBudgetBurn", "5xx-surge"),
        ("CPUThrottlingHigh", "high-latency"),
        ("RabbitmqTooManyMessagesInQueue", "queue-backlog"),
        ("KafkaConsumerLagHigh", "queue-backlog"),
        ("PostgresqlReplicationLag", "database-replication-lag"),
        ("PostgreSQLReplicationLagHigh", "database-replication-lag"),
        ("KubeDeploymentRolloutStuck", "failed-deployment"),
        ("KubeStatefulSetUpdateNotRolledOut", "failed-deployment"),
        ("ArgoCdAppSyncFailed", "failed-deployment"),
        ("VeleroBackupPartialFailures", "backup-failed"),
        ("CoreDNSErrorsHigh", "dns-failure"),
        ("CoreDNSForwardHealthcheckBrokenCount", "dns-failure"),
    ],
)
def test_the_alerts_of_the_usual_mixins_find_their_page(library: Library, alertname: str, slug: str) -> None:
    match, *_ = library.best_for([Firing(labels={"alertname": alertname})])
    assert (match.runbook.slug, match.reason) == (slug, "matches the alert name")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Pod shop/checkout-6d5f9 (checkout) is in CrashLoopBackOff", "crash-looping-pod"),
        ("Node ip-10-0-3-17 is not ready", "node-not-ready"),
        ("disk 81 % full on search-3", "disk-filling"),
        ("TLS certificate of shop.example.com expires in 6 days", "certificate-expiring"),
        ("Checkout: 5xx at 12 %", "5xx-surge"),
        ("p99 of search above 2 s", "high-latency"),
        ("RabbitMQ queue mails has 40k messages", "queue-backlog"),
        ("Replica pg-2 is lagging 900 MB behind: replication lag", "database-replication-lag"),
        ("Deployment checkout 2.15.0 failed in production", "failed-deployment"),
        ("Velero backup shop-daily failed", "backup-failed"),
        ("SERVFAIL for api.example.com", "dns-failure"),
        ("AWS access key found in public repository", "leaked-credential"),
    ],
)
def test_titles_as_people_and_vendors_write_them_find_their_page(library: Library, title: str, slug: str) -> None:
    match, *_ = library.best_for([Firing(title=title)])
    assert (match.runbook.slug, match.reason) == (slug, "matches the title")


def test_a_failed_job_is_a_failed_backup_only_when_its_title_says_so(library: Library) -> None:
    failed = {"alertname": "KubeJobFailed"}
    assert (
        library.best_for([Firing(title="Job shop/pg-backup-29 failed", labels=failed)])[0].runbook.slug
        == "backup-failed"
    )
    assert library.best_for([Firing(title="Job shop/import-29 did not end", labels=failed)]) == ()


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("disk full", "disk-filling"),
        ("certificat expirng", "certificate-expiring"),
        ("pod keeps restarting", "crash-looping-pod"),
        ("postgres lag", "database-replication-lag"),
        ("rolback", "failed-deployment"),
        ("502", "5xx-surge"),
        ("kafka", "queue-backlog"),
        ("no such host", "dns-failure"),
        ("token in git", "leaked-credential"),
    ],
)
def test_what_people_type_at_night_finds_the_page_first(library: Library, words: str, slug: str) -> None:
    assert library.search(words, TODAY).hits[0].runbook.slug == slug
