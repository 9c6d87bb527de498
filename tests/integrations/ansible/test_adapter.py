"""How AWX's templates, jobs, approvals and instances are judged, paged and linked, and which changes its jobs are."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Pipelines
from bot.domain.change import Result
from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, VendorError
from bot.integrations import Wiring
from bot.integrations.ansible.adapter import Ansible
from bot.integrations.ansible.connect import connect
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.http import Outside
from tests.integrations.ansible.scripted import (
    APPROVALS,
    HOSTS,
    JOB,
    JOBS,
    PING,
    SCRIPT,
    TEMPLATES,
    TOKEN,
    host,
    instance,
    job,
    page,
    ping,
    template,
)
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.moment import AT, ago, still


@asynccontextmanager
async def ansible(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Ansible]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            given = {"url": address, "token": SecretStr(TOKEN), **settings}
            ours = connect(AnsibleSettings(**given), Wiring(outside=outside, thresholds=thresholds or {}))
            assert isinstance(ours, Ansible)
            yield ours
    finally:
        await outside.aclose()


def last(ended: str, *, failed: bool | None = None, **more: Any) -> dict[str, Any]:
    """A template whose last job ended so. Any: whatever JSON can hold."""
    job_70 = {"id": 70, "status": ended, "failed": ended == "failed" if failed is None else failed}
    return template(status=ended, summary_fields={"last_job": job_70 | {"finished": ago(hours=5)}}) | more


def test_what_is_connected_follows_what_is_set() -> None:
    wiring = Wiring(outside=Outside())
    reading = connect(AnsibleSettings(url="https://awx.example.com", token=SecretStr("t")), wiring)
    acting = connect(AnsibleSettings(url="https://awx.example.com", token=SecretStr("t"), act=True), wiring)
    assert isinstance(reading, Ansible)
    assert [isinstance(one, Pipelines) for one in (reading, acting)] == [False, True]
    assert connect(AnsibleSettings(webhook_token=SecretStr("t")), wiring) is None
    assert {check.name: check.item for check in reading.checks()} == {
        "ansible.health": Item.PIPELINES,
        "ansible.jobs": Item.PIPELINES,
        "ansible.approvals": Item.PIPELINES,
        "ansible.drift": Item.DRIFT,
    }


def test_variables_are_read_under_the_names_people_know(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"AWX_URL": "https://a/", "AWX_TOKEN": "t", "ANSIBLE_REPORT_TOKEN": "r", "AWX_API_PREFIX": "/api/x/v2/"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = AnsibleSettings()
    assert (settings.on("read"), settings.on("reports"), settings.on("write")) == (True, True, False)
    assert settings.api_address == "https://a/api/x/v2"


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (last("successful"), Status.OK, "went well"),
        (last("failed"), Status.FAIL, "its newest job ended with failed"),
        (last("error", failed=True), Status.FAIL, "its newest job ended with error"),
        (last("successful", failed=True), Status.FAIL, "ended with failed"),
        (last("canceled", failed=True), Status.FAIL, "ended with failed"),
        (last("canceled"), Status.WARN, "cancelled"),
        (last("pondering"), Status.UNKNOWN, "we do not know: pondering"),
        (last("successful", status="running"), Status.OK, "went well"),
        (last("failed", status="running"), Status.WARN, "running again after a job that failed"),
        (template(status="never updated", summary_fields={}), Status.UNKNOWN, "None of 1 job templates ever ran"),
        (template(status=None, summary_fields=None), Status.UNKNOWN, "None of 1 job templates ever ran"),
        (template(status="failed", summary_fields={}), Status.FAIL, "ended with failed"),
        (last("successful", last_job_failed=True), Status.FAIL, "ended with failed"),
    ],
)
async def test_a_template_is_judged_by_its_newest_job(given: Any, expected: Status, words: str) -> None:
    async with ansible({TEMPLATES: page(given)}) as ours:
        answer = await ours.jobs()
    assert (answer.status, words in answer.summary) == (expected, True), answer


async def test_a_job_that_runs_for_long_is_called_stuck() -> None:
    running = last("successful", status="running")

    def jobs(**more: Any) -> Mapping[str, Canned]:
        return {TEMPLATES: page(running), JOBS: page(job(71, status="running", finished=None, job_template=7, **more))}

    async with ansible(jobs(started=ago(hours=7))) as ours:
        answer = await ours.jobs()
    assert (answer.status, answer.evidence[0].detail) == (Status.WARN, "job 71 is running for 7 h; stuck?")
    async with ansible(jobs(started=ago(hours=1))) as ours:
        assert (await ours.jobs()).status is Status.OK
    async with ansible(jobs(started=None, created=None)) as ours:
        assert (await ours.jobs()).status is Status.WARN
    async with ansible(jobs(started=ago(hours=1)), thresholds={"ansible.jobs": {"stuck_minutes": 30}}) as ours:
        assert (await ours.jobs()).status is Status.WARN


async def test_a_template_named_in_the_settings_must_be_there_and_have_run() -> None:
    async with ansible(job_templates=("drift-prod", "gone")) as ours:
        answers = [await ours.jobs(), await ours.drift()]
    for answer in answers:
        assert answer.status is Status.UNKNOWN
        assert [(one.title, "AWX_JOB_TEMPLATES" in one.detail) for one in answer.evidence] == [("gone", True)]
    never = template(status="never updated", summary_fields={})
    async with ansible({TEMPLATES: page(never)}, job_templates=("drift-prod",)) as ours:
        assert (await ours.jobs()).status is Status.UNKNOWN
        assert (await ours.drift()).status is Status.WARN
    async with ansible(job_templates=("deploy",)) as ours:
        assert (await ours.jobs()).summary == "The newest jobs of 1 templates went well"
        assert (await ours.drift()).status is Status.UNKNOWN  # it does not run in check mode


@pytest.mark.parametrize(
    ("facts", "hosts", "expected", "words"),
    [
        ({}, [host()], Status.OK, "No drift by 1 check-mode jobs"),
        ({}, [host(changed=2), host("web2")], Status.WARN, "drifted: web1 in 2 tasks"),
        ({}, [host(dark=1), host("b"), host("c")], Status.WARN, "out of reach: web1"),
        ({}, [host(dark=1), host("b")], Status.FAIL, "out of reach: web1"),
        ({"status": "failed"}, [host(failures=1, changed=1), host("b")], Status.FAIL, "cannot judge web1"),
        ({"status": "failed"}, [host()], Status.FAIL, "ended with failed, so it tells nothing"),
        ({"status": "failed"}, [], Status.FAIL, "ended with failed"),
        ({"status": "error"}, [host()], Status.FAIL, "ended with error"),
        ({"status": "canceled"}, [host()], Status.FAIL, "ended with canceled"),
        ({"status": "pondering"}, [host()], Status.FAIL, "ended with pondering"),
        ({}, [], Status.UNKNOWN, "met no host"),
        ({"job_type": "run"}, [host()], Status.UNKNOWN, "not in check mode"),
        ({"finished": ago(hours=27)}, [host()], Status.FAIL, "no data: its last job ended 27 h ago"),
        ({"finished": None}, [host()], Status.UNKNOWN, "not told when"),
        ({"finished": ago(hours=-9)}, [host()], Status.UNKNOWN, "not told when"),
        ({"event_processing_finished": False}, [host()], Status.UNKNOWN, "still being written"),
    ],
)
async def test_drift_is_judged_by_the_last_check_mode_job(
    facts: Mapping[str, Any], hosts: list[Any], expected: Status, words: str
) -> None:
    instead = {JOB.format(70): told(job(**facts)), HOSTS.format(70): page(*hosts)}
    async with ansible(instead) as ours:
        answer = await ours.drift()
    assert (answer.status, words in f"{answer.summary} {answer.evidence}") == (expected, True), answer
    assert "s3cret" not in str(answer)


async def test_the_share_of_hosts_out_of_reach_is_the_team_s() -> None:
    instead = {HOSTS.format(70): page(host(dark=1), host("b"), host("c"))}
    async with ansible(instead, thresholds={"ansible.drift": {"unreachable_share": 0.3}}) as ours:
        assert (await ours.drift()).status is Status.FAIL


async def test_without_a_template_in_check_mode_nothing_is_known_of_drift() -> None:
    async with ansible({TEMPLATES: page(template(job_type="run"))}) as ours:
        answer = await ours.drift()
    assert (answer.status, "/reports/ansible" in answer.summary) == (Status.UNKNOWN, True)


async def test_one_job_that_cannot_be_read_costs_only_its_own_line() -> None:
    both = {TEMPLATES: page(template(), template(9, "drift-stage")), JOB.format(90): told({"detail": "no"}, 403)}
    async with ansible(both) as ours:
        answer = await ours.drift()
    assert (answer.status, [one.title for one in answer.evidence]) == (Status.UNKNOWN, ["drift-stage"])
    async with ansible({JOB.format(70): told({"detail": "Not found."}, 404)}) as ours:
        with pytest.raises(VendorError, match="has nothing at"):
            await ours.drift()


@pytest.mark.parametrize(
    ("facts", "expected", "words"),
    [
        ({}, Status.OK, "1 instances are alive, version 24.6.1"),
        ({"heartbeat": ago(minutes=30)}, Status.FAIL, "not heard of for 30 min"),
        ({"heartbeat": None}, Status.UNKNOWN, "does not tell when"),
        ({"capacity": 0}, Status.FAIL, "no capacity"),
        ({"capacity": 0, "node_type": "hop"}, Status.OK, "1 instances are alive"),
        ({"capacity": None}, Status.UNKNOWN, "does not tell its capacity"),
    ],
)
async def test_instances_are_judged_by_heartbeat_and_capacity(
    facts: Mapping[str, Any], expected: Status, words: str
) -> None:
    async with ansible({PING: ping(instance(**facts))}) as ours:
        answer = await ours.health()
    assert (answer.status, words in answer.summary) == (expected, True), answer


async def test_a_workflow_that_waits_is_told() -> None:
    waiting = page({"id": 4, "name": "Go to prod?", "status": "pending", "created": ago(hours=3)}, {"id": 5})
    async with ansible({APPROVALS: waiting}) as ours:
        answer = await ours.approvals()
    assert (answer.status, [one.detail for one in answer.evidence]) == (Status.WARN, ["waits for 3 h", "waits"])
    assert answer.evidence[0].url is not None
    assert answer.evidence[0].url.endswith("/#/workflow_approvals/4/details")


def paged(line: str, *pages: Canned) -> Any:
    """A server that gives these pages of a list by number. Any: a callable server."""

    def answer(request: Request) -> Canned:
        if request.line != line:
            return SCRIPT.replying()(request)
        return pages[int(request.query["page"][0]) - 1]

    return answer


async def test_what_is_on_the_second_page_is_found() -> None:
    first = page(host(), following="/api/v2/jobs/70/job_host_summaries/?page=2", count=2)
    async with ansible(server=paged(HOSTS.format(70), first, page(host("last", changed=1), count=2))) as ours:
        assert (await ours.drift()).evidence[0].detail == "drifted: last in 1 tasks"
    first = page(template(), following="/api/v2/job_templates/?page=2", count=2)
    bad = last("failed", id=8, name="last")
    async with ansible(server=paged(TEMPLATES, first, page(bad, count=2))) as ours:
        assert [one.title for one in (await ours.jobs()).evidence] == ["last"]


@pytest.mark.parametrize(
    "pages",
    [
        [page(template(), following="/x/?page=2", count=2), told({"detail": "no"}, 500)],
        [page(template(), following="/x/?page=2", count=2), page(following="/x/?page=3", count=2)],
        [page(template(), count=2)],
        [told({"results": [template()]})],
    ],
)
async def test_a_list_of_which_not_all_is_seen_is_refused(pages: list[Canned]) -> None:
    async with ansible(server=paged(TEMPLATES, *pages)) as ours:
        with pytest.raises(VendorError, match=r"not all seen|trouble answering|form we do not know"):
            await ours.jobs()


async def test_what_is_asked_is_as_documented() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Canned:
        seen.append(request)
        return SCRIPT.replying()(request)

    async with ansible(server=answer) as ours:
        for check in ours.checks():
            await check.ask()
    assert {one.headers["authorization"] for one in seen} == {f"Bearer {TOKEN}"}
    assert all(one.path.endswith("/") for one in seen)
    assert {one.query["status__in"][0] for one in seen if one.line == JOBS} == {"new,pending,waiting,running"}
    assert [one.line for one in seen].count(TEMPLATES) == 1


async def test_behind_the_gateway_paths_and_pages_are_others() -> None:
    seen: list[str] = []

    def answer(request: Request) -> Canned:
        seen.append(request.path)
        return SCRIPT.replying({TEMPLATES: page(last("failed"))})(
            Request(
                method=request.method,
                path=request.path.replace("/api/controller/v2", "/api/v2"),
                query=request.query,
                headers=request.headers,
                body=request.body,
            )
        )

    async with ansible(server=answer, api_prefix="api/controller/v2/") as ours:
        (found,) = (await ours.jobs()).evidence
    assert all(path.startswith("/api/controller/v2/") for path in seen)
    assert found.url is not None
    assert found.url.endswith("/execution/templates/job-template/7")
    async with ansible({TEMPLATES: page(last("failed"))}) as ours:
        (found,) = (await ours.jobs()).evidence
    assert (found.url or "").endswith("/#/templates/job_template/7")


async def test_jobs_are_changes_of_their_template() -> None:
    listed = page(
        job(38, job_type="run", name="deploy shop"),
        job(39),
        job(40, job_type="run", status="failed"),
        job(41, job_type="run", status="running", finished=None),
        job(42, job_type="run", finished=ago(hours=30)),
        job(43, job_type="run", status="canceled", started=None),
    )
    asked: list[Request] = []

    def answer(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying({JOBS: listed})(request)

    async with ansible(server=answer) as ours:
        found = {one.id: one for one in await ours.changed(AT - timedelta(hours=24))}
    assert {key: one.result for key, one in found.items()} == {
        "38": Result.SUCCEEDED,
        "40": Result.FAILED,
        "41": Result.RUNNING,
        "43": Result.CANCELLED,
    }
    assert asked[0].query["or__finished__gt"] == [f"{AT - timedelta(hours=24):%Y-%m-%dT%H:%M:%SZ}"]
    assert asked[0].query["or__finished__isnull"] == ["true"]
    one = found["38"]
    assert (one.title, one.by, one.version, one.environment) == ("Ansible job: deploy shop", "ana", "4f2d1c9b", "prod")
    assert list(one.places) == ["drift-prod", "site", "prod"]
    assert (one.ended_at, found["41"].ended_at) == (AT - timedelta(hours=5), None)
    assert (one.url or "").endswith("/#/jobs/playbook/38")
    assert "s3cret" not in str(found)


async def test_doctor_names_the_right_that_is_missing() -> None:
    async with ansible({APPROVALS: told({"detail": "no"}, 403)}) as ours:
        found = dict(await ours.probe())
    assert (found["read job templates"], found["read jobs"]) == (None, None)
    assert "Auditor" in (found["read workflow approvals"] or "")
    async with ansible({TEMPLATES: told({"detail": "Authentication credentials were not provided."}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="AWX_TOKEN"):
            await ours.health()
