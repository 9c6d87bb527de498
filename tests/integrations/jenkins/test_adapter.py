"""How Jenkins' answers are judged, with the payloads it really sends."""

import asyncio
from dataclasses import fields
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Pipelines
from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable
from bot.integrations import Wiring
from bot.integrations.http import Api, Outside, Response
from bot.integrations.jenkins.adapter import Jenkins
from bot.integrations.jenkins.client import JenkinsClient
from bot.integrations.jenkins.connect import connect
from bot.integrations.jenkins.settings import JenkinsSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.jenkins.connected import jenkins
from tests.integrations.jenkins.scripted import (
    AGENTS,
    DEPLOY,
    DESCRIBE,
    INPUT,
    PRIMARY,
    QUEUE,
    ROOT,
    SCRIPT,
    SHOP,
    TOKEN,
    agent,
    agents,
    branches,
    build,
    folder,
    item,
    job,
    millis,
    running,
)
from tests.integrations.moment import still

ONE = ("deploy-shop",)
HTML = {"content-type": "text/html;charset=utf-8"}


def test_checks_stand_under_pipelines() -> None:
    settings = JenkinsSettings(url="http://127.0.0.1:1", user="x", api_token=SecretStr("t"))
    ours = connect(settings, Wiring(outside=Outside()))
    assert ours is not None
    assert {check.item for check in ours.checks()} == {Item.PIPELINES}
    assert not isinstance(ours, Pipelines)
    assert ours.source == "jenkins"


def test_with_a_secret_alone_it_only_takes_notices_in() -> None:
    settings = JenkinsSettings(webhook_secret=SecretStr("s"))
    settings.refuse_half_set()
    assert settings.on("inbound")
    assert connect(settings, Wiring(outside=Outside())) is None


@pytest.mark.parametrize(
    ("canned", "status", "words"),
    [
        (told({"mode": "NORMAL", "quietingDown": False}), Status.OK, "Up, and starts builds"),
        (told({"quietingDown": False}), Status.OK, "Up, and starts builds"),
        (told({"mode": "NORMAL", "quietingDown": True}), Status.WARN, "about to shut down"),
        (
            Canned(status=503, body=b"<html>getting ready to work</html>", headers=HTML),
            Status.FAIL,
            "trouble answering",
        ),
        (told({}, 500), Status.FAIL, "trouble answering"),
    ],
)
async def test_the_controller_says_whether_it_starts_builds(canned: Canned, status: Status, words: str) -> None:
    async with jenkins({ROOT: canned}) as ours:
        answer = await ours.controller()
    assert answer.status is status
    assert words in answer.summary
    assert answer.link


async def test_no_connection_fails_the_controller_s_check_and_no_other() -> None:
    outside = Outside(patience=2, now=still)
    settings = JenkinsSettings(url=nobody(), user="x", api_token=SecretStr("t"), jobs=("a",))
    ours = connect(settings, Wiring(outside=outside))
    assert ours is not None
    assert (await ours.controller()).status is Status.FAIL
    for ask in (ours.jobs, ours.running, ours.waiting, ours.queue, ours.agents, ours.probe):
        with pytest.raises(Unavailable):
            await ask()
    await outside.aclose()


