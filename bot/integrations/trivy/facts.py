"""What we keep of a scan: which findings, by identifier and package, and counts; never what a secret looks like."""

from typing import Literal

from pydantic import BaseModel

MOST: int = 1_000
"""Findings that are kept one by one; the rest is counted."""

Severity = Literal["CRITICAL", "HIGH"]


class Finding(BaseModel):
    """A vulnerability with a fix. Its key is the same over layers, targets and days."""

    severity: Severity
    id: str
    package: str
    installed: str
    fixed: str
    url: str = ""
    where: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.id, self.package, self.installed


class Other(BaseModel):
    """A misconfiguration or a licence, CRITICAL or HIGH."""

    severity: Severity
    id: str
    title: str
    where: str = ""


class SecretFound(BaseModel):
    rule: str
    title: str
    where: str
    line: int = 0


class Facts(BaseModel):
    """`failed` says why there is nothing else: the scan itself failed."""

    failed: str = ""
    artifact: str = ""
    scanner: str = ""
    system: str = ""
    system_ended: bool = False
    fixable: list[Finding] = []
    more: dict[str, int] = {}
    """Of each severity, how many with a fix are not among `fixable`."""
    unfixed: dict[str, int] = {}
    """CRITICAL and HIGH without a fix."""
    others: list[Other] = []
    more_others: int = 0
    secrets: list[SecretFound] = []
    more_secrets: int = 0
    lesser: int = 0
    """Below HIGH."""
    strange: list[str] = []
    """Severities that nobody told us of."""
    hidden: int = 0
    unscanned: list[str] = []
    more_unscanned: int = 0

    def with_fix(self, severity: str) -> int:
        return sum(one.severity == severity for one in self.fixable) + self.more.get(severity, 0)

    @property
    def secret_count(self) -> int:
        return len(self.secrets) + self.more_secrets

    @property
    def serious(self) -> int:
        """All CRITICAL and HIGH, with a fix and without."""
        return len(self.fixable) + sum(self.more.values()) + sum(self.unfixed.values())
