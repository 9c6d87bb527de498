"""How Rancher's clusters, nodes, token and snapshots are judged."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.rancher.adapter import Rancher
from bot.integrations.rancher.settings import RancherSettings
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Answering, Canned, Request, said, serving, told
from tests.integrations.moment import ago, still
from tests.integrations.rancher.scripted import (
    CLUSTERS,
    HEALTH,
    NODES,
    OWN,
    SCRIPT,
    SNAPSHOTS,
    TOKEN,
    cluster,
    collection,
    condition,
    node,
    snapshot,
    snapshots,
    token,
)


@asynccontextmanager
async def rancher(
    instead: Mapping[str, Canned] | None = None,
    *,
    server: Answering | None = None,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Rancher]:
    """The adapter over a scripted server. Any: whatever the settings take."""
    outside = Outside(patience=3, now=still)
    try:
        async with serving(server or SCRIPT.replying(instead)) as address:
            given = {"url": address, "token": SecretStr(TOKEN), "snapshots": True, **settings}
            yield Rancher.connect(RancherSettings(**given), Wiring(outside=outside, thresholds=thresholds or {}))
    finally:
        await outside.aclose()


def details(answer: Answer) -> dict[str, tuple[Status, str]]:
    return {one.title: (one.status, one.detail) for one in answer.evidence}


def test_snapshots_stand_under_backups_and_only_where_they_are_wanted() -> None:
    def items(*, wanted: bool) -> dict[str, Item]:
        settings = RancherSettings(url="https://r.example.com", token=SecretStr(TOKEN), snapshots=wanted)
        return {one.name: one.item for one in Rancher.connect(settings, Wiring(outside=Outside())).checks()}

    assert items(wanted=True).pop("rancher.snapshots") is Item.BACKUPS
    assert set(items(wanted=False).values()) == {Item.DASHBOARDS}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, ""),
        ({"conditions": None, "componentStatuses": None, "certificatesExpiration": None}, Status.OK, ""),
        ({"state": "unavailable"}, Status.FAIL, "is unavailable"),
        ({"state": "error", "transitioningMessage": "no etcd"}, Status.FAIL, "is error: no etcd"),
        ({"state": "unknown"}, Status.FAIL, "is unknown"),
        ({"transitioning": "error", "transitioningMessage": "stuck"}, Status.FAIL, "is active: stuck"),
        ({"state": "hibernating"}, Status.UNKNOWN, "is hibernating, which we do not know"),
        ({"transitioning": "perhaps"}, Status.UNKNOWN, "on its way: perhaps, which we do not know"),
        ({"transitioning": None}, Status.OK, ""),
        ({"state": None}, Status.UNKNOWN, "does not tell its state"),
        ({"state": "upgrading", "conditions": []}, Status.WARN, "is upgrading"),
        ({"state": "active", "transitioning": "yes", "conditions": []}, Status.WARN, "is active"),
        ({"conditions": [condition(status="False", reason="KubeletDown")]}, Status.FAIL, "Ready is false: KubeletDown"),
        ({"conditions": [condition(status="Unknown")]}, Status.UNKNOWN, "Ready is unknown"),
        ({"conditions": [condition(status="")]}, Status.UNKNOWN, "Ready is not told"),
        ({"conditions": [condition("Connected", "False")]}, Status.FAIL, "Connected is false"),
        (
            {"conditions": [condition("NoDiskPressure", "False", message="full")]},
            Status.WARN,
            "NoDiskPressure is false: full",
        ),
        ({"conditions": [condition("Updated", "False")]}, Status.WARN, "Updated is false"),
        (
            {"componentStatuses": [{"name": "scheduler", "conditions": [condition("Healthy", "no", message="eof")]}]},
            Status.WARN,
            "scheduler is not healthy: eof",
        ),
        ({"certificatesExpiration": {"a": {"expirationDate": ago(days=-20)}}}, Status.WARN, "certificate a ends on"),
        (
            {"certificatesExpiration": {"a": {"expirationDate": ago(days=-99)}, "b": {"expirationDate": ago(days=-6)}}},
            Status.FAIL,
            "certificate b ends on",
        ),
        ({"certificatesExpiration": {"a": {"expirationDate": ""}}}, Status.UNKNOWN, "a does not tell its end"),
        ({"provider": "rke"}, Status.WARN, "is of RKE1, whose life ended in July 2025"),
    ],
)
async def test_each_state_of_a_cluster_has_its_verdict(changes: dict[str, Any], status: Status, words: str) -> None:
    async with rancher({CLUSTERS: collection(cluster("local", "local"), cluster(**changes))}) as ours:
        answer = await ours.clusters()
    assert answer.status is status, answer
    assert bool(answer.reason) is (status is Status.UNKNOWN)
    if status is not Status.OK:
        (one,) = answer.evidence
        assert (one.key, one.title) == ("cluster:c-m-7xk2", "prod-eu")
        assert words in one.detail
        assert one.url is not None
        assert one.url.endswith("/dashboard/c/c-m-7xk2/explorer")


@pytest.mark.parametrize(
    ("minutes", "status"), [(5, Status.OK), (29, Status.OK), (31, Status.WARN), (-60, Status.WARN)]
)
async def test_a_cluster_may_be_on_its_way_for_a_while(minutes: float, status: Status) -> None:
    # A condition that is touched again and again must not look young for ever.
    conditions = [
        condition("Updated2", "Unknown", lastUpdateTime=ago(minutes=1)),
        condition("Waiting", "Unknown", lastTransitionTime=ago(minutes=minutes), lastUpdateTime=ago(minutes=1)),
    ]
    if minutes < 5:
        conditions = conditions[1:]
    moving = cluster(state="upgrading", transitioning="yes", conditions=conditions)
    async with rancher({CLUSTERS: collection(moving, cluster("c-2", "b"))}) as ours:
        answer = await ours.clusters()
    assert answer.status is status
    if status is Status.OK:
        assert answer.summary == "1 of 2 clusters are active, the others for a short while not"


async def test_only_wanted_clusters_count_and_one_that_is_not_seen_is_unknown() -> None:
    found = collection(cluster(), cluster("c-2", "dev", state="unavailable"))
    async with rancher({CLUSTERS: found}, clusters=("prod-eu", "c-m-7xk2")) as ours:
        assert (await ours.clusters()).status is Status.OK
    async with rancher({CLUSTERS: found}, clusters=("prod-eu", "prod-us")) as ours:
        for answer in (await ours.clusters(), await ours.nodes()):
            assert details(answer) == {"prod-us": (Status.UNKNOWN, "is not there, or the token may not see it")}


async def test_every_page_is_read() -> None:
    def server(request: Request) -> Canned:
        if request.line == CLUSTERS:
            host = f"http://{request.headers['host']}"
            if "marker" in request.query:
                return collection(cluster("c-2", "second", state="unavailable"), total=2)
            return collection(cluster(), total=2, next=f"{host}/v3/clusters?limit=1&marker=c-2")
        return SCRIPT.replying()(request)

    async with rancher(server=server) as ours:
        assert list(details(await ours.clusters())) == ["second"]


@pytest.mark.parametrize(
    "pagination",
    [{"total": 7}, {"partial": True}, {"next": "https://evil.example.com/v3/clusters?marker=1"}, {"next": "/v3/x"}],
)
async def test_a_list_that_is_not_whole_is_never_ok(pagination: dict[str, Any]) -> None:
    async with rancher({CLUSTERS: collection(cluster(), **pagination)}) as ours:
        with pytest.raises(Refused, match=r"not all seen|was not followed"):
            await ours.clusters()


async def test_pages_without_an_end_and_a_second_page_that_fails_are_never_ok() -> None:
    def server(canned: Canned | None) -> Answering:
        def reply(request: Request) -> Canned:
            next_page = f"http://{request.headers['host']}/v3/clusters?marker=1"
            return canned if canned and "marker" in request.query else collection(cluster(), next=next_page)

        return reply

    async with rancher(server=server(None)) as ours:
        with pytest.raises(Refused, match="does not come to an end with its clusters"):
            await ours.clusters()
    for canned in (told({}, 500), told({"message": "must authenticate"}, 401), told({}), said("<html>", 200)):
        async with rancher(server=server(canned)) as ours:
            with pytest.raises(VendorError):
                await ours.clusters()


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, ""),
        ({"conditions": None}, Status.OK, ""),
        ({"state": "cordoned"}, Status.WARN, "is cordoned"),
        ({"state": "drained"}, Status.WARN, "is drained"),
        ({"state": "unavailable", "transitioningMessage": "kubelet"}, Status.FAIL, "is unavailable: kubelet"),
        ({"state": "provisioning", "transitioning": "yes"}, Status.WARN, "is provisioning"),
        ({"state": "active", "transitioning": "yes"}, Status.WARN, "is active"),
        ({"state": "active", "transitioning": "error"}, Status.FAIL, "is active"),
        ({"state": "asleep"}, Status.UNKNOWN, "is asleep"),
        ({"transitioning": "perhaps"}, Status.UNKNOWN, "is active"),
        ({"state": ""}, Status.UNKNOWN, "is of no state"),
        ({"conditions": [condition(status="False", message="down")]}, Status.FAIL, "Ready is false: down"),
        ({"conditions": [condition(status="Unknown")]}, Status.UNKNOWN, "Ready is unknown"),
        ({"conditions": [condition("MemoryPressure", "True", reason="low")]}, Status.WARN, "MemoryPressure: low"),
    ],
)
async def test_each_state_of_a_node_has_its_verdict(changes: dict[str, Any], status: Status, words: str) -> None:
    found = {CLUSTERS: collection(cluster()), NODES: collection(node(), node(2, **changes))}
    async with rancher(found) as ours:
        answer = await ours.nodes()
    assert answer.status is status, answer
    if status is not Status.OK:
        (one,) = answer.evidence
        assert (one.key, one.title) == ("node:c-m-7xk2/worker-2", "prod-eu: worker-2")
        assert words in one.detail
        assert str(one.url).endswith("/dashboard/c/c-m-7xk2/explorer/node")


@pytest.mark.parametrize(
    ("count", "found", "words"),
    [
        (3, [node(), node(2)], "shows 2 of 3 nodes; may the token see them all?"),
        (2, [node(), node(2, clusterId="c-other")], "shows 1 of 2 nodes; may the token see them all?"),
        (None, [], "shows 0 of its nodes; may the token see them all?"),
        (0, [], "shows 0 of its nodes; may the token see them all?"),
    ],
)
async def test_nodes_that_are_not_seen_are_unknown(count: int | None, found: list[dict[str, Any]], words: str) -> None:
    async with rancher({CLUSTERS: collection(cluster(nodeCount=count)), NODES: collection(*found)}) as ours:
        answer = await ours.nodes()
    assert details(answer) == {"prod-eu": (Status.UNKNOWN, words)}


async def test_nodes_are_asked_for_by_cluster() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return SCRIPT.replying()(request)

    async with rancher(server=server) as ours:
        assert (await ours.nodes()).status is Status.OK
    queries = [one.query for one in asked if one.line == NODES]
    assert sorted(query["clusterId"][0] for query in queries) == ["c-m-7xk2", "local"]
    assert {query["limit"][0] for query in queries} == {"-1"}
    assert asked[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, Status.OK, "in 60 days"),
        ({"expiresAt": "", "ttl": 0}, Status.OK, "The token has no end"),
        ({"expiresAt": "", "ttl": None}, Status.UNKNOWN, "does not tell when it ends"),
        ({"expiresAt": ago(days=-10)}, Status.WARN, "in 10 days. Renew RANCHER_TOKEN."),
        ({"expiresAt": ago(minutes=1)}, Status.FAIL, "has expired. Renew RANCHER_TOKEN."),
        ({"expired": True}, Status.FAIL, "has expired"),
        ({"expiresAt": "2099-01-01T00:00:00"}, Status.OK, "01 Jan 2099"),
    ],
)
async def test_our_own_token_is_judged_by_its_end(changes: dict[str, Any], status: Status, words: str) -> None:
    async with rancher({OWN: token(**changes)}) as ours:
        answer = await ours.token()
    assert (answer.status, words in answer.summary) == (status, True), answer


@pytest.mark.parametrize("given", ["ext/token-abcde:s3cr3t5j9x", "eyJhbGciOi", "user:password"])
async def test_a_token_without_a_name_of_ours_is_unknown_and_not_shown(given: str) -> None:
    async with rancher(token=SecretStr(given)) as ours:
        answer = await ours.token()
    assert answer.status is Status.UNKNOWN
    assert given.partition(":")[0] not in answer.summary


@pytest.mark.parametrize("words", ["must authenticate", "clusterID does not match"])
async def test_a_scoped_token_is_told_as_one(words: str) -> None:
    body = {"type": "error", "baseType": "error", "status": "401", "code": "Unauthorized", "message": words}
    refused = told(body, 401)
    async with rancher({CLUSTERS: refused, OWN: refused, SNAPSHOTS: refused}) as ours:
        for ask in (ours.clusters, ours.nodes, ours.token, ours.snapshots):
            with pytest.raises(NotAuthorised, match=r"or is scoped to one cluster\. Renew RANCHER_TOKEN, without"):
                await ask()


async def test_a_missing_right_is_named() -> None:
    forbidden = told({"type": "error", "status": 403, "code": "Forbidden", "message": "no"}, 403)
    async with rancher({CLUSTERS: forbidden, SNAPSHOTS: forbidden}) as ours:
        with pytest.raises(NotAuthorised, match=r"Give it the right to see clusters \(Cluster Member\)"):
            await ours.clusters()
        with pytest.raises(NotAuthorised, match=r"read etcdsnapshots of rke.cattle.io in the local cluster"):
            await ours.snapshots()


async def test_errors_with_200_are_no_collections() -> None:
    async with rancher({CLUSTERS: told({"type": "error", "status": "500", "message": "x"})}) as ours:
        with pytest.raises(Refused, match="a form we do not know"):
            await ours.clusters()


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ((snapshot(hours=25), snapshot("b", hours=1)), Status.OK, "none of them older than 25 h"),
        ((snapshot(hours=27),), Status.FAIL, "last good snapshot 27 h ago"),
        ((snapshot(status="failed"),), Status.FAIL, "has no good snapshot"),
        ((snapshot(status=""),), Status.FAIL, "has no good snapshot"),
        ((snapshot() | {"status": {"missing": True}},), Status.FAIL, "has no good snapshot"),
        ((snapshot(), snapshot(hours=1, status="failed")), Status.WARN, "the last snapshot failed"),
        ((snapshot(), snapshot(hours=9, status="failed")), Status.OK, ""),
        ((snapshot(hours=-30),), Status.UNKNOWN, "which is to come"),
        ((snapshot(snapshotFile={"status": "successful"}),), Status.OK, "older than 3 h"),
        (({},), Status.FAIL, "has no good snapshot"),
    ],
)
async def test_snapshots_are_judged_by_the_newest_good_one(
    found: tuple[dict[str, Any], ...], status: Status, words: str
) -> None:
    async with rancher({SNAPSHOTS: snapshots(*found)}) as ours:
        answer = await ours.snapshots()
    assert answer.status is status, answer
    assert words in answer.summary + "".join(one.detail for one in answer.evidence)


async def test_snapshots_are_read_to_the_last_page() -> None:
    def server(request: Request) -> Canned:
        if request.line != SNAPSHOTS:
            return SCRIPT.replying()(request)
        again = request.query.get("continue", [""])[0]
        return snapshots(snapshot("old", hours=90)) if again == "p2" else snapshots(snapshot(), go_on="p2")

    async with rancher(server=server) as ours:
        assert list(details(await ours.snapshots())) == ["old"]
    async with rancher({SNAPSHOTS: snapshots(snapshot(), go_on="p2")}) as ours:
        with pytest.raises(Refused, match="does not come to an end"):
            await ours.snapshots()


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (said("ok"), Status.OK, "Healthy"),
        (said("etcd is gone", 500), Status.FAIL, "Not healthy: etcd is gone"),
        (said("", 503), Status.FAIL, "Not healthy: 503"),
    ],
)
async def test_the_server_says_itself_whether_it_is_healthy(found: Canned, status: Status, words: str) -> None:
    async with rancher({HEALTH: found}) as ours:
        answer = await ours.server()
    assert (answer.status, answer.summary) == (status, words)
    assert str(answer.link).endswith("/dashboard/")


async def test_a_healthy_server_that_takes_our_token_no_more_is_not_called_up() -> None:
    async with rancher({CLUSTERS: told({"type": "error", "status": "401"}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match="RANCHER_TOKEN"):
            await ours.server()


async def test_the_address_may_end_in_its_old_api() -> None:
    outside = Outside(patience=3, now=still)
    async with serving(SCRIPT.replying()) as address:
        for url in (f"{address}/v3", f"{address}/"):
            ours = Rancher.connect(RancherSettings(url=url, token=SecretStr(TOKEN)), Wiring(outside=outside))
            assert (await ours.clusters()).status is Status.OK
    await outside.aclose()


async def test_probing_tells_each_right_and_nobody_there_is_told() -> None:
    async with rancher({SNAPSHOTS: told({}, 403)}) as ours:
        told_of = dict(await ours.probe())
    assert [what for what, wrong in told_of.items() if wrong] == ["read snapshots"]
    outside = Outside(patience=2, now=still)
    ours = Rancher.connect(RancherSettings(url=nobody(), token=SecretStr(TOKEN)), Wiring(outside=outside))
    for ask in (ours.server, ours.clusters, ours.nodes, ours.token, ours.snapshots, ours.probe):
        with pytest.raises(VendorError, match=r"the connection was refused. Check RANCHER_URL."):
            await ask()
    await outside.aclose()
