"""How Unleash's flags and its event log are judged, and how flags are switched."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Switchboard
from bot.domain.change import ChangeKind, Result
from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable, VendorError
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.unleash.adapter import SwitchingUnleash, Unleash
from bot.integrations.unleash.settings import UnleashSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.moment import AT, ago, still
from tests.integrations.unleash.scripted import (
    EVENTS,
    FEATURES,
    HEALTH,
    SCRIPT,
    TOKEN,
    as_pages,
    environment,
    event,
    events,
    feature,
    features,
)

ANN = Author(name="Ann", email="ann@example.com")
ONE = "GET /api/admin/projects/default/features/new-checkout"
SWITCHED = "POST /api/admin/projects/default/features/new-checkout/environments/production/"


@asynccontextmanager
async def unleash(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Callable[[Request], Canned | None] | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Unleash]:
    """The adapter over a scripted server. Any: whatever the settings take."""
    healthy = SCRIPT.replying(instead)

    def reply(request: Request) -> Canned:
        return (server(request) if server else None) or healthy(request)

    outside = Outside(patience=3, now=still)
    try:
        async with serving(reply) as address:
            given = UnleashSettings(url=address, token=SecretStr(TOKEN), **settings)
            ours = Unleash.connect(given, Wiring(outside=outside, thresholds=thresholds or {}))
            assert ours is not None
            yield ours
    finally:
        await outside.aclose()


async def answers(ours: Unleash) -> Mapping[str, Answer | str]:
    """Every check's answer, or the words of the error it ended with."""
    found: dict[str, Answer | str] = {}
    for check in ours.checks():
        try:
            found[check.name] = await check.ask()
        except VendorError as error:
            found[check.name] = str(error)
    return found


def test_a_value_of_ours_alone_takes_notices_and_asks_nothing() -> None:
    settings = UnleashSettings(webhook_authorization=SecretStr("s"))
    assert (settings.on("inbound"), settings.on("read")) == (True, False)
    assert Unleash.connect(settings, Wiring(outside=Outside())) is None


async def test_checks_stand_under_deployments_and_ask_with_the_bare_token() -> None:
    seen: list[Request] = []

    def server(request: Request) -> None:
        seen.append(request)

    async with unleash(server=server, projects=("default",)) as ours:
        assert {check.item for check in ours.checks()} == {Item.DEPLOYMENTS}
        await answers(ours)
    assert {request.headers["authorization"] for request in seen} == {TOKEN}
    searched = [request.query for request in seen if request.line in (FEATURES, EVENTS)]
    assert all(query["project"] == ["IS_ANY_OF:default"] for query in searched)
    day = {query["from"][0] for query in searched if "from" in query}
    assert all(len(one) == len("IS:2026-03-01") and one.startswith("IS:20") for one in day)
    assert day


@pytest.mark.parametrize(
    ("canned", "status", "words"),
    [
        (told({"health": "GOOD"}), Status.OK, "good health"),
        (told({"health": "BAD"}), Status.FAIL, "BAD"),
        (told({"health": "BAD"}, 500), Status.FAIL, "500"),
    ],
)
async def test_its_health_is_good_or_it_fails(canned: Canned, status: Status, words: str) -> None:
    async with unleash({HEALTH: canned}) as ours:
        answer = await ours.health()
    assert (answer.status, words in answer.summary) == (status, True)


async def test_changes_in_production_are_told_and_not_judged() -> None:
    log = (
        event(20, type="feature-strategy-update", createdAt=ago(hours=1)),
        event(19, environment="development"),
        event(18, type="feature-archived", featureName="old", environment=None),
        event(17, type="change-request-created"),
        event(16, type="change-request-applied"),
        event(15, type="segment-updated", featureName=None, environment=None),
        event(14, type="feature-environment-of-tomorrow"),
        event(13, createdAt=ago(hours=25)),
        event(12, type="feature-stale-on", environment=None),
    )
    async with unleash({EVENTS: events(*log)}) as ours:
        answer = await ours.changes()
    assert answer.status is Status.OK
    assert [one.title for one in answer.evidence] == [
        "flag new-checkout strategy changed in production",
        "flag old archived",
        "flag new-checkout change request applied in production",
        "flag new-checkout environment of tomorrow in production",
    ]
    assert answer.summary == "4 changes in production in the last 24 h: new-checkout, old"
    assert answer.evidence[0].detail == "by ana@example.com"
    assert str(answer.evidence[0].url).endswith("/projects/default/features/new-checkout")


