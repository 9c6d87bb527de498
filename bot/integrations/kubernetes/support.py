"""Whether Kubernetes, its nodes' systems and runtimes and the images of known products are still supported."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from bot.domain.check import Answer
from bot.integrations.eol import Facts, Seen, images, short, system_of
from bot.integrations.foreign import shown
from bot.integrations.kubernetes.shapes import Node, Pod

_PROVIDERS: Final = ("-eks", "-gke", "-aliyun", "-tke", "+vmware")
"""What those write behind the number who mend Kubernetes themselves, some of them for longer."""
_RUNTIMES: Final = {"containerd": ("containerd", "containerd"), "docker": ("docker-engine", "Docker Engine")}
_OVER: Final = ("Succeeded", "Failed")


def support(server: str, nodes: Sequence[Node], pods: Sequence[Pod], facts: Facts, today: date) -> Answer:
    if not nodes:
        return Answer.unknown("It has no nodes whose versions could be looked up")
    seen = [_kubernetes(server, "API server")]
    for node in nodes:
        seen += _node(node)
    running = (
        (one.image, f"{pod.metadata.namespace}/{pod.metadata.name}")
        for pod in pods
        if pod.status.phase not in _OVER
        for one in pod.spec.containers
    )
    seen += images(running, facts, today)
    return facts.answer(seen, today, things="Kubernetes, nodes and images")


def _kubernetes(version: str, where: str) -> Seen:
    name = shown(short(version), limit=40)
    mild = any(one in version for one in _PROVIDERS)
    return Seen(product="kubernetes", version=name, title=f"Kubernetes {name or 'unknown'}", where=where, mild=mild)


def _node(node: Node) -> Iterable[Seen]:
    where, info = node.metadata.name, node.status.info
    yield _kubernetes(info.kubelet, where)
    runtime, _, version = info.runtime.partition("://")
    if runtime in _RUNTIMES and version:
        product, title = _RUNTIMES[runtime]
        yield Seen(product=product, version=short(version), title=f"{title} {short(version)}", where=where)
    system = system_of(info.system)
    if system is not None:
        yield Seen(product=system[0], version=system[1], title=info.system, where=where)
