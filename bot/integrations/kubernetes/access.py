"""Who may do nearly everything in a cluster: which bindings are strong, which are new, which lead nowhere.

https://kubernetes.io/docs/concepts/security/rbac-good-practices/
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered
from bot.integrations.cluster_shapes import Thing
from bot.integrations.foreign import shown
from bot.integrations.kubernetes.access_shapes import Binding, Role, Rule, Subject

EVERYBODY: Final = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts")
_DEFAULT: Final = ("kubernetes.io/bootstrapping", "rbac-defaults")
_OWN: Final = "kube-system"
_STRONG: Final = (
    (("get", "list", "watch"), ("secrets",), "reads secrets"),
    (("create",), ("pods/exec", "pods/attach"), "gets into pods"),
    (("create",), ("serviceaccounts/token",), "makes tokens"),
    (
        ("patch", "update"),
        ("nodes", "validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
        "changes nodes or webhooks",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Everything that was read."""

    cluster_roles: Sequence[Role]
    roles: Sequence[Role]
    cluster_bindings: Sequence[Binding]
    bindings: Sequence[Binding]
    accounts: Sequence[Thing]

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], Role]:
        return {(role.metadata.namespace, role.metadata.name): role for role in (*self.cluster_roles, *self.roles)}

    def role_of(self, binding: Binding) -> Role | None:
        """None when it leads nowhere."""
        place = "" if binding.role.kind == "ClusterRole" else binding.metadata.namespace
        return self._named.get((place, binding.role.name))


def access(found: Rights, now: datetime, *, known: Collection[str], new: timedelta) -> Answer:
    """Strong for everybody, and strong and new, fails; strong and not known, and what leads nowhere, warns."""
    if not found.cluster_roles or not found.cluster_bindings:
        return Answer.unknown("No role or no binding is to be seen, not even those of the cluster itself")
    every = [*found.cluster_bindings, *found.bindings]
    accounts = {one.metadata.path for one in found.accounts}
    evidence = [
        one for binding in every for one in _binding(binding, found.role_of(binding), accounts, known, since=now - new)
    ]
    well = f"None of {len(every)} bindings gives more than is known"
    return answered(evidence, count=len(every), things="bindings", well=well)


def _binding(
    binding: Binding,
    role: Role | None,
    accounts: Collection[str],
    known: Collection[str],
    *,
    since: datetime,
) -> Iterator[Evidence]:
    if role is None:
        yield _told(binding, None, Status.WARN, f"its {binding.role.kind} {binding.role.name} is not there (any more)")
        return
    power = strength(role)
    for subject in binding.subjects:
        if subject.kind == "ServiceAccount" and f"{subject.namespace}/{subject.name}" not in accounts:
            yield _told(binding, subject, Status.WARN, "this service account is not there (any more)")
        elif power and matters(binding, subject):
            yield _strong(binding, subject, power, known, since)


def _strong(binding: Binding, subject: Subject, power: str, known: Collection[str], since: datetime) -> Evidence:
    words = f"{binding.role.name}: {power}"
    if subject.name in EVERYBODY:
        return _told(binding, subject, Status.FAIL, f"everybody has {words}")
    if subject.path in known:
        return _told(binding, subject, Status.OK, words)
    created = binding.metadata.created_at
    if created is not None and created >= since:
        return _told(binding, subject, Status.FAIL, f"new: {words}", created)
    return _told(binding, subject, Status.WARN, words, created)


def matters(binding: Binding, subject: Subject) -> bool:
    """Inside one namespace much is usual; what the cluster gives its own parts is as it was made."""
    if subject.name in EVERYBODY:
        return True
    inside = binding.metadata.namespace
    usual = inside and inside != _OWN and binding.role.name != "cluster-admin"
    return not usual and not made_by_cluster(binding, subject)


def made_by_cluster(binding: Binding, subject: Subject) -> bool:
    """Whether both are the cluster's own; a stranger in one of its bindings is not."""
    key, value = _DEFAULT
    own = binding.metadata.labels.get(key) == value or binding.metadata.name.startswith("system:")
    part = subject.namespace == _OWN if subject.kind == "ServiceAccount" else subject.name.startswith("system:")
    return own and part


def strength(role: Role) -> str:
    """What makes a role strong, in a few words; empty when nothing does."""
    found = dict.fromkeys(words for rule in role.rules for words in _powers(rule))
    return "everything" if "everything" in found else ", ".join(found)


def _powers(rule: Rule) -> Iterator[str]:
    if rule.names:  # of things that are named one by one
        return
    if "*" in rule.verbs and "*" in rule.resources:
        yield "everything"
    if {"escalate", "bind", "impersonate"} & set(rule.verbs) or ("*" in rule.verbs and _of(rule, _ROLES)):
        yield "gives itself more rights"
    for verbs, resources, words in _STRONG:
        if ({*verbs, "*"} & set(rule.verbs)) and _of(rule, resources):
            yield words


_ROLES: Final = ("roles", "clusterroles", "users", "groups")


def _of(rule: Rule, resources: Iterable[str]) -> bool:
    return "*" in rule.resources or any(one in rule.resources for one in resources)


def _told(
    binding: Binding, subject: Subject | None, status: Status, words: str, since: datetime | None = None
) -> Evidence:
    who = shown(subject.shown, limit=80) if subject else ""
    path = shown(binding.metadata.path, limit=90)
    return Evidence(
        key=f"binding:{path}:{who}" if who else f"binding:{path}",
        title=f"{who} by {path}" if who else f"binding {path}",
        status=status,
        since=since,
        detail=shown(words),
    )
