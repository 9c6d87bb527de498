"""Gatekeeper in each cluster: are its policies kept, is what is there audited, does it work at all."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotInstalled, VendorError
from bot.integrations import Wiring
from bot.integrations.cluster import Cluster
from bot.integrations.cluster_answer import Row, answered, checks_of
from bot.integrations.cluster_shapes import Kind, Thing
from bot.integrations.opa import gatekeeper_judge as judge
from bot.integrations.opa import gatekeeper_shapes as shapes
from bot.integrations.together import both, every


class Gatekeeper:
    """It shows only in clusters in which it is installed."""

    def __init__(self, clusters: Sequence[Cluster], wiring: Wiring) -> None:
        self._clusters = clusters
        self._wiring = wiring

    def checks(self) -> Sequence[Check]:
        constraints = "Does nothing in the cluster violate a policy, and is that looked at?"
        running = "Does Gatekeeper work: its pods, its webhook, its templates?"
        rows = (
            Row(name="opa.constraints", item=Item.SECURITY, question=constraints, ask=self.constraints),
            Row(name="opa.gatekeeper", item=Item.SECURITY, question=running, ask=self.running),
        )
        return checks_of(rows, self._clusters)

    async def aclose(self) -> None:
        for one in self._clusters:
            await one.aclose()

    async def constraints(self, cluster: Cluster) -> Answer:
        await cluster.list(await _templates(cluster), Thing, bare=True)  # says where it is not installed
        found = await _constraints(cluster)
        if not found:
            return Answer.unknown("There is not one constraint, so that nothing is asked of anything")
        oldest = timedelta(minutes=self._wiring.limit("opa.constraints", "minutes", 10))
        now = self._wiring.outside.now()
        evidence = [judge.constraint(one, now, oldest) for one in found]
        many = f"{len(found)} constraint{'' if len(found) == 1 else 's'}"
        return answered(evidence, count=len(found), things="constraints", well=f"{many}: nothing violates them")

    async def running(self, cluster: Cluster) -> Answer:
        templates = await cluster.list(await _templates(cluster), shapes.Template)
        webhooks, pods = await both(
            cluster.list(shapes.WEBHOOKS, shapes.Webhooks), cluster.list(shapes.PODS, shapes.Pod, labels=shapes.OURS)
        )
        running = [one for one in pods if one.status.phase not in ("Succeeded", "Failed")]
        if not running:
            return Answer.unknown("Its kinds are there, and not one pod of Gatekeeper is to be seen")
        if not templates:
            return Answer.unknown("There is not one template, so that it has no policy")
        evidence = [judge.webhook(webhooks), *map(judge.pod, running), *map(judge.template, templates)]
        well = f"{len(running)} pods, the webhook and {len(templates)} templates work"
        return answered(evidence, count=len(evidence), things="parts", well=well)

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        return [one for found in await every(_probed(cluster) for cluster in self._clusters) for one in found]


async def _templates(cluster: Cluster) -> Kind:
    """In the best version that the cluster serves; where it serves none, asking for the first says so."""
    served = await cluster.versions(shapes.TEMPLATES_GROUP)
    return shapes.templates(next((one for one in shapes.TEMPLATE_VERSIONS if one in served), "v1"))


async def _kinds(cluster: Cluster) -> Sequence[Kind]:
    if not await cluster.versions(shapes.CONSTRAINTS_GROUP):
        return ()  # the group is there from the first template on
    served = await cluster.served(shapes.CONSTRAINTS_GROUP, shapes.CONSTRAINTS_VERSION)
    return [shapes.constraints(one.kind, one.name) for one in served if "/" not in one.name]


async def _constraints(cluster: Cluster) -> Sequence[shapes.Constraint]:
    kinds = await _kinds(cluster)
    found = await every(cluster.list(kind, shapes.Constraint) for kind in kinds)
    return [
        one.model_copy(update={"kind": kind.name}) for kind, listed in zip(kinds, found, strict=True) for one in listed
    ]


async def _probed(cluster: Cluster) -> Sequence[tuple[str, str | None]]:
    kinds = [await _templates(cluster), *await _kinds(cluster), shapes.WEBHOOKS, shapes.PODS]
    return await every(_tried(cluster, kind) for kind in kinds)


async def _tried(cluster: Cluster, kind: Kind) -> tuple[str, str | None]:
    what = f"list {kind.right}" + (f" ({cluster.instance})" if cluster.instance else "")
    try:
        await cluster.list(kind, Thing, bare=True)
    except NotInstalled:
        return what, None
    except VendorError as error:
        return what, str(error)
    return what, None