@pytest.mark.parametrize(
    ("found", "status", "detail"),
    [
        (job("deploy-shop", build()), Status.OK, ""),
        (job("deploy-shop", build(result="UNSTABLE")), Status.WARN, "#412 unstable"),
        (job("deploy-shop", build(result="NOT_BUILT")), Status.WARN, "#412 not built"),
        (job("deploy-shop", build(result="FAILURE")), Status.FAIL, "#412 failure"),
        (job("deploy-shop", build(result="ABORTED")), Status.FAIL, "#412 aborted"),
        (job("deploy-shop", build(result="SPLENDID")), Status.UNKNOWN, "#412 splendid is a result we do not know"),
        (job("deploy-shop", build(), running()), Status.OK, ""),
        (job("deploy-shop", build(result="FAILURE"), running()), Status.FAIL, "#412 failure, #413 runs"),
        (job("deploy-shop", running()), Status.WARN, "its first build #413 runs, none ended yet"),
        # The result stands before the last steps are done.
        (
            job("deploy-shop", build(result="FAILURE"), build(413, building=True)),
            Status.FAIL,
            "#412 failure, #413 runs",
        ),
        # The last build ended while the answer was put together.
        (job("deploy-shop", build(), lastBuild=build(413, "FAILURE")), Status.FAIL, "#413 failure"),
        (job("deploy-shop", build(), lastBuild={"number": 412, "url": ""}), Status.OK, ""),
        # The same build, told of differently.
        (job("deploy-shop", build(), lastCompletedBuild=build(result="FAILURE")), Status.FAIL, "#412 failure"),
        (job("deploy-shop", build(), lastBuild=build(result="ABORTED")), Status.FAIL, "#412 aborted"),
        (job("deploy-shop", build(result=None, building=False)), Status.UNKNOWN, "#412 ended without a result"),
        (job("deploy-shop", build(building=None)), Status.OK, ""),
        (job("deploy-shop", build(timestamp=millis(hours=71))), Status.OK, ""),
        (job("deploy-shop", build(timestamp=millis(hours=73))), Status.WARN, "not built since "),
        (
            job("deploy-shop", build(timestamp=millis(days=90), result="FAILURE")),
            Status.FAIL,
            "#412 failure, not built",
        ),
        (job("deploy-shop", build(timestamp=millis(hours=-5))), Status.UNKNOWN, "was built in the future"),
        (job("deploy-shop", build(timestamp=None)), Status.UNKNOWN, "does not tell when it was built"),
        (job("deploy-shop", buildable=False), Status.WARN, "is disabled"),
        (job("deploy-shop", disabled=True), Status.WARN, "is disabled"),
        (job("deploy-shop", color="disabled_anime"), Status.WARN, "is disabled"),
        (job("deploy-shop", color="red_anime"), Status.OK, ""),
        (job("deploy-shop", lastBuild=None, lastCompletedBuild=None, builds=[]), Status.WARN, "was never built"),
        ({"name": "deploy-shop"}, Status.UNKNOWN, "does not tell of its builds"),
        ({"name": "deploy-shop", "lastBuild": {"number": 4}}, Status.WARN, "its first build #4 runs"),
    ],
)
async def test_a_job_is_judged_by_its_newest_build_that_ended(
    found: dict[str, Any], status: Status, detail: str
) -> None:
    async with jenkins({DEPLOY: told(found)}, jobs=ONE) as ours:
        answer = await ours.jobs()
    assert answer.status is status
    assert bool(answer.reason) is (status is Status.UNKNOWN)
    if status is Status.OK:
        assert answer.evidence == []
        assert answer.summary.startswith("Its newest build succeeded")
        return
    (one,) = answer.evidence
    assert one.detail.startswith(detail)
    assert (one.key, one.title) == ("job:deploy-shop", "deploy-shop")
    assert one.url == f"{(answer.link or '')}job/deploy-shop/"


async def test_null_stands_where_jenkins_has_nothing() -> None:
    bare = build(actions=None, estimatedDuration=None, url=None, duration=None)
    found = job("deploy-shop", bare, buildable=None, color=None, actions=None)
    async with jenkins({DEPLOY: told(found)}, jobs=ONE) as ours:
        assert (await ours.jobs()).status is Status.OK


async def test_the_default_branch_of_a_multibranch_project_counts_and_no_other() -> None:
    bad = job("feature%2Fcart", build(3, "FAILURE"))
    found = branches(bad, job("trunk", build(9, "UNSTABLE"), actions=[{}, None, PRIMARY]), job("main", build(1)))
    async with jenkins({SHOP: told(found)}, jobs=("team/shop",)) as ours:
        (one,) = (await ours.jobs()).evidence
    assert (one.key, one.status) == ("job:team/shop/trunk", Status.WARN)
    assert one.url is not None
    assert one.url.endswith("/job/team/job/shop/job/trunk/")


