"""What Argo Rollouts tells of rollouts and analyses, as far as we read it. Zeros are left out there."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from bot.integrations.cluster_shapes import Condition, Flag, Kind, Listed, Number, Text, Thing

ROLLOUTS: Final = Kind("argoproj.io", "v1alpha1", "Rollout", "rollouts")
RUNS: Final = Kind("argoproj.io", "v1alpha1", "AnalysisRun", "analysisruns")
REPLICA_SETS: Final = Kind("apps", "v1", "ReplicaSet", "replicasets")
REVISION: Final = "rollout.argoproj.io/revision"
REVISION_HISTORY: Final = "rollout.argoproj.io/revision-history"
"""Revisions that a replica set was before: it is there once it is used again."""
WORKLOAD_GENERATION: Final = "rollout.argoproj.io/workload-generation"
HASH_LABEL: Final = "rollouts-pod-template-hash"

_absent: Callable[[Any], Any] = lambda given: {} if given is None else given  # noqa: E731
Wanted = Annotated[int, BeforeValidator(lambda given: 1 if given is None else given)]
"""Of replicas: one, where nobody said how many."""
Digits = Annotated[
    str, BeforeValidator(lambda given: "" if given is None else str(given) if type(given) is int else given)
]
"""A number that is told as a text."""


def number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


class Canary(BaseModel):
    steps: Listed[Any] = ()


class Strategy(BaseModel):
    canary: Canary | None = None


class RolloutSpec(BaseModel):
    replicas: Wanted = 1
    paused: Flag = False
    workload: Any = Field(default=None, alias="workloadRef")
    strategy: Annotated[Strategy, BeforeValidator(_absent)] = Strategy()


class Pause(BaseModel):
    reason: Text = ""
    since: AwareDatetime | None = Field(default=None, alias="startTime")


class Weight(BaseModel):
    weight: Number = 0


class Weights(BaseModel):
    canary: Weight | None = None


class CanaryStatus(BaseModel):
    weights: Weights | None = None


class RolloutStatus(BaseModel):
    observed: Digits = Field(default="", alias="observedGeneration")
    workload_observed: Digits = Field(default="", alias="workloadObservedGeneration")
    phase: Text = ""
    message: Text = ""
    abort: Flag = False
    aborted_at: AwareDatetime | None = Field(default=None, alias="abortedAt")
    step: int | None = Field(default=None, alias="currentStepIndex")
    current: Text = Field(default="", alias="currentPodHash")
    stable: Text = Field(default="", alias="stableRS")
    pauses: Listed[Pause] = Field(default=(), alias="pauseConditions")
    controller_pause: Flag = Field(default=False, alias="controllerPause")
    conditions: Listed[Condition] = ()
    canary: CanaryStatus | None = None
    replicas: Number = 0
    updated: Number = Field(default=0, alias="updatedReplicas")
    available: Number = Field(default=0, alias="availableReplicas")


class Rollout(Thing):
    spec: Annotated[RolloutSpec, BeforeValidator(_absent)] = RolloutSpec()
    status: Annotated[RolloutStatus, BeforeValidator(_absent)] = RolloutStatus()

    @property
    def revision(self) -> int:
        return number(self.metadata.annotations.get(REVISION, "")) or 0

    @property
    def promoted(self) -> bool:
        """Whether the version that is wanted is the only one."""
        return bool(self.status.stable) and self.status.stable == self.status.current


class RunStatus(BaseModel):
    phase: Text = ""
    message: Text = ""
    started_at: AwareDatetime | None = Field(default=None, alias="startedAt")


class Run(Thing):
    """An analysis that ran or runs."""

    status: Annotated[RunStatus, BeforeValidator(_absent)] = RunStatus()

    @property
    def revision(self) -> int | None:
        return number(self.metadata.annotations.get(REVISION, ""))

    @property
    def place(self) -> tuple[str, str]:
        """Which analysis of a rollout it is; one that is tried again has the same."""
        labels = self.metadata.labels
        return labels.get("rollout-type", ""), labels.get("step-index", "")


class Container(BaseModel):
    image: Text = ""


class PodSpec(BaseModel):
    containers: Listed[Container] = ()


class Template(BaseModel):
    spec: Annotated[PodSpec, BeforeValidator(_absent)] = PodSpec()


class ReplicaSetSpec(BaseModel):
    template: Annotated[Template, BeforeValidator(_absent)] = Template()


class ReplicaSet(Thing):
    spec: Annotated[ReplicaSetSpec, BeforeValidator(_absent)] = ReplicaSetSpec()

    @property
    def revision(self) -> int | None:
        return number(self.metadata.annotations.get(REVISION, ""))

    @property
    def images(self) -> str | None:
        """`name:tag` of each container, without the registry."""
        found = [one.image.rpartition("/")[2] for one in self.spec.template.spec.containers if one.image]
        return ", ".join(found) or None


class Notice(BaseModel):
    """As our template makes it, see the page."""

    event: str = Field(min_length=1)
    rollout: str = Field(min_length=1)
    namespace: Text = ""
    uid: Text = ""
    revision: Digits = ""
    images: Listed[Text] = ()
    cluster: Text = ""
