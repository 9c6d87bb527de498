"""Reads what `trivy --format json` printed, of one artifact or of a cluster, and reduces it to facts."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.foreign import shown, sound
from bot.integrations.reports import exit_code, json_of, name_of, read_as
from bot.integrations.trivy.facts import MOST, Facts, Finding, Other, SecretFound
from bot.integrations.trivy.settings import TrivySettings
from bot.integrations.trivy.shapes import Cluster, Scan, ScanResult, System, Vulnerability, is_cluster

_WHAT: Final = "trivy … --format json"
_NAMED: Final = "what was scanned, such as the image without its tag"
_SERIOUS: Final = ("CRITICAL", "HIGH")
_LESSER: Final = frozenset({"MEDIUM", "LOW", "UNKNOWN", "NEGLIGIBLE", "NONE", ""})
# https://trivy.dev/docs/latest/configuration/filtering/#by-status
_WITHOUT_FIX: Final = frozenset(
    {"affected", "not_affected", "under_investigation", "will_not_fix", "fix_deferred", "end_of_life"}
)
_TAG: Final = re.compile(r":[\w][\w.-]{0,127}$")
_NO_NAMES: Final = frozenset({".", "/", "./", ""})
_WELL: Final = frozenset({"PASS", "EXCEPTION"})
_FEW: Final = 20


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
            return _failed(name_of(about, "", _NAMED), ended)
        if is_cluster(told):
            return _cluster(read_as(Cluster, told, _WHAT), about)
        if not isinstance(told, dict) or "SchemaVersion" not in told:
            raise Unreadable(f"this is not the output of {_WHAT}: it has no SchemaVersion")
        return _scan(read_as(Scan, told, _WHAT), about)


def _failed(name: str, ended: int) -> Report:
    words = f"the scan failed (exit status {ended})"
    return Report(name=name, facts=_plain(Facts(failed=words)), words=words)


def _scan(scan: Scan, about: Mapping[str, str]) -> Report:
    usual = repository(scan.artifact) if scan.kind in ("container_image", "") else scan.artifact
    name = name_of(about, "" if usual in _NO_NAMES else usual, _NAMED)
    reduced = _Reduced()
    reduced.add(scan.results, "")
    if scan.metadata and scan.metadata.system:
        reduced.system(scan.metadata.system)
    return reduced.report(name, scan.artifact, scan.scanner.version if scan.scanner else "", scan.created_at)


def _cluster(cluster: Cluster, about: Mapping[str, str]) -> Report:
    name = name_of(about, cluster.name, "the cluster")
    resources = cluster.all
    if not resources:
        raise Unreadable("the cluster's scan holds not one resource: may its account list workloads?")
    reduced = _Reduced()
    for one in resources:
        if one.error:
            reduced.unscanned.append(f"{one.place}: {one.error}")
        reduced.add(one.results, one.place)
        for about_one in one.metadata:
            if about_one.system:
                reduced.system(about_one.system)
    return reduced.report(name, name, cluster.scanner.version if cluster.scanner else "", cluster.created_at)


def repository(reference: str) -> str:
    """An image without tag and digest: the next build's name is the same."""
    return _TAG.sub("", reference.partition("@")[0])