@pytest.mark.parametrize(
    ("names", "wanted"), [(("main", "PR-1"), "main"), (("master", "PR-1"), "master"), (("trunk", "main"), "main")]
)
async def test_without_a_mark_the_settings_name_the_default_branch(names: tuple[str, ...], wanted: str) -> None:
    found = branches(*(job(name, build(1, "FAILURE")) for name in names))
    async with jenkins({SHOP: told(found)}, jobs=("team/shop",)) as ours:
        assert [one.key for one in (await ours.jobs()).evidence] == [f"job:team/shop/{wanted}"]


async def test_a_project_without_a_default_branch_is_unknown() -> None:
    found = {SHOP: told(branches(job("feature%2Fcart"), job("PR-1")))}
    async with jenkins(found, jobs=("team/shop", "deploy-shop")) as ours:
        answer = await ours.jobs()
    assert answer.status is Status.UNKNOWN
    assert "marks no branch as its default one" in (answer.reason or "")
    assert "JENKINS_DEFAULT_BRANCHES" in answer.evidence[0].detail


async def test_a_branch_named_in_the_settings_is_escaped_twice_on_the_way() -> None:
    path = "GET /job/team/job/shop/job/feature%252Fcart/api/json"
    async with jenkins(
        {path: told(job("feature%2Fcart", build(1, "FAILURE")))}, jobs=("/team/shop/feature%2Fcart/",)
    ) as ours:
        (one,) = (await ours.jobs()).evidence
    assert one.title == "team/shop/feature%2Fcart"
    assert one.url is not None
    assert one.url.endswith("/job/team/job/shop/job/feature%252Fcart/")


async def test_folders_are_walked_to_their_end() -> None:
    found = {
        "GET /job/team/api/json": told(folder(job("a"), folder(name="deep"), branches(name="shop"))),
        "GET /job/team/job/deep/api/json": told(folder(job("b", build(1, "FAILURE")), name="deep")),
    }
    async with jenkins(found, jobs=("team",)) as ours:
        answer = await ours.jobs()
    assert [one.key for one in answer.evidence] == ["job:team/deep/b"]
    assert answer.summary.startswith("1 of 3 jobs to look at: team/deep/b: #1 failure")


async def test_a_folder_that_cannot_be_read_on_the_way_is_unknown() -> None:
    found = {
        "GET /job/team/api/json": told(folder(job("a"), folder(name="deep"))),
        "GET /job/team/job/deep/api/json": told({}, 500),
    }
    async with jenkins(found, jobs=("team",)) as ours:
        for ask in (ours.jobs, ours.running, ours.waiting):
            answer = await ask()
            assert answer.status is Status.UNKNOWN
            assert "trouble answering" in (answer.reason or "")


async def test_without_named_jobs_everything_at_the_top_is_watched() -> None:
    found = {"GET /job/team/api/json": told(folder(job("a", build(1, "FAILURE"))))}
    async with jenkins(found) as ours:
        answer = await ours.jobs()
    assert [one.key for one in answer.evidence] == ["job:team/a"]
    assert "of 2 jobs" in answer.summary


async def test_a_top_that_does_not_tell_of_builds_is_asked_job_by_job() -> None:
    def server(request: Request) -> Canned:
        if request.line == ROOT:
            return told({"jobs": [{"_class": "hudson.model.FreeStyleProject", "name": "deploy-shop", "color": "blue"}]})
        return told(job("deploy-shop", build(result="FAILURE")))

    async with jenkins(server=server) as ours:
        assert (await ours.jobs()).status is Status.FAIL


async def test_a_controller_without_jobs_is_unknown() -> None:
    async with jenkins(server=lambda _request: told({"jobs": []})) as ours:
        for ask in (ours.jobs, ours.running, ours.waiting):
            with pytest.raises(Refused, match="has no jobs that its user may see"):
                await ask()


