"""How a Docker host is judged, with the payloads that engines really send."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import ChangeKind, Result
from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.docker.adapter import Docker
from bot.integrations.docker.place import place_of
from bot.integrations.docker.settings import DockerSettings
from bot.integrations.http import Outside
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Answering, Canned, Request, said, serving, told
from tests.integrations.docker.scripted import (
    DF,
    DF_FOUND,
    DONE,
    EVENTS,
    IMAGE,
    INFO,
    INFO_FOUND,
    LIST,
    NEVER,
    PING,
    SCRIPT,
    event,
    events,
    health,
    host,
    image,
    inspect,
    inspected,
    listed,
    ping,
    seconds,
    state,
)
from tests.integrations.moment import AT, ago, still


@asynccontextmanager
async def docker(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Answering | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Docker]:
    """The adapter over a scripted server. Any: whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            yield Docker.connect(DockerSettings(host=address, **settings), wiring)
    finally:
        await outside.aclose()


def details(answer: Answer) -> dict[str, tuple[Status, str]]:
    return {one.title: (one.status, one.detail) for one in answer.evidence}


def only(found: Mapping[str, Any], **changes: Any) -> Mapping[str, Canned]:
    """A host with one container in this state, beside one that runs."""
    one = listed("one", found["Status"], Labels={})
    return host((listed(), inspected()), (one, inspected("one", found, **changes)))


def test_images_stand_under_patches_and_the_rest_under_dashboards() -> None:
    ours = Docker.connect(DockerSettings(host="unix:///x"), Wiring(outside=Outside(), instance="web-1"))
    items = {check.name: check.item for check in ours.checks()}
    assert items.pop("docker.images") is Item.PATCHES
    assert set(items.values()) == {Item.DASHBOARDS}
    assert {check.instance for check in ours.checks()} == {"web-1"}


@pytest.mark.parametrize(
    ("found", "policy", "status", "words"),
    [
        (state(), "", Status.OK, ""),
        (state(Health=health("healthy")), "", Status.OK, ""),
        (state(Health=health("none")), "", Status.OK, ""),
        (state(Health=None), "", Status.OK, ""),
        (
            state(Health=health("unhealthy", FailingStreak=7)),
            "",
            Status.FAIL,
            "unhealthy, 7 checks in a row failed: nope",
        ),
        (state(Health={"Status": "unhealthy"}), "", Status.FAIL, "unhealthy, 0 checks in a row failed"),
        (state(Health=health("starting"), StartedAt=ago(seconds=100)), "", Status.OK, ""),
        (state(Health=health("starting"), StartedAt=ago(minutes=5)), "", Status.WARN, "still starting"),
        (state(Health=health("starting"), StartedAt=NEVER), "", Status.UNKNOWN, "does not tell since when"),
        (state(Health=health("dizzy")), "", Status.UNKNOWN, "its health is dizzy, which we do not know"),
        (state(OOMKilled=True), "", Status.FAIL, "ran out of memory"),
        (state("exited", OOMKilled=True, ExitCode=137), "", Status.FAIL, "ran out of memory"),
        (state("paused"), "", Status.WARN, "paused"),
        (state("restarting", ExitCode=1), "always", Status.FAIL, "restarts again and again"),
        (state("dead"), "", Status.FAIL, "dead"),
        (state("removing"), "", Status.WARN, "being removed"),
        (state("created"), "", Status.WARN, "made and never started"),
        (state("created", Error="port is taken"), "", Status.FAIL, "could not be started: port is taken"),
        (state("exited"), "", Status.OK, ""),
        (state("exited"), "no", Status.OK, ""),
        (state("exited"), "on-failure", Status.OK, ""),
        (state("exited"), "always", Status.WARN, "was stopped, though it is one that always runs"),
        (state("exited"), "unless-stopped", Status.WARN, "was stopped"),
        (state("exited", ExitCode=3), "on-failure", Status.FAIL, "ended (exit code 3)"),
        (state("exited", ExitCode=None), "", Status.UNKNOWN, "does not tell how"),
        (state("hibernating"), "", Status.UNKNOWN, "is hibernating, which we do not know"),
    ],
)
async def test_each_state_of_a_container_has_its_verdict(
    found: dict[str, Any], policy: str, status: Status, words: str
) -> None:
    async with docker(only(found, HostConfig={"RestartPolicy": {"Name": policy}})) as ours:
        answer = await ours.containers()
    assert answer.status is status, answer
    assert bool(answer.reason) is (status is Status.UNKNOWN)
    if status is Status.OK:
        assert answer.evidence == ()
    else:
        (one,) = answer.evidence
        assert (one.key, one.title) == ("container:one", "one")
        assert words in one.detail


