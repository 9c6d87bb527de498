"""Kubernetes' checks: every row of how nodes, pods, workloads, jobs and the rest are judged."""

from dataclasses import replace
from typing import Any, Final

import pytest

from bot.domain.check import Answer, Status
from bot.domain.errors import NotInstalled
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.kubernetes.adapter import Kubernetes
from bot.integrations.kubernetes.settings import KubernetesSettings
from tests.integrations.contract.server import Canned, said
from tests.integrations.kubernetes.asking import asked, connected
from tests.integrations.kubernetes.scripted import CERTIFICATES, bare, healthy
from tests.integrations.moment import ago
from tests.kubernetes import things
from tests.kubernetes.apiserver import Apiserver, Thing, status

OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN
PROGRESSING = "Progressing"


def only(answer: Answer) -> tuple[Status, str]:
    """The status and what is said of the one finding, or the summary where there is none."""
    if not answer.evidence:
        return answer.status, answer.summary
    (one,) = answer.evidence
    assert one.status is answer.status
    return answer.status, one.detail


def seen() -> Apiserver:
    return bare().put("namespaces", things.namespace())


async def test_an_api_server_that_lacks_something_fails_and_says_what() -> None:
    server = Apiserver(health={"ping": True, "etcd": False})
    assert (await asked("api", server)).summary == "Not ready: etcd"
    assert (await asked("api", server)).status is FAIL


@pytest.mark.parametrize(
    ("page", "expected"),
    [(said("ok"), OK), (said("[+]ping ok\nreadyz check passed\n"), OK), (said("hello"), UNKNOWN), (said(""), UNKNOWN)],
)
async def test_a_health_page_must_say_that_it_is_ready(page: Canned, expected: Status) -> None:
    server = Apiserver()
    server.fail("GET /readyz", page)
    assert (await asked("api", server)).status is expected


async def test_a_missing_right_to_the_health_page_is_named() -> None:
    server = Apiserver()
    server.fail("GET /readyz", status(403, "Forbidden", "no"), times=9)
    assert "Give it the right to get /readyz." in ((await asked("api", server)).reason or "")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (things.node(), (OK, "All 1 nodes are ready")),
        (things.node(ready="False"), (FAIL, "not ready: KubeletReady")),
        (things.node(ready="Unknown"), (FAIL, "its kubelet is silent: KubeletReady")),
        (things.node(unschedulable=True), (WARN, "takes no new pods (cordoned)")),
        ({**things.node(), "status": {}}, (FAIL, "its kubelet is silent")),
    ],
)
async def test_a_node(node: Thing, expected: tuple[Status, str]) -> None:
    assert only(await asked("nodes", seen().put("nodes", node))) == expected


@pytest.mark.parametrize("kind", ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"])
@pytest.mark.parametrize("value", ["True", "Unknown"])
async def test_a_node_that_is_short_of_something(kind: str, value: str) -> None:
    node = things.node()
    node["status"]["conditions"].append({"type": kind, "status": value})
    assert only(await asked("nodes", seen().put("nodes", node))) == (WARN, kind)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(4, (OK, "All 1 nodes are ready")), (190, (WARN, "said that it is ready 3 h ago, and nothing since"))],
)
async def test_a_node_that_was_not_heard_for_long(minutes: float, expected: tuple[Status, str]) -> None:
    node = things.node()
    for condition in node["status"]["conditions"]:
        condition["lastHeartbeatTime"] = ago(minutes=minutes)
    assert only(await asked("nodes", seen().put("nodes", node))) == expected


async def test_a_bad_node_on_the_second_page_is_found() -> None:
    server = seen().put("nodes", *(things.node(f"node-{number}") for number in range(5)))
    server.page = 2
    server.put("nodes", things.node("node-9", ready="Unknown"))
    assert (await asked("nodes", server)).status is FAIL


def waiting(reason: str, **more: Any) -> dict[str, Any]:
    return {"containerStatuses": [things.container(state={"waiting": {"reason": reason}}, ready=False, **more)]}


