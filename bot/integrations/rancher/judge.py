"""How Rancher's clusters and nodes are judged: by their state first, then by what stands behind it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.rancher.shapes import Cluster, Condition, Node

Limit = Callable[[str, float], float]
Verdict = tuple[Status, str]

_FINE: Final = "active"
_ON_THE_WAY: Final = frozenset(
    ("provisioning", "updating", "upgrading", "waiting", "pending", "reconciling", "removing")
)
_BROKEN: Final = frozenset(("unavailable", "error", "unknown", "failed"))
_WANTED: Final[Mapping[str, Status]] = {
    "Ready": Status.FAIL,
    "Connected": Status.FAIL,
    "Provisioned": Status.WARN,
    "Updated": Status.WARN,
    "NoDiskPressure": Status.WARN,
    "NoMemoryPressure": Status.WARN,
}
"""Conditions of a cluster that must be true, and what it means when one is not."""
_MOVING: Final = ("", "no", "yes", "error")
_PRESSURE: Final = ("DiskPressure", "MemoryPressure", "PIDPressure", "NetworkUnavailable")
_NODES: Final[Mapping[str, Status]] = {
    "active": Status.OK,
    "cordoned": Status.WARN,
    "draining": Status.WARN,
    "drained": Status.WARN,
    "registering": Status.WARN,
    "unavailable": Status.FAIL,
    "error": Status.FAIL,
    "failed": Status.FAIL,
    "unknown": Status.FAIL,
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The clusters that count, and the names for which none was found."""

    clusters: Sequence[Cluster]
    missing: Sequence[str]


def chosen(found: Sequence[Cluster], wanted: Collection[str]) -> Chosen:
    if not wanted:
        return Chosen(found, ())
    known = {name for one in found for name in (one.id, one.name)}
    return Chosen(
        [one for one in found if one.id in wanted or one.name in wanted],
        [name for name in dict.fromkeys(wanted) if name not in known],
    )


def clusters(found: Chosen, now: datetime, limit: Limit, link: Callable[[Cluster], str]) -> Answer:
    """Each cluster with the worst of what is the matter with it."""
    evidence = list(_missing(found.missing))
    for one in found.clusters:
        verdicts = [verdict for verdict in _cluster(one, now, limit) if verdict[0] is not Status.OK]
        if verdicts:
            verdicts.sort(key=lambda each: -each[0].rank)
            evidence.append(
                Evidence(
                    key=f"cluster:{shown(one.id, limit=100)}",
                    title=shown(one.called),
                    status=verdicts[0][0],
                    url=link(one),
                    since=_since(one, _WANTED),
                    detail=shown("; ".join(words for _, words in verdicts)),
                )
            )
    if not evidence and not found.clusters:
        return none_seen()
    if evidence:
        return summed(evidence, f"{len(evidence)} of {len(found.clusters) + len(found.missing)} clusters to look at")
    moving = [one for one in found.clusters if one.state.lower() != _FINE or one.transitioning.lower() == "yes"]
    words = f"{len(found.clusters) - len(moving)} of {len(found.clusters)} clusters are active"
    return Answer(status=Status.OK, summary=f"{words}, the others for a short while not" if moving else words)


def _missing(names: Sequence[str]) -> Sequence[Evidence]:
    words = "is not there, or the token may not see it"
    return [
        Evidence(key=f"cluster:{shown(name, limit=100)}", title=shown(name), status=Status.UNKNOWN, detail=words)
        for name in names
    ]


def none_seen() -> Answer:
    return Answer.unknown("No cluster is to be seen: there is none, or the token has no role in any")


def _cluster(one: Cluster, now: datetime, limit: Limit) -> Sequence[Verdict]:
    found = [_state(one, now, limit("minutes", 30)), *_conditions(one), *_components(one)]
    found += _certificates(one, now, warn=limit("cert_warn", 30), fail=limit("cert_fail", 7))
    if one.provider.lower() == "rke":
        found.append((Status.WARN, "is of RKE1, whose life ended in July 2025"))
    return found


def _state(one: Cluster, now: datetime, minutes: float) -> Verdict:
    state, moving = one.state.lower(), one.transitioning.lower()
    words = f"is {shown(state, limit=30) or 'of no state'}{_why(one.transitioning_message)}"
    if state in _BROKEN or moving == "error":
        return Status.FAIL, words
    if moving not in _MOVING:
        return Status.UNKNOWN, f"{words}, and on its way: {shown(moving, limit=20)}, which we do not know"
    if state == _FINE and moving != "yes":
        return Status.OK, ""
    if state in _ON_THE_WAY or moving == "yes":
        since = _since(one)
        if since is not None and now - timedelta(minutes=minutes) <= since <= now + timedelta(minutes=5):
            return Status.OK, ""
        return Status.WARN, words
    return Status.UNKNOWN, f"{words}, which we do not know" if state else "does not tell its state"


