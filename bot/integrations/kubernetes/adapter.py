"""Kubernetes' answers to the morning checklist, for each cluster, and what was changed in it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.access import Access, AccessFound
from bot.domain.capabilities import AccessList, ChangeLog, DailyCheck, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import NotInstalled, RateLimited, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.cluster import Cluster, clusters
from bot.integrations.cluster_answer import Row, checks_of
from bot.integrations.cluster_shapes import Kind, Thing
from bot.integrations.foreign import shown
from bot.integrations.kubernetes import access, care, changes, jobs, kinds, nodes, pods, support, versions, workloads
from bot.integrations.kubernetes.access_shapes import Binding, Role
from bot.integrations.kubernetes.care_shapes import Autoscaler, Budget, Certificate, Claim, CronJob, Event, Job
from bot.integrations.kubernetes.holders import holders
from bot.integrations.kubernetes.settings import KubernetesSettings
from bot.integrations.kubernetes.shapes import (
    ControllerRevision,
    DaemonSet,
    Deployment,
    Node,
    Pod,
    ReplicaSet,
    StatefulSet,
    Version,
)
from bot.integrations.together import all_of, both, every

_READ: Final = (
    kinds.NODES,
    kinds.NAMESPACES,
    kinds.PODS,
    kinds.CLAIMS,
    kinds.EVENTS,
    kinds.DEPLOYMENTS,
    kinds.STATEFUL_SETS,
    kinds.DAEMON_SETS,
    kinds.REPLICA_SETS,
    kinds.REVISIONS,
    kinds.JOBS,
    kinds.CRON_JOBS,
    kinds.AUTOSCALERS,
    kinds.BUDGETS,
    kinds.CERTIFICATES,
    kinds.CLUSTER_ROLES,
    kinds.CLUSTER_BINDINGS,
    kinds.ROLES,
    kinds.BINDINGS,
    kinds.ACCOUNTS,
)


class Kubernetes(DailyCheck, AccessList, ChangeLog, Probe):
    def __init__(self, found: Sequence[Cluster], settings: KubernetesSettings, wiring: Wiring) -> None:
        self._clusters = found
        self._known = frozenset(settings.known_admins)
        self._wiring = wiring

    @classmethod
    def connect(cls, settings: KubernetesSettings, wiring: Wiring) -> "Kubernetes":
        # An entry under `systems:` names a cluster, not what may be installed in it.
        return cls(clusters(settings, wiring, named=False), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared: Sequence[tuple[str, Item, str, Callable[[Cluster], Awaitable[Answer]]]] = (
            ("api", Item.DASHBOARDS, "Is the API server ready, with all that it needs?", self.api),
            ("nodes", Item.DASHBOARDS, "Is every node ready, open and not short of anything?", self.nodes),
            ("pods", Item.DASHBOARDS, "Does a pod crash, hang or wait in vain?", self.pods),
            ("jobs", Item.DASHBOARDS, "Did a job fail, or a cron job not run?", self.jobs),
            ("volumes", Item.DASHBOARDS, "Has every claim its volume?", self.volumes),
            ("warnings", Item.DASHBOARDS, "Does the cluster warn of much?", self.warnings),
            ("autoscalers", Item.DASHBOARDS, "Is an autoscaler at its limit, or blind?", self.autoscalers),
            ("workloads", Item.DEPLOYMENTS, "Does every workload run as wanted, and no rollout hang?", self.workloads),
            ("budgets", Item.PATCHES, "Could every node be drained?", self.budgets),
            ("versions", Item.PATCHES, "Are nodes and API server of versions that go together?", self.versions),
            ("certificates", Item.SECURITY, "Is every certificate ready and far from its end?", self.certificates),
            ("access", Item.SECURITY, "Has anybody got strong rights that is not known to?", self.strong),
        )
        if self._wiring.lifecycles is not None:
            asks = "Are Kubernetes, its nodes and images of releases that are supported?"
            declared = (*declared, ("support", Item.PATCHES, asks, self.support))
        rows = [Row(name=f"kubernetes.{what}", item=item, question=asks, ask=ask) for what, item, asks, ask in declared]
        return checks_of(rows, self._clusters)

    async def aclose(self) -> None:
        for one in self._clusters:
            await one.aclose()

    async def api(self, cluster: Cluster) -> Answer:
        """No connection is an answer to this question, and a bad one."""
        try:
            code, lines = await cluster.health("/readyz")
        except RateLimited:
            raise
        except Unavailable as error:
            return Answer(status=Status.FAIL, summary=str(error))
        if code == 200 and ("readyz check passed" in lines or lines.strip() == "ok"):
            return Answer(status=Status.OK, summary="Ready, with all that it needs")
        failed = [line.removeprefix("[-]").partition(" ")[0] for line in lines.splitlines() if line.startswith("[-]")]
        if code >= 500:
            words = f": {', '.join(failed[:5])}" if failed else f" ({code})"
            return Answer(status=Status.FAIL, summary=shown(f"Not ready{words}"))
        return Answer.unknown("Its health page does not say that it is ready")

    async def nodes(self, cluster: Cluster) -> Answer:
        return nodes.nodes(await cluster.list(kinds.NODES, Node), self._wiring.outside.now())

    async def pods(self, cluster: Cluster) -> Answer:
        limits = pods.Limits(
            pending=timedelta(minutes=self._limit("pods", "pending_minutes", 10)),
            unready=timedelta(minutes=self._limit("pods", "unready_minutes", 5)),
            terminating=timedelta(minutes=self._limit("pods", "terminating_minutes", 5)),
            restarts=self._limit("pods", "restarts", 5),
            lately=timedelta(hours=self._limit("pods", "restarts_hours", 24)),
        )
        return pods.pods(await cluster.list(kinds.PODS, Pod), self._wiring.outside.now(), limits)

    async def workloads(self, cluster: Cluster) -> Answer:
        deployments, stateful, daemons = await all_of(
            cluster.list(kinds.DEPLOYMENTS, Deployment),
            cluster.list(kinds.STATEFUL_SETS, StatefulSet),
            cluster.list(kinds.DAEMON_SETS, DaemonSet),
        )
        return workloads.workloads(deployments, stateful, daemons)

    async def jobs(self, cluster: Cluster) -> Answer:
        found, timed = await both(cluster.list(kinds.JOBS, Job), cluster.list(kinds.CRON_JOBS, CronJob))
        late = timedelta(minutes=self._limit("jobs", "late_minutes", 60))
        return await _seen(cluster, [*found, *timed], jobs.jobs(found, timed, self._wiring.outside.now(), late=late))

    async def volumes(self, cluster: Cluster) -> Answer:
        found = await cluster.list(kinds.CLAIMS, Claim)
        return await _seen(cluster, found, care.volumes(found))

    async def warnings(self, cluster: Cluster) -> Answer:
        found = await cluster.list(kinds.EVENTS, Event, fields="type=Warning")
        answer = care.warnings(found, self._wiring.outside.now(), many=self._limit("warnings", "warn", 50))
        return await _seen(cluster, found, answer)

    async def autoscalers(self, cluster: Cluster) -> Answer:
        found = await cluster.list(kinds.AUTOSCALERS, Autoscaler)
        return await _seen(cluster, found, care.autoscalers(found))

    async def budgets(self, cluster: Cluster) -> Answer:
        found = await cluster.list(kinds.BUDGETS, Budget)
        return await _seen(cluster, found, care.budgets(found))

    async def versions(self, cluster: Cluster) -> Answer:
        server, found = await both(cluster.read_as(Version, "/version"), cluster.list(kinds.NODES, Node))
        return versions.versions(server.git, found)

    async def support(self, cluster: Cluster) -> Answer:
        if self._wiring.lifecycles is None:
            raise NotInstalled("Nothing is known about the support of releases")
        facts = self._wiring.lifecycles.facts()
        server, (found, pods_) = await both(
            cluster.read_as(Version, "/version"), both(cluster.list(kinds.NODES, Node), cluster.list(kinds.PODS, Pod))
        )
        return support.support(server.git, found, pods_, facts, self._wiring.today())

    async def certificates(self, cluster: Cluster) -> Answer:
        found = await cluster.list(kinds.CERTIFICATES, Certificate)
        ends_within = timedelta(days=self._limit("certificates", "ends_within_days", 14))
        answer = care.certificates(found, self._wiring.outside.now(), ends_within=ends_within)
        return await _seen(cluster, found, answer)

    @property
    def source(self) -> str:
        return changes.SOURCE

    async def changed(self, since: datetime) -> Sequence[Change]:
        found = await every(self._workloads(cluster) for cluster in self._clusters)
        return [change for told in found for change in changes.changes(told, since)]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        return [one for told in await every(_probed(cluster) for cluster in self._clusters) for one in told]

    async def _workloads(self, cluster: Cluster) -> changes.Workloads:
        of_deployments = both(cluster.list(kinds.DEPLOYMENTS, Deployment), cluster.list(kinds.REPLICA_SETS, ReplicaSet))
        (deployments, replica_sets), stateful, daemons, (revisions, events) = await all_of(
            of_deployments,
            cluster.list(kinds.STATEFUL_SETS, StatefulSet),
            cluster.list(kinds.DAEMON_SETS, DaemonSet),
            both(
                cluster.list(kinds.REVISIONS, ControllerRevision),
                cluster.list(kinds.EVENTS, Event, fields=changes.SCALED_FIELDS),
            ),
        )
        return changes.Workloads(
            name=cluster.instance,
            deployments=deployments,
            replica_sets=replica_sets,
            owners=[*stateful, *daemons],
            revisions=revisions,
            events=events,
        )

    async def strong(self, cluster: Cluster) -> Answer:
        """The check `access`; the method of that name is what the access review asks for."""
        new = timedelta(hours=self._limit("access", "new_hours", 24))
        found = await _rights(cluster)
        return access.access(found, self._wiring.outside.now(), known=self._known, new=new)

    async def access(self) -> AccessFound:
        """Of each cluster by itself: one that does not answer hides nobody of the others."""
        told = await every(_holders(cluster) for cluster in self._clusters)
        failures = [one for one in told if isinstance(one, VendorError)]
        if len(failures) == len(told):
            raise failures[0]
        found = [one for of_cluster in told if not isinstance(of_cluster, VendorError) for one in of_cluster]
        return AccessFound(access=found, unread=[str(one) for one in failures])

    def _limit(self, check: str, name: str, default: float) -> float:
        return self._wiring.limit(f"kubernetes.{check}", name, default)


async def _seen(cluster: Cluster, found: Sequence[object], answer: Answer) -> Answer:
    """Where there may well be nothing, nothing is believed only of a cluster that shows what every cluster has."""
    if found or await cluster.list(kinds.NAMESPACES, Thing, bare=True):
        return answer
    return Answer.unknown("Not even a namespace is to be seen, so that nothing can be told from what is missing")


async def _rights(cluster: Cluster) -> access.Rights:
    cluster_roles, roles, (cluster_bindings, bindings), accounts = await all_of(
        cluster.list(kinds.CLUSTER_ROLES, Role),
        cluster.list(kinds.ROLES, Role),
        both(cluster.list(kinds.CLUSTER_BINDINGS, Binding), cluster.list(kinds.BINDINGS, Binding)),
        cluster.list(kinds.ACCOUNTS, Thing, bare=True),
    )
    return access.Rights(
        cluster_roles=cluster_roles,
        roles=roles,
        cluster_bindings=cluster_bindings,
        bindings=bindings,
        accounts=accounts,
    )


async def _holders(cluster: Cluster) -> Sequence[Access] | VendorError:
    try:
        found = await _rights(cluster)
    except VendorError as error:
        return error
    if not found.cluster_bindings:
        return Unavailable(f"{cluster.title} shows no bindings, not even its own")
    return holders(found, cluster.title)


async def _probed(cluster: Cluster) -> Sequence[tuple[str, str | None]]:
    """Each right by itself, so that all that are missing are told at once."""
    code, _ = await cluster.health("/readyz")
    ready = f"its API server is not ready ({code})" if code >= 500 else None
    return [(_where(cluster, "be reached"), ready), *await every(_tried(cluster, kind) for kind in _READ)]


async def _tried(cluster: Cluster, kind: Kind) -> tuple[str, str | None]:
    what = _where(cluster, f"list {kind.right}")
    try:
        await cluster.list(kind, Thing, bare=True)
    except NotInstalled:
        return what, None
    except VendorError as error:
        return what, str(error)
    return what, None


def _where(cluster: Cluster, what: str) -> str:
    return f"{what} ({cluster.instance})" if cluster.instance else what