async def test_too_many_jobs_are_not_watched_in_part() -> None:
    many = [job(f"j{number}") for number in range(501)]
    async with jenkins(server=lambda _request: told({"jobs": many})) as ours:
        with pytest.raises(Refused, match="more than 500 jobs"):
            await ours.jobs()


async def test_many_jobs_take_turns_so_that_none_waits_on_its_own_time() -> None:
    """A call's patience begins when it is made, and a slow controller answers only so many at once."""
    names = [f"j{number}" for number in range(60)]
    going = most = 0

    class Slow(Api):
        async def call(self, method: str, path: str, **more: Any) -> Response:
            nonlocal going, most
            going += 1
            most = max(most, going)
            try:
                await asyncio.sleep(0)
                return await super().call(method, path, **more)
            finally:
                going -= 1

    outside = Outside(patience=3, now=still)
    async with serving(lambda request: told(job(request.path.split("/")[2]))) as address:
        api = outside.api(title="Jenkins", base_url=address)
        slow = Slow(**{field.name: getattr(api, field.name) for field in fields(api)})
        settings = JenkinsSettings(url=address, jobs=tuple(names))
        ours = Jenkins(JenkinsClient(slow), settings, Wiring(outside=outside))
        assert (await ours.jobs()).summary.startswith("The newest builds of all 60 jobs succeeded")
    await outside.aclose()
    assert 1 < most <= 8


async def test_a_job_that_says_it_holds_none_is_a_job() -> None:
    async with jenkins({DEPLOY: told(job("deploy-shop", build(result="FAILURE"), jobs=[]))}, jobs=ONE) as ours:
        assert (await ours.jobs()).status is Status.FAIL


async def test_folders_without_end_have_one() -> None:
    async with jenkins(
        server=lambda _request: told(folder(folder(name="again"), name="again")), jobs=("again",)
    ) as ours:
        with pytest.raises(Refused, match="too many folders"):
            await ours.jobs()


async def test_a_job_that_is_gone_is_unknown_and_names_the_setting() -> None:
    async with jenkins({DEPLOY: said("<html>Not found</html>", 404)}, jobs=("deploy-shop", "team/shop")) as ours:
        answer = await ours.jobs()
        assert answer.status is Status.UNKNOWN
        assert "has no such job, or its user may not see it. Check JENKINS_JOBS" in answer.evidence[0].detail
    async with jenkins({DEPLOY: said("<html>Not found</html>", 404)}, jobs=ONE) as ours:
        with pytest.raises(NotFound, match="Check JENKINS_JOBS"):
            await ours.jobs()


@pytest.mark.parametrize(
    ("canned", "kind", "words"),
    [
        (Canned(status=401, body=b"<html>", headers=HTML), NotAuthorised, "Renew JENKINS_USER and JENKINS_API_TOKEN"),
        (Canned(status=403, body=b"<html>", headers=HTML), NotAuthorised, "Job/Read"),
        (Canned(status=302, headers={"location": "https://ci.example/login"}), Refused, "login page"),
        (Canned(body=b"<html>log in", headers=HTML), Refused, "web page"),
        (Canned(status=503, body=b"<html>getting ready", headers=HTML), Unavailable, "trouble answering"),
    ],
)
async def test_errors_are_pages_and_their_status_tells(canned: Canned, kind: type[Exception], words: str) -> None:
    async with jenkins({DEPLOY: canned}, jobs=ONE) as ours:
        with pytest.raises(kind, match=words):
            await ours.jobs()


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (running(), Status.OK, "1 builds run, none longer than usual"),
        (running(timestamp=millis(minutes=11)), Status.WARN, "#413 runs for 11 min, usual are 3 min"),
        (running(timestamp=millis(minutes=9)), Status.OK, "none longer"),
        (running(timestamp=millis(hours=3), estimatedDuration=-1), Status.OK, "none longer"),
        (running(timestamp=millis(hours=25), estimatedDuration=-1), Status.WARN, "#413 runs for 25 h"),
        (running(timestamp=millis(days=9), estimatedDuration=None), Status.WARN, "#413 runs for 9 days"),
        (running(timestamp=None), Status.UNKNOWN, "does not tell since when"),
    ],
)
async def test_a_build_that_takes_thrice_the_usual_time_warns(one: dict[str, Any], status: Status, words: str) -> None:
    async with jenkins({DEPLOY: told(job("deploy-shop", build(), one))}, jobs=ONE) as ours:
        answer = await ours.running()
    assert answer.status is status
    assert words in answer.summary
    if answer.evidence:
        assert (answer.evidence[0].key, answer.evidence[0].title) == ("job:deploy-shop#413", "deploy-shop #413")
        assert (answer.evidence[0].url or "").endswith("/job/deploy-shop/413/")


