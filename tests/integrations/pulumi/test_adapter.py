"""How drift runs and updates of Pulumi Cloud are judged, paged and linked, and which changes its updates are."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.change import Result
from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.pulumi.adapter import Pulumi, connect
from bot.integrations.pulumi.settings import PulumiSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.moment import AT, ago, still
from tests.integrations.pulumi.scripted import (
    DRIFT_RUNS,
    SCRIPT,
    STACKS,
    STATUS,
    TOKEN,
    UPDATES,
    drift_run,
    drift_runs,
    seconds,
    stack,
    stacks,
    status,
    update,
    updates,
)


@asynccontextmanager
async def pulumi(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Any = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Pulumi]:
    """The adapter over a scripted server. Any: a callable server, and whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            given = {"api_url": address, "access_token": SecretStr(TOKEN), "org": "acme", **settings}
            ours = connect(PulumiSettings(**given), Wiring(outside=outside, thresholds=thresholds or {}))
            assert isinstance(ours, Pulumi)
            yield ours
    finally:
        await outside.aclose()


def alone(said: Canned, *runs: Any, total: int | None = None) -> Mapping[str, Canned]:
    """One stack with this drift. Any: drift runs as JSON."""
    return {
        STACKS: stacks(stack()),
        STATUS.format("prod"): said,
        DRIFT_RUNS.format("prod"): drift_runs(*runs, total=total),
    }


def test_what_is_connected_follows_what_is_set() -> None:
    wiring = Wiring(outside=Outside())
    ours = connect(PulumiSettings(access_token=SecretStr("t"), org="acme"), wiring)
    assert isinstance(ours, Pulumi)
    assert {check.name: check.item for check in ours.checks()} == {
        "pulumi.drift": Item.DRIFT,
        "pulumi.updates": Item.PIPELINES,
    }
    assert connect(PulumiSettings(webhook_secret=SecretStr("t")), wiring) is None


async def test_what_is_asked_is_as_documented() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Canned:
        seen.append(request)
        return SCRIPT.replying()(request)

    async with pulumi(server=answer) as ours:
        await ours.drift()
        await ours.updates()
    assert {one.headers["authorization"] for one in seen} == {f"token {TOKEN}"}
    assert {one.headers["accept"] for one in seen} == {"application/vnd.pulumi+8"}
    assert {one.headers["content-type"] for one in seen} == {"application/json"}
    asked = {one.line: one.query for one in seen}
    assert asked[STACKS] == {"organization": ["acme"], "maxResults": ["100"]}
    assert asked[UPDATES.format("prod")] == {"output-type": ["service"], "page": ["1"], "pageSize": ["10"]}
    assert [one.line for one in seen].count(STACKS) == 1


@pytest.mark.parametrize(
    ("said", "runs", "expected", "words"),
    [
        (status(), [drift_run()], Status.OK, "No drift in 1 stacks"),
        (status(latest=""), [], Status.WARN, "was never checked"),
        (status(detected=True), [drift_run(driftDetected=True)], Status.WARN, "drifted"),
        (status(detected=True), [drift_run()], Status.WARN, "drifted"),
        (status(), [drift_run(driftDetected=True)], Status.WARN, "drifted"),
        (
            status(detected=True),
            [drift_run(driftDetected=True, detectUpdate={"resourceChanges": {"same": 3, "update": 2, "delete": 1}})],
            Status.FAIL,
            "drifted: 1 delete, 2 update",
        ),
        (
            status(detected=True),
            [drift_run(driftDetected=True, detectUpdate={"resourceChanges": {"replace": 1}})],
            Status.FAIL,
            "1 replace",
        ),
        (status(), [drift_run(detectUpdate={"resourceChanges": {"update": 2}})], Status.WARN, "drifted: 2 update"),
        (status(detected=True), [drift_run(driftDetected=True, detectUpdate=None)], Status.WARN, "drifted"),
        (status(), [drift_run(status="failed")], Status.FAIL, "the drift run itself failed"),
        (status(), [drift_run(detectUpdate={"updateId": "u1", "status": "failed"})], Status.FAIL, "itself failed"),
        (status(), [drift_run(created=ago(hours=27))], Status.FAIL, "no data: last checked 27 h ago"),
        (status(), [drift_run(created="2020-01-01 00:00:00.000")], Status.FAIL, "no data"),
        (status(), [drift_run(created="yesterday")], Status.UNKNOWN, "not told when"),
        (status(), [drift_run(created=None)], Status.UNKNOWN, "not told when"),
        (status(), [drift_run(created=ago(hours=-5))], Status.UNKNOWN, "not told when"),
        (status(latest="d2"), [drift_run("d2", status="running"), drift_run()], Status.OK, "No drift"),
        (status(latest="d2"), [drift_run("d2", status="skipped"), drift_run(status="failed")], Status.FAIL, "failed"),
        (status(), [drift_run(status="running")], Status.UNKNOWN, "no drift run came to an end yet"),
        (status(detected=None), [drift_run(driftDetected=None)], Status.UNKNOWN, "not told whether it drifted"),
    ],
)
async def test_a_stack_is_judged_by_its_newest_drift_run(
    said: Canned, runs: list[Any], expected: Status, words: str
) -> None:
    async with pulumi(alone(said, *runs)) as ours:
        answer = await ours.drift()
    assert (answer.status, words in answer.summary) == (expected, True), answer
    assert "42 same" not in answer.summary


