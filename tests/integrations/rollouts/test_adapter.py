"""Argo Rollouts' checks: every row of how rollouts and their analyses are judged."""

import pytest

from bot.domain.check import Answer, Status
from bot.domain.errors import NotInstalled
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.rollouts.adapter import Rollouts
from bot.integrations.rollouts.settings import RolloutsSettings
from tests.integrations.moment import ago
from tests.integrations.rollouts.asking import (
    ROLLOUTS,
    RUNS,
    asked,
    bare,
    connected,
    healthy,
    made,
    owner,
    paused,
    rollout,
    run,
)
from tests.kubernetes.apiserver import Apiserver, Thing

OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN
GENERATION = "rollout.argoproj.io/workload-generation"
REFERS = {"workloadRef": {"kind": "Deployment", "name": "web"}}


def only(answer: Answer) -> tuple[Status, str]:
    """The status and what is said of the one finding, or the summary where there is none."""
    if not answer.evidence:
        return answer.status, answer.summary
    (one,) = answer.evidence
    assert one.status is answer.status
    return answer.status, one.detail


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (rollout(), OK, "All 1 rollouts are healthy"),
        (rollout(spec={"strategy": {"blueGreen": {"activeService": "web"}}}, currentStepIndex=None), OK, "All 1"),
        (
            rollout(phase="Progressing", stableRS="5b7c", currentStepIndex=2, updatedReplicas=6),
            WARN,
            "in progress at step 2 of 4 with 6 of 10 pods",
        ),
        (
            rollout(
                phase="Progressing", stableRS="5b7c", currentStepIndex=0, canary={"weights": {"canary": {"weight": 20}}}
            ),
            WARN,
            "at step 0 of 4 with 20 % of the traffic",
        ),
        (rollout(**paused(hours=2)), WARN, "paused at step 1 of 4 with 2 of 10 pods: CanaryPauseStep, for 2 h"),
        (rollout(**paused(hours=9)), WARN, "for 9 h, longer than 4 h"),
        (rollout(**paused(hours=-9)), UNKNOWN, "clocks differ"),
        (rollout(spec={"paused": True}), WARN, "by hand"),
        (rollout(phase="Paused", message="BlueGreenPause"), WARN, "BlueGreenPause"),
        (rollout(phase="Degraded", message="ProgressDeadlineExceeded: web"), FAIL, "degraded: ProgressDeadline"),
        (rollout(abort=True, abortedAt=ago(hours=1), phase="Degraded", message="RolloutAborted"), FAIL, "aborted"),
        (rollout(abort=True), FAIL, "aborted, the version before serves"),
        (rollout(phase="Dreaming"), UNKNOWN, "Dreaming"),
        (rollout(phase=None), UNKNOWN, "of nothing"),
        (rollout(stableRS="5b7c"), WARN, "not fully promoted"),
        (rollout(stableRS=None), UNKNOWN, "does not tell which version is the stable one"),
        (rollout(availableReplicas=9), WARN, "9 of 10 pods available"),
        (rollout(availableReplicas=None), FAIL, "0 of 10 pods available"),
        (rollout(spec={"replicas": None}, availableReplicas=None), FAIL, "0 of 1 pods available"),
        (rollout(spec={"replicas": 0}, availableReplicas=None), OK, "All 1"),
        (rollout(observedGeneration="13"), WARN, "changed, and its controller has not looked"),
        (rollout(observedGeneration="9"), WARN, "changed, and its controller has not looked"),
        (rollout(observedGeneration=None), WARN, "changed, and its controller has not looked"),
        (rollout(observedGeneration=13), WARN, "changed, and its controller has not looked"),
        (rollout(observedGeneration="-1"), WARN, "changed, and its controller has not looked"),
        (rollout(observedGeneration=[]), UNKNOWN, "in a form we do not know"),
        (rollout(observedGeneration="6b9cf"), OK, "All 1"),
        (rollout(phase="Degraded", observedGeneration="13"), WARN, "changed, and its controller has not looked"),
        (rollout(controllerPause=True), WARN, "was told to go on, and has not yet"),
        (rollout(spec=REFERS, marks={GENERATION: "10"}, workloadObservedGeneration="9"), WARN, "workload it refers"),
        (rollout(spec=REFERS, marks={GENERATION: "10"}), WARN, "workload it refers"),
        (rollout(spec=REFERS, marks={GENERATION: "9"}, workloadObservedGeneration="9"), OK, "All 1"),
        (
            rollout(conditions=[{"type": "InvalidSpec", "status": "True", "message": "no selector"}]),
            FAIL,
            "InvalidSpec: no selector",
        ),
        (rollout(conditions=[{"type": "ReplicaFailure", "status": "True", "reason": "Quota"}]), FAIL, "Quota"),
        ({**rollout(), "status": None}, FAIL, "has not looked"),
        (rollout(conditions=[{"type": "Progressing", "status": "False", "reason": "Late"}]), FAIL, "no progress: Late"),
        (rollout(conditions=[{"type": "Available", "status": "False", "reason": "Few"}]), WARN, "Available is False"),
        (rollout(conditions=[{"type": "Healthy", "status": "False"}]), WARN, "Healthy is False"),
        (rollout(conditions=[{"type": "Healthy", "status": "True"}]), OK, "All 1"),
        (rollout(updatedReplicas=3), WARN, "healthy, and not all of the new version"),
    ],
    ids=[str(number) for number in range(40)],
)
async def test_a_rollout(found: Thing, status: Status, words: str) -> None:
    answer = only(await asked("health", bare().put(ROLLOUTS, found)))
    assert answer[0] is status
    assert words in answer[1]


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([run()], OK),
        ([run(phase="Running")], OK),
        ([run(phase="Pending")], OK),
        ([run(phase="Inconclusive")], WARN),
        ([run(phase="Failed")], FAIL),
        ([run(phase="Error")], FAIL),
        ([run(phase="Dreaming")], UNKNOWN),
        ([run(phase="")], WARN),
        ([], OK),
        ([run("first", "Failed"), run("again", creationTimestamp=ago(minutes=5))], OK),
        ([run("first"), run("again", "Failed", creationTimestamp=ago(minutes=5))], FAIL),
        ([run("step", "Failed"), run("background", labels={"rollout-type": "Background"})], FAIL),
        ([run("old", "Failed", annotations={"rollout.argoproj.io/revision": "6"})], OK),
        ([run("bare", "Failed", annotations={})], FAIL),
        ([run("of-experiment", "Failed", of=owner("Experiment", "uid-x"))], FAIL),
        ([run("alone", "Failed", of=[])], FAIL),
    ],
    ids=[str(number) for number in range(16)],
)
async def test_analyses(found: list[Thing], status: Status) -> None:
    assert (await asked("analyses", bare().put(ROLLOUTS, rollout()).put(RUNS, *found))).status is status