async def test_an_older_build_that_still_runs_is_seen_behind_a_newer_one() -> None:
    found = job("deploy-shop", running(410, timestamp=millis(hours=2)), build(411), build(412))
    async with jenkins({DEPLOY: told(found)}, jobs=ONE) as ours:
        assert [one.title for one in (await ours.running()).evidence] == ["deploy-shop #410"]
        assert (await ours.jobs()).status is Status.OK


@pytest.mark.parametrize(
    ("canned", "actions", "status", "words"),
    [
        (told({"status": "IN_PROGRESS"}), [], Status.OK, "1 pipelines run, none waits"),
        (told({"status": "PAUSED_PENDING_INPUT"}), [], Status.WARN, "waits for somebody's answer"),
        (
            told({"status": "IN_PROGRESS", "stages": [{"status": "SUCCESS"}, {"status": "PAUSED_PENDING_INPUT"}]}),
            [],
            Status.WARN,
            "waits for somebody's answer",
        ),
        (told({"status": "DREAMING"}), [], Status.UNKNOWN, "is DREAMING, a state we do not know"),
        (told({}), [], Status.UNKNOWN, "a form we do not know"),
        (told({}, 500), [], Status.UNKNOWN, "trouble answering"),
        (said("no", 403), [], Status.UNKNOWN, "not allowed"),
        (said("no", 404), [{}, None], Status.OK, "none waits"),
        (said("no", 404), [{}, INPUT], Status.WARN, "asked somebody; whether it still waits"),
        (said("no", 404), None, Status.UNKNOWN, "the plugin Pipeline: REST API"),
    ],
)
async def test_a_pipeline_that_waits_for_a_person_warns(
    canned: Canned, actions: Any, status: Status, words: str
) -> None:
    found = {DEPLOY: told(job("deploy-shop", build(), running(actions=actions))), DESCRIBE: canned}
    async with jenkins(found, jobs=ONE) as ours:
        answer = await ours.waiting()
    assert answer.status is status
    assert words in answer.summary or words in answer.evidence[0].detail
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_builds_without_steps_are_not_asked_whether_they_wait() -> None:
    plain = running(_class="hudson.model.FreeStyleBuild", actions=None)
    async with jenkins({DEPLOY: told(job("deploy-shop", build(), plain)), DESCRIBE: told({}, 500)}, jobs=ONE) as ours:
        assert (await ours.waiting()).summary == "No pipeline waits for a person"


