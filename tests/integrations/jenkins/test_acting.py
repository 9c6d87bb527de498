"""Builds run again, stopped and let go on: looked at first, done once, refused with a reason."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Pipelines
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.http import Outside, basic
from bot.integrations.jenkins.acting import ActingJenkins
from bot.integrations.jenkins.client import JenkinsClient
from bot.integrations.jenkins.connect import connect
from bot.integrations.jenkins.hands import JenkinsHands
from bot.integrations.jenkins.settings import JenkinsSettings
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.jenkins.scripted import TOKEN, build, item, millis, running
from tests.integrations.moment import still

ANN = Author(name="Ann")
RUN = "ci.example|deploy-shop#412"
OURS = {"causes": [{"shortDescription": "Started by user daywatch", "userId": "daywatch"}]}
VERSION = {"parameters": [{"name": "VERSION", "value": "1.4.2"}, {"name": "DRY", "value": False}]}
TAKES = {"property": [{}, None, {"parameterDefinitions": [{"name": "VERSION"}]}]}
_STARTS = ("/job/deploy-shop/build", "/job/deploy-shop/buildWithParameters")


class Server:
    """A Jenkins with one job, whose builds, queue and inputs a test can set."""

    def __init__(self, *builds: dict[str, Any], takes: Any = None) -> None:
        self.builds = {one["number"]: one for one in builds or (build(),)}
        self.takes = takes or {"property": []}
        self.queue: list[dict[str, Any]] = []
        self.inputs: Canned = told([])
        self.asked: list[Request] = []
        self.answers: dict[str, Canned | Callable[[], Canned]] = {}
        self.on_start: Callable[[], Canned] = self.begin

    def begin(self) -> Canned:
        self.builds[413] = running(413, actions=[OURS, VERSION], queueId=998)
        return Canned(status=201, headers={"location": "https://ci.example/queue/item/998/"})

    def __call__(self, request: Request) -> Canned:
        self.asked.append(request)
        found = self.answers.get(request.line)
        if found is not None:
            return found() if callable(found) else found
        if request.method == "POST":
            return self.on_start() if request.path in _STARTS else said("<html>not found</html>", 404)
        if request.path.endswith("/wfapi/pendingInputActions"):
            return self.inputs
        return self.listed(request) or said("<html>not found</html>", 404)

    def listed(self, request: Request) -> Canned | None:
        newest = [self.builds[number] for number in sorted(self.builds, reverse=True)]
        job = self.takes if "property" in request.query.get("tree", [""])[0] else {"name": "x", "builds": newest}
        known = {
            "/job/deploy-shop/api/json": job,
            "/queue/api/json": {"items": self.queue},
            "/queue/item/998/api/json": item(executable={"number": 413, "url": "x"}),
            **{f"/job/deploy-shop/{number}/api/json": one for number, one in self.builds.items()},
        }
        return told(known[request.path]) if request.path in known else None

    @property
    def posts(self) -> list[str]:
        return [one.path for one in self.asked if one.method == "POST"]


@asynccontextmanager
async def acting(server: Server) -> AsyncIterator[ActingJenkins]:
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server) as address:
            settings = JenkinsSettings(url=address, user="daywatch", api_token=SecretStr(TOKEN), run_builds=True)
            api = outside.api(title="Jenkins", base_url=address, headers=basic("daywatch", SecretStr(TOKEN)))
            yield ActingJenkins(JenkinsClient(api), JenkinsHands(api), settings, Wiring(outside=outside), pause=0)
    finally:
        await outside.aclose()


def test_hands_are_given_only_where_the_settings_say_so() -> None:
    given = {"url": "http://127.0.0.1:1", "user": "x", "api_token": SecretStr("t")}
    wiring = Wiring(outside=Outside())
    assert isinstance(connect(JenkinsSettings(**given, run_builds=True), wiring), Pipelines)  # type: ignore[arg-type]
    assert not isinstance(connect(JenkinsSettings(**given), wiring), Pipelines)  # type: ignore[arg-type]


async def test_a_build_runs_again_and_its_number_is_told() -> None:
    server = Server()
    async with acting(server) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == "ci.example|deploy-shop#413"
        # After a crash it is asked again: the build that came of it is there.
        assert await ours.rerun(RUN, ANN, once="a") == "ci.example|deploy-shop#413"
    assert server.posts == ["/job/deploy-shop/build"]


async def test_parameters_go_along() -> None:
    server = Server(build(actions=[{}, None, VERSION]), takes=TAKES)
    async with acting(server) as ours:
        await ours.rerun(RUN, ANN, once="a")
    (post,) = [one for one in server.asked if one.method == "POST"]
    assert post.path == "/job/deploy-shop/buildWithParameters"
    assert parse_qs(post.body.decode()) == {"VERSION": ["1.4.2"], "DRY": ["false"]}


async def test_a_job_that_takes_parameters_is_not_built_as_one_without() -> None:
    server = Server(takes=TAKES)
    async with acting(server) as ours:
        await ours.rerun(RUN, ANN, once="a")
    assert server.posts == ["/job/deploy-shop/buildWithParameters"]


async def test_a_secret_cannot_be_repeated() -> None:
    server = Server(build(actions=[{"parameters": [{"name": "PASSWORD"}]}]))
    async with acting(server) as ours:
        with pytest.raises(Refused, match="a secret or a file"):
            await ours.rerun(RUN, ANN, once="a")
    assert server.posts == []


async def test_a_build_that_runs_is_not_run_again() -> None:
    server = Server(running(412))
    async with acting(server) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == RUN
    assert server.posts == []


@pytest.mark.parametrize(
    "other",
    [
        running(413, actions=[VERSION]),  # somebody else's
        running(413, actions=[OURS]),  # without the parameters
        build(413, actions=[OURS, VERSION], timestamp=millis(hours=2)),  # an earlier wish
        build(411, actions=[OURS, VERSION]),
    ],
)
async def test_what_is_not_that_build_is_not_taken_for_it(other: dict[str, Any]) -> None:
    server = Server(build(actions=[VERSION]), other, takes=TAKES)

    def begin() -> Canned:
        server.builds[414] = running(414, actions=[OURS, VERSION], queueId=998)
        server.answers["GET /queue/item/998/api/json"] = told(item(executable={"number": 414}))
        return Canned(status=201, headers={"location": "/queue/item/998/"})

    server.on_start = begin
    async with acting(server) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == "ci.example|deploy-shop#414"


async def test_what_waits_in_the_queue_already_is_followed_and_not_added_to() -> None:
    server = Server()
    server.queue = [item(id=997), item(actions=[OURS])]
    server.builds[413] = running(413, queueId=998)
    async with acting(server) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == "ci.example|deploy-shop#413"
    assert server.posts == []


async def test_an_item_that_was_forgotten_is_found_by_the_build_that_came_of_it() -> None:
    server = Server()
    server.answers["GET /queue/item/998/api/json"] = said("", 404)

    def begin() -> Canned:
        server.builds[415] = running(415, queueId=998)
        return Canned(status=201, headers={"location": "https://ci.example/queue/item/998/"})

    server.on_start = begin
    async with acting(server) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == "ci.example|deploy-shop#415"


@pytest.mark.parametrize("item_", ["", "queue/item/", f"queue/item/{'9' * 5_000}/"], ids=["none", "empty", "endless"])
async def test_an_answer_without_a_place_in_the_queue_is_followed_by_the_builds(item_: str) -> None:
    server = Server()
    server.on_start = lambda: replace(server.begin(), headers={"location": f"https://ci.example/{item_}"})
    async with acting(server) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == "ci.example|deploy-shop#413"


@pytest.mark.parametrize(
    ("told_of", "kind", "words"),
    [
        (item(cancelled=True), Refused, "took the new build out of the queue"),
        (item(why="Waiting for an executor"), Unavailable, "has not begun: Waiting for an executor"),
    ],
)
async def test_a_build_that_does_not_begin_is_said_so(told_of: Any, kind: type[Exception], words: str) -> None:
    server = Server()
    server.answers["GET /queue/item/998/api/json"] = told(told_of)
    async with acting(server) as ours:
        with pytest.raises(kind, match=words):
            await ours.rerun(RUN, ANN, once="a")


@pytest.mark.parametrize(
    ("canned", "kind", "words"),
    [
        (said("disabled", 409), Refused, "the job is disabled"),
        (said("<html>no</html>", 403), NotAuthorised, "Job/Build"),
        (said("", 404), NotFound, "has nothing at"),
        (
            Canned(status=302, headers={"location": "https://ci.example/login?from=x"}),
            NotAuthorised,
            "JENKINS_API_TOKEN",
        ),
        (said("", 500), Unavailable, "trouble"),
    ],
)
async def test_a_refused_start_names_the_reason(canned: Canned, kind: type[Exception], words: str) -> None:
    server = Server()
    server.on_start = lambda: canned
    async with acting(server) as ours:
        with pytest.raises(kind, match=words):
            await ours.rerun(RUN, ANN, once="a")
    assert len(server.posts) == 1


async def test_where_a_crumb_is_wanted_it_is_sent_with_its_session() -> None:
    server = Server()
    cookie = "JSESSIONID.1a2b=node0xyz; Path=/; Secure; HttpOnly"
    crumb = json.dumps({"crumb": "c0ffee", "crumbRequestField": "Jenkins-Crumb"}).encode()
    server.answers["GET /crumbIssuer/api/json"] = Canned(
        body=crumb, headers={"content-type": "application/json", "set-cookie": cookie}
    )

    def begin() -> Canned:
        last = server.asked[-1]
        if last.headers.get("jenkins-crumb") != "c0ffee" or last.headers.get("cookie") != "JSESSIONID.1a2b=node0xyz":
            return said("<html>No valid crumb was included in the request</html>", 403)
        return server.begin()

    server.on_start = begin
    async with acting(server) as ours:
        assert await ours.rerun(RUN, ANN, once="a") == "ci.example|deploy-shop#413"
    assert len(server.posts) == 2


@pytest.mark.parametrize("run", ["ci.example|deploy-shop#999", "nonsense", "ci.example|other#412"])
async def test_what_is_not_there_is_not_found(run: str) -> None:
    async with acting(Server()) as ours:
        with pytest.raises(NotFound):
            await ours.rerun(run, ANN, once="a")


async def test_a_job_of_the_same_name_on_another_controller_is_left_alone() -> None:
    server = Server()
    async with acting(server) as ours:
        for ask in (
            ours.rerun("two.example|deploy-shop#412", ANN, once="a"),
            ours.cancel("two.example|deploy-shop#412", ANN),
        ):
            with pytest.raises(NotFound, match="belongs to another controller"):
                await ask
    assert server.posts == []


async def test_a_build_is_stopped_and_what_has_ended_is_as_it_should_be() -> None:
    server = Server(build())

    def stop() -> Canned:
        server.builds[412] = build(412, "ABORTED")
        return Canned(status=302, headers={"location": "https://ci.example/job/deploy-shop/412/"})

    async with acting(server) as ours:
        await ours.cancel(RUN, ANN)
        assert server.posts == []
        server.builds[412] = running(412)
        server.answers["POST /job/deploy-shop/412/stop"] = stop
        await ours.cancel(RUN, ANN)
    assert server.posts == ["/job/deploy-shop/412/stop"]


async def test_a_build_that_does_not_stop_is_terminated_and_then_said_to_run() -> None:
    server = Server(running(412))
    server.answers["POST /job/deploy-shop/412/stop"] = Canned(status=302, headers={"location": "https://ci.example/"})
    server.answers["POST /job/deploy-shop/412/term"] = Canned()
    async with acting(server) as ours:
        with pytest.raises(Unavailable, match="still runs"):
            await ours.cancel(RUN, ANN)
    assert server.posts == ["/job/deploy-shop/412/stop", "/job/deploy-shop/412/term"]


async def test_an_input_is_let_go_on() -> None:
    server = Server(running(412))
    server.inputs = told([{"id": "Release/now", "message": "Release?", "inputs": []}])
    server.answers["POST /job/deploy-shop/412/input/Release%2Fnow/proceedEmpty"] = Canned()
    async with acting(server) as ours:
        await ours.approve(RUN, ANN, "looks good")
    assert server.posts == ["/job/deploy-shop/412/input/Release%2Fnow/proceedEmpty"]


@pytest.mark.parametrize(
    ("one", "inputs", "words"),
    [
        (running(412), told([]), "waits for nobody"),
        (build(), told([{"id": "A"}]), "waits for nobody"),
        (running(412), told([{"id": "A"}, {"id": "B"}]), "waits at 2 places"),
        (running(412), told([{"id": "A", "inputs": [{"name": "ENV"}]}]), "asks for values"),
        (running(412), said("", 404), "it needs the plugin"),
    ],
)
async def test_what_cannot_be_answered_with_a_yes_is_refused(one: Any, inputs: Canned, words: str) -> None:
    server = Server(one)
    server.inputs = inputs
    async with acting(server) as ours:
        with pytest.raises(Refused, match=words):
            await ours.approve(RUN, ANN, "")
    assert server.posts == []


async def test_somebody_who_is_no_submitter_is_told_so() -> None:
    server = Server(running(412))
    server.inputs = told([{"id": "A"}])
    server.answers["POST /job/deploy-shop/412/input/A/proceedEmpty"] = said("<html>no</html>", 403)
    async with acting(server) as ours:
        with pytest.raises(NotAuthorised, match="among its submitters"):
            await ours.approve(RUN, ANN, "")
