"""What all objects in a cluster have in common, as far as we read it. Zeros and empty lists are left out there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a thing is called in addresses and in roles: `Kind("apps", "v1", "Deployment", "deployments")`."""

    group: str
    """Empty for the core."""
    version: str
    name: str
    plural: str
    namespaced: bool = True
    page: int = 500
    """How many are read at a time: few, where each is large."""

    @property
    def right(self) -> str:
        """As roles name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def built_in(self) -> bool:
        """Whether every cluster has it. The others come with what is installed, and know no strategic merge."""
        return not self.group or "." not in self.group or self.group.endswith((".k8s.io", ".kubernetes.io"))


Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]
Number = Annotated[int, BeforeValidator(lambda given: 0 if given is None else given)]
Flag = Annotated[bool, BeforeValidator(lambda given: False if given is None else given)]
Listed = Annotated[tuple[T, ...], BeforeValidator(lambda given: () if given is None else given)]
Texts = Annotated[dict[str, Text], BeforeValidator(lambda given: {} if given is None else given)]


class Owner(BaseModel):
    kind: Text = ""
    name: Text = ""
    uid: Text = ""
    controller: Flag = False


class Metadata(BaseModel):
    name: str = Field(min_length=1)
    namespace: Text = ""
    uid: Text = ""
    generation: Number = 0
    resource_version: Text = Field(default="", alias="resourceVersion")
    created_at: AwareDatetime | None = Field(default=None, alias="creationTimestamp")
    deleted_at: AwareDatetime | None = Field(default=None, alias="deletionTimestamp")
    """When it should have been gone, its grace included."""
    labels: Texts = {}
    annotations: Texts = {}
    owners: Listed[Owner] = Field(default=(), alias="ownerReferences")

    @property
    def path(self) -> str:
        """`namespace/name`, or the name of what is in no namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def owner(self) -> Owner | None:
        """What made it and looks after it."""
        return next((one for one in self.owners if one.controller), self.owners[0] if self.owners else None)


class Condition(BaseModel):
    type: str
    status: Text = "Unknown"
    """`True`, `False` or `Unknown`."""
    reason: Text = ""
    message: Text = ""
    observed_generation: int | None = Field(default=None, alias="observedGeneration")
    since: AwareDatetime | None = Field(default=None, alias="lastTransitionTime")
    updated_at: AwareDatetime | None = Field(default=None, alias="lastUpdateTime")
    """Deployments say it: when there was news, though the status stayed."""
    heard_at: AwareDatetime | None = Field(default=None, alias="lastHeartbeatTime")
    """Nodes say it: when their kubelet last told it."""


def condition(conditions: Sequence[Condition], kind: str) -> Condition | None:
    return next((one for one in conditions if one.type == kind), None)


class Thing(BaseModel):
    """Any object; the kinds that are read closer say what they have beside it."""

    metadata: Metadata
