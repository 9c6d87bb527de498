"""What Gatekeeper keeps in a cluster, as far as we read it."""

from collections.abc import Sequence
from typing import Final

from pydantic import AwareDatetime, BaseModel, Field

from bot.integrations.cluster_shapes import Condition, Flag, Kind, Listed, Text, Thing

TEMPLATES_GROUP: Final = "templates.gatekeeper.sh"
TEMPLATE_VERSIONS: Final = ("v1", "v1beta1", "v1alpha1")
CONSTRAINTS_GROUP: Final = "constraints.gatekeeper.sh"
CONSTRAINTS_VERSION: Final = "v1beta1"
WEBHOOKS: Final = Kind(
    "admissionregistration.k8s.io",
    "v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    namespaced=False,
)
PODS: Final = Kind("", "v1", "Pod", "pods")
OURS: Final = "gatekeeper.sh/system=yes"
"""The label of its own pods."""


def templates(version: str) -> Kind:
    return Kind(TEMPLATES_GROUP, version, "ConstraintTemplate", "constrainttemplates", namespaced=False)


def constraints(name: str, plural: str) -> Kind:
    """Each template makes a kind of its own."""
    return Kind(CONSTRAINTS_GROUP, CONSTRAINTS_VERSION, name, plural, namespaced=False)


class Trouble(BaseModel):
    code: Text = ""
    message: Text = ""


class ByPod(BaseModel):
    id: Text = ""
    enforced: bool | None = None
    """Absent for templates."""
    errors: Listed[Trouble] = ()


class _TemplateStatus(BaseModel):
    created: Flag = False
    by_pod: Listed[ByPod] = Field(default=(), alias="byPod")


class Template(Thing):
    status: _TemplateStatus | None = None


class Violation(BaseModel):
    kind: Text = ""
    namespace: Text = ""
    name: Text = ""
    message: Text = ""

    @property
    def words(self) -> str:
        place = "/".join(filter(None, (self.namespace, self.name)))
        return f"{self.kind} {place}: {self.message}".strip()


class _Scoped(BaseModel):
    action: Text = ""


class _ConstraintSpec(BaseModel):
    action: Text = Field(default="", alias="enforcementAction")
    scoped: Listed[_Scoped] = Field(default=(), alias="scopedEnforcementActions")


class _ConstraintStatus(BaseModel):
    audited_at: AwareDatetime | None = Field(default=None, alias="auditTimestamp")
    total: int | None = Field(default=None, alias="totalViolations")
    """Absent before the first audit, which is not the same as none."""
    violations: Listed[Violation] = ()
    by_pod: Listed[ByPod] = Field(default=(), alias="byPod")


class Constraint(Thing):
    kind: Text = ""
    spec: _ConstraintSpec = _ConstraintSpec()
    status: _ConstraintStatus = _ConstraintStatus()

    @property
    def actions(self) -> Sequence[str]:
        """What is done about a violation. https://open-policy-agent.github.io/gatekeeper/website/docs/violations"""
        action = (self.spec.action or "deny").casefold()
        return [one.action.casefold() for one in self.spec.scoped] if action == "scoped" else [action]

    @property
    def path(self) -> str:
        return f"{self.kind}/{self.metadata.name}" if self.kind else self.metadata.name


class _Hook(BaseModel):
    name: Text = ""


class Webhooks(Thing):
    webhooks: Listed[_Hook] = ()

    @property
    def of_gatekeeper(self) -> bool:
        return any(one.name.endswith(".gatekeeper.sh") for one in self.webhooks)


class _PodStatus(BaseModel):
    phase: Text = ""
    conditions: Listed[Condition] = ()


class Pod(Thing):
    status: _PodStatus = _PodStatus()
