"""Findings of all targets, layers and workloads brought together: each once, within bounds, and nothing secret."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.integrations.foreign import shown, sound
from bot.integrations.trivy.facts import MOST, Facts, Finding, Other, SecretFound
from bot.integrations.trivy.shapes import ScanResult, System, Vulnerability

_SERIOUS: Final = ("CRITICAL", "HIGH")
_LESSER: Final = frozenset({"MEDIUM", "LOW", "UNKNOWN", "NEGLIGIBLE", "NONE"})
# https://trivy.dev/docs/latest/configuration/filtering/#by-status
_WITHOUT_FIX: Final = frozenset(
    {"affected", "not_affected", "under_investigation", "will_not_fix", "fix_deferred", "end_of_life"}
)
_WELL: Final = frozenset({"PASS", "EXCEPTION"})
_FEW: Final = 20


@dataclass(slots=True)
class Reduced:
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
            where = short(f"{place} {one.target}".strip(), 80)
            self.hidden += len(one.hidden)
            for vulnerability in one.vulnerabilities:
                self.vulnerability(vulnerability, where)
            for secret in one.secrets:
                self.secret(secret.rule, secret.title, where, secret.line)
            for wrong in one.misconfigurations:
                if wrong.status.upper() not in _WELL:
                    self.other(wrong.severity, wrong.id or wrong.old_id, wrong.title, where)
            for licence in one.licences:
                self.other(licence.severity, licence.name, f"licence {licence.name}", where)

    def system(self, found: System) -> None:
        if found.ended or not self.system_name:
            self.system_name = short(f"{found.family} {found.name}".strip(), 60)
        self.system_ended = self.system_ended or found.ended

    def secret(self, rule: str, title: str, where: str, line: int = 0) -> None:
        found = SecretFound(rule=short(rule, 60), title=short(title, 60), where=where, line=line)
        self.secrets.setdefault((found.rule, where, line), found)

    def vulnerability(self, one: Vulnerability, where: str) -> None:
        severity = self._severity(one.severity)
        key = (short(one.id, 60), short(one.package, 60), short(one.installed, 50))
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
                    fixed=short(one.fixed, 50),
                    url=url,
                    where=where,
                )
        else:
            self.unfixed[key] = severity

    def other(self, told: str, name: str, title: str, where: str) -> None:
        severity = self._severity(told)
        if severity is None:
            self.lesser_others += 1
        else:
            self.others.append(Other(severity=severity, id=short(name, 60), title=short(title, 80), where=where))

    def _severity(self, told: str) -> Any:
        """CRITICAL or HIGH, else None. Any: a Literal, which mypy does not see in `upper`."""
        severity = told.strip().upper() or "NOT GIVEN"
        if severity in _SERIOUS:
            return severity
        if severity not in _LESSER:
            self.strange.add(short(severity, 30))
        return None

    def facts(self, artifact: str, scanner: str) -> Facts:
        """The worst are kept one by one."""
        found = sorted(self.fixable.values(), key=lambda one: (_SERIOUS.index(one.severity), one.key))
        others = sorted(self.others, key=lambda one: _SERIOUS.index(one.severity))
        secrets = list(self.secrets.values())
        return Facts(
            artifact=short(artifact, 200),
            scanner=short(scanner, 40),
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
            unscanned=[short(one, 120) for one in self.unscanned[:_FEW]],
            more_unscanned=len(self.unscanned[_FEW:]),
        )


def short(text: str, limit: int) -> str:
    return shown(sound(text), limit=limit)