@pytest.mark.parametrize(
    ("test", "found", "status"),
    [
        (["CMD-SHELL", "true"], state(), Status.UNKNOWN),
        (["CMD-SHELL", "true"], state(Health=health("none")), Status.UNKNOWN),
        (["CMD-SHELL", "true"], state(Health=health("healthy")), Status.OK),
        (["NONE"], state(), Status.OK),
        ([], state(), Status.OK),
        (None, state(Health={"Status": "", "FailingStreak": 0, "Log": None}), Status.OK),
        (None, state(Health={"FailingStreak": 4}), Status.UNKNOWN),
    ],
)
async def test_a_health_check_without_a_verdict_is_not_ok(
    test: list[str] | None, found: dict[str, Any], status: Status
) -> None:
    async with docker(only(found, Config={"Healthcheck": {"Test": test}})) as ours:
        assert (await ours.containers()).status is status


@pytest.mark.parametrize("moment", [0, 1_767_330_002, "yesterday", "2026-13-45T00:00:00Z", "2026-01-02 05:00:02"])
async def test_a_time_in_another_form_is_refused(moment: object) -> None:
    async with docker(only(state(StartedAt=moment), RestartCount=3)) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.restarts()


async def test_the_image_of_a_container_in_no_known_state_is_judged_too() -> None:
    async with docker({**host((listed(), inspected(found=state("asleep")))), IMAGE: told({})}) as ours:
        assert (await ours.images()).status is Status.UNKNOWN


async def test_a_start_period_is_waited_for() -> None:
    check = {"StartPeriod": 600 * 10**9, "Interval": 10**9, "Timeout": 10**9, "Retries": 1}
    for minutes, status in ((9, Status.OK), (11, Status.WARN)):
        found = state(Health=health("starting"), StartedAt=ago(minutes=minutes))
        async with docker(only(found, Config={"Healthcheck": check})) as ours:
            assert (await ours.containers()).status is status


async def test_what_must_run_fails_however_it_ended_and_when_it_is_missing() -> None:
    async with docker(only(state("exited"), HostConfig=None), containers=("one", "/web")) as ours:
        answer = await ours.containers()
    assert details(answer) == {"one": (Status.FAIL, "ended (exit code 0)")}
    async with docker(only(state("created")), containers=("one", "db")) as ours:
        assert details(await ours.containers()) == {
            "one": (Status.FAIL, "made and never started"),
            "db": (Status.FAIL, "must run and is not there"),
        }
    async with docker(host(), containers=("db",)) as ours:
        answer = await ours.containers()
    assert (answer.status, len(answer.evidence)) == (Status.FAIL, 1)


async def test_a_host_on_which_nothing_runs_is_not_ok() -> None:
    async with docker(host(DONE)) as ours:
        answer = await ours.containers()
    assert (answer.status, answer.reason) == (Status.UNKNOWN, "None of 1 containers runs; all ended well")


async def test_the_output_of_a_health_check_is_shown_without_secrets() -> None:
    found = state(Health=health("unhealthy", Log=[{"Output": "old"}, {"Output": "db://u:p@h refused, token=hunter2"}]))
    async with docker(only(found)) as ours:
        ((_, words),) = details(await ours.containers()).values()
    assert "refused" in words
    assert "hunter2" not in words
    assert "u:p@" not in words