async def test_an_analysis_of_an_experiment_counts_while_it_is_new() -> None:
    old = run("tried", "Failed", of=owner("Experiment", "uid-x"))
    old["status"]["startedAt"] = ago(hours=30)
    server = bare().put(ROLLOUTS, rollout()).put(RUNS, old)
    assert (await asked("analyses", server)).status is OK
    assert (await asked("analyses", server, {"rollouts.analyses": {"lately_hours": 48}})).status is FAIL


async def test_of_analyses_that_nobody_owns_the_last_counts_however_old_it_is() -> None:
    old = run("alone", "Failed", of=[], creationTimestamp=ago(days=9))
    old["status"]["startedAt"] = ago(days=9)
    server = bare().put(ROLLOUTS, rollout()).put(RUNS, old)
    assert (await asked("analyses", server)).status is FAIL
    assert (await asked("analyses", server.put(RUNS, run("later", of=[])))).status is OK


async def test_an_analysis_is_of_the_rollout_that_it_names_where_there_is_no_uid() -> None:
    failed = run(phase="Failed", of=owner(uid=""))
    failed["status"]["startedAt"] = ago(days=9)
    server = bare().put(ROLLOUTS, rollout()).put(RUNS, failed)
    assert (await asked("analyses", server)).status is FAIL


async def test_where_nothing_is_to_be_seen_nothing_is_well() -> None:
    for what in ("health", "analyses"):
        assert (await asked(what, bare())).status is UNKNOWN
    other = rollout("db", phase="Degraded")
    other["metadata"] = made("db", "elsewhere")
    server = healthy().put(ROLLOUTS, other)
    assert (await asked("health", server, namespaces=("shop",))).status is OK
    assert only(await asked("health", server, namespaces=("shop", "gone")))[0] is UNKNOWN


async def test_where_it_is_not_installed_it_has_no_line_unless_somebody_named_it() -> None:
    async with connected(Apiserver()) as adapter:
        for check in adapter.checks():
            with pytest.raises(NotInstalled):
                await check.ask()
        assert {trouble for _, trouble in await adapter.probe()} == {None}
    for what in ("health", "analyses"):
        answer = await asked(what, Apiserver(), namespaces=("shop",))
        assert answer.status is UNKNOWN
        assert "installed" in (answer.reason or "")


async def test_bad_news_on_the_second_page_is_found() -> None:
    server = bare().put(ROLLOUTS, *(rollout(f"a-{number}") for number in range(5)), rollout("z", abort=True))
    server.page = 2
    assert (await asked("health", server)).status is FAIL


async def test_a_missing_right_is_named() -> None:
    server = healthy()
    server.rights = {("list", one.key) for one in server.kinds} - {("list", RUNS)}
    assert f"list {RUNS}" in ((await asked("analyses", server)).reason or "")
    async with connected(server) as adapter:
        assert [what for what, trouble in await adapter.probe() if trouble] == [f"list {RUNS}"]


async def test_with_a_token_alone_it_only_takes_notices_in_and_each_cluster_has_lines_of_its_own() -> None:
    outside = Outside()
    assert Rollouts.connect(RolloutsSettings(), Wiring(outside=outside)) is None
    adapter = Rollouts.connect(RolloutsSettings(kubeconfig="/nowhere", contexts=("eu", "us")), Wiring(outside=outside))
    assert adapter is not None
    assert [one.instance for one in adapter.checks()] == ["eu", "eu", "us", "us"]
    await outside.aclose()