def unready(since: str | None = None, **container: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": since}] if since else []
    return {"conditions": conditions, "containerStatuses": [things.container(ready=False, **container)]}


def ended(reason: str, **when: float) -> dict[str, Any]:
    return {"terminated": {"reason": reason, "exitCode": 137, "finishedAt": ago(**when)}}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, (OK, "All 1 pods are as they should be")),
        ({"phase": "Succeeded", "conditions": []}, (OK, "All 1 pods are as they should be")),
        (waiting("CrashLoopBackOff"), (FAIL, "web: CrashLoopBackOff")),
        (
            waiting("CrashLoopBackOff", restartCount=17, lastState=ended("OOMKilled", minutes=2)),
            (FAIL, "web: CrashLoopBackOff, last ended OOMKilled"),
        ),
        ({"phase": "Pending", **waiting("ImagePullBackOff")}, (FAIL, "web: ImagePullBackOff")),
        ({"phase": "Pending", **waiting("CreateContainerConfigError")}, (FAIL, "web: CreateContainerConfigError")),
        ({"phase": "Pending", **waiting("ContainerCreating")}, (FAIL, "pending: not started yet")),
        (
            {"initContainerStatuses": [things.container("init", state={"waiting": {"reason": "CrashLoopBackOff"}})]},
            (FAIL, "init: CrashLoopBackOff"),
        ),
        (unready(ago(minutes=6)), (FAIL, "runs but is not ready: web")),
        (unready(ago(minutes=4)), (OK, "All 1 pods are as they should be")),
        (unready(), (FAIL, "runs but is not ready: web")),
        (unready(state={"running": {"startedAt": ago(minutes=1)}}), (OK, "All 1 pods are as they should be")),
        (
            {"containerStatuses": [], "conditions": []},
            (FAIL, "runs but is not ready: no reason given"),
        ),
        ({"phase": "Failed", "reason": "Evicted"}, (WARN, "evicted; what is left of it can be deleted")),
        ({"phase": "Failed", "reason": "NodeShutdown"}, (FAIL, "failed: NodeShutdown")),
        (
            {"phase": "Failed", "containerStatuses": [things.container(state=ended("Error", days=1))]},
            (FAIL, "failed: web ended Error"),
        ),
        ({"phase": "Unknown"}, (FAIL, "nobody knows its state: its node is silent")),
        ({"phase": "Dreaming"}, (UNKNOWN, "has the phase Dreaming, which we do not know")),
        ({"phase": None}, (UNKNOWN, "has the phase of nothing, which we do not know")),
        (
            {"containerStatuses": [things.container(restartCount=1, lastState=ended("OOMKilled", hours=3))]},
            (WARN, "web ran out of memory"),
        ),
        (
            {"containerStatuses": [things.container(restartCount=9, lastState=ended("Error", hours=3))]},
            (WARN, "web restarted, 9 times by now: web ended Error"),
        ),
        (
            {"containerStatuses": [things.container(restartCount=900, lastState=ended("OOMKilled", days=3))]},
            (OK, "All 1 pods are as they should be"),
        ),
    ],
)
async def test_a_pod(told: dict[str, Any], expected: tuple[Status, str]) -> None:
    assert only(await asked("pods", seen().put("pods", things.pod(**told)))) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(2, WARN), (11, FAIL)])
async def test_a_pod_that_waits_for_a_node(minutes: float, expected: Status) -> None:
    pod = things.pod(phase="Pending", containerStatuses=None)
    pod["metadata"]["creationTimestamp"] = ago(minutes=minutes)
    pod["status"]["conditions"] = [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]
    assert only(await asked("pods", seen().put("pods", pod))) == (expected, "pending: 0/3 nodes are available")


@pytest.mark.parametrize(("minutes", "expected"), [(-1, OK), (4, OK), (6, FAIL)])
async def test_a_pod_that_should_be_gone(minutes: float, expected: Status) -> None:
    pod = things.pod(phase="Pending")
    pod["metadata"]["deletionTimestamp"] = ago(minutes=minutes)
    assert (await asked("pods", seen().put("pods", pod))).status is expected


async def test_a_pod_of_a_job_may_fail_and_may_end_not_ready() -> None:
    completed = {"terminated": {"reason": "Completed", "exitCode": 0, "finishedAt": ago(hours=1)}}
    failed, done = things.pod("a", phase="Failed"), things.pod("b", **unready(ago(hours=1), state=completed))
    failed["metadata"]["ownerReferences"] = things.owner("Job", "nightly-1")
    done["spec"]["restartPolicy"] = "Never"
    assert (await asked("pods", seen().put("pods", failed, done))).status is OK


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"running": {"startedAt": ago(hours=1)}}, FAIL),
        ({"running": {"startedAt": ago(minutes=1)}}, OK),
        (ended("Error", hours=1), FAIL),
    ],
)
async def test_what_still_runs_of_a_job_should_be_ready(state: Thing, expected: Status) -> None:
    pod = things.pod(**unready(ago(hours=1), state=state))
    pod["spec"]["restartPolicy"] = "OnFailure"
    assert (await asked("pods", seen().put("pods", pod))).status is expected