async def test_swarm_keeps_what_it_replaced_and_only_the_newest_counts() -> None:
    def task(ident: str, found: dict[str, Any], **created: float) -> tuple[dict[str, Any], dict[str, Any]]:
        labels = {"com.docker.swarm.task.name": f"shop.1.{ident}", "com.docker.swarm.service.name": "shop"}
        one = listed(f"shop.1.{ident}", found["Status"], Labels=labels, Created=seconds(**created))
        return one, inspected(f"shop.1.{ident}", found)

    old, new = task("aaa", state("exited", ExitCode=1), days=3), task("bbb", state(), days=1)
    for order in ((old, new), (new, old)):
        async with docker(host(*order)) as ours:
            assert (await ours.containers()).status is Status.OK
    async with docker(host(old, task("ccc", state("exited", ExitCode=2), hours=1))) as ours:
        answer = await ours.containers()
    assert [(one.key, one.detail) for one in answer.evidence] == [("container:shop.1", "ended (exit code 2)")]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"State": "restarting"}, Status.FAIL, "restarts again and again"),
        ({"State": "paused"}, Status.WARN, "paused"),
        ({"State": "exited", "Status": "Exited (3) 4 seconds ago"}, Status.UNKNOWN, "is listed as exited"),
        ({"Status": "Up 7 seconds (unhealthy)"}, Status.FAIL, "unhealthy, as it is listed"),
        ({"Health": {"Status": "unhealthy", "FailingStreak": 3}}, Status.FAIL, "unhealthy, as it is listed"),
        ({"Health": {"Status": "healthy", "FailingStreak": 0}}, Status.OK, ""),
        ({"State": None, "Health": None}, Status.OK, ""),
    ],
)
async def test_a_container_that_is_listed_as_worse_than_it_says_itself_is_not_ok(
    changes: dict[str, Any], status: Status, words: str
) -> None:
    async with docker(host((listed(**changes), inspected()))) as ours:
        answer = await ours.containers()
    assert (answer.status, words in answer.summary) == (status, True), answer


async def test_a_container_that_changed_while_we_looked_is_looked_at_again() -> None:
    looks = 0

    def server(request: Request) -> Canned:
        nonlocal looks
        if request.line == LIST:
            looks += 1
            return told([listed(state="created" if looks == 1 else "running")])
        return SCRIPT.replying(host((listed(), inspected())))(request)

    async with docker(server=server) as ours:
        assert (await ours.containers()).status is Status.OK
    assert looks == 2


async def test_a_container_that_goes_while_we_look_is_left_out_and_one_that_stays_is_not() -> None:
    looks = 0

    def server(request: Request) -> Canned:
        nonlocal looks
        if request.line == inspect("gone"):
            return told({"message": "No such container: gone"}, 404)
        if request.line == LIST:
            looks += 1
            there = [listed(), *([listed("gone")] if looks == 1 else [])]
            return told(there)
        return SCRIPT.replying()(request)

    async with docker(server=server) as ours:
        assert (await ours.containers()).status is Status.OK
    still_there = {LIST: told([listed(), listed("gone")])}
    async with docker(still_there) as ours:
        with pytest.raises(Refused, match="lists what it then does not find: gone"):
            await ours.containers()


@pytest.mark.parametrize(
    ("found", "more", "status", "words"),
    [
        (state(), {"RestartCount": 0}, Status.OK, ""),
        (state(), {"RestartCount": 9}, Status.OK, ""),
        (state(StartedAt=ago(hours=23)), {"RestartCount": 3}, Status.WARN, "restarted 3 times, last on"),
        (state(StartedAt=ago(hours=23)), {"RestartCount": 0}, Status.OK, ""),
        (state("restarting", ExitCode=1), {"RestartCount": 4}, Status.FAIL, "again and again (exit code 1), 4 times"),
        (state(), {"RestartCount": None}, Status.UNKNOWN, "does not tell how often"),
        (state(StartedAt=""), {"RestartCount": 1}, Status.UNKNOWN, "does not tell when"),
    ],
)
async def test_restarts_of_the_last_day_are_told(
    found: dict[str, Any], more: dict[str, Any], status: Status, words: str
) -> None:
    async with docker({**only(found, **more), EVENTS: events()}) as ours:
        answer = await ours.restarts()
    assert answer.status is status, answer
    assert all(words in one.detail for one in answer.evidence)


