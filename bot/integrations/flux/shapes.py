"""What Flux tells of what it applies, of its sources and of who is told, as far as we read it."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from bot.integrations.cluster_shapes import Condition, Flag, Kind, Listed, Number, Text, Texts, Thing, condition

_KUSTOMIZE: Final = "kustomize.toolkit.fluxcd.io"
_HELM: Final = "helm.toolkit.fluxcd.io"
_SOURCE: Final = "source.toolkit.fluxcd.io"
_NOTIFICATION: Final = "notification.toolkit.fluxcd.io"
KUSTOMIZATIONS: Final = Kind(_KUSTOMIZE, "v1", "Kustomization", "kustomizations")
RELEASES: Final = Kind(_HELM, "v2", "HelmRelease", "helmreleases")
GIT: Final = Kind(_SOURCE, "v1", "GitRepository", "gitrepositories")
OCI: Final = Kind(_SOURCE, "v1", "OCIRepository", "ocirepositories")
HELM: Final = Kind(_SOURCE, "v1", "HelmRepository", "helmrepositories")
CHARTS: Final = Kind(_SOURCE, "v1", "HelmChart", "helmcharts")
BUCKETS: Final = Kind(_SOURCE, "v1", "Bucket", "buckets")
RECEIVERS: Final = Kind(_NOTIFICATION, "v1", "Receiver", "receivers")
ALERTS: Final = Kind(_NOTIFICATION, "v1beta3", "Alert", "alerts")
SOURCES: Final = (GIT, OCI, HELM, CHARTS, BUCKETS)

_absent: Callable[[Any], Any] = lambda given: {} if given is None else given  # noqa: E731


class Spec(BaseModel):
    suspend: Flag = False
    interval: Text = ""


class Status(BaseModel):
    observed: Number = Field(default=0, alias="observedGeneration")
    conditions: Listed[Condition] = ()


class Object(Thing):
    """Any of Flux's objects."""

    spec: Annotated[Spec, BeforeValidator(_absent)] = Spec()
    status: Annotated[Status, BeforeValidator(_absent)] = Status()

    def says(self, kind: str) -> Condition | None:
        return condition(self.status.conditions, kind)


class Snapshot(BaseModel):
    """A state of what a Kustomization applies, since when it is so, and when it was last looked at."""

    first: AwareDatetime | None = Field(default=None, alias="firstReconciled")
    last: AwareDatetime | None = Field(default=None, alias="lastReconciled")
    status: Text = Field(default="", alias="lastReconciledStatus")
    metadata: Texts = {}


class SourceRef(BaseModel):
    kind: Text = ""
    name: Text = ""
    namespace: Text = ""


class KustomizationSpec(Spec):
    source: SourceRef | None = Field(default=None, alias="sourceRef")
    target: Text = Field(default="", alias="targetNamespace")


class KustomizationStatus(Status):
    applied: Text = Field(default="", alias="lastAppliedRevision")
    attempted: Text = Field(default="", alias="lastAttemptedRevision")
    history: Listed[Snapshot] = ()


class Kustomization(Object):
    spec: Annotated[KustomizationSpec, BeforeValidator(_absent)] = KustomizationSpec()
    status: Annotated[KustomizationStatus, BeforeValidator(_absent)] = KustomizationStatus()


class Deployed(BaseModel):
    """A version of a Helm release, as its history has it."""

    name: Text = ""
    namespace: Text = ""
    version: Number = 0
    chart: Text = Field(default="", alias="chartVersion")
    app: Text = Field(default="", alias="appVersion")
    status: Text = ""
    at: AwareDatetime | None = Field(default=None, alias="lastDeployed")


class DriftDetection(BaseModel):
    mode: Text = ""


class ReleaseSpec(Spec):
    drift: DriftDetection | None = Field(default=None, alias="driftDetection")
    release: Text = Field(default="", alias="releaseName")
    target: Text = Field(default="", alias="targetNamespace")


class ReleaseStatus(Status):
    history: Listed[Deployed] = ()
    attempted: Text = Field(default="", alias="lastAttemptedRevision")


class Release(Object):
    spec: Annotated[ReleaseSpec, BeforeValidator(_absent)] = ReleaseSpec()
    status: Annotated[ReleaseStatus, BeforeValidator(_absent)] = ReleaseStatus()

    @property
    def runs(self) -> Deployed | None:
        """What runs: the newest entry that is deployed. A failed one may stand before it."""
        return next((one for one in self.status.history if one.status == "deployed"), None)


class Artifact(BaseModel):
    revision: Text = ""
    updated: AwareDatetime | None = Field(default=None, alias="lastUpdateTime")


class SourceSpec(Spec):
    type: Text = ""
    url: Text = ""


class SourceStatus(Status):
    artifact: Artifact | None = None


class Source(Object):
    spec: Annotated[SourceSpec, BeforeValidator(_absent)] = SourceSpec()
    status: Annotated[SourceStatus, BeforeValidator(_absent)] = SourceStatus()


class Involved(BaseModel):
    kind: str
    name: str = Field(min_length=1)
    namespace: Text = ""
    uid: Text = ""


class Notice(BaseModel):
    """An event as notification-controller sends it. What stands in `metadata` depends on its version."""

    involved: Involved = Field(alias="involvedObject")
    reason: Text = ""
    severity: Text = ""
    at: AwareDatetime = Field(alias="timestamp")
    metadata: Texts = {}
