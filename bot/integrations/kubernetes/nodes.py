"""How nodes are judged."""

from collections.abc import Sequence

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered
from bot.integrations.cluster_shapes import condition
from bot.integrations.foreign import shown
from bot.integrations.kubernetes.shapes import Node


def nodes(found: Sequence[Node]) -> Answer:
    """Not ready fails; closed for new pods, short of something or without network warns."""
    if not found:
        return Answer.unknown("It has no nodes, so nothing can run in it")
    return answered(
        (_node(one) for one in found), count=len(found), things="nodes", well=f"All {len(found)} nodes are ready"
    )


def _node(node: Node) -> Evidence:
    ready = condition(node.status.conditions, "Ready")
    status, words, since = Status.OK, "", ready.since if ready else None
    if ready is None or ready.status != "True":
        silent = ready is None or ready.status == "Unknown"
        why = f": {ready.reason or ready.message}" if ready and (ready.reason or ready.message) else ""
        status, words = Status.FAIL, f"{'its kubelet is silent' if silent else 'not ready'}{why}"
    else:
        bad = [
            one
            for one in node.status.conditions
            if (one.type.endswith("Pressure") or one.type == "NetworkUnavailable") and one.status != "False"
        ]
        if bad:
            status, words, since = Status.WARN, ", ".join(one.type for one in bad), bad[0].since
        elif node.spec.unschedulable:
            status, words, since = Status.WARN, "takes no new pods (cordoned)", None
    return Evidence(
        key=f"node:{shown(node.metadata.name, limit=120)}",
        title=shown(node.metadata.name, limit=120),
        status=status,
        since=since,
        detail=shown(words),
    )