async def test_events_add_what_counts_do_not_show() -> None:
    told_of = events(
        event("die", "job", code="1"),
        event("die", "job", code="1"),
        event("oom", "job"),
        event("health_status: unhealthy", "db"),
        event("health_status: healthy", "web"),
        event("die", "web", code="143"),
        event("die", "web", code="0"),
        event("die", "old", code="1", time=seconds(days=3)),
        event("die", "net", code="1", Type="network"),
        event("start", "new"),
        event("die", "lost", Actor=None),
        kind="application/json-seq",
        between="\n\x1e",
    )
    async with docker({EVENTS: told_of}) as ours:
        answer = await ours.restarts()
    assert details(answer) == {
        "db": (Status.WARN, "was unhealthy"),
        "job": (Status.WARN, "died (exit code 1) 2 times, ran out of memory"),
        "a container without a name": (Status.WARN, "died (exit code unknown)"),
    }


async def test_no_events_at_all_is_an_answer() -> None:
    for found in (events(), events(kind="")):
        async with docker({EVENTS: found}) as ours:
            assert (await ours.restarts()).status is Status.OK


@pytest.mark.parametrize(
    "found",
    [
        told({}),
        told(None),
        told([event("start")]),
        told({"message": "no"}),
        events({"Action": None}),
        said("OK"),
        Canned(body=b"<html>Sign in</html>"),
        Canned(body=json.dumps(event("die", code="1")).encode()[:-4]),
        Canned(body=b"[" * 100_000),
    ],
)
async def test_what_are_no_events_is_never_ok(found: Canned) -> None:
    async with docker({EVENTS: found}) as ours:
        with pytest.raises(Refused):
            await ours.restarts()


@pytest.mark.parametrize("ahead", [timedelta(hours=-3), timedelta(0), timedelta(hours=3)])
async def test_events_are_asked_for_until_a_moment_that_is_past_for_the_engine(ahead: timedelta) -> None:
    asked: list[Request] = []
    date = (AT + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT")

    def server(request: Request) -> Canned:
        asked.append(request)
        answer = SCRIPT.replying()(request)
        return Canned(status=answer.status, body=answer.body, headers={**answer.headers, "date": date})

    async with docker(server=server) as ours:
        await ours.restarts()
    (query,) = [one.query for one in asked if one.line == EVENTS]
    until = int(query["until"][0])
    assert 1 <= (AT + ahead).timestamp() - until <= 4
    assert until - int(query["since"][0]) == 86_400
    assert json.loads(query["filters"][0]) == {"type": ["container"], "event": ["die", "oom", "health_status"]}


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (image(), Status.OK, "the oldest was built 12 days ago"),
        (image(Created=ago(days=91)), Status.WARN, "built 91 days ago; run by web"),
        (image(Created="1970-01-01T00:00:01Z"), Status.OK, "12 images"),
        (image(Created=None, Metadata={"LastTagTime": ago(days=120)}), Status.WARN, "fetched or built here 120 days"),
        (image(Created=NEVER, Metadata={"LastTagTime": NEVER}), Status.UNKNOWN, "does not tell when it was built"),
        (image(Created=ago(days=-9)), Status.UNKNOWN, "which is to come"),
        ({}, Status.UNKNOWN, "does not tell when it was built"),
    ],
)
async def test_images_are_judged_by_their_age(found: dict[str, Any], status: Status, words: str) -> None:
    async with docker({IMAGE: told(found)}) as ours:
        answer = await ours.images()
    assert answer.status is status, answer
    if status is Status.OK:
        assert answer.summary.startswith("1 images run, the oldest was built ")
    else:
        assert words in answer.evidence[0].detail
        assert answer.evidence[0].key == "image:shop:1.4"


