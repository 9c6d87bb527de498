"""How LaunchDarkly's flags and its audit log are judged, and how flags are switched."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Switchboard
from bot.domain.change import ChangeKind, Result
from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable, VendorError
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.launchdarkly.adapter import LaunchDarkly, SwitchingLaunchDarkly
from bot.integrations.launchdarkly.settings import LaunchDarklySettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.launchdarkly.scripted import (
    FLAGS,
    LOG,
    SCRIPT,
    STATUSES,
    TOKEN,
    config,
    entry,
    flag,
    flags,
    log,
    millis,
    status,
    statuses,
)
from tests.integrations.moment import AT, still

ANN = Author(name="Ann", email="ann@example.com")
ONE = "GET /api/v2/flags/shop/new-checkout"
PATCHED = "PATCH /api/v2/flags/shop/new-checkout"


@asynccontextmanager
async def launchdarkly(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Callable[[Request], Canned | None] | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[LaunchDarkly]:
    """The adapter over a scripted server. Any: whatever the settings take."""
    healthy = SCRIPT.replying(instead)

    def reply(request: Request) -> Canned:
        return (server(request) if server else None) or healthy(request)

    outside = Outside(patience=3, now=still)
    try:
        async with serving(reply) as address:
            given: dict[str, Any] = {"access_token": SecretStr(TOKEN), "project": ("shop",)}
            given |= {"api_url": f"{address}/api/v2", **settings}
            wiring = Wiring(outside=outside, thresholds=thresholds or {})
            ours = LaunchDarkly.connect(LaunchDarklySettings(**given), wiring)
            assert ours is not None
            yield ours
    finally:
        await outside.aclose()


def test_a_secret_of_ours_alone_takes_notices_and_asks_nothing() -> None:
    settings = LaunchDarklySettings(webhook_secret=SecretStr("s"))
    assert (settings.on("inbound"), settings.on("read")) == (True, False)
    assert LaunchDarkly.connect(settings, Wiring(outside=Outside())) is None


async def test_checks_stand_under_deployments_and_ask_as_documented() -> None:
    seen: list[Request] = []

    def server(request: Request) -> None:
        seen.append(request)

    async with launchdarkly(server=server) as ours:
        assert {check.item for check in ours.checks()} == {Item.DEPLOYMENTS}
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
    assert {request.headers["authorization"] for request in seen} == {TOKEN}
    assert {request.headers["ld-api-version"] for request in seen} == {"20240415"}
    asked = {request.line: request.query for request in seen}
    assert asked[FLAGS]["env"] == ["production"]
    assert asked[LOG]["spec"] == ["proj/shop:env/production:flag/*"]
    assert asked[LOG]["limit"] == ["20"]
    since = [int(request.query["after"][0]) for request in seen if request.line == LOG]
    assert set(since) == {millis(hours=24)}


async def test_changes_in_production_are_told_and_not_judged() -> None:
    some = log(
        entry(1, titleVerb="updated the targeting rules of"),
        entry(2, "old", member=None, token={"name": "terraform"}, comment=""),
        entry(3, kind="environment"),
        entry(4, date=millis(hours=30)),
    )
    async with launchdarkly({LOG: some}) as ours:
        answer = await ours.changes()
    assert answer.status is Status.OK
    assert [(one.title, one.detail) for one in answer.evidence] == [
        ("flag new-checkout updated the targeting rules of in production", "by ana@example.com: INC-42"),
        ("flag old turned on in production", "by terraform"),
    ]
    assert answer.summary == "2 changes in production in the last 24 h: new-checkout, old"
    assert str(answer.evidence[0].url).endswith("/shop/production/features/new-checkout")


async def test_a_moment_may_come_as_text() -> None:
    async with launchdarkly({LOG: log(entry(date=str(millis(hours=2))))}) as ours:
        assert [one.since for one in (await ours.changes()).evidence] == [
            datetime.fromtimestamp(millis(hours=2) / 1_000, UTC)
        ]
    for odd in ("soon", "", "9" * 16):
        async with launchdarkly({LOG: log(entry(date=odd))}) as ours:
            with pytest.raises(Refused, match="a form we do not know"):
                await ours.changes()


async def test_a_day_without_changes_says_so() -> None:
    async with launchdarkly({LOG: log()}, thresholds={"launchdarkly.changes": {"hours": 48}}) as ours:
        answer = await ours.changes()
    assert (answer.status, answer.summary) == (Status.OK, "No flag was changed in production in the last 48 h")


@pytest.mark.parametrize("linked", [True, False])
async def test_the_log_is_read_to_its_end(*, linked: bool) -> None:
    """By the link to the next page, and where there is none by the moment of the oldest entry."""
    many = [entry(number, f"flag-{number}") for number in range(45)]

    def server(request: Request) -> Canned | None:
        if request.line != LOG:
            return None
        before = int(request.query.get("before", [str(millis())])[0])
        page = [one for one in many if one["date"] < before][:20]
        more = linked and len(page) == 20
        return log(*page, following=f"/api/v2/auditlog?before={page[-1]['date']}&limit=20" if more else "")

    async with launchdarkly(server=server) as ours:
        assert len(await ours.changed(AT - timedelta(days=1))) == 45
        assert "45 changes" in (await ours.changes()).summary


async def test_a_log_that_turns_in_circles_is_not_read_as_whole() -> None:
    async with launchdarkly({LOG: log(*(entry(number) for number in range(20)))}) as ours:
        with pytest.raises(Refused, match="not all seen"):
            await ours.changes()


@pytest.mark.parametrize(
    ("changes", "name", "expected", "words"),
    [
        ({}, "active", Status.OK, ""),
        ({}, "new", Status.OK, ""),
        ({}, "inactive", Status.WARN, "nobody has asked"),
        ({}, "launched", Status.WARN, "everybody"),
        ({"creationDate": millis(days=39)}, "launched", Status.OK, ""),
        ({"temporary": False}, "inactive", Status.OK, ""),
        ({"archived": True}, "inactive", Status.OK, ""),
        ({}, "of tomorrow", Status.UNKNOWN, "status of tomorrow"),
        ({}, None, Status.UNKNOWN, "no status"),
    ],
)
async def test_temporary_flags_that_could_be_taken_out_warn(
    changes: dict[str, Any], name: str | None, expected: Status, words: str
) -> None:
    found = {
        FLAGS: flags(flag(**changes), flag("other")),
        STATUSES: statuses(status("other"), *([status(name=name)] if name else [])),
    }
    async with launchdarkly(found) as ours:
        answer = await ours.stale()
    assert answer.status is expected
    assert all(words in one.detail for one in answer.evidence)
    assert bool(answer.evidence) == (expected is not Status.OK)
    assert bool(answer.reason) == (expected is Status.UNKNOWN)


async def test_some_stale_flags_may_be_let_be() -> None:
    async with launchdarkly(
        {STATUSES: statuses(status(name="inactive"))}, thresholds={"launchdarkly.stale": {"warn": 2}}
    ) as ours:
        answer = await ours.stale()
    assert (answer.status, len(answer.evidence)) == (Status.OK, 1)


@pytest.mark.parametrize("pulled", ["on", "off"])
async def test_a_pulled_kill_switch_warns_whichever_way_it_works(pulled: str) -> None:
    switches = [
        flag(name, tags=["Kill-Switch"], environments={"production": config(on=on)})
        for name, on in (("up", True), ("down", False))
    ]
    async with launchdarkly({FLAGS: flags(*switches)}, kill_switches_are_pulled=pulled) as ours:
        answer = await ours.kill_switches()
    assert (answer.status, [one.title for one in answer.evidence]) == (
        Status.WARN,
        ["up" if pulled == "on" else "down"],
    )


async def test_a_date_on_which_nothing_rests_may_be_none() -> None:
    bare = flag(creationDate=0, environments={"production": config(lastModified=None)}, tags=["kill-switch"])
    async with launchdarkly({FLAGS: flags(bare), STATUSES: statuses(status(name="launched"))}) as ours:
        assert [one.since for one in (await ours.kill_switches()).evidence] == [None]
        assert (await ours.stale()).status is Status.WARN


async def test_without_kill_switches_it_says_what_was_looked_for() -> None:
    async with launchdarkly({FLAGS: flags(flag(tags=None, _maintainer=None))}, kill_switch_tags=("stop",)) as ours:
        answer = await ours.kill_switches()
    assert (answer.status, answer.summary) == (Status.OK, "None of 1 flags has the tag stop")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (flags(), "LAUNCHDARKLY_PROJECT"),
        (flags(flag(), flag("b", environments={"staging": config()})), "LAUNCHDARKLY_ENVIRONMENT"),
        (flags(flag(environments=None)), "LAUNCHDARKLY_ENVIRONMENT"),
        (flags(flag(), total=2), "not all seen"),
    ],
)
async def test_where_something_must_be_and_is_not_nothing_is_ok(found: Canned, words: str) -> None:
    async with launchdarkly({FLAGS: found}) as ours:
        for check in ours.checks():
            with pytest.raises(Refused, match=words):
                await check.ask()


async def test_a_project_that_is_missing_among_several_makes_it_unknown() -> None:
    async with launchdarkly(project=("shop", "gone")) as ours:
        for check in ours.checks():
            with pytest.raises(NotFound, match=r"no project gone .* Check LAUNCHDARKLY_PROJECT"):
                await check.ask()


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("most", [100, 30])
async def test_pages_are_read_to_the_end(most: int, *, counted: bool) -> None:
    many = [flag(f"flag-{number}", temporary=False) for number in range(150)]
    many.append(flag("the-last", tags=["killswitch"]))

    def server(request: Request) -> Canned | None:
        if request.line != FLAGS:
            return None
        start = int(request.query["offset"][0])
        page = {"items": many[start : start + most], "_links": {}}
        return told(page | ({"totalCount": len(many)} if counted else {}))

    async with launchdarkly(server=server) as ours:
        assert (await ours.kill_switches()).status is Status.WARN


@pytest.mark.parametrize("fault", [told({}, 500), told({}, 403), None])
async def test_a_second_page_that_fails_makes_it_unknown(fault: Canned | None) -> None:
    first = flags(*(flag(f"flag-{number}") for number in range(100)), total=150)

    def server(request: Request) -> Canned | None:
        if request.line != FLAGS:
            return None
        return first if request.query["offset"] == ["0"] else fault or first

    async with launchdarkly(server=server) as ours:
        for check in ours.checks():
            with pytest.raises((Unavailable, NotAuthorised, Refused)):
                await check.ask()


async def test_the_log_tells_what_changed() -> None:
    async with launchdarkly() as ours:
        (change,) = await ours.changed(AT - timedelta(days=1))
    assert (change.source, change.id, change.kind) == ("launchdarkly", entry()["_id"], ChangeKind.FLAG)
    assert (change.result, change.title) == (Result.SUCCEEDED, "flag new-checkout turned on in production")
    assert (change.places, change.environment, change.by) == (("new-checkout", "shop"), "production", "ana@example.com")


async def test_flags_are_listed_and_shown() -> None:
    answered = {STATUSES: statuses(status(name="inactive"), status("stop-payments")), ONE: told(flag())}
    async with launchdarkly(answered) as ours:
        listed = [(one.key, one.on_in_production, one.kill_switch, bool(one.stale)) for one in await ours.flags()]
        one = await ours.flag("shop", "new-checkout")
    assert listed == [("new-checkout", True, False, True), ("stop-payments", False, True, False)]
    assert (one.owner, one.states[0].detail, one.kind) == ("ana@example.com", "1 variation", "temporary")


@pytest.mark.parametrize("canned", [told({"message": "no"}, 404), told(flag(archived=True))])
async def test_a_flag_that_is_gone_is_not_found(canned: Canned) -> None:
    async with launchdarkly({ONE: canned}) as ours:
        with pytest.raises(NotFound):
            await ours.flag("shop", "new-checkout")


@pytest.mark.parametrize(
    ("on", "is_on", "sent"), [(True, False, ["turnFlagOn"]), (False, True, ["turnFlagOff"]), (True, True, [])]
)
async def test_a_switch_looks_first_and_does_not_repeat(*, on: bool, is_on: bool, sent: list[str]) -> None:
    seen: list[Request] = []

    def server(request: Request) -> Canned | None:
        if request.line != PATCHED:
            return None
        seen.append(request)
        return told({}, 409) if len(seen) == 1 else told({})  # somebody else was faster, once

    there = flag(environments={"production": config(on=is_on)})
    async with launchdarkly({ONE: told(there)}, server=server, switching=True) as ours:
        assert isinstance(ours, SwitchingLaunchDarkly)
        await ours.switch(await ours.flag("shop", "new-checkout"), "production", on=on, by=ANN, why="INC-42")
    assert [json.loads(one.body)["instructions"][0]["kind"] for one in seen] == sent * 2
    for one in seen:
        assert one.headers["content-type"] == "application/json; domain-model=launchdarkly.semanticpatch"
        assert json.loads(one.body)["environmentKey"] == "production"
        assert json.loads(one.body)["comment"] == "Ann, by Daywatch: INC-42"


@pytest.mark.parametrize(
    ("place", "code", "error", "words"),
    [
        ("moon", 200, NotFound, "no environment moon"),
        ("production", 405, NotAuthorised, "wants an approval"),
        ("production", 403, NotAuthorised, "updateOn"),
        ("production", 409, Refused, "somebody else"),
        ("production", 500, Unavailable, "trouble"),
    ],
)
async def test_a_switch_that_cannot_be_made_says_why(
    place: str, code: int, error: type[VendorError], words: str
) -> None:
    there = flag(environments={"production": config(on=False)})
    async with launchdarkly({ONE: told(there), PATCHED: told({"message": "no"}, code)}, switching=True) as ours:
        assert isinstance(ours, SwitchingLaunchDarkly)
        one = await ours.flag("shop", "new-checkout")
        with pytest.raises(error, match=words):
            await ours.switch(one, place, on=True, by=ANN, why="INC-42")


async def test_without_the_setting_it_has_no_switch() -> None:
    async with launchdarkly() as ours:
        assert not isinstance(ours, Switchboard)
        assert [why for _, why in await ours.probe()] == [None] * 3