async def test_a_container_that_is_not_ready_counts_more_than_a_pod_that_says_it_is() -> None:
    pod = things.pod(containerStatuses=[things.container(), things.container("proxy", ready=False)])
    assert only(await asked("pods", seen().put("pods", pod))) == (FAIL, "runs but is not ready: proxy")


async def test_pods_of_one_workload_in_the_same_trouble_are_one_finding_with_a_lasting_key() -> None:
    pods = [things.pod(f"web-5b7c-{number}", **waiting("CrashLoopBackOff")) for number in range(3)]
    (one,) = (await asked("pods", seen().put("pods", *pods))).evidence
    assert (one.key, one.title, one.detail) == (
        "pod:shop/web:CrashLoopBackOff",
        "shop/web",
        "3 pods: web: CrashLoopBackOff",
    )


@pytest.mark.parametrize(
    ("owner", "title"),
    [
        (("ReplicaSet", "web-5b7c"), "shop/web"),
        (("StatefulSet", "db"), "shop/db"),
        (("Job", "nightly-29371140"), "shop/nightly"),
        (("Job", "migrate-7"), "shop/migrate-7"),
        (("Node", "node-1"), "shop/etcd-node-1"),
        (None, "shop/etcd-node-1"),
    ],
)
async def test_a_pod_is_known_by_what_lasts(owner: tuple[str, str] | None, title: str) -> None:
    pod = things.pod("etcd-node-1", **waiting("CrashLoopBackOff"))
    pod["metadata"]["ownerReferences"] = things.owner(*owner) if owner else None
    (one,) = (await asked("pods", seen().put("pods", pod))).evidence
    assert (one.title, one.key) == (title, f"pod:{title}:CrashLoopBackOff")


def progressing(value: str, reason: str) -> list[Thing]:
    return [{"type": "Available", "status": "True"}, {"type": PROGRESSING, "status": value, "reason": reason}]


@pytest.mark.parametrize(
    ("told", "spec", "expected"),
    [
        ({}, {}, (OK, "All 1 workloads run as wanted")),
        ({"observedGeneration": 3}, {}, (WARN, "changed, and its controller has not looked yet")),
        ({"updatedReplicas": 1, "replicas": 4}, {}, (WARN, "rollout in progress, 1 of 3 pods updated")),
        ({"updatedReplicas": None}, {}, (WARN, "rollout in progress, 0 of 3 pods updated")),
        ({"replicas": 4}, {}, (WARN, "rollout in progress, 3 of 3 pods updated")),
        (
            {"replicas": 5, "updatedReplicas": 5, "readyReplicas": 5, "availableReplicas": 5},
            {},
            (WARN, "5 pods, and 3 are wanted"),
        ),
        ({"availableReplicas": 2, "unavailableReplicas": 1}, {}, (WARN, "2 of 3 pods available")),
        ({"availableReplicas": None}, {}, (FAIL, "0 of 3 pods available")),
        (
            {"conditions": [{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}]},
            {},
            (FAIL, "3 of 3 pods available, too few (MinimumReplicasUnavailable)"),
        ),
        (
            {"availableReplicas": 1, "conditions": [{"type": "Available", "status": "False"}]},
            {},
            (FAIL, "1 of 3 pods available"),
        ),
        (
            {"conditions": progressing("False", "ProgressDeadlineExceeded")},
            {},
            (FAIL, "its rollout is stuck: ProgressDeadlineExceeded"),
        ),
        (
            {"conditions": [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]},
            {},
            (FAIL, "pods cannot be made: exceeded quota"),
        ),
        ({}, {"paused": True}, (WARN, "its rollout is paused")),
        (
            dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")),
            {"replicas": 0},
            (OK, "All 1 workloads run as wanted"),
        ),
        (
            {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1},
            {"replicas": None},
            (OK, "All 1 workloads run as wanted"),
        ),
        (
            dict.fromkeys(
                (
                    "replicas",
                    "updatedReplicas",
                    "readyReplicas",
                    "availableReplicas",
                    "observedGeneration",
                    "conditions",
                )
            ),
            {},
            (WARN, "changed, and its controller has not looked yet"),
        ),
    ],
)
async def test_a_deployment(told: dict[str, Any], spec: Thing, expected: tuple[Status, str]) -> None:
    server = seen().put("deployments.apps", things.deployment(spec=spec, **told))
    assert only(await asked("workloads", server)) == expected


