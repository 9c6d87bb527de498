"""How versions are judged: a node may be some minor versions behind its API server, and never ahead of it.

https://kubernetes.io/releases/version-skew-policy/
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered
from bot.integrations.foreign import shown
from bot.integrations.kubernetes.shapes import Node

Minor = tuple[int, int]


def minor_of(version: str) -> Minor | None:
    """Of `v1.33.5-gke.100` and its like. What vendors put behind the number is theirs."""
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})(?!\d)", version.strip())
    return (int(found[1]), int(found[2])) if found else None


def versions(server: str, nodes: Sequence[Node]) -> Answer:
    ours = minor_of(server)
    if ours is None:
        return Answer.unknown(f"Its API server calls its version {shown(server, limit=60) or 'nothing'}")
    if not nodes:
        return Answer.unknown("It has no nodes whose versions could be compared")
    by_version: defaultdict[str, list[str]] = defaultdict(list)
    for node in nodes:
        by_version[node.status.info.kubelet].append(node.metadata.name)
    evidence = [_skew(ours, version, names) for version, names in by_version.items()]
    words = f"The API server is {shown(server, limit=40)}, and no node is too far behind it"
    return answered(evidence, count=len(by_version), things="versions of nodes", well=words)


def _skew(ours: Minor, version: str, names: Sequence[str]) -> Evidence:
    theirs = minor_of(version)
    status, words = _judged(ours, theirs)
    where = names[0] if len(names) == 1 else f"{len(names)} nodes"
    return Evidence(
        key=f"kubelet:{'.'.join(map(str, theirs)) if theirs else shown(version, limit=60)}",
        title=shown(f"{where} at {version or 'no version'}", limit=160),
        status=status,
        detail=words,
    )


def _judged(ours: Minor, theirs: Minor | None) -> tuple[Status, str]:
    if theirs is None or theirs[0] != ours[0]:
        return Status.UNKNOWN, "its version cannot be compared"
    behind = ours[1] - theirs[1]
    allowed = 3 if theirs >= (1, 25) else 2
    if behind < 0:
        return Status.FAIL, "newer than the API server, which is not supported"
    if behind > allowed:
        return Status.FAIL, f"{behind} minor versions behind the API server, {allowed} are supported"
    if behind == allowed:
        return Status.WARN, f"{behind} minor versions behind the API server, the most that is supported"
    return (Status.WARN, "2 minor versions behind the API server") if behind == 2 else (Status.OK, "")