@dataclass(slots=True)
class _Reduced:
    """Findings of all targets and layers, each once."""

    fixable: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    unfixed: dict[tuple[str, str, str], str] = field(default_factory=dict)
    others: list[Other] = field(default_factory=list)
    secrets: dict[tuple[str, str, int], SecretFound] = field(default_factory=dict)
    unscanned: list[str] = field(default_factory=list)
    strange: set[str] = field(default_factory=set)
    lesser: set[tuple[str, str, str]] = field(default_factory=set)
    lesser_others: int = 0
    hidden: int = 0
    system_name: str = ""
    system_ended: bool = False

    def add(self, results: Iterable[ScanResult], place: str) -> None:
        for one in results:
            where = _short(f"{place} {one.target}".strip(), 80)
            self.hidden += len(one.hidden)
            for vulnerability in one.vulnerabilities:
                self._vulnerability(vulnerability, where)
            for secret in one.secrets:
                rule, title = _short(secret.rule, 60), _short(secret.title, 60)
                found = SecretFound(rule=rule, title=title, where=where, line=secret.line)
                self.secrets.setdefault((rule, where, secret.line), found)
            for wrong in one.misconfigurations:
                if wrong.status.upper() not in _WELL:
                    self._other(wrong.severity, wrong.id or wrong.old_id, wrong.title, where)
            for licence in one.licences:
                self._other(licence.severity, licence.name, f"licence {licence.name}", where)

    def system(self, found: System) -> None:
        if found.ended or not self.system_name:
            self.system_name = _short(f"{found.family} {found.name}".strip(), 60)
        self.system_ended = self.system_ended or found.ended

    def _vulnerability(self, one: Vulnerability, where: str) -> None:
        severity = self._severity(one.severity or "NOT GIVEN")
        key = (_short(one.id, 60), _short(one.package, 60), _short(one.installed, 50))
        if severity is None:
            self.lesser.add(key)
        elif one.status.casefold() == "fixed" or (one.fixed and one.status.casefold() not in _WITHOUT_FIX):
            url = one.url if one.url.startswith("https://") and len(one.url) <= 120 else ""
            known = self.fixable.get(key)
            if known is None or (severity == "CRITICAL" and known.severity != "CRITICAL"):
                self.fixable[key] = Finding(
                    severity=severity,
                    id=key[0],
                    package=key[1],
                    installed=key[2],
                    fixed=_short(one.fixed, 50),
                    url=url,
                    where=where,
                )
        else:
            self.unfixed[key] = severity

    def _other(self, told: str, name: str, title: str, where: str) -> None:
        severity = self._severity(told)
        if severity is None:
            self.lesser_others += 1
        else:
            self.others.append(Other(severity=severity, id=_short(name, 60), title=_short(title, 80), where=where))

    def _severity(self, told: str) -> Any:
        """CRITICAL or HIGH, else None. Any: a Literal, which mypy does not see in `upper`."""
        severity = told.strip().upper()
        if severity in _SERIOUS:
            return severity
        if severity not in _LESSER:
            self.strange.add(_short(severity, 30))
        return None

    def report(self, name: str, artifact: str, scanner: str, made_at: datetime | None) -> Report:
        """The worst are kept one by one."""
        found = sorted(self.fixable.values(), key=lambda one: (_SERIOUS.index(one.severity), one.key))
        others = sorted(self.others, key=lambda one: _SERIOUS.index(one.severity))
        secrets = list(self.secrets.values())
        facts = Facts(
            artifact=_short(artifact, 200),
            scanner=_short(scanner, 40),
            system=self.system_name,
            system_ended=self.system_ended,
            fixable=found[:MOST],
            more=dict(Counter(one.severity for one in found[MOST:])),
            unfixed=dict(Counter(severity for key, severity in self.unfixed.items() if key not in self.fixable)),
            others=others[: 5 * _FEW],
            more_others=len(others[5 * _FEW :]),
            secrets=secrets[: 5 * _FEW],
            more_secrets=len(secrets[5 * _FEW :]),
            lesser=len(self.lesser - set(self.fixable)) + self.lesser_others,
            strange=sorted(self.strange)[:_FEW],
            hidden=self.hidden,
            unscanned=[_short(one, 120) for one in self.unscanned[:_FEW]],
            more_unscanned=len(self.unscanned[_FEW:]),
        )
        return Report(name=name, facts=_plain(facts), words=_words(facts), made_at=made_at)


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


def _short(text: str, limit: int) -> str:
    return shown(sound(text), limit=limit)


def _plain(facts: Facts) -> dict[str, Any]:
    return facts.model_dump(mode="json", exclude_defaults=True)