@pytest.mark.parametrize(
    ("told", "spec", "expected"),
    [
        ({}, {}, (OK, "All 1 workloads run as wanted")),
        ({"observedGeneration": 1}, {}, (WARN, "changed, and its controller has not looked yet")),
        ({"readyReplicas": 1}, {}, (WARN, "1 of 2 pods ready")),
        ({"readyReplicas": None}, {}, (FAIL, "0 of 2 pods ready")),
        ({"updateRevision": "db-2"}, {}, (WARN, "rollout in progress")),
        (
            {"updateRevision": "db-2"},
            {"updateStrategy": {"type": "OnDelete"}},
            (WARN, "holds pods back at an older revision"),
        ),
        (
            {"updateRevision": "db-2", "updatedReplicas": 2},
            {"updateStrategy": {"type": "OnDelete"}},
            (OK, "All 1 workloads run as wanted"),
        ),
        ({"replicas": 3, "readyReplicas": 3}, {}, (WARN, "3 pods, and 2 are wanted")),
        (
            {"updateRevision": "db-2"},
            {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}},
            (WARN, "holds pods back at an older revision"),
        ),
    ],
)
async def test_a_stateful_set(told: dict[str, Any], spec: Thing, expected: tuple[Status, str]) -> None:
    server = seen().put("statefulsets.apps", things.stateful_set(spec=spec, **told))
    assert only(await asked("workloads", server)) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, (OK, "All 1 workloads run as wanted")),
        ({"observedGeneration": 1}, (WARN, "changed, and its controller has not looked yet")),
        ({"numberReady": 1}, (WARN, "ready on 1 of 2 nodes")),
        ({"numberReady": 0}, (FAIL, "ready on none of 2 nodes")),
        ({"updatedNumberScheduled": None}, (WARN, "rollout in progress, 0 of 2 nodes updated")),
    ],
)
async def test_a_daemon_set(told: dict[str, Any], expected: tuple[Status, str]) -> None:
    server = seen().put("daemonsets.apps", things.daemon_set(**told))
    assert only(await asked("workloads", server)) == expected


async def test_a_daemon_set_that_tells_nothing_of_itself_is_not_ok() -> None:
    server = seen().put("daemonsets.apps", {"metadata": things.metadata("agent", "shop")})
    assert (await asked("workloads", server)).status is WARN


async def test_a_failed_job_fails_until_a_later_run_did_well() -> None:
    server = seen().put("cronjobs.batch", things.cron_job(lastSuccessfulTime=ago(minutes=9)))
    server.put("jobs.batch", things.job(failed=ago(hours=5)))
    assert (await asked("jobs", server)).status is OK
    server.put("jobs.batch", things.job("nightly-30", failed=ago(minutes=2)))
    assert only(await asked("jobs", server)) == (FAIL, "failed: BackoffLimit")
    alone = seen().put("jobs.batch", things.job("once", of="", failed=ago(days=9)))
    assert (await asked("jobs", alone)).status is FAIL
    given_up = things.job("once", of="", failed=ago(minutes=1))
    given_up["status"]["conditions"][0]["type"] = "FailureTarget"
    assert only(await asked("jobs", seen().put("jobs.batch", given_up))) == (FAIL, "failed: BackoffLimit")


@pytest.mark.parametrize(
    ("schedule", "spec", "told", "expected"),
    [
        ("*/5 * * * *", {}, {}, OK),
        ("@hourly", {}, {}, OK),
        ("@every 1h30m", {}, {}, OK),
        ("CRON_TZ=Europe/Berlin */5 * * * *", {}, {}, OK),
        ("*/5 * * * *", {"timeZone": "Europe/Berlin"}, {}, OK),
        ("*/5 * * * *", {"suspend": True}, {}, WARN),
        ("*/5 * * * *", {}, {"lastSuccessfulTime": ago(hours=3)}, WARN),
        ("*/5 * * * *", {}, {"lastSuccessfulTime": None}, WARN),
        ("*/5 * * * *", {}, {"lastSuccessfulTime": ago(hours=3), "active": [{"name": "nightly-1"}]}, WARN),
        ("@every 1h", {}, {"lastSuccessfulTime": ago(hours=3)}, WARN),
        ("0 0 * *", {}, {}, UNKNOWN),
        ("*/5 * * * *", {"timeZone": "Nowhere/Land"}, {}, UNKNOWN),
        ("61 * * * *", {}, {}, UNKNOWN),
        ("0 0 31 2 *", {}, {}, UNKNOWN),
    ],
)
async def test_a_cron_job(schedule: str, spec: Thing, told: dict[str, Any], expected: Status) -> None:
    answer = await asked("jobs", seen().put("cronjobs.batch", things.cron_job("n", schedule, spec=spec, **told)))
    assert (answer.status, bool(answer.reason)) == (expected, expected is UNKNOWN)


