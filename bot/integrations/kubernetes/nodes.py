"""How nodes are judged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered
from bot.integrations.cluster_shapes import condition
from bot.integrations.foreign import shown
from bot.integrations.kubernetes.shapes import Node

_SILENT: Final = timedelta(hours=1)
"""A kubelet tells its state every five minutes at least, and the cluster calls a silent one unknown within one."""


def nodes(found: Sequence[Node], now: datetime) -> Answer:
    """Not ready fails; closed for new pods, short of something, without network or not heard for long warns."""
    if not found:
        return Answer.unknown("It has no nodes, so nothing can run in it")
    return answered(
        (_node(one, now) for one in found), count=len(found), things="nodes", well=f"All {len(found)} nodes are ready"
    )


def _node(node: Node, now: datetime) -> Evidence:
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
        elif ready.heard_at is not None and now - ready.heard_at > _SILENT:
            hours = (now - ready.heard_at) // timedelta(hours=1)
            words, since = f"said that it is ready {hours} h ago, and nothing since", ready.heard_at
            status = Status.WARN
        elif node.spec.unschedulable:
            status, words, since = Status.WARN, "takes no new pods (cordoned)", None
    return Evidence(
        key=f"node:{shown(node.metadata.name, limit=120)}",
        title=shown(node.metadata.name, limit=120),
        status=status,
        since=since,
        detail=shown(words),
    )