async def test_a_day_without_changes_says_so() -> None:
    async with unleash({EVENTS: events()}, thresholds={"unleash.changes": {"hours": 48}}) as ours:
        answer = await ours.changes()
    assert (answer.status, answer.summary) == (Status.OK, "No flag was changed in production in the last 48 h")


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        (feature(stale=True), "marked stale"),
        (
            feature(lifecycle={"stage": "completed", "status": "kept", "enteredStageAt": ago(days=3)}),
            "completed (kept)",
        ),
        (feature(createdAt=ago(days=41), environments=[environment(no=0)]), "41 days old, and everybody gets it"),
        (feature(createdAt=ago(days=41)), None),
        (feature(createdAt=ago(days=39), environments=[environment(no=0)]), None),
        (feature(createdAt=ago(days=41), environments=[environment(yes=None, no=None)]), None),
        (feature(createdAt=ago(days=41), type="permission", environments=[environment(no=0)]), None),
        (feature(createdAt=None, environments=[environment(no=0)]), None),
        (feature("gone", stale=True, archivedAt=ago(days=1)), None),
    ],
)
async def test_what_could_be_taken_out_warns(flag: dict[str, Any], why: str | None) -> None:
    async with unleash({FEATURES: features(flag, feature("other"))}) as ours:
        answer = await ours.stale()
    assert answer.status is (Status.WARN if why else Status.OK)
    assert [(why or "nothing") in one.detail for one in answer.evidence] == ([True] if why else [])


async def test_some_stale_flags_may_be_let_be() -> None:
    found = {FEATURES: features(feature("a", stale=True), feature("b", stale=True), feature())}
    async with unleash(found, thresholds={"unleash.stale": {"warn": 3}}) as ours:
        answer = await ours.stale()
    assert (answer.status, answer.summary) == (Status.OK, "2 of 3 flags could be taken out: a, b")


@pytest.mark.parametrize("pulled", ["on", "off"])
async def test_a_pulled_kill_switch_warns_whichever_way_it_works(pulled: str) -> None:
    switches = [
        feature(name, type="kill-switch", environments=[environment("development"), environment(enabled=enabled)])
        for name, enabled in (("up", True), ("down", False))
    ]
    async with unleash({FEATURES: features(*switches)}, kill_switches_are_pulled=pulled) as ours:
        answer = await ours.kill_switches()
    assert answer.status is Status.WARN
    assert [one.title for one in answer.evidence] == ["up" if pulled == "on" else "down"]


async def test_without_kill_switches_it_says_what_was_looked_at() -> None:
    async with unleash({FEATURES: features(feature(), feature("b"))}) as ours:
        answer = await ours.kill_switches()
    assert (answer.status, answer.summary) == (Status.OK, "None of 2 flags is of the type kill-switch")


@pytest.mark.parametrize(
    ("found", "settings", "words"),
    [
        ([feature()], {"projects": ("default", "shop")}, "no flags of the project shop"),
        ([feature()], {"environments": ("prod-eu",)}, "knows the environment prod-eu"),
        ([feature(environments=[environment("development")])], {}, "UNLEASH_ENVIRONMENTS"),
        ([feature(environments=[])], {}, "UNLEASH_ENVIRONMENTS"),
        ([], {}, "UNLEASH_PROJECTS"),
    ],
)
async def test_where_something_must_be_and_is_not_nothing_is_ok(
    found: list[dict[str, Any]], settings: dict[str, Any], words: str
) -> None:
    async with unleash({FEATURES: features(*found)}, **settings) as ours:
        told_ = await answers(ours)
    assert {name for name, one in told_.items() if not isinstance(one, Answer)} == {
        "unleash.changes",
        "unleash.stale",
        "unleash.kill_switches",
    }
    assert all(words in one for one in told_.values() if isinstance(one, str))


@pytest.mark.parametrize("named", [(), ("live",)])
async def test_production_is_known_by_its_type_or_by_its_name(named: tuple[str, ...]) -> None:
    live = environment("live", type="production" if not named else "staging")
    flag = feature("stop", type="kill-switch", environments=[live])
    async with unleash({FEATURES: features(flag)}, environments=named) as ours:
        assert (await ours.kill_switches()).status is Status.WARN


@pytest.mark.parametrize("most", [100, 40])
async def test_pages_are_read_to_the_end_also_where_it_gives_fewer_than_asked_for(most: int) -> None:
    many = [feature(f"flag-{number}") for number in range(250)]
    many.append(feature("the-last", type="kill-switch", stale=True))
    async with unleash(server=as_pages(many, most)) as ours:
        assert (await ours.kill_switches()).status is Status.WARN
        assert [one.title for one in (await ours.stale()).evidence] == ["the-last"]


@pytest.mark.parametrize("fault", [told({}, 500), told({}, 403), told({"features": [], "total": 150}), None])
async def test_a_second_page_that_fails_makes_it_unknown(fault: Canned | None) -> None:
    page = [feature(f"flag-{number}") for number in range(100)]

    def server(request: Request) -> Canned | None:
        if request.line != FEATURES:
            return None
        first = features(*page, total=150)
        return first if request.query["offset"] == ["0"] else fault or first

    async with unleash(server=server) as ours:
        for ask in (ours.stale, ours.kill_switches, ours.changes):
            with pytest.raises((Unavailable, NotAuthorised, Refused)):
                await ask()