async def test_the_newest_drift_run_counts_in_whatever_order_they_come() -> None:
    old, new = drift_run("d1", status="failed", created=ago(hours=20)), drift_run("d2", created=ago(hours=2))
    for runs in ([old, new], [new, old]):
        async with pulumi(alone(status(latest="d2"), *runs)) as ours:
            assert (await ours.drift()).status is Status.OK


async def test_a_newest_run_that_is_not_shown_is_not_passed_over() -> None:
    async with pulumi(alone(status(latest="d9"), drift_run())) as ours:
        with pytest.raises(VendorError, match="does not show the newest drift run"):
            await ours.drift()


async def test_a_stack_without_drift_detection_says_what_to_do() -> None:
    missing = told({"code": 404, "message": "Not Found"}, 404)
    async with pulumi({STATUS.format("stage"): missing}) as ours:
        answer = await ours.drift()
        assert answer.status is Status.UNKNOWN
        assert [one.title for one in answer.evidence] == ["shop/stage"]
    async with pulumi({STACKS: stacks(stack()), STATUS.format("prod"): missing}) as ours:
        with pytest.raises(NotFound, match="let CI post previews to /reports/pulumi"):
            await ours.drift()


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (update(), Status.OK, "went well"),
        (update(result="failed"), Status.FAIL, "its newest update failed"),
        (update(kind="destroy", result="failed"), Status.FAIL, "its newest destroy failed"),
        (update(result="in-progress"), Status.WARN, "is in progress for 9 h; stuck?"),
        (update(result="in-progress", startTime=seconds(minutes=5), endTime=0), Status.OK, "went well"),
        (update(result="not-started", startTime=0, endTime=0), Status.WARN, "stuck?"),
        (update(result="exploded"), Status.UNKNOWN, "do not know: exploded"),
        (update(result=""), Status.UNKNOWN, "do not know: not told"),
    ],
)
async def test_a_stack_is_judged_by_its_newest_update(given: Any, expected: Status, words: str) -> None:
    async with pulumi({STACKS: stacks(stack()), UPDATES.format("prod"): updates(given)}) as ours:
        answer = await ours.updates()
    assert (answer.status, words in answer.summary) == (expected, True), answer


async def test_previews_are_no_updates_and_the_update_behind_them_is_found() -> None:
    def answer(request: Request) -> Canned:
        if request.line == UPDATES.format("prod"):
            previews = [update(number, kind="Pupdate", result="failed") for number in range(30, 20, -1)]
            return updates(*previews) if request.query["page"] == ["1"] else updates(update(result="failed"))
        return SCRIPT.replying({STACKS: stacks(stack())})(request)

    async with pulumi(server=answer) as ours:
        assert (await ours.updates()).status is Status.FAIL
    only = {STACKS: stacks(stack()), UPDATES.format("prod"): updates(update(kind="preview"))}
    async with pulumi(only) as ours:
        assert (await ours.updates()).status is Status.UNKNOWN  # it says that it was updated, and shows none


async def test_stacks_that_were_never_updated_are_no_good_news() -> None:
    fresh = {STACKS: stacks(stack(lastUpdate=None), stack("stage")), UPDATES.format("prod"): updates()}
    async with pulumi(fresh) as ours:
        assert (await ours.updates()).summary == "The newest updates of 1 stacks went well"
    async with pulumi(fresh, stacks=("shop/prod",)) as ours:
        assert (await ours.updates()).status is Status.UNKNOWN
    async with pulumi({STACKS: stacks(stack(lastUpdate=0)), UPDATES.format("prod"): updates()}) as ours:
        assert (await ours.updates()).status is Status.UNKNOWN