@pytest.mark.parametrize(
    ("items", "status", "words"),
    [
        ([], Status.OK, "The queue is empty"),
        ([item()], Status.OK, "1 wait in the queue, none for long"),
        ([item(inQueueSince=millis(minutes=31))], Status.WARN, "deploy-shop: waits for 31 min: Waiting for next"),
        ([item(inQueueSince=millis(minutes=31), blocked=True, why=None)], Status.WARN, "waits for 31 min"),
        ([item(), item(stuck=True)], Status.FAIL, "1 of 2 waiting: deploy-shop: stuck, waits for 2 min"),
        ([item(stuck=True, inQueueSince=None)], Status.FAIL, "stuck"),
        ([item(inQueueSince=None)], Status.UNKNOWN, "does not tell since when"),
        ([{"id": 4, "inQueueSince": millis(hours=2)}], Status.WARN, "Something without a name: waits for 2 h"),
    ],
)
async def test_what_is_stuck_in_the_queue_fails_and_what_waits_long_warns(
    items: list[Any], status: Status, words: str
) -> None:
    async with jenkins({QUEUE: told({"items": items})}) as ours:
        answer = await ours.queue()
    assert answer.status is status
    assert words in answer.summary
    assert bool(answer.reason) is (status is Status.UNKNOWN)


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ([agent()], Status.OK, "All 1 agents are online, with 4 executors"),
        (
            [agent(), agent("w", offline=True, offlineCauseReason="lost")],
            Status.FAIL,
            "1 of 2 agents to look at: w: offline: lost",
        ),
        ([agent(offline=True, temporarilyOffline=True)], Status.WARN, "taken offline by somebody"),
        ([agent(temporarilyOffline=True)], Status.WARN, "taken offline by somebody"),
        ([agent(offline=True, temporarilyOffline=True), agent("b", offline=True)], Status.FAIL, "b: offline"),
        ([], Status.UNKNOWN, "tells of no agents"),
    ],
)
async def test_an_agent_that_is_gone_fails_and_one_taken_out_warns(
    found: list[dict[str, Any]], status: Status, words: str
) -> None:
    async with jenkins({AGENTS: agents(*found)}) as ours:
        answer = await ours.agents()
    assert answer.status is status
    assert words in answer.summary


async def test_an_agent_that_does_not_tell_is_not_taken_for_online() -> None:
    async with jenkins({AGENTS: agents({"displayName": "x"})}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.agents()


async def test_the_team_s_own_thresholds_count() -> None:
    thresholds: dict[str, dict[str, float]] = {
        "jenkins.jobs": {"hours": 2},
        "jenkins.running": {"times": 0.5},
        "jenkins.queue": {"minutes": 1},
    }
    async with jenkins(thresholds=thresholds, jobs=ONE) as ours:
        assert (await ours.queue()).status is Status.WARN
        assert (await ours.running()).status is Status.WARN
    async with jenkins({DEPLOY: told(job())}, thresholds=thresholds, jobs=ONE) as ours:
        assert (await ours.jobs()).status is Status.WARN


async def test_what_is_sent_names_its_fields_and_changes_nothing() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        assert request.path.startswith("/ci/")
        bare = Request(
            method=request.method,
            path=request.path.removeprefix("/ci"),
            query=request.query,
            headers=request.headers,
            body=request.body,
        )
        return SCRIPT.replying()(bare)

    async with jenkins(server=server, prefix="/ci/", jobs=("deploy-shop", "team/shop")) as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in asked} == {"GET"}
    assert all("_class" in one.query["tree"][0] for one in asked if one.path.startswith("/ci/job/") and one.query)
    assert all("tree" in one.query and "depth" not in one.query for one in asked if one.path.endswith("/api/json"))
    assert len({one.headers["authorization"] for one in asked}) == 1
    assert TOKEN not in repr(ours)


async def test_the_probe_names_the_job_that_is_not_there_and_the_right_that_is_missing() -> None:
    async with jenkins({DEPLOY: said("", 404), AGENTS: said("", 403)}, jobs=("deploy-shop", "team/shop")) as ours:
        told_of = dict(await ours.probe())
    assert told_of["be reached"] is None
    assert "deploy-shop" in (told_of["see the watched jobs"] or "")
    assert "Overall/Read" in (told_of["see agents"] or "")


@pytest.mark.parametrize("odd", [build(timestamp=10**18), running(estimatedDuration=10**18)])
async def test_a_time_beyond_all_years_is_no_time(odd: dict[str, Any]) -> None:
    async with jenkins({DEPLOY: told(job("deploy-shop", odd))}, jobs=ONE) as ours:
        for ask in (ours.jobs, ours.running):
            with pytest.raises(Refused, match="a form we do not know"):
                await ask()
