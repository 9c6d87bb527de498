"""What Kubernetes tells of its objects, as far as we read it."""

from pydantic import BaseModel, Field

from bot.integrations.cluster_shapes import Condition, Flag, Listed, Text, Thing


class NodeInfo(BaseModel):
    kubelet: Text = Field(default="", alias="kubeletVersion")


class NodeSpec(BaseModel):
    unschedulable: Flag = False


class NodeStatus(BaseModel):
    conditions: Listed[Condition] = ()
    info: NodeInfo = Field(default=NodeInfo(), alias="nodeInfo")


class Node(Thing):
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()
