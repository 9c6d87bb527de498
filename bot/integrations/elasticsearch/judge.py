"""How the state of an Elasticsearch cluster, its disks and its licence is judged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.elasticsearch.shapes import ClusterHealth, Disk, HealthReport, Licence
from bot.integrations.foreign import shown

_COLOURS: Final[Mapping[str, Status]] = {"green": Status.OK, "yellow": Status.WARN, "red": Status.FAIL}


def cluster(
    health: ClusterHealth,
    report: HealthReport | VendorError | None,
    *,
    code: int,
    accepted: str,
    nodes: int,
    longest_wait: float,
) -> Answer:
    """The cluster's own colour, and what its health report says of the reasons."""
    evidence = [*_of_health(health, code, accepted, nodes, longest_wait), *_of_report(report, accepted)]
    name = shown(health.cluster_name, limit=40)
    if not evidence:
        accepts = f" (accepted: {accepted})" if health.status != "green" else ""
        return Answer(status=Status.OK, summary=f"{name} is {health.status}{accepts}, {health.number_of_nodes} nodes")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    told = "; ".join(f"{one.title}: {one.detail}" if one.detail else one.title for one in evidence[:3])
    return _answer(shown(f"{name} is {shown(health.status, limit=20)}: {told}", limit=220), evidence)


def _of_health(health: ClusterHealth, code: int, accepted: str, nodes: int, longest_wait: float) -> list[Evidence]:
    found = []
    colour = _COLOURS.get(health.status, Status.UNKNOWN)
    if colour is not Status.OK and health.status != accepted:
        found.append(_evidence("status", f"{health.unassigned_shards} shards without a place", colour))
    if health.timed_out or code == 408:
        found.append(_evidence("timed-out", "it did not get an answer from its own nodes in time", Status.FAIL))
    if health.number_of_nodes < max(nodes, 1):
        words = f"{health.number_of_nodes} of {max(nodes, 1)} nodes are there"
        found.append(_evidence("nodes", words, Status.FAIL))
    elif not health.number_of_data_nodes:
        found.append(_evidence("data-nodes", "no node that keeps data is there", Status.FAIL))
    if health.relocating_shards:
        found.append(_evidence("relocating", f"{health.relocating_shards} shards are moving", Status.WARN))
    if health.number_of_pending_tasks and health.longest_wait >= longest_wait * 1_000:
        words = f"{health.number_of_pending_tasks} tasks wait, the longest for {health.longest_wait / 1_000:.0f} s"
        found.append(_evidence("pending-tasks", words, Status.WARN))
    return found


def _of_report(report: HealthReport | VendorError | None, accepted: str) -> list[Evidence]:
    if report is None:
        return []
    if isinstance(report, VendorError):
        return [_evidence("health-report", shown(f"its health report is not to be had: {report}"), Status.UNKNOWN)]
    found = [
        _evidence(
            f"indicator:{shown(name, limit=60)}",
            shown(name.replace("_", " ")),
            _COLOURS.get(one.status, Status.UNKNOWN),
            shown(one.symptom) or f"is {shown(one.status, limit=20)}",
        )
        for name, one in report.indicators.items()
        if one.status != "green"
    ]
    if report.status != "green" and not found:
        colour = _COLOURS.get(report.status, Status.UNKNOWN)
        found.append(_evidence("health-report", f"its health report is {shown(report.status, limit=20)}", colour))
    # A single node cannot place replicas, and says so under this name.
    single = accepted == "yellow" and report.indicators.get("shards_availability")
    fine = {"indicator:shards_availability"} if single and single.status == "yellow" else set()
    return [one for one in found if one.key not in fine]


def disks(found: Sequence[Disk], *, warn: float, fail: float) -> Answer:
    """Elasticsearch stops placing shards at 85 %, moves them away at 90, and stops writing at 95."""
    rows = [one for one in found if one.node != "UNASSIGNED"]
    if not rows:
        return Answer.unknown("No node tells how full its disk is")
    silent = [one for one in rows if one.percent is None]
    evidence = [
        _evidence(f"disk:{shown(one.node, limit=80)}", shown(one.node), Status.UNKNOWN, "does not tell")
        for one in silent
    ]
    for one in rows:
        if one.percent is not None and one.percent >= warn:
            status = Status.FAIL if one.percent > fail else Status.WARN
            free = f", {one.free / 1e9:,.0f} GB free" if one.free is not None else ""
            words = f"{one.percent:.0f}% full{free}"
            evidence.append(_evidence(f"disk:{shown(one.node, limit=80)}", shown(one.node), status, words))
    if not evidence:
        fullest = max(one.percent or 0 for one in rows)
        return Answer(status=Status.OK, summary=f"{len(rows)} disks, the fullest {fullest:.0f}% full")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    told = ", ".join(f"{shown(one.title, limit=40)} {one.detail}" for one in evidence[:3])
    return _answer(shown(f"{len(evidence)} of {len(rows)} disks to look at: {told}", limit=220), evidence)


def licence(found: Licence | None, now: datetime, *, days: float) -> Answer:
    if found is None:
        return Answer(status=Status.OK, summary="OpenSearch needs no licence")
    kind, status = shown(found.type, limit=20) or "unnamed", found.status.lower()
    if status in ("expired", "invalid") or (found.expires is not None and found.expires <= now):
        words = f"The licence ({kind}) is {shown(found.status, limit=20) if status != 'active' else 'expired'}"
        return _answer(words, [_evidence("licence", words, Status.FAIL)])
    if status not in ("active", "valid"):
        return Answer.unknown(
            f"The licence ({kind}) is {shown(found.status, limit=40) or 'of no state'}, which we do not know"
        )
    if found.expires is None:
        return Answer(status=Status.OK, summary=f"The licence ({kind}) is active and has no end")
    left = found.expires - now
    words = f"The licence ({kind}) ends on {found.expires:%d %b %Y}, in {left.days} days"
    if left < timedelta(days=days):
        return _answer(words, [_evidence("licence", words, Status.WARN)])
    return Answer(status=Status.OK, summary=words)


def _evidence(key: str, title: str, status: Status, detail: str = "") -> Evidence:
    return Evidence(key=key, title=title, status=status, detail=detail)


def _answer(summary: str, evidence: Sequence[Evidence]) -> Answer:
    status = worst(one.status for one in evidence)
    return Answer(
        status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
    )
