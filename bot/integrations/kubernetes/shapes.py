"""What Kubernetes tells of nodes, pods and what keeps them running, as far as we read it."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from bot.integrations.cluster_shapes import Condition, Flag, Listed, Number, Text, Texts, Thing

Wanted = Annotated[int, BeforeValidator(lambda given: 1 if given is None else given)]
"""Of replicas: one, where nobody said how many."""


class NodeInfo(BaseModel):
    kubelet: Text = Field(default="", alias="kubeletVersion")
    system: Text = Field(default="", alias="osImage")
    runtime: Text = Field(default="", alias="containerRuntimeVersion")


class NodeSpec(BaseModel):
    unschedulable: Flag = False


class NodeStatus(BaseModel):
    conditions: Listed[Condition] = ()
    info: NodeInfo = Field(default=NodeInfo(), alias="nodeInfo")


class Node(Thing):
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class Version(BaseModel):
    """https://kubernetes.io/docs/reference/using-api/health-checks/ and `kubectl version`."""

    git: str = Field(alias="gitVersion")


class Waiting(BaseModel):
    reason: Text = ""
    message: Text = ""


class Running(BaseModel):
    started_at: AwareDatetime | None = Field(default=None, alias="startedAt")


class Terminated(BaseModel):
    reason: Text = ""
    exit_code: Number = Field(default=0, alias="exitCode")
    finished_at: AwareDatetime | None = Field(default=None, alias="finishedAt")


class ContainerState(BaseModel):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(BaseModel):
    name: Text = ""
    ready: Flag = False
    restarts: Number = Field(default=0, alias="restartCount")
    state: ContainerState = ContainerState()
    last: ContainerState = Field(default=ContainerState(), alias="lastState")


class Container(BaseModel):
    name: Text = ""
    image: Text = ""


class PodSpec(BaseModel):
    restart: Text = Field(default="Always", alias="restartPolicy")
    containers: Listed[Container] = ()


class PodStatus(BaseModel):
    phase: Text = ""
    reason: Text = ""
    message: Text = ""
    conditions: Listed[Condition] = ()
    containers: Listed[ContainerStatus] = Field(default=(), alias="containerStatuses")
    first: Listed[ContainerStatus] = Field(default=(), alias="initContainerStatuses")


class Pod(Thing):
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class TemplateSpec(BaseModel):
    containers: Listed[Container] = ()


class TemplateMetadata(BaseModel):
    annotations: Texts = {}


class Template(BaseModel):
    metadata: TemplateMetadata = TemplateMetadata()
    spec: TemplateSpec = TemplateSpec()


class DeploymentSpec(BaseModel):
    replicas: Wanted = 1
    paused: Flag = False
    template: Template = Template()


class DeploymentStatus(BaseModel):
    observed: Number = Field(default=0, alias="observedGeneration")
    replicas: Number = 0
    updated: Number = Field(default=0, alias="updatedReplicas")
    available: Number = Field(default=0, alias="availableReplicas")
    unavailable: Number = Field(default=0, alias="unavailableReplicas")
    conditions: Listed[Condition] = ()


class Deployment(Thing):
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()


class RollingUpdate(BaseModel):
    partition: Number = 0


class Strategy(BaseModel):
    type: Text = ""
    rolling: RollingUpdate | None = Field(default=None, alias="rollingUpdate")


class StatefulSetSpec(BaseModel):
    replicas: Wanted = 1
    strategy: Strategy = Field(default=Strategy(), alias="updateStrategy")


class StatefulSetStatus(BaseModel):
    observed: Number = Field(default=0, alias="observedGeneration")
    replicas: Number = 0
    ready: Number = Field(default=0, alias="readyReplicas")
    updated: Number = Field(default=0, alias="updatedReplicas")
    current: Text = Field(default="", alias="currentRevision")
    update: Text = Field(default="", alias="updateRevision")


class StatefulSet(Thing):
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus = StatefulSetStatus()


class DaemonSetStatus(BaseModel):
    observed: Number = Field(default=0, alias="observedGeneration")
    desired: Number = Field(default=0, alias="desiredNumberScheduled")
    ready: Number = Field(default=0, alias="numberReady")
    updated: Number = Field(default=0, alias="updatedNumberScheduled")


class DaemonSet(Thing):
    status: DaemonSetStatus | None = None


class ReplicaSetSpec(BaseModel):
    template: Template = Template()


class ReplicaSet(Thing):
    spec: ReplicaSetSpec = ReplicaSetSpec()


class Revised(BaseModel):
    spec: ReplicaSetSpec = ReplicaSetSpec()


class ControllerRevision(Thing):
    """A revision of a stateful set or a daemon set; `data` is the part of it that was changed."""

    revision: Number = 0
    data: Revised | None = None