async def test_an_image_that_is_gone_or_lost_its_tag_is_told() -> None:
    async with docker({IMAGE: told({"message": "No such image"}, 404)}) as ours:
        answer = await ours.images()
    assert (answer.status, answer.evidence[0].detail) == (
        Status.UNKNOWN,
        "is not there any more, so its age is not known; run by web",
    )
    bare = host((listed(Image="c468183271b1"), inspected()))
    async with docker({**bare, IMAGE: told(image(RepoTags=None))}) as ours:
        answer = await ours.images()
    assert answer.status is Status.WARN
    assert "its tag has moved on" in answer.evidence[0].detail
    async with docker(thresholds={"docker.images": {"warn": 5, "fail": 10}}) as ours:
        assert (await ours.images()).status is Status.FAIL


async def test_the_disk_is_summed_for_old_engines_and_read_from_new_ones() -> None:
    async with docker() as ours:
        assert (await ours.disk()).summary == (
            "5.0 GB used (images 2.0 GB, containers 4 MB, volumes 3.0 GB), 0.4 GB could be freed"
        )
    usage = {"ActiveCount": 1, "TotalCount": 4, "TotalSize": 30 * 10**9, "Reclaimable": 21 * 10**9}
    new = {"ImageUsage": usage, "VolumeUsage": {"TotalSize": 10**9}, "BuildCacheUsage": None}
    async with docker({DF: told(new)}) as ours:
        answer = await ours.disk()
    assert answer.status is Status.WARN
    assert details(answer) == {"What could be freed": (Status.WARN, "21.0 GB, limit 20 GB")}
    limits = {"docker.disk": {"warn": 50, "used_warn": 10, "used_fail": 31}}
    async with docker({DF: told(new)}, thresholds=limits) as ours:
        assert details(await ours.disk()) == {"What is used": (Status.FAIL, "31.0 GB, limit 31 GB")}


@pytest.mark.parametrize(
    "found", [{}, {"ImageUsage": None}, {"ImageUsage": {}}, {**DF_FOUND, "LayersSize": None}, {"LayersSize": -1}]
)
async def test_a_disk_that_is_not_told_is_never_ok(found: dict[str, Any]) -> None:
    async with docker({DF: told(found)}) as ours:
        try:
            answer = await ours.disk()
        except Refused:
            return
    assert answer.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "Version 20.10.24+dfsg1 answers, 1 of 2 containers run"),
        ({"Warnings": None, "Containers": None}, Status.OK, "Version 20.10.24+dfsg1 answers"),
        ({"Swarm": {"LocalNodeState": "active"}}, Status.OK, "answers"),
        ({"Swarm": {"LocalNodeState": "active", "Error": "no manager"}}, Status.WARN, "no manager"),
        ({"Swarm": {"LocalNodeState": "locked"}}, Status.FAIL, "is locked"),
        ({"Swarm": {"LocalNodeState": "asleep"}}, Status.UNKNOWN, "is asleep"),
        (
            {"Warnings": ["WARNING: API is accessible on http://0.0.0.0:2375 without encryption."]},
            Status.WARN,
            "can be used by anybody",
        ),
    ],
)
async def test_an_engine_tells_of_its_swarm_and_of_open_doors(
    changes: dict[str, Any], status: Status, words: str
) -> None:
    async with docker({INFO: told({**INFO_FOUND, **changes})}) as ours:
        answer = await ours.engine()
    assert answer.status is status
    assert words in answer.summary


@pytest.mark.parametrize(
    ("version", "prefix"),
    [("1.41", "/v1.41"), ("1.56", "/v1.56"), ("1.99", "/v1.56"), ("2.0", "/v1.56"), (None, ""), ("new", "")],
)
async def test_the_version_is_the_newest_that_both_know(version: str | None, prefix: str) -> None:
    asked: list[str] = []

    def server(request: Request) -> Canned:
        asked.append(request.path)
        return ping(version) if request.line == PING else told(INFO_FOUND)

    async with docker(server=server) as ours:
        assert (await ours.engine()).status is Status.OK
    assert asked == ["/_ping", f"{prefix}/info"]


