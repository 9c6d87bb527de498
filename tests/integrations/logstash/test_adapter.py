"""How Logstash's answers are judged, with the payloads it really sends."""

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.logstash.adapter import Logstash
from bot.integrations.logstash.settings import LogstashSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.logstash.scripted import (
    JVM,
    PIPELINES,
    RELOADS,
    REPORT,
    ROOT,
    SCRIPT,
    flow,
    head,
    jvm,
    pipeline,
    pipelines,
    reloads,
    report,
    window,
)


@asynccontextmanager
async def logstash(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    more: tuple[str, ...] = (),
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    **settings: Any,
) -> AsyncIterator[Logstash]:
    """The adapter over a scripted node. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=now)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            ours = Logstash.connect(LogstashSettings(urls=(address, *more), **settings), wiring)
            yield Logstash(ours._nodes, wiring, between_looks=0)
    finally:
        await outside.aclose()


def counters(*looks: tuple[str, int, int]) -> Callable[[Request], Canned]:
    """A node without rates whose counters (run, in, out) are others at each look."""
    left = list(looks)

    def server(request: Request) -> Canned:
        if request.line != PIPELINES:
            return SCRIPT.replying()(request)
        run, came, went = left.pop(0) if len(left) > 1 else left[0]
        return pipelines(run, main=pipeline(flow=None, events={"in": came, "filtered": went, "out": went}))

    return server


def test_all_checks_stand_under_dashboards() -> None:
    ours = Logstash.connect(LogstashSettings(urls=("http://127.0.0.1:1",)), Wiring(outside=Outside()))
    assert {check.item for check in ours.checks()} == {Item.DASHBOARDS}


@pytest.mark.parametrize(
    ("instead", "status", "words"),
    [
        ({}, Status.OK, "1 node: nodes are healthy"),
        ({ROOT: told(head(status="red"))}, Status.FAIL, "is red"),
        ({ROOT: told(head(status="unknown"))}, Status.WARN, "is unknown"),
        ({REPORT: report("yellow", "1 indicator is concerning")}, Status.WARN, "1 indicator is concerning"),
        ({REPORT: report("unknown", "")}, Status.WARN, "is unknown"),
        ({REPORT: report("red", "main is stopped")}, Status.FAIL, "main main is stopped"),
        ({REPORT: report("purple", "")}, Status.UNKNOWN, "is purple"),
        ({REPORT: report("green", "", main={"status": "red", "symptom": "stopped"})}, Status.FAIL, "main stopped"),
        (
            {REPORT: told({"status": "green", "indicators": {"pipelines": {"status": "green"}}})},
            Status.WARN,
            "it runs no pipeline",
        ),
        ({REPORT: told({"status": "green", "indicators": {}})}, Status.UNKNOWN, "its health report is not to be had"),
        ({REPORT: told({}, 404)}, Status.UNKNOWN, "its health report is not to be had"),
        ({REPORT: told({}, 500), ROOT: told(head(status="red"))}, Status.FAIL, "is red"),
        ({REPORT: told({}, 404), ROOT: told(head("8.15.3"))}, Status.OK, "nodes are healthy"),
        ({REPORT: told({}, 404), ROOT: told(head("7.17.0", status="red"))}, Status.FAIL, "is red"),
        ({REPORT: told({}, 404), ROOT: told(head("8.16.0"))}, Status.UNKNOWN, "its health report is not to be had"),
        ({REPORT: told({}, 404), ROOT: told(head("main"))}, Status.UNKNOWN, "its health report is not to be had"),
    ],
)
async def test_health_is_the_node_s_and_its_report_s(instead: Mapping[str, Canned], status: Status, words: str) -> None:
    async with logstash(instead) as ours:
        answer = await ours.health()
    assert answer.status is status
    assert words in answer.summary
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_no_answer_is_a_failure_of_health_and_of_nothing_else() -> None:
    outside = Outside(patience=2)
    ours = Logstash.connect(LogstashSettings(urls=(nobody(),)), Wiring(outside=outside))
    answer = await ours.health()
    assert answer.status is Status.FAIL
    assert "cannot be reached" in answer.summary
    for ask in (ours.flow, ours.queues, ours.losses, ours.reloads, ours.memory, ours.probe):
        with pytest.raises(VendorError, match="cannot be reached"):
            await ask()
    await outside.aclose()


async def test_one_node_of_several_that_is_gone_is_never_ok() -> None:
    gone = nobody()
    async with logstash(more=(gone,)) as ours:
        answers = {check.name: await check.ask() for check in ours.checks()}
        found = dict(await ours.probe())
    assert answers.pop("logstash.health").status is Status.FAIL
    for answer in answers.values():
        assert answer.status is Status.UNKNOWN
        assert "cannot be reached" in (answer.reason or "")
    assert sorted(remedy is None for remedy in found.values()) == [False, True]


async def test_another_node_s_failure_is_seen_beside_one_that_is_gone() -> None:
    async with logstash({JVM: jvm(95)}, more=(nobody(),)) as ours:
        answer = await ours.memory()
    assert (answer.status, [one.status for one in answer.evidence]) == (Status.FAIL, [Status.FAIL, Status.UNKNOWN])


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (flow(), Status.OK, "events move"),
        (flow(3, 0), Status.FAIL, "takes in 3.0 events a second and gives none out"),
        (flow(0, 0), Status.WARN, "no event came in of late"),
        (flow(0, 4), Status.WARN, "no event came in of late"),
        (flow("Infinity", 4), Status.OK, "events move"),
        (flow(pressure=0.5), Status.OK, "events move"),
        (flow(pressure=0.51), Status.WARN, "backpressure 0.51"),
        (flow(pressure="Infinity"), Status.WARN, "backpressure inf"),
        (flow(pressure="NaN"), Status.UNKNOWN, "not a number"),
        (flow() | {"queue_backpressure": {"current": 9.0, **window(0.1)}}, Status.OK, "events move"),
        (flow() | {"queue_backpressure": window(0.1) | {"current": 9.0}}, Status.OK, "events move"),
    ],
)
async def test_flow_is_judged_by_the_rates_of_the_last_minutes(found: Any, status: Status, words: str) -> None:
    async with logstash({PIPELINES: pipelines(main=pipeline(flow=found))}) as ours:
        answer = await ours.flow()
    assert answer.status is status
    assert words in answer.summary


async def test_a_new_node_tells_the_windows_that_it_has() -> None:
    young = {name: {"current": 3.0, "lifetime": 3.0} for name in ("input_throughput", "output_throughput")}
    async with logstash({PIPELINES: pipelines(main=pipeline(flow=young))}) as ours:
        assert (await ours.flow()).status is Status.OK


@pytest.mark.parametrize(
    ("looks", "status", "words"),
    [
        ([("e7", 1, 1), ("e7", 1, 1), ("e7", 9, 8)], Status.OK, "events move"),
        ([("e7", 1, 1)], Status.WARN, "no event came in while we looked"),
        ([("e7", 1, 1), ("e7", 1, 1), ("e7", 9, 1)], Status.WARN, "none went out while we looked"),
        ([("e7", 9, 9), ("e7", 9, 9), ("e8", 12, 12)], Status.UNKNOWN, "began anew"),
        ([("e7", 9, 9), ("e7", 9, 9), ("e7", 2, 2)], Status.UNKNOWN, "began anew"),
    ],
)
async def test_without_rates_the_counters_are_looked_at_twice(
    looks: list[tuple[str, int, int]], status: Status, words: str
) -> None:
    async with logstash(server=counters(*looks)) as ours:
        answer = await ours.flow()
    assert answer.status is status
    assert words in answer.summary
    assert bool(answer.reason) is (status is Status.UNKNOWN)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def later(found: Mapping[str, Any], passed: timedelta, run: str = "e7") -> Answer:
    """What is said of events after a first look at a healthy node with 120,034 events."""
    clock, state = Clock(), {"answer": pipelines()}

    def server(request: Request) -> Canned:
        return state["answer"] if request.line == PIPELINES else SCRIPT.replying()(request)

    async with logstash(server=server, now=clock) as ours:
        assert (await ours.flow()).status is Status.OK
        clock.now += passed
        state["answer"] = pipelines(run, main=pipeline(**found))
        ours._pipelines = {node.name: node.pipelines for node in ours._nodes}  # type: ignore[misc] # without its memory
        return await ours.flow()


@pytest.mark.parametrize(
    ("came", "went", "run", "hours", "status", "words"),
    [
        (120_034, 120_030, "e7", 24, Status.FAIL, "no event came in for 1440 minutes"),
        (130_000, 120_030, "e7", 24, Status.FAIL, "no event went out for 1440 minutes"),
        (130_000, 129_000, "e7", 24, Status.OK, "events move"),
        (120_034, 120_030, "e7", 0.1, Status.OK, "events move"),
        (120_034, 120_030, "e8", 24, Status.OK, "events move"),
        (5, 5, "e7", 24, Status.OK, "events move"),
    ],
)
async def test_a_pipeline_that_stood_still_since_the_last_digest_has_stopped(
    came: int, went: int, run: str, hours: float, status: Status, words: str
) -> None:
    answer = await later({"events": {"in": came, "out": went}}, timedelta(hours=hours), run)
    assert answer.status is status
    assert words in answer.summary


async def test_a_pipeline_with_null_sections_did_not_start() -> None:
    dead = dict.fromkeys(("events", "flow", "queue", "reloads", "plugins", "dead_letter_queue"))
    async with logstash({PIPELINES: pipelines(main=pipeline(), broken=dead)}) as ours:
        for ask in (ours.flow, ours.queues, ours.losses):
            answer = await ask()
            assert (answer.status, [one.title for one in answer.evidence]) == (Status.FAIL, ["broken"])
        assert (await ours.reloads()).status is Status.WARN


async def test_a_node_with_pipelines_of_its_own_only_is_never_ok() -> None:
    async with logstash({PIPELINES: told(head(pipelines={".monitoring-logstash": pipeline()}))}) as ours:
        for ask in (ours.flow, ours.queues, ours.losses, ours.reloads):
            answer = await ask()
            assert answer.status is Status.UNKNOWN
            assert "has no pipelines" in (answer.reason or "")


def queue(size: int | None, most: int | None = 100, **more: Any) -> dict[str, Any]:
    return {"type": "persisted", "queue_size_in_bytes": size, "max_queue_size_in_bytes": most, **more}


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (queue(69), Status.OK),
        (queue(70), Status.WARN),
        (queue(90), Status.WARN),
        (queue(91), Status.FAIL),
        ({"type": "memory", "events_count": 0}, Status.OK),
        ({"type": "persisted", "capacity": {"queue_size_in_bytes": 95, "max_queue_size_in_bytes": 100}}, Status.FAIL),
        ({"type": "persisted"}, Status.UNKNOWN),
        (queue(5, 0), Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
async def test_queues_are_judged_by_the_room_in_them(found: Any, status: Status) -> None:
    async with logstash({PIPELINES: pipelines(main=pipeline(queue=found))}) as ours:
        assert (await ours.queues()).status is status


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "no events were set aside"),
        ({"dead_letter_queue": None}, Status.OK, "no events were set aside"),
        ({"dead_letter_queue": {"queue_size_in_bytes": 4_200}}, Status.WARN, "4.2 kB of events wait"),
        ({"dead_letter_queue": {}}, Status.UNKNOWN, "does not tell how full"),
        (
            {"dead_letter_queue": {"queue_size_in_bytes": 96, "max_queue_size_in_bytes": 100}},
            Status.FAIL,
            "its dead letter queue is 96% full",
        ),
        ({"dead_letter_queue": {"queue_size_in_bytes": 1, "dropped_events": 3}}, Status.FAIL, "dropped 3 events"),
        (
            {"plugins": {"outputs": [{"documents": {"successes": 90, "non_retryable_failures": 10}}]}},
            Status.WARN,
            "10 events were refused",
        ),
        (
            {"plugins": {"outputs": [{"documents": {"successes": 9_999, "non_retryable_failures": 1}}, {"name": "x"}]}},
            Status.OK,
            "no events were set aside",
        ),
    ],
)
async def test_events_that_were_set_aside_or_lost_are_seen(changes: Any, status: Status, words: str) -> None:
    async with logstash({PIPELINES: pipelines(main=pipeline(**changes))}) as ours:
        answer = await ours.losses()
    assert answer.status is status
    assert words in answer.summary


def reloaded(failures: int, failed: str | None = None, worked: str | None = None, error: Any = None) -> dict[str, Any]:
    return {
        "successes": 1,
        "failures": failures,
        "last_error": error,
        "last_failure_timestamp": failed,
        "last_success_timestamp": worked,
    }


@pytest.mark.parametrize(
    ("found", "whole", "status", "words"),
    [
        (reloaded(0), 0, Status.OK, "the configuration in force is the newest"),
        (reloaded(1, "2026-03-02T06:00:00Z", "2026-03-02T07:00:00Z"), 1, Status.OK, "is the newest"),
        (
            reloaded(1, "2026-03-02T07:00:00Z", "2026-03-02T06:00:00Z", {"message": "Expected one of #"}),
            1,
            Status.FAIL,
            "the last reload of its configuration failed: Expected one of #",
        ),
        (reloaded(1, "2026-03-02T07:00:00Z"), 1, Status.FAIL, "failed"),
        (reloaded(1, error={"message": "x"}), 1, Status.FAIL, "failed: x"),
        (reloaded(2), 2, Status.WARN, "2 reloads of its configuration failed"),
        (reloaded(0), 1, Status.WARN, "a configuration was refused whose pipeline is not there"),
        (None, 0, Status.WARN, "does not tell of its reloads"),
    ],
)
async def test_a_configuration_that_was_refused_last_fails(found: Any, whole: int, status: Status, words: str) -> None:
    async with logstash({PIPELINES: pipelines(main=pipeline(reloads=found)), RELOADS: reloads(whole)}) as ours:
        answer = await ours.reloads()
    assert answer.status is status
    assert words in answer.summary


@pytest.mark.parametrize(
    ("percent", "status"), [(74, Status.OK), (75, Status.WARN), (90, Status.WARN), (91, Status.FAIL)]
)
async def test_memory_is_judged_by_what_is_used(percent: int, status: Status) -> None:
    async with logstash({JVM: jvm(percent)}) as ours:
        assert (await ours.memory()).status is status


async def test_a_team_s_own_thresholds_count() -> None:
    thresholds: dict[str, dict[str, float]] = {"logstash.memory": {"warn": 30}, "logstash.queues": {"fail": 0.001}}
    async with logstash(thresholds=thresholds) as ours:
        assert (await ours.memory()).status is Status.WARN
        assert (await ours.queues()).status is Status.FAIL


@pytest.mark.parametrize("answer", [told({"version": "9.0.1"}), told({"status": "green"}), said("OK"), told([])])
async def test_what_does_not_speak_as_logstash_does_is_refused(answer: Canned) -> None:
    async with logstash(server=lambda _request: answer) as ours:
        for check in ours.checks():
            with pytest.raises(Refused):
                await check.ask()


async def test_its_errors_are_told_apart() -> None:
    missing = told({"path": "/x", "status": 404, "error": {"message": "Not Found"}}, 404)
    async with logstash(dict.fromkeys((ROOT, PIPELINES), missing)) as ours:
        for ask in (ours.health, ours.flow):
            with pytest.raises(NotFound, match="Check LOGSTASH_URLS"):
                await ask()
    async with logstash(dict.fromkeys((ROOT, PIPELINES), said("", 401)), username="u", password=SecretStr("p")) as ours:
        for again in (ours.health, ours.flow, ours.probe):
            with pytest.raises(NotAuthorised, match="Renew LOGSTASH_USERNAME and LOGSTASH_PASSWORD"):
                await again()
    limited = Canned(status=429, headers={"retry-after": "60"})
    async with logstash({ROOT: limited}) as ours:
        with pytest.raises(RateLimited):
            await ours.health()


async def test_each_node_is_asked_once_for_what_checks_share_and_nothing_is_changed() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying()(request)

    async with logstash(server=server, username="u", password=SecretStr("p")) as ours:
        for check in ours.checks():
            answer = await check.ask()
            assert answer.status is Status.OK
            assert answer.link is not None
    assert sorted(one.line for one in asked) == sorted((ROOT, REPORT, PIPELINES, RELOADS, JVM))
    assert {one.headers["authorization"] for one in asked} == {"Basic " + base64.b64encode(b"u:p").decode()}


async def test_several_nodes_are_named_in_what_is_found() -> None:
    stuck = SCRIPT.replying({PIPELINES: pipelines(main=pipeline(flow=flow(3, 0)))})
    async with serving(stuck) as other, logstash(more=(other, other + "/")) as ours:
        assert len(ours._nodes) == 2
        answer = await ours.flow()
    name = other.removeprefix("http://")
    (one,) = answer.evidence
    assert (one.key, one.title) == (f"{name}/main", f"main on {name}")
    assert one.url == f"{other}/_node/stats/pipelines"
