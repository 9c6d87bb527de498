"""What `trivy --format json` prints, as far as we read it: never a match or a line of code, which hold secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

T = TypeVar("T")


def _nothing_as(empty: object) -> BeforeValidator:
    return BeforeValidator(lambda given: empty if given is None else given)


# Go leaves out what is empty, or writes it as null.
Listed = Annotated[list[T], _nothing_as(())]
Text = Annotated[str, _nothing_as("")]
Flag = Annotated[bool, _nothing_as(False)]
Number = Annotated[int, _nothing_as(0)]


def _real(moment: datetime | None) -> datetime | None:
    """Go's zero time is no time."""
    return None if moment is None or moment.year <= 1 else moment


def _having(given: Any, keys: Sequence[str]) -> Any:
    """Any: JSON."""
    if isinstance(given, dict) and not any(key in given for key in keys):
        raise ValueError(f"it has none of {', '.join(keys)}")
    return given


class Vulnerability(BaseModel):
    id: Text = Field(default="", alias="VulnerabilityID")
    package: Text = Field(default="", alias="PkgName")
    installed: Text = Field(default="", alias="InstalledVersion")
    fixed: Text = Field(default="", alias="FixedVersion")
    status: Text = Field(default="", alias="Status")
    severity: Text = Field(default="", alias="Severity")
    url: Text = Field(default="", alias="PrimaryURL")


class Misconfiguration(BaseModel):
    id: Text = Field(default="", alias="ID")
    old_id: Text = Field(default="", alias="AVDID")
    title: Text = Field(default="", alias="Title")
    severity: Text = Field(default="", alias="Severity")
    status: Text = Field(default="", alias="Status")


class Secret(BaseModel):
    rule: Text = Field(default="", alias="RuleID")
    title: Text = Field(default="", alias="Title")
    line: Number = Field(default=0, alias="StartLine")


class Licence(BaseModel):
    name: Text = Field(default="", alias="Name")
    severity: Text = Field(default="", alias="Severity")


class Hidden(BaseModel):
    """A finding that an ignore file or a VEX statement took out. What it was is not needed."""


class ScanResult(BaseModel):
    """What was found in one file or layer. It says at least what it is about."""

    @model_validator(mode="before")
    @classmethod
    def _is_one(cls, given: Any) -> Any:
        """Any: JSON. An object of another kind would pass for a result with nothing found."""
        return _having(given, ("Target", "Class", "Type"))

    target: Text = Field(default="", alias="Target")
    vulnerabilities: Listed[Vulnerability] = Field(default=[], alias="Vulnerabilities")
    misconfigurations: Listed[Misconfiguration] = Field(default=[], alias="Misconfigurations")
    secrets: Listed[Secret] = Field(default=[], alias="Secrets")
    licences: Listed[Licence] = Field(default=[], alias="Licenses")
    hidden: Listed[Hidden] = Field(default=[], alias="ExperimentalModifiedFindings")


class System(BaseModel):
    family: Text = Field(default="", alias="Family")
    name: Text = Field(default="", alias="Name")
    ended: Flag = Field(default=False, alias="EOSL")


class Metadata(BaseModel):
    system: System | None = Field(default=None, alias="OS")


class Scanner(BaseModel):
    version: Text = Field(default="", alias="Version")


class Scan(BaseModel):
    """One artifact."""

    schema_version: Literal[2] = Field(alias="SchemaVersion")
    artifact: str = Field(alias="ArtifactName", min_length=1)
    kind: Text = Field(default="", alias="ArtifactType")
    created: Annotated[AwareDatetime | None, BeforeValidator(lambda given: given or None)] = Field(
        default=None, alias="CreatedAt"
    )
    scanner: Scanner | None = Field(default=None, alias="Trivy")
    metadata: Metadata | None = Field(default=None, alias="Metadata")
    results: Listed[ScanResult] = Field(default=[], alias="Results")

    @property
    def created_at(self) -> datetime | None:
        return _real(self.created)


class Resource(BaseModel):
    """A workload, a role or a node of a cluster. `error` is there where it was not scanned."""

    @model_validator(mode="before")
    @classmethod
    def _is_one(cls, given: Any) -> Any:
        """Any: JSON."""
        return _having(given, ("Kind", "Name"))

    namespace: Text = Field(default="", alias="Namespace")
    kind: Text = Field(default="", alias="Kind")
    name: Text = Field(default="", alias="Name")
    error: Text = Field(default="", alias="Error")
    metadata: Annotated[list[Metadata], BeforeValidator(lambda given: given if isinstance(given, list) else [])] = (
        Field(default=[], alias="Metadata")
    )
    results: Listed[ScanResult] = Field(default=[], alias="Results")

    @property
    def place(self) -> str:
        return "/".join(filter(None, (self.namespace, self.kind, self.name)))


class Cluster(BaseModel):
    """`trivy k8s`. Its lists have had several names."""

    name: Text = Field(default="", alias="ClusterName")
    created: Annotated[AwareDatetime | None, BeforeValidator(lambda given: given or None)] = Field(
        default=None, alias="CreatedAt"
    )
    scanner: Scanner | None = Field(default=None, alias="Trivy")
    findings: Listed[Resource] = Field(default=[], alias="Findings")
    resources: Listed[Resource] = Field(default=[], alias="Resources")
    vulnerable: Listed[Resource] = Field(default=[], alias="Vulnerabilities")
    misconfigured: Listed[Resource] = Field(default=[], alias="Misconfigurations")

    @property
    def created_at(self) -> datetime | None:
        return _real(self.created)

    @property
    def all(self) -> list[Resource]:
        return [*self.findings, *self.resources, *self.vulnerable, *self.misconfigured]


LAYOUTS = ("Findings", "Resources", "Vulnerabilities", "Misconfigurations")


def is_cluster(told: Any) -> bool:
    """Any: JSON."""
    return isinstance(told, dict) and "ClusterName" in told and any(name in told for name in LAYOUTS)