async def test_a_version_that_is_refused_says_what_the_engine_wants() -> None:
    words = "client version 1.41 is too old. Minimum supported API version is 1.44"
    async with docker({INFO: told({"message": words}, 400)}) as ours:
        with pytest.raises(Refused, match=f"Docker refused: {words}"):
            await ours.engine()


async def test_a_proxy_that_forbids_says_what_to_allow() -> None:
    page = "<html><body><h1>403 Forbidden</h1>Request forbidden by administrative rules.</body></html>"
    forbidden = Canned(status=403, body=page.encode(), headers={"content-type": "text/html"})
    async with docker({LIST: forbidden}) as ours:
        with pytest.raises(NotAuthorised, match=r"refused GET /v1.41/containers/json. Allow it in the socket proxy"):
            await ours.containers()
        assert (await ours.engine()).status is Status.OK
        probed = dict(await ours.probe())
    assert probed["be reached, and tell about itself"] is None
    assert "Allow it in the socket proxy" in (probed["list and inspect containers"] or "")


async def test_nobody_there_is_told_by_all() -> None:
    outside = Outside(patience=2, now=still)
    ours = Docker.connect(DockerSettings(host=nobody()), Wiring(outside=outside))
    for ask in (ours.engine, ours.containers, ours.restarts, ours.disk, ours.images, ours.probe):
        with pytest.raises(VendorError, match=r"cannot be reached: the connection was refused. Check DOCKER_HOST."):
            await ask()
    await outside.aclose()


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"host": "unix:///var/run/docker.sock"}, "http://docker"),
        ({"host": "/var/run/docker.sock"}, "http://docker"),
        ({"host": "tcp://127.0.0.1:2375"}, "http://127.0.0.1:2375"),
        ({"host": "tcp://localhost"}, "http://localhost:2375"),
        ({"host": "tcp://web-1:2376", "tls_verify": True}, "https://web-1:2376"),
        ({"host": "tcp://web-1", "cert_path": "/c"}, "https://web-1:2376"),
        ({"host": "web-1:2376", "cert_path": "/c"}, "https://web-1:2376"),
        ({"host": "https://web-1/docker"}, "https://web-1/docker"),
        ({"host": "tcp://[::1]:2375"}, "http://[::1]:2375"),
        ({"host": "tcp://proxy:2375", "allow_plain_http": True}, "http://proxy:2375"),
    ],
)
def test_addresses_are_read_as_docker_writes_them(settings: dict[str, Any], address: str) -> None:
    place = place_of(DockerSettings(**settings))
    assert (place.base_url, place.wrong) == (address, None)
    assert place.socket == ("/var/run/docker.sock" if address == "http://docker" else "")
    assert place.certificate == (("/c/cert.pem", "/c/key.pem") if "cert_path" in settings else None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "ssh://root@web-1"}, "begins with ssh://, which we do not speak"),
        ({"host": "npipe:////./pipe/docker_engine"}, "begins with npipe://"),
        ({"host": "tcp://web-1:2375"}, "Set DOCKER_CERT_PATH to the certificates, or DOCKER_ALLOW_PLAIN_HTTP=true"),
        ({"host": "http://web-1:2375"}, "is not encrypted"),
        ({"host": "unix://"}, "names no path"),
        ({"host": "tcp://web-1:many"}, "is not an address"),
        ({"host": "tcp://", "tls_verify": True}, "is not an address"),
    ],
)
async def test_an_address_that_cannot_be_used_says_why(settings: dict[str, Any], words: str) -> None:
    outside = Outside(patience=2)
    ours = Docker.connect(DockerSettings(**settings), Wiring(outside=outside))
    with pytest.raises(Refused, match=words):
        await ours.engine()
    await outside.aclose()


def test_an_empty_variable_is_an_unset_one_as_for_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "")
    monkeypatch.setenv("DOCKER_HOST", "")
    assert not DockerSettings().on("read")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    assert DockerSettings().tls_verify


