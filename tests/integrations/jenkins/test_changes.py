"""What Jenkins built lately, as changes."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.capabilities import ChangeLog
from bot.domain.change import ChangeKind, ChangeReported, Result
from bot.domain.errors import Refused, VendorError
from bot.integrations.jenkins.builds import Place, repository
from bot.integrations.jenkins.webhook import JenkinsWebhook
from tests.integrations.contract.server import Request, said, told
from tests.integrations.jenkins.connected import jenkins
from tests.integrations.jenkins.scripted import DEPLOY, PRIMARY, SCRIPT, SHOP, branches, build, job, millis, running
from tests.integrations.moment import AT

ONE = ("deploy-shop",)
SAID = [
    {},
    None,
    {
        "causes": [
            {"shortDescription": "Started by timer"},
            {"shortDescription": "x", "userId": "ana", "userName": "Ana"},
        ]
    },
    {"parameters": [{"name": "TOKEN", "value": "hunter2"}]},
    {
        "lastBuiltRevision": {"SHA1": "9f1c0de24b7d5a60c1b2", "branch": None},
        "remoteUrls": ["git@git.example:acme/shop.git"],
    },
]


async def test_builds_since_then_are_told_as_a_notice_would() -> None:
    found = job("deploy-shop", running(), build(actions=SAID), build(411, timestamp=millis(days=2)))
    async with jenkins({DEPLOY: told(found)}, jobs=ONE) as ours:
        assert isinstance(ours, ChangeLog)
        going, ended = await ours.changed(AT - timedelta(days=1))
    assert (going.id, going.result, going.ended_at) == ("ci.example|deploy-shop#413", Result.RUNNING, None)
    assert (ended.id, ended.result, ended.kind) == (
        "ci.example|deploy-shop#412",
        Result.SUCCEEDED,
        ChangeKind.DEPLOYMENT,
    )
    assert (ended.by, ended.version) == ("Ana", "9f1c0de24b")
    assert ended.places == ["deploy-shop", "acme/shop", "shop"]
    assert ended.ended_at == ended.started_at + timedelta(milliseconds=183_422)
    assert (ended.url or "").endswith("/job/deploy-shop/412/")
    assert "hunter2" not in repr(ended)
    body = json.loads((Path(__file__).parent / "fixtures" / "finalized.json").read_bytes())
    (notice,) = JenkinsWebhook.reading(SCRIPT.settings("")).parse(json.dumps(body).encode())  # type: ignore[arg-type]
    assert isinstance(notice, ChangeReported)
    assert notice.change.id == ended.id


async def test_a_build_that_began_before_and_ended_since_is_told() -> None:
    found = job("deploy-shop", build(duration=3 * 3_600_000))
    async with jenkins({DEPLOY: told(found)}, jobs=ONE) as ours:
        assert len(await ours.changed(AT - timedelta(hours=3))) == 1
        assert await ours.changed(AT - timedelta(hours=1)) == []


async def test_only_the_default_branch_s_builds_are_told() -> None:
    main = job("main", build(77, at="team/shop/main"), actions=[PRIMARY])
    path = "GET /job/team/job/shop/job/main/api/json"
    async with jenkins({SHOP: told(branches(main, job("PR-4"))), path: told(main)}, jobs=("team/shop",)) as ours:
        (one,) = await ours.changed(AT - timedelta(days=1))
    assert one.id == "ci.example|team/shop/main#77"
    assert one.places == ["team/shop/main", "team/shop", "team", "main", "shop"]


async def test_without_an_address_of_its_own_a_build_stands_under_ours() -> None:
    async with jenkins({DEPLOY: told(job("deploy-shop", build(url=None)))}, jobs=ONE) as ours:
        (one,) = await ours.changed(AT - timedelta(days=1))
    assert one.id.startswith("127.0.0.1:")
    assert one.id.endswith("|deploy-shop#412")


@pytest.mark.parametrize("instead", [{DEPLOY: said("", 404)}, {SHOP: told({}, 500)}])
async def test_one_job_that_cannot_be_read_leaves_no_answer(instead: Any) -> None:
    async with jenkins(instead, jobs=("deploy-shop", "team/shop")) as ours:
        with pytest.raises(VendorError, match=r"no such job|trouble answering"):
            await ours.changed(AT)


async def test_more_builds_than_jenkins_holds_ready_are_not_told_in_part() -> None:
    many = [build(number) for number in range(1, 101)]
    async with jenkins({DEPLOY: told(job("deploy-shop", *many))}, jobs=ONE) as ours:
        with pytest.raises(Refused, match="more than 100 times"):
            await ours.changed(AT - timedelta(days=1))
    old = [*many[1:], build(1, timestamp=millis(days=3))]
    async with jenkins({DEPLOY: told(job("deploy-shop", *old))}, jobs=ONE) as ours:
        assert len(await ours.changed(AT - timedelta(days=1))) == 99


async def test_a_build_without_a_time_leaves_no_answer() -> None:
    async with jenkins({DEPLOY: told(job("deploy-shop", build(timestamp=None)))}, jobs=ONE) as ours:
        with pytest.raises(Refused, match="does not tell where or when deploy-shop was built"):
            await ours.changed(AT)


async def test_what_is_asked_for_is_bounded() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Any:
        asked.append(request)
        return SCRIPT.replying()(request)

    async with jenkins(server=server, jobs=("deploy-shop", "team/shop")) as ours:
        await ours.changed(AT)
    # Nothing of the second began or ended since, and of the first one runs.
    assert [one.path for one in asked[2:]] == ["/job/deploy-shop/api/json"]
    assert "{0,10}" in asked[-1].query["tree"][0]
    assert all("allBuilds" not in one.query["tree"][0] for one in asked)


@pytest.mark.parametrize(
    ("remote", "known"),
    [
        ("git@git.example:acme/shop.git", "acme/shop"),
        ("https://git.example/acme/shop.git", "acme/shop"),
        ("https://git.example/acme/shop/", "acme/shop"),
        ("ssh://git@git.example:22/acme/shop", "acme/shop"),
        ("https://dev.example/org/_git/shop", "_git/shop"),
        ("shop", None),
        ("", None),
    ],
)
def test_a_repository_is_known_by_owner_and_name(remote: str, known: str | None) -> None:
    assert repository(remote) == known


def test_an_id_finds_its_build_again() -> None:
    place = Place.of_url("https://CI.example:8443/jenkins/job/team/job/a%252Fb/7/")
    assert place == Place(root="ci.example:8443/jenkins", path="team/a%2Fb", number=7)
    assert Place.of_id(place.id) == place
    assert Place.of_id("ci.example|x#") is None
    assert Place.of_id("x#1") is None
    assert Place.of_id("ci|#1") is None
    assert Place.of_url("https://ci.example/job/x/lastBuild/") is None