async def test_a_cron_job_that_was_made_after_it_was_last_due_is_not_late() -> None:
    young = things.cron_job("young", "0 3 1 1 *", lastSuccessfulTime=None, lastScheduleTime=None)
    young["metadata"]["creationTimestamp"] = ago(minutes=1)
    assert (await asked("jobs", seen().put("cronjobs.batch", young))).status is OK


@pytest.mark.parametrize(
    ("phase", "expected"), [("Bound", OK), ("Pending", WARN), ("Lost", FAIL), ("Odd", UNKNOWN), (None, UNKNOWN)]
)
async def test_a_claim(phase: Any, expected: Status) -> None:
    server = seen().put("persistentvolumeclaims", things.claim(phase=phase))
    assert (await asked("volumes", server)).status is expected


async def test_few_warnings_are_everyday_and_many_are_told_by_reason() -> None:
    server = seen().put(
        "events", things.event(), {**things.event(), "type": "Normal", "metadata": things.metadata("n")}
    )
    assert (await asked("warnings", server)).summary == "3 warnings in the last hour"
    series = {"count": 80, "lastObservedTime": ago(minutes=1)}
    server.put("events", things.event("Failed", "no disk", about="db-0", count=None, series=series, lastTimestamp=None))
    server.put("events", things.event("Old", "long ago", count=5_000, lastTimestamp=ago(hours=2)))
    answer = await asked("warnings", server)
    assert answer.status is WARN
    assert [(one.key, one.detail) for one in answer.evidence] == [
        ("warning:shop:Failed", "80 times, last no disk"),
        ("warning:shop:BackOff", "3 times, last Back-off restarting"),
    ]
    relaxed = {"kubernetes.warnings": {"warn": 100}}
    assert (await asked("warnings", server, relaxed)).status is OK


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (things.autoscaler(), (OK, "None of 1 autoscalers is at its limit")),
        (things.autoscaler(current=10), (WARN, "at its limit of 10 pods")),
        (
            things.autoscaler(current=10, ScalingLimited=("True", "TooManyReplicas")),
            (WARN, "at its limit of 10 pods, and wants more"),
        ),
        (
            things.autoscaler(ScalingActive=("False", "FailedGetResourceMetric")),
            (WARN, "cannot scale: the HPA: FailedGetResourceMetric"),
        ),
        (things.autoscaler(AbleToScale=("False", "FailedGetScale")), (WARN, "cannot scale: the HPA: FailedGetScale")),
        (
            things.autoscaler(current=0, ScalingActive=("False", "ScalingDisabled")),
            (OK, "None of 1 autoscalers is at its limit"),
        ),
        ({**things.autoscaler(), "status": {}}, (WARN, "has not looked at its pods yet")),
    ],
)
async def test_an_autoscaler(found: Thing, expected: tuple[Status, str]) -> None:
    server = seen().put("horizontalpodautoscalers.autoscaling", found)
    assert only(await asked("autoscalers", server)) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (things.budget(), OK),
        (things.budget(allowed=0), WARN),
        (things.budget(allowed=0, expected=0), OK),
        (things.budget(allowed=0, expectedPods=None), WARN),
        (things.budget(observedGeneration=0), WARN),
        ({"metadata": things.metadata("web", "shop")}, WARN),
    ],
)
async def test_a_disruption_budget(found: Thing, expected: Status) -> None:
    assert (await asked("budgets", seen().put("poddisruptionbudgets.policy", found))).status is expected