def _since(one: Cluster, kinds: Collection[str] = ()) -> datetime | None:
    """Since when something is not as it should be: conditions are touched again and again, so the oldest counts."""
    times = [
        condition.last_transition_time or condition.last_update_time
        for condition in one.conditions
        if condition.status != "True" and (not kinds or condition.type in kinds)
    ]
    return min((time for time in times if time is not None), default=None)


def _conditions(one: Cluster) -> Sequence[Verdict]:
    return [_condition(condition, _WANTED[condition.type]) for condition in one.conditions if condition.type in _WANTED]


def _condition(condition: Condition, bad: Status) -> Verdict:
    words = f"{condition.type} is {shown(condition.status, limit=20).lower() or 'not told'}{_why(_reason(condition))}"
    match condition.status:
        case "True":
            return Status.OK, ""
        case "False":
            return bad, words
        case _:
            return Status.UNKNOWN, words


def _components(one: Cluster) -> Sequence[Verdict]:
    """Newer Kubernetes tells nothing of them."""
    return [
        (Status.WARN, f"{shown(part.name, limit=40)} is not healthy{_why(_reason(condition))}")
        for part in one.component_statuses
        for condition in part.conditions
        if condition.type == "Healthy" and condition.status != "True"
    ]


def _certificates(one: Cluster, now: datetime, *, warn: float, fail: float) -> Sequence[Verdict]:
    ends = [(each.expiration_date, name) for name, each in one.certificates_expiration.items()]
    found = [
        (Status.UNKNOWN, f"certificate {shown(name, limit=40)} does not tell its end") for end, name in ends if not end
    ]
    known = [(end, name) for end, name in ends if end is not None]
    if known:
        end, name = min(known)
        words = f"certificate {shown(name, limit=40)} ends on {end:%d %b %Y}"
        if end - now < timedelta(days=fail):
            found.append((Status.FAIL, words))
        elif end - now < timedelta(days=warn):
            found.append((Status.WARN, words))
    return found


def nodes(found: Chosen, told: Mapping[str, Sequence[Node]], link: Callable[[Cluster], str]) -> Answer:
    """Each node by its state, and each cluster by whether all of its nodes are to be seen."""
    evidence, count = list(_missing(found.missing)), 0
    for cluster in found.clusters:
        theirs = told.get(cluster.id, ())
        count += len(theirs)
        for node in theirs:
            status, words = _node(node)
            if status is not Status.OK:
                key = f"node:{shown(cluster.id, limit=60)}/{shown(node.called, limit=100)}"
                title = shown(f"{shown(cluster.called, limit=60)}: {node.called}")
                evidence.append(Evidence(key=key, title=title, status=status, url=link(cluster), detail=shown(words)))
        if len(theirs) < max(1, cluster.node_count or 0):
            words = f"shows {len(theirs)} of {cluster.node_count or 'its'} nodes; may the token see them all?"
            key = f"nodes:{shown(cluster.id, limit=100)}"
            evidence.append(
                Evidence(key=key, title=shown(cluster.called), status=Status.UNKNOWN, url=link(cluster), detail=words)
            )
    if not evidence and not found.clusters:
        return none_seen()
    if evidence:
        return summed(evidence, f"{len(evidence)} findings on {count} nodes")
    return Answer(status=Status.OK, summary=f"All {count} nodes of {len(found.clusters)} clusters are active")


def _node(one: Node) -> Verdict:
    state = one.state.lower()
    words = f"is {shown(state, limit=30) or 'of no state'}{_why(one.transitioning_message)}"
    on_the_way = state in _ON_THE_WAY or one.transitioning.lower() == "yes"
    status = _NODES.get(state, Status.WARN if on_the_way else Status.UNKNOWN)
    if one.transitioning.lower() not in _MOVING:
        status = max(status, Status.UNKNOWN, key=lambda each: each.rank)
    elif one.transitioning.lower() == "error":
        status = Status.FAIL
    elif on_the_way:
        status = max(status, Status.WARN, key=lambda each: each.rank)
    if status is not Status.OK:
        return status, words
    ready = next((each for each in one.conditions if each.type == "Ready"), None)
    if ready is not None and ready.status != "True":
        return _condition(ready, Status.FAIL)
    pressed = [each for each in one.conditions if each.type in _PRESSURE and each.status != "False"]
    if pressed:
        return Status.WARN, ", ".join(f"{each.type}{_why(_reason(each))}" for each in pressed)
    return Status.OK, ""


def _reason(condition: Condition) -> str:
    return condition.message or condition.reason


def _why(text: str) -> str:
    words = shown(text, limit=90)
    return f": {words}" if words else ""


def summed(evidence: Sequence[Evidence], words: str) -> Answer:
    """The worst first, the first few of them in the summary."""
    ranked = sorted(evidence, key=lambda one: (-one.status.rank, one.key))
    told = ", ".join(f"{shown(one.title, limit=40)} {shown(one.detail, limit=70)}" for one in ranked[:3])
    status, summary = worst(one.status for one in ranked), shown(f"{words}: {told}", limit=220)
    return Answer(status=status, summary=summary, evidence=ranked, reason=summary if status is Status.UNKNOWN else None)