async def test_new_containers_are_changes() -> None:
    def new(name: str, found: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return listed(name, found["Status"], **{"Created": seconds(hours=1), **changes}), inspected(name, found)

    up = state(StartedAt=ago(minutes=59))
    found = host(
        new("web", up),
        new("bad", state("exited", ExitCode=1, FinishedAt=ago(minutes=55)), Labels={}, Image="r.example:5000/bad"),
        new("later", state("exited", ExitCode=1, FinishedAt=ago(minutes=5)), Labels={}, Image=f"x@sha256:{'a' * 64}"),
        new("stuck", state("created", Error="port is taken"), Labels={}, Image="sha256:0123456789ab"),
        new(
            "warm",
            state(Health=health("starting")),
            Labels={"com.docker.swarm.service.name": "acme_warm"},
            Created=seconds(minutes=40),
        ),
        new("slow", state(Health=health("starting")), Labels={}),
        new("idle", state("created"), Labels={}),
        new("old", state(), Created=seconds(days=2)),
        new("once", state(), Labels={"com.docker.compose.oneoff": "True"}),
        new("dateless", state(), Created=None),
    )
    async with docker(found) as ours:
        changes = {one.title: one for one in await ours.changed(AT - timedelta(days=1))}
        assert ours.source == "docker"
    results = {title.removeprefix("new container "): one.result for title, one in changes.items()}
    assert results == {
        "web": Result.SUCCEEDED,
        "bad": Result.FAILED,
        "later": Result.SUCCEEDED,
        "stuck": Result.FAILED,
        "warm": Result.RUNNING,
        "slow": Result.UNKNOWN,
        "idle": Result.UNKNOWN,
    }
    web = changes["new container web"]
    assert (web.source, web.kind, web.version) == ("docker", ChangeKind.DEPLOYMENT, "1.4")
    assert list(web.places) == ["web", "acme/web", "shop"]
    assert web.ended_at is not None
    assert web.ended_at > web.started_at
    assert list(changes["new container bad"].places) == ["bad", "r.example:5000/bad"]
    assert [changes[f"new container {name}"].version for name in ("bad", "later", "stuck")] == [None, None, None]
    assert list(changes["new container stuck"].places) == ["stuck"]
    assert changes["new container warm"].places[0] == "acme_warm"


async def test_a_new_container_is_told_of_until_it_has_settled_and_old_ones_are_not_asked_for() -> None:
    asked: list[str] = []
    made = {"new": seconds(minutes=5), "settling": seconds(minutes=65), "old": seconds(minutes=75)}
    found = host(*((listed(name, Created=created), inspected(name)) for name, created in made.items()))

    def server(request: Request) -> Canned:
        asked.append(request.line)
        return SCRIPT.replying(found)(request)

    async with docker(server=server) as ours:
        changes = await ours.changed(AT - timedelta(minutes=10))
    assert [one.title for one in changes] == ["new container settling", "new container new"]
    assert sorted(asked) == sorted([PING, LIST, inspect("new"), inspect("settling")])


async def test_changes_of_an_engine_that_does_not_answer_in_full_are_no_changes() -> None:
    async with docker({inspect(): told({"message": "no"}, 500)}) as ours:
        with pytest.raises(VendorError):
            await ours.changed(AT - timedelta(days=9))


async def test_many_containers_are_asked_for_a_few_at_a_time_and_too_many_refused() -> None:
    many = [(listed(f"c{number}"), inspected(f"c{number}")) for number in range(60)]
    many[37] = (many[37][0], inspected("c37", state("dead")))
    async with docker(host(*many)) as ours:
        answer = await ours.containers()
    assert [one.title for one in answer.evidence] == ["c37"]
    async with docker({LIST: told([listed(f"c{number}") for number in range(2_001)])}) as ours:
        with pytest.raises(Refused, match="2001 containers, more than the 2000"):
            await ours.containers()


@pytest.mark.parametrize("found", [[{}], [{"Id": None, "Names": None}], [{"Names": ["/"]}], {"message": "x"}, None])
async def test_a_list_that_names_nothing_is_refused(found: Any) -> None:
    async with docker({LIST: told(found)}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.containers()
