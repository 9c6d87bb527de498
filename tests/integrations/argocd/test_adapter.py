"""How Argo CD's answers are judged, with the payloads it really sends."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Pipelines
from bot.domain.check import Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused
from bot.integrations import Wiring
from bot.integrations.argocd.adapter import ArgoCD
from bot.integrations.argocd.settings import ArgoCDSettings
from bot.integrations.http import Outside
from tests.integrations.argocd.connected import argocd
from tests.integrations.argocd.scripted import (
    ACCOUNTS,
    APPS,
    CLUSTERS,
    MAY,
    REPOSITORIES,
    SCRIPT,
    TOKEN,
    WINDOWS,
    account,
    accounts,
    app,
    apps,
    cluster,
    health,
    operation,
    repository,
    token,
)
from tests.integrations.contract.server import Canned, Request, said, told
from tests.integrations.moment import ago

BY_HAND: Mapping[str, Any] = {"spec": {"syncPolicy": None}}
OUT: Mapping[str, Any] = {"status": "OutOfSync"}


def test_checks_stand_under_four_items() -> None:
    ours = ArgoCD.connect(ArgoCDSettings(url="http://127.0.0.1:1", token=SecretStr("t")), Wiring(outside=Outside()))
    assert ours is not None
    assert {check.name: check.item for check in ours.checks()} == {
        "argocd.apps": Item.PIPELINES,
        "argocd.syncs": Item.PIPELINES,
        "argocd.conditions": Item.PIPELINES,
        "argocd.clusters": Item.PIPELINES,
        "argocd.repositories": Item.PIPELINES,
        "argocd.pending": Item.DEPLOYMENTS,
        "argocd.drift": Item.DRIFT,
        "argocd.access": Item.SECURITY,
    }
    assert ours.source == "argocd"
    assert not isinstance(ours, Pipelines)


def test_with_a_secret_alone_it_only_takes_notices_in() -> None:
    settings = ArgoCDSettings(webhook_token=SecretStr("s"))
    settings.refuse_half_set()
    assert ArgoCD.connect(settings, Wiring(outside=Outside())) is None


@pytest.mark.parametrize(
    ("one", "status", "detail"),
    [
        (app(), Status.OK, ""),
        (app(health=health("Progressing", lastTransitionTime=ago(minutes=14))), Status.OK, ""),
        (app(health=health("Progressing", lastTransitionTime=ago(minutes=16))), Status.WARN, "progressing for 16 min"),
        (app(health={"status": "Progressing"}), Status.WARN, "progressing, and does not tell since when"),
        (app(health=health("Suspended", message="paused")), Status.WARN, "suspended health: paused"),
        (app(health=health("Degraded")), Status.FAIL, "degraded health"),
        (app(health=health("Missing")), Status.FAIL, "missing health"),
        (app(health=health("Unknown", lastTransitionTime=None)), Status.FAIL, "unknown health"),
        (app(health=health("Splendid")), Status.UNKNOWN, "splendid health, a health we do not know"),
        (app(health={}), Status.UNKNOWN, "does not tell its health"),
        (app(health=None), Status.UNKNOWN, "does not tell its health"),
        (app(sync=None), Status.UNKNOWN, "was not compared with its repository yet"),
        (app(sync={"status": "Unknown"}), Status.FAIL, "its manifests cannot be made"),
        (app(sync={"status": "Nearly"}), Status.UNKNOWN, "has the sync status Nearly, which we do not know"),
        (app(sync=OUT, **BY_HAND), Status.WARN, "out of sync, and auto-sync is off"),
        (
            app(sync=OUT, spec={"syncPolicy": {"automated": {"enabled": False}}}),
            Status.WARN,
            "out of sync, and auto-sync is off",
        ),
        (app(sync=OUT), Status.FAIL, "out of sync, and auto-sync did nothing for 5 h"),
        # There and empty, auto-sync is on.
        (app(sync=OUT, spec={"syncPolicy": {"automated": {}}}), Status.FAIL, "out of sync, and auto-sync did nothing"),
        (
            app(sync=OUT, operationState=operation(finishedAt=ago(minutes=29))),
            Status.WARN,
            "out of sync, auto-sync is on",
        ),
        (app(sync=OUT, operationState=operation("Running", finishedAt=None)), Status.WARN, "out of sync, being synced"),
        (app(sync=OUT, operationState=None), Status.FAIL, "out of sync, and auto-sync did nothing for 90 days"),
        (app(reconciledAt=ago(hours=23)), Status.OK, ""),
        (app(reconciledAt=ago(hours=25)), Status.WARN, "not compared with its repository for 25 h"),
        (app(reconciledAt=ago(hours=-2)), Status.UNKNOWN, "was compared in the future"),
        (app(reconciledAt=None), Status.OK, ""),
        (
            app(health=health("Degraded"), sync=OUT, **BY_HAND),
            Status.FAIL,
            "degraded health; out of sync, and auto-sync is off",
        ),
        # Several sources leave `revision` and `source` out.
        (
            app(sync={"status": "Synced", "revisions": ["a", "b"]}, spec={"source": None, "sources": [{}]}),
            Status.OK,
            "",
        ),
        (app(operationState=None, conditions=None), Status.OK, ""),
        ({"metadata": {"name": "shop-web"}, "spec": {}, "status": None}, Status.UNKNOWN, "does not tell its health"),
    ],
)
async def test_an_application_is_judged_by_health_and_sync(one: dict[str, Any], status: Status, detail: str) -> None:
    async with argocd({APPS: apps(app("fine"), one)}) as ours:
        answer = await ours.apps()
    assert answer.status is status
    assert bool(answer.reason) is (status is Status.UNKNOWN)
    if status is Status.OK:
        assert answer.summary == "All 2 applications are healthy and in sync"
        return
    (found,) = answer.evidence
    assert found.detail.startswith(detail)
    assert found.title == "shop-web"
    place = "argocd/" if "namespace" in one["metadata"] else ""
    assert (found.key, found.url) == (f"app:{place}shop-web", f"{answer.link}/{place}shop-web")


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (app(), Status.OK, "The last syncs of 1 applications succeeded"),
        (app(operationState=operation("Running", finishedAt=None)), Status.WARN, "is being synced"),
        (app(operationState=operation("Terminating")), Status.WARN, "is being stopped"),
        (
            app(operationState=operation("Failed", message="hook failed")),
            Status.FAIL,
            "its last sync failed: hook failed",
        ),
        (app(operationState=operation("Error")), Status.FAIL, "its last sync failed"),
        (app(operationState=operation("Dreaming")), Status.UNKNOWN, "its last sync is Dreaming, which we do not know"),
        (app(operationState={}), Status.UNKNOWN, "its last sync is without a phase"),
        (app(operationState=None), Status.UNKNOWN, "None of 1 applications was ever synced"),
        (app(operationState=None, sync=OUT), Status.WARN, "was never synced"),
        (app(operationState=None, sync=None), Status.UNKNOWN, "does not tell of a sync"),
    ],
)
async def test_the_last_sync_is_judged_by_its_phase(one: dict[str, Any], status: Status, words: str) -> None:
    async with argocd({APPS: apps(one)}) as ours:
        answer = await ours.syncs()
    assert answer.status is status
    assert words in answer.summary


async def test_one_that_was_never_synced_and_needs_none_is_counted_apart() -> None:
    async with argocd({APPS: apps(app(), app("adopted", operationState=None))}) as ours:
        answer = await ours.syncs()
    assert answer.status is Status.OK
    assert answer.summary == "The last syncs of 1 applications succeeded, 1 were never synced"


@pytest.mark.parametrize(
    ("kinds", "status", "words"),
    [
        ([], Status.OK, "None of 1 applications reports an error"),
        (["ComparisonError"], Status.FAIL, "ComparisonError: cannot render"),
        (["OrphanedResourceWarning"], Status.WARN, "OrphanedResourceWarning"),
        (["OrphanedResourceWarning", "SyncError"], Status.FAIL, "SyncError: cannot render; OrphanedResourceWarning"),
        (["SomethingNew"], Status.UNKNOWN, "a condition we do not know"),
    ],
)
async def test_conditions_are_judged_by_how_their_type_ends(kinds: list[str], status: Status, words: str) -> None:
    found = [{"type": kind, "message": "cannot render", "lastTransitionTime": ago(hours=1)} for kind in kinds]
    async with argocd({APPS: apps(app(conditions=found))}) as ours:
        answer = await ours.conditions()
    assert answer.status is status
    assert words in (answer.evidence[0].detail if answer.evidence else answer.summary)


async def test_an_application_without_a_state_reports_no_error_and_is_not_ok_for_that() -> None:
    states: list[dict[str, Any]] = [{}, {"status": None}, {"status": {}}]
    for state in states:
        async with argocd({APPS: told({"items": [{"metadata": {"name": "x"}, **state}]})}) as ours:
            for ask in (ours.apps, ours.syncs, ours.conditions, ours.pending, ours.drift):
                assert (await ask()).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (app(), Status.OK, "All 1 applications are as their repositories say"),
        (app(health=health("Degraded")), Status.OK, "as their repositories say"),
        (app(sync=OUT), Status.FAIL, "auto-sync did nothing"),
        (app(sync=OUT, **BY_HAND), Status.WARN, "auto-sync is off"),
        (app(sync={"status": "Unknown"}), Status.FAIL, "its manifests cannot be made"),
        (app(reconciledAt=ago(days=3)), Status.WARN, "not compared with its repository for 3 days"),
    ],
)
async def test_drift_is_what_differs_from_the_repository(one: dict[str, Any], status: Status, words: str) -> None:
    async with argocd({APPS: apps(one)}) as ours:
        answer = await ours.drift()
    assert answer.status is status
    assert words in answer.summary


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (told({"canSync": True, "activeWindows": None}), "waits to be synced by hand, it may be synced now"),
        (told({"canSync": False}), "waits to be synced by hand, its sync window is closed now"),
        (told({}), "waits to be synced by hand"),
        (told({"error": "permission denied"}, 403), "waits to be synced by hand, its sync windows are not to be had"),
        (said("", 404), "waits to be synced by hand, its sync windows are not to be had"),
    ],
)
async def test_what_waits_to_be_synced_by_hand_tells_of_its_window(window: Canned, words: str) -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return window if request.line == WINDOWS else apps(app("fine"), app(sync=OUT, **BY_HAND))

    async with argocd(server=server) as ours:
        answer = await ours.pending()
    assert answer.status is Status.WARN
    (one,) = answer.evidence
    assert one.detail.startswith(words)
    # Without its project, an application that is not there looks like one that is forbidden.
    assert asked[-1].query == {"project": ["shop"], "appNamespace": ["argocd"]}


async def test_what_syncs_itself_waits_for_nobody() -> None:
    async with argocd({APPS: apps(app(sync=OUT), app("two"))}) as ours:
        answer = await ours.pending()
    assert (answer.status, answer.summary) == (Status.OK, "None of 2 applications waits to be synced by hand")


@pytest.mark.parametrize("what", ["apps", "syncs", "conditions", "pending", "drift"])
async def test_no_application_is_unknown_and_names_the_right(what: str) -> None:
    async with argocd({APPS: told({"items": None})}) as ours:
        answer = await getattr(ours, what)()
    assert answer.status is Status.UNKNOWN
    assert "applications, get" in (answer.reason or "")


@pytest.mark.parametrize("what", ["apps", "syncs", "conditions", "pending", "drift"])
async def test_a_project_of_which_nothing_is_to_be_seen_is_unknown(what: str) -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return apps(app())

    async with argocd(server=server, projects=("shop", "gone")) as ours:
        answer = await getattr(ours, what)()
    assert answer.status is Status.UNKNOWN
    assert [one.key for one in answer.evidence] == ["project:gone"]
    assert "ARGOCD_PROJECTS" in (answer.reason or "")
    assert asked[0].query["projects"] == ["shop", "gone"]


async def test_the_default_project_may_be_left_unsaid() -> None:
    async with argocd({APPS: apps(app(spec={"project": None}))}, projects=("default",)) as ours:
        assert (await ours.apps()).status is Status.OK


async def test_one_between_us_that_knows_no_fields_is_asked_without() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return told({"error": "unknown parameter"}, 400) if "fields" in request.query else apps(app())

    async with argocd(server=server, projects=("shop",)) as ours:
        assert (await ours.apps()).status is Status.OK
    assert [sorted(one.query) for one in asked] == [["fields", "projects"], ["projects"]]
    async with argocd({APPS: told({"error": "no"}, 400)}) as ours:
        with pytest.raises(Refused, match="no"):
            await ours.apps()


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ([cluster()], Status.OK, "All 1 clusters can be reached"),
        ([cluster(), cluster("b", "Failed", message="dial tcp")], Status.FAIL, "b: cannot be reached: dial tcp"),
        ([cluster(), cluster("b", "Unknown")], Status.WARN, "b: not known whether it can be reached"),
        ([cluster(status="Dozing")], Status.UNKNOWN, "the connection state Dozing"),
        ([cluster(status=None)], Status.UNKNOWN, "does not tell whether it can be reached"),
        ([{"server": "https://x", "name": "x"}], Status.UNKNOWN, "does not tell whether it can be reached"),
        ([cluster() | {"connectionState": None}], Status.OK, "can be reached"),
        ([cluster() | {"info": None}], Status.OK, "can be reached"),
        ([cluster() | {"info": {"connectionState": {"status": "Failed"}}}], Status.FAIL, "cannot be reached"),
        ([cluster(attemptedAt=ago(hours=25))], Status.WARN, "was not tried since"),
        ([cluster(attemptedAt=None)], Status.OK, "can be reached"),
        ([cluster(attemptedAt="0001-01-01T00:00:00Z")], Status.OK, "can be reached"),
        ([], Status.UNKNOWN, "give the token the right clusters, get"),
    ],
)
async def test_clusters_are_judged_by_their_connection(found: list[Any], status: Status, words: str) -> None:
    async with argocd({CLUSTERS: told({"items": found})}) as ours:
        answer = await ours.clusters()
    assert answer.status is status
    assert words in answer.summary


@pytest.mark.parametrize(
    ("found", "may", "status", "words"),
    [
        ([repository()], "no", Status.OK, "All 1 repositories can be reached"),
        ([repository(), repository("b", "Failed")], "no", Status.FAIL, "b: cannot be reached"),
        ([repository(status="Unknown")], "no", Status.WARN, "not known whether"),
        ([{"repo": "https://x"}], "yes", Status.UNKNOWN, "does not tell whether"),
        ([], "yes", Status.OK, "No repositories are registered"),
        ([], "no", Status.UNKNOWN, "give the token the right repositories, get"),
    ],
)
async def test_no_repository_is_ok_only_for_one_who_could_see_them(
    found: list[Any], may: str, status: Status, words: str
) -> None:
    async with argocd({REPOSITORIES: told({"items": found}), MAY: told({"value": may})}) as ours:
        answer = await ours.repositories()
    assert answer.status is status
    assert words in answer.summary


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (accounts(account("daywatch", token())), Status.OK, "2 accounts, none with a token to look at"),
        (accounts(account("daywatch", token(None))), Status.WARN, "daywatch: token d1f0 never expires"),
        (accounts(account("daywatch", token(13))), Status.WARN, "daywatch: token d1f0 expires on"),
        (accounts(account("daywatch", token(15))), Status.OK, "none with a token"),
        (accounts(account("daywatch", token(-1))), Status.WARN, "daywatch: token d1f0 expired on"),
        (accounts(account("ci", {"id": None})), Status.WARN, "ci: a token never expires"),
        (told({"items": [account("admin")]}), Status.WARN, "the built-in administrator is enabled"),
        # Go leaves out what is false.
        (told({"items": [{"name": "admin"}, account("daywatch", token())]}), Status.OK, "and admin is disabled"),
        # An account may always see itself, and without the right nothing else.
        (told({"items": [account("daywatch", token())]}), Status.UNKNOWN, "give the token the right accounts, get"),
        (told({"items": None}), Status.UNKNOWN, "Not every account is to be seen"),
    ],
)
async def test_accounts_and_their_tokens_are_looked_at(found: Canned, status: Status, words: str) -> None:
    async with argocd({ACCOUNTS: found}) as ours:
        answer = await ours.access()
    assert answer.status is status
    assert words in answer.summary
    assert bool(answer.reason) is (status is Status.UNKNOWN)


async def test_what_is_sent_is_the_token_and_never_a_refresh() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        assert request.path.startswith("/argo/api/")
        bare = Request(
            method=request.method,
            path=request.path.removeprefix("/argo"),
            query=request.query,
            headers=request.headers,
            body=request.body,
        )
        return SCRIPT.replying()(bare)

    async with argocd(server=server, prefix="/argo/") as ours:
        for check in ours.checks():
            assert (await check.ask()).status is Status.OK
        assert {remedy for _, remedy in await ours.probe()} == {None}
    assert {one.method for one in asked} == {"GET"}
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {TOKEN}"}
    assert all("refresh" not in one.query for one in asked)
    assert sum(one.path.endswith("/applications") for one in asked) == 1


async def test_the_probe_names_each_right_that_is_missing() -> None:
    denied = told({"error": "permission denied: clusters, get", "code": 7, "message": "permission denied"}, 403)
    async with argocd({CLUSTERS: denied, REPOSITORIES: told({"items": None})}) as ours:
        told_of = dict(await ours.probe())
    assert told_of["see applications"] is None
    assert "clusters, get" in (told_of["see clusters"] or "")
    assert "give the token the right to see repositories" in (told_of["see repositories"] or "")
    async with argocd(server=lambda _request: told({"error": "invalid session", "code": 16}, 401)) as ours:
        with pytest.raises(NotAuthorised, match="Renew ARGOCD_TOKEN"):
            await ours.probe()


async def test_an_address_that_is_not_argo_cd_s_is_named() -> None:
    async with argocd(server=lambda _request: said("not found", 404)) as ours:
        with pytest.raises(NotFound, match="Check ARGOCD_URL"):
            await ours.apps()


async def test_the_team_s_own_thresholds_count() -> None:
    thresholds: dict[str, dict[str, float]] = {
        "argocd.apps": {"drifting_minutes": 600, "progressing_minutes": 1, "stale_hours": 0.01},
        "argocd.access": {"days": 365},
        "argocd.clusters": {"stale_hours": 0.001},
    }
    found = {APPS: apps(app("a", sync=OUT), app("b", health=health("Progressing", lastTransitionTime=ago(minutes=2))))}
    async with argocd(found, thresholds=thresholds) as ours:
        answer = await ours.apps()
        assert [one.status for one in answer.evidence] == [Status.WARN, Status.WARN]
        assert "not compared" in answer.evidence[0].detail
        assert (await ours.access()).status is Status.WARN
        assert (await ours.clusters()).status is Status.WARN
