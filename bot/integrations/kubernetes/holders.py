"""Who has what in a cluster, for the access review: people and groups, and the programs that are strong."""

from collections.abc import Sequence

from bot.domain.access import Access, Holder
from bot.integrations.kubernetes.access import EVERYBODY, Rights, made_by_cluster, matters, strength
from bot.integrations.kubernetes.access_shapes import Binding, Role, Subject


def holders(found: Rights, system: str) -> Sequence[Access]:
    """One access a role of somebody's, however many bindings give it."""
    every: dict[tuple[str, str, str], Access] = {}
    for binding in (*found.cluster_bindings, *found.bindings):
        role = found.role_of(binding)
        for subject in binding.subjects:
            if not made_by_cluster(binding, subject):
                one = _access(binding, role, subject, system)
                if one.strong or one.holder is not Holder.MACHINE:
                    every[one.key] = one
    return list(every.values())


def _access(binding: Binding, role: Role | None, subject: Subject, system: str) -> Access:
    inside = binding.metadata.namespace
    program = subject.kind == "ServiceAccount" or subject.name.startswith("system:serviceaccount:")
    return Access(
        system=system,
        principal=subject.path,
        role=f"{binding.role.name} in {inside}" if inside else binding.role.name,
        holder=Holder.MACHINE if program else Holder.PERSON,
        title=f"everybody in the group {subject.name}" if subject.kind == "Group" else subject.name,
        email=subject.name if subject.kind == "User" and "@" in subject.name else None,
        strong=role is not None and bool(strength(role)) and matters(binding, subject),
        note=_note(role, subject),
    )


def _note(role: Role | None, subject: Subject) -> str:
    if role is None:
        return "this role is not there (any more)"
    return "whoever reaches the cluster has it" if subject.name in EVERYBODY else ""