async def test_a_stack_named_in_the_settings_must_be_there() -> None:
    async with pulumi(stacks=("acme/shop/prod", "shop/gone")) as ours:
        answers = [await ours.drift(), await ours.updates()]
    for answer in answers:
        assert answer.status is Status.UNKNOWN
        assert [(one.title, "PULUMI_STACKS" in one.detail) for one in answer.evidence] == [("shop/gone", True)]


async def test_stacks_of_another_organization_say_nothing_of_ours() -> None:
    async with pulumi({STACKS: stacks(stack(orgName="else"))}) as ours:
        assert (await ours.drift()).status is Status.UNKNOWN


def paged(*pages: Canned) -> Any:
    """A server that gives these pages of stacks by token. Any: a callable server."""

    def answer(request: Request) -> Canned:
        if request.line != STACKS:
            return SCRIPT.replying()(request)
        return pages[int(request.query.get("continuationToken", ["0"])[0])]

    return answer


async def test_the_failing_stack_on_the_second_page_is_found() -> None:
    failed = {UPDATES.format("stage"): updates(update(result="failed"))}

    def answer(request: Request) -> Canned:
        pages = {None: stacks(stack(), token="1"), "1": stacks(stack("stage"))}
        if request.line == STACKS:
            return pages[request.query.get("continuationToken", [None])[0]]
        return SCRIPT.replying(failed)(request)

    async with pulumi(server=answer) as ours:
        found = await ours.updates()
    assert (found.status, [one.title for one in found.evidence]) == (Status.FAIL, ["shop/stage"])


@pytest.mark.parametrize(
    "pages",
    [
        [stacks(stack(), token="1"), told({"code": 500, "message": "x"}, 500)],
        [stacks(stack(), token="1"), stacks(stack("stage"), token="1")],
    ],
)
async def test_a_list_of_which_not_all_is_seen_is_refused(pages: list[Canned]) -> None:
    async with pulumi(server=paged(*pages)) as ours:
        with pytest.raises(VendorError, match=r"not all seen|trouble answering"):
            await ours.drift()


async def test_updates_are_changes_of_their_stack() -> None:
    listed = updates(
        update(15, result="in-progress", startTime=seconds(hours=30), endTime=0),
        update(14, kind="preview"),
        update(13, result="failed"),
        update(12),
        update(11, startTime=seconds(hours=31), endTime=seconds(hours=30)),
    )
    quiet = stack("stage", lastUpdate=seconds(days=9))
    async with pulumi({STACKS: stacks(stack(), quiet), UPDATES.format("prod"): listed}) as ours:
        found = {one.id: one for one in await ours.changed(AT - timedelta(hours=24))}
    assert {key: one.result for key, one in found.items()} == {
        "acme/shop/prod/15": Result.RUNNING,
        "acme/shop/prod/13": Result.FAILED,
        "acme/shop/prod/12": Result.SUCCEEDED,
    }
    one = found["acme/shop/prod/12"]
    assert (one.title, one.by, one.version) == ("Pulumi update: Raise the limit", "Ana", "4f2d1c9b")
    assert list(one.places) == ["shop", "shop/prod", "acme/shop/prod"]
    assert (one.environment, one.url) == ("prod", "https://app.pulumi.com/acme/shop/prod/updates/12")
    assert one.ended_at is not None
    assert abs(one.ended_at - (AT - timedelta(hours=9))) < timedelta(seconds=2)
    assert "s3cret" not in str(found)


async def test_links_lead_to_the_stack() -> None:
    async with pulumi(alone(status(latest=""))) as ours:
        (found,) = (await ours.drift()).evidence
    assert found.url == "https://app.pulumi.com/acme/shop/prod/drift"


async def test_doctor_names_the_right_that_is_missing() -> None:
    async with pulumi({UPDATES.format("prod"): told({"code": 403, "message": "no"}, 403)}) as ours:
        found = dict(await ours.probe())
    assert (found["read stacks (2 seen)"], found["read drift detection"]) == (None, None)
    assert "right to read the organization's stacks" in (found["read updates"] or "")
    async with pulumi({STACKS: told({"code": 401, "message": "Unauthorized"}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="PULUMI_ACCESS_TOKEN"):
            await ours.probe()