ISSUED_FIRST: Final = [
    {"type": "Ready", "status": "False", "reason": "DoesNotExist", "message": "Secret does not exist"},
    {"type": "Issuing", "status": "True", "reason": "DoesNotExist", "message": "Issuing certificate"},
]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (things.certificate(), OK),
        (things.certificate(notAfter=ago(days=-7), renewalTime=ago(days=-3)), OK),
        (things.certificate(ready="False", reason="DoesNotExist"), FAIL),
        (things.certificate(notAfter=ago(hours=1)), FAIL),
        (things.certificate(notAfter=ago(days=-7), renewalTime=None), WARN),
        (things.certificate(notAfter=ago(days=-7), renewalTime=ago(hours=1)), WARN),
        (things.certificate(renewalTime=ago(days=2)), WARN),
        (things.certificate(conditions=[]), WARN),
        (things.certificate(notAfter=None, renewalTime=None, conditions=ISSUED_FIRST), WARN),
        (things.certificate(ready="Unknown"), WARN),
        (things.certificate(notAfter=None), UNKNOWN),
    ],
)
async def test_a_certificate(found: Thing, expected: Status) -> None:
    assert (await asked("certificates", seen().put(CERTIFICATES, found))).status is expected


async def test_certificates_have_no_line_where_cert_manager_is_not_installed() -> None:
    async with connected(Apiserver()) as adapter:
        (check,) = [one for one in adapter.checks() if one.name == "kubernetes.certificates"]
        with pytest.raises(NotInstalled):
            await check.ask()


@pytest.mark.parametrize(
    ("server", "kubelet", "expected"),
    [
        ("v1.34.2", "v1.34.9", OK),
        ("v1.33.5-gke.100", "v1.32.1+rke2r1", OK),
        ("v1.34.2", "v1.32.0", WARN),
        ("v1.34.2", "v1.31.0", WARN),
        ("v1.34.2", "v1.30.0", FAIL),
        ("v1.24.2", "v1.22.0", WARN),
        ("v1.26.2", "v1.23.0", FAIL),
        ("v1.34.2", "v1.35.0", FAIL),
        ("v1.34.2", "", UNKNOWN),
        ("v1.34.2", "v2.1.0", UNKNOWN),
        ("v1.34.2", "head", UNKNOWN),
    ],
)
async def test_how_far_a_node_may_be_behind(server: str, kubelet: str, expected: Status) -> None:
    cluster = healthy()
    cluster.version = server
    cluster.put("nodes", things.node("node-2", kubelet=kubelet))
    cluster.put("nodes", things.node("node-1", kubelet=server))
    answer = await asked("versions", cluster)
    assert (answer.status, bool(answer.reason)) == (expected, expected is UNKNOWN)


async def test_an_odd_version_of_the_api_server_is_unknown() -> None:
    cluster = healthy()
    cluster.version = "v1.x"
    assert (await asked("versions", cluster)).status is UNKNOWN


async def test_a_missing_right_is_named_where_it_is_missing() -> None:
    server = healthy()
    server.rights = {("list", "deployments.apps"), ("list", "statefulsets.apps")}
    answer = await asked("workloads", server)
    assert (answer.status, answer.reason) == (
        UNKNOWN,
        "Kubernetes refused: the credential is not allowed to do this. Give it the right to list daemonsets.apps.",
    )


async def test_a_second_list_that_fails_leaves_no_ok() -> None:
    server = healthy()
    server.fail("GET /apis/batch/v1/cronjobs", status(500, "InternalError", "etcdserver: request timed out"), times=9)
    assert (await asked("jobs", server)).reason == "Kubernetes has trouble answering: etcdserver: request timed out"


def test_every_cluster_has_its_own_lines() -> None:
    settings = KubernetesSettings(kubeconfig="/nowhere", contexts=("eu", "us"))
    checks = Kubernetes.connect(settings, Wiring(outside=Outside())).checks()
    assert {one.instance for one in checks} == {"eu", "us"}
    assert len({(one.name, one.instance) for one in checks}) == len(checks)


async def test_the_doctor_is_told_each_right_that_is_missing() -> None:
    server = healthy()
    server.rights = {("list", one.key) for one in server.kinds} - {("list", "pods"), ("list", "jobs.batch")}
    async with connected(server) as adapter:
        told = dict(await adapter.probe())
    assert told["be reached"] is None
    assert [what for what, trouble in told.items() if trouble] == ["list pods", "list jobs.batch"]


async def test_much_in_trouble_is_told_by_its_number_and_the_worst_of_it() -> None:
    server = seen().put("persistentvolumeclaims", *(things.claim(f"data-{number}", "Lost") for number in range(700)))
    answer = await asked("volumes", server)
    assert answer.summary.startswith("700 of 700 claims to look at")
    assert len(answer.evidence) == 200
    assert replace(answer.evidence[0], key="") != answer.evidence[0]
