"""What trivy-operator keeps in a cluster, as far as we read it: all of it under `report`, and never a match."""

from typing import Final

from pydantic import AwareDatetime, BaseModel, Field

from bot.integrations.cluster_shapes import Flag, Kind, Listed, Number, Text, Thing

_GROUP: Final = "aquasecurity.github.io"
_AT_A_TIME: Final = 40
"""A hundred reports can be tens of megabytes."""
VULNERABILITIES: Final = Kind(_GROUP, "v1alpha1", "VulnerabilityReport", "vulnerabilityreports", page=_AT_A_TIME)
SECRETS: Final = Kind(_GROUP, "v1alpha1", "ExposedSecretReport", "exposedsecretreports", page=_AT_A_TIME)
AUDITS: Final = Kind(_GROUP, "v1alpha1", "ConfigAuditReport", "configauditreports", page=_AT_A_TIME)
REPLICA_SETS: Final = Kind("apps", "v1", "ReplicaSet", "replicasets")
_LABEL: Final = "trivy-operator.resource"


class Artifact(BaseModel):
    repository: Text = ""
    tag: Text = ""
    digest: Text = ""


class Registry(BaseModel):
    server: Text = ""


class System(BaseModel):
    family: Text = ""
    name: Text = ""
    eosl: Flag = False


class Scanner(BaseModel):
    version: Text = ""


class Summary(BaseModel):
    critical: Number = Field(default=0, alias="criticalCount")
    high: Number = Field(default=0, alias="highCount")
    medium: Number = Field(default=0, alias="mediumCount")
    low: Number = Field(default=0, alias="lowCount")

    @property
    def all(self) -> int:
        return self.critical + self.high + self.medium + self.low


class Found(BaseModel):
    id: Text = Field(default="", alias="vulnerabilityID")
    package: Text = Field(default="", alias="resource")
    installed: Text = Field(default="", alias="installedVersion")
    fixed: Text = Field(default="", alias="fixedVersion")
    severity: Text = ""
    url: Text = Field(default="", alias="primaryLink")


class Exposed(BaseModel):
    target: Text = ""
    rule: Text = Field(default="", alias="ruleID")
    title: Text = ""


class Audited(BaseModel):
    id: Text = Field(default="", alias="checkID")
    title: Text = ""
    severity: Text = ""
    success: Flag = False


class Report(BaseModel):
    updated_at: AwareDatetime | None = Field(default=None, alias="updateTimestamp")
    artifact: Artifact = Artifact()
    registry: Registry = Registry()
    system: System | None = Field(default=None, alias="os")
    scanner: Scanner | None = None
    summary: Summary | None = None
    vulnerabilities: Listed[Found] = ()
    secrets: Listed[Exposed] = ()
    checks: Listed[Audited] = ()

    @property
    def repository(self) -> str:
        return "/".join(filter(None, (self.registry.server, self.artifact.repository)))

    @property
    def image(self) -> str:
        """By its digest: a tag may have been moved."""
        return f"{self.repository}@{self.artifact.digest or self.artifact.tag}"


class Kept(Thing):
    """One report. `report` is missing from no real one."""

    report: Report | None = None

    @property
    def owner(self) -> tuple[str, str]:
        """Kind and name of what was scanned. The name is an annotation where it is too long for a label."""
        owner = self.metadata.owner
        if owner is not None:
            return owner.kind, owner.name
        told = {**self.metadata.annotations, **self.metadata.labels}
        return told.get(f"{_LABEL}.kind", ""), told.get(f"{_LABEL}.name", "")

    @property
    def place(self) -> str:
        return "/".join(filter(None, (self.metadata.namespace, *self.owner)))


class _Wanted(BaseModel):
    replicas: int | None = None


class _Seen(BaseModel):
    replicas: Number = 0


class ReplicaSet(Thing):
    spec: _Wanted = _Wanted()
    status: _Seen = _Seen()

    @property
    def runs(self) -> bool:
        """Old ones stay, with none; their reports stay with them."""
        wanted = 1 if self.spec.replicas is None else self.spec.replicas
        return wanted > 0 or self.status.replicas > 0