@pytest.mark.parametrize("counted", [{}, {"total": None}, {"total": 0}, {"total": 100}])
async def test_without_a_count_that_holds_it_asks_until_nothing_comes(counted: dict[str, Any]) -> None:
    many = [feature(f"flag-{number}") for number in range(130)]

    def server(request: Request) -> Canned | None:
        start = int(request.query.get("offset", ["0"])[0])
        if request.line != FEATURES:
            return None
        return told({"features": many[start : start + (100 if counted != {"total": 100} else 101)], **counted})

    async with unleash(server=server) as ours:
        assert "130 flags" in (await ours.stale()).summary


async def test_the_log_tells_what_changed() -> None:
    async with unleash(
        {EVENTS: events(event(), event(2, type="user-created", featureName=None, environment=None))}
    ) as ours:
        (change,) = await ours.changed(AT - timedelta(days=1))
    assert change.id.startswith("14-")
    assert (change.source, change.kind, change.result) == ("unleash", ChangeKind.FLAG, Result.SUCCEEDED)
    assert change.title == "flag new-checkout on in production"
    assert (change.places, change.environment, change.by) == (
        ("new-checkout", "default"),
        "production",
        "ana@example.com",
    )


async def test_flags_are_listed_and_shown() -> None:
    strategies = [{"name": "flexibleRollout", "title": "half of them"}, {"name": "userWithId", "disabled": True}]
    one = {"name": "new-checkout", "type": "release", "environments": [environment(strategies=strategies)]}
    async with unleash({ONE: told(one)}) as ours:
        assert [(flag.key, flag.on_in_production, flag.kill_switch) for flag in await ours.flags()] == [
            ("new-checkout", True, False),
            ("stop-payments", False, True),
        ]
        flag = await ours.flag("default", "new-checkout")
    assert (flag.project, flag.states[0].detail) == ("default", "half of them")


@pytest.mark.parametrize("canned", [told({"name": "NotFoundError"}, 404), told({"name": "x", "archived": True})])
async def test_a_flag_that_is_gone_is_not_found(canned: Canned) -> None:
    async with unleash({ONE: canned}) as ours:
        with pytest.raises(NotFound):
            await ours.flag("default", "new-checkout")


def one_flag(*, enabled: bool, strategies: int = 1) -> Canned:
    where = environment(enabled=enabled, strategies=[{"name": "default", "disabled": False}] * strategies)
    return told({"name": "new-checkout", "project": "default", "environments": [where]})


@pytest.mark.parametrize(("on", "enabled", "sent"), [(True, False, ["on"]), (False, True, ["off"]), (True, True, [])])
async def test_a_switch_looks_first_and_does_not_repeat(*, on: bool, enabled: bool, sent: list[str]) -> None:
    seen: list[str] = []

    def server(request: Request) -> Canned | None:
        if request.method != "POST":
            return None
        seen.append(request.line)
        return Canned(body=b"", headers={})

    async with unleash({ONE: one_flag(enabled=enabled)}, server=server, switching=True) as ours:
        assert isinstance(ours, SwitchingUnleash)
        flag = await ours.flag("default", "new-checkout")
        await ours.switch(flag, "production", on=on, by=ANN, why="INC-42")
    assert seen == [SWITCHED + one for one in sent]


@pytest.mark.parametrize(
    ("place", "strategies", "status", "error", "words"),
    [
        ("production", 0, 200, Refused, "everybody would get it"),
        ("moon", 1, 200, NotFound, "no environment moon"),
        ("production", 1, 403, NotAuthorised, "change request"),
        ("production", 1, 500, Unavailable, "trouble"),
    ],
)
async def test_a_switch_that_cannot_be_made_says_why(
    place: str, strategies: int, status: int, error: type[VendorError], words: str
) -> None:
    answered = {ONE: one_flag(enabled=False, strategies=strategies), SWITCHED + "on": told({"message": "no"}, status)}
    async with unleash(answered, switching=True) as ours:
        assert isinstance(ours, SwitchingUnleash)
        flag = await ours.flag("default", "new-checkout")
        with pytest.raises(error, match=words):
            await ours.switch(flag, place, on=True, by=ANN, why="INC-42")


async def test_without_the_setting_it_has_no_switch() -> None:
    async with unleash() as ours:
        assert not isinstance(ours, Switchboard)


async def test_a_client_token_is_told_apart() -> None:
    wrong = told({"message": "invalid token: expected a different token type for this endpoint"}, 403)
    async with unleash({FEATURES: wrong}) as ours:
        with pytest.raises(NotAuthorised, match="client or frontend token"):
            await ours.stale()
        assert [right for right, why in await ours.probe() if why] == ["read flags"]
