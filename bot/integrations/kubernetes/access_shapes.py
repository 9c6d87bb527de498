"""What Kubernetes tells of roles and of who has them, as far as we read it."""

from pydantic import BaseModel, Field

from bot.integrations.cluster_shapes import Listed, Text, Thing


class Rule(BaseModel):
    verbs: Listed[str] = ()
    groups: Listed[str] = Field(default=(), alias="apiGroups")
    resources: Listed[str] = ()
    names: Listed[str] = Field(default=(), alias="resourceNames")


class Role(Thing):
    """Aggregated ones have their rules filled in by the cluster."""

    rules: Listed[Rule] = ()


class RoleRef(BaseModel):
    kind: str
    name: str


class Subject(BaseModel):
    kind: Text = ""
    name: Text = ""
    namespace: Text = ""

    @property
    def path(self) -> str:
        """As the allow-list names it: `User:ana`, `ServiceAccount:build/ci`."""
        return (
            f"{self.kind}:{self.namespace}/{self.name}" if self.kind == "ServiceAccount" else f"{self.kind}:{self.name}"
        )

    @property
    def shown(self) -> str:
        """Without the domain of an e-mail address: no channel is the place for those."""
        return self.path.partition("@")[0]


class Binding(Thing):
    role: RoleRef = Field(alias="roleRef")
    subjects: Listed[Subject] = ()
