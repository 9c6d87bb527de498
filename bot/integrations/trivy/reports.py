"""Reads what `trivy --format json` printed, of one artifact or of a cluster, and reduces it to facts."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.foreign import shown
from bot.integrations.reports import exit_code, json_of, name_of, read_as
from bot.integrations.trivy.facts import Facts
from bot.integrations.trivy.reduce import Reduced
from bot.integrations.trivy.settings import TrivySettings
from bot.integrations.trivy.shapes import Cluster, Scan, is_cluster

_WHAT: Final = "trivy … --format json"
_NAMED: Final = "what was scanned, such as the image without its tag"
_TAG: Final = re.compile(r":[\w][\w.-]{0,127}$")
_NO_NAMES: Final = frozenset({".", "/", "./", ""})


class TrivyReports(ReportReader):
    @classmethod
    def reading(cls, settings: TrivySettings) -> "TrivyReports":  # noqa: ARG003 - one way to read, whatever is set
        return cls()

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        ended = exit_code(about)
        try:
            told = json_of(body, _WHAT)
        except Unreadable:
            if not ended:
                raise
            return _report(name_of(about, "", _NAMED), Facts(failed=f"the scan failed (exit status {ended})"))
        if is_cluster(told):
            return _cluster(read_as(Cluster, told, _WHAT), about)
        if not isinstance(told, dict) or "SchemaVersion" not in told:
            raise Unreadable(f"this is not the output of {_WHAT}: it has no SchemaVersion")
        return _scan(read_as(Scan, told, _WHAT), about)


def _scan(scan: Scan, about: Mapping[str, str]) -> Report:
    usual = repository(scan.artifact) if scan.kind in ("container_image", "") else scan.artifact
    name = name_of(about, "" if usual in _NO_NAMES else usual, _NAMED)
    reduced = Reduced()
    reduced.add(scan.results, "")
    if scan.metadata and scan.metadata.system:
        reduced.system(scan.metadata.system)
    scanner = scan.scanner.version if scan.scanner else ""
    return _report(name, reduced.facts(scan.artifact, scanner), scan.created_at)


def _cluster(cluster: Cluster, about: Mapping[str, str]) -> Report:
    name = name_of(about, cluster.name, "the cluster")
    resources = cluster.all
    if not resources:
        raise Unreadable("the cluster's scan holds not one resource: may its account list workloads?")
    reduced = Reduced()
    for one in resources:
        if one.error:
            reduced.unscanned.append(f"{one.place}: {one.error}")
        reduced.add(one.results, one.place)
        for about_one in one.metadata:
            if about_one.system:
                reduced.system(about_one.system)
    scanner = cluster.scanner.version if cluster.scanner else ""
    return _report(name, reduced.facts(name, scanner), cluster.created_at)


def repository(reference: str) -> str:
    """An image without tag and digest: the next build's name is the same."""
    return _TAG.sub("", reference.partition("@")[0])


def _words(facts: Facts) -> str:
    counted: Sequence[tuple[int, str]] = (
        (facts.with_fix("CRITICAL"), "critical with a fix"),
        (facts.with_fix("HIGH"), "high with a fix"),
        (sum(facts.unfixed.values()), "without a fix"),
        (facts.secret_count, "secrets"),
        (len(facts.others) + facts.more_others, "misconfigurations"),
        (len(facts.unscanned) + facts.more_unscanned, "not scanned"),
    )
    told = [f"{number} {words}" for number, words in counted if number]
    told += [f"{facts.system} is out of support"] if facts.system_ended else []
    return shown(", ".join(told) or "nothing serious")


def _report(name: str, facts: Facts, made_at: datetime | None = None) -> Report:
    words = facts.failed or _words(facts)
    return Report(name=name, facts=facts.model_dump(mode="json", exclude_defaults=True), words=words, made_at=made_at)
