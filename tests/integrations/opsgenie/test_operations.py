"""The successor, Jira Service Management: the same questions, other paths, other shapes, other traps."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.opsgenie.connect import connect
from bot.integrations.opsgenie.reader import Reader
from bot.integrations.opsgenie.settings import OpsgenieSettings
from bot.integrations.settings import IncompleteSettings
from tests.integrations.contract.faults import FAULTS, LARGEST
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.opsgenie.scripted import alert, heartbeat

TOKEN = "atatt-made-up-token"
BASE = "/jsm/ops/api/cloud-1/v1"
HEALTHY: Mapping[str, Canned] = {
    f"GET {BASE}/alerts": told({"values": [], "count": 0}),
    f"GET {BASE}/schedules": told({"values": [{"id": "s1", "name": "Shop", "enabled": True, "teamId": "t1"}]}),
    f"GET {BASE}/schedules/s1/on-calls": told({"onCallUsers": ["5b2b0e01"]}),
    f"GET {BASE}/teams": told({"platformTeams": [{"teamId": "t1", "teamName": "Shop team"}]}),
    f"GET {BASE}/teams/t1/heartbeats": told(
        {"values": [heartbeat(expired=None, status="Responsive", intervalUnit="Days")]}
    ),
    "GET /rest/api/3/user": told({"displayName": "Ana Ops", "emailAddress": "ana@example.com"}),
}
Server = Callable[[Request], Canned]


def replying(instead: Mapping[str, Canned] | None = None) -> Server:
    return lambda request: {**HEALTHY, **(instead or {})}.get(request.line) or said("not found", 404)


@asynccontextmanager
async def operations(
    instead: Mapping[str, Canned] | None = None, *, server: Server | None = None, site: bool = True
) -> AsyncIterator[Reader]:
    outside = Outside(patience=1)
    try:
        async with serving(server or replying(instead)) as address:
            settings = OpsgenieSettings(
                jsm_api_url=address,
                jsm_cloud_id="cloud-1",
                jsm_email="bot@example.com",
                jsm_api_token=SecretStr(TOKEN),
                jsm_site_url=address if site else "",
            )
            found = connect(settings, Wiring(outside=outside))
            assert isinstance(found, Reader)
            yield found
    finally:
        await outside.aclose()


async def test_a_healthy_account_is_ok_everywhere_and_nothing_ends() -> None:
    async with operations() as ours:
        answers = {check.name: await check.ask() for check in ours.checks()}
    assert {name: one.status for name, one in answers.items()} == {
        "opsgenie.api": Status.OK,
        "opsgenie.alerts": Status.OK,
        "opsgenie.oncall": Status.OK,
        "opsgenie.heartbeats": Status.OK,
    }


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("line", [line for line in HEALTHY if BASE in line])
async def test_a_fault_in_any_answer_is_never_ok(fault: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.integrations.api.LARGEST", LARGEST)
    broken = FAULTS[fault]()

    def server(request: Request) -> Canned:
        healthy = replying()(request)
        return broken(request, healthy) if request.line == line else healthy

    found: dict[str, Status] = {}
    said_words: list[str] = []
    async with operations(server=server) as ours:
        for check in ours.checks():
            try:
                found[check.name] = (await check.ask()).status
            except VendorError as error:
                found[check.name] = Status.UNKNOWN
                said_words.append(str(error))
    assert Status.UNKNOWN in found.values()
    assert [words for words in said_words if TOKEN in words] == []


async def test_a_second_page_is_asked_for_by_what_its_address_says() -> None:
    def server(request: Request) -> Canned:
        if request.line != f"GET {BASE}/alerts":
            return replying()(request)
        if request.query["offset"] == ["0"]:
            assert request.query["size"] == ["100"]
            return told({"values": [], "links": {"next": "/v1/alerts?offset=25&size=25"}})
        assert (request.query["offset"], request.query["query"]) == (["25"], ["status:open"])
        return told({"values": [alert(priority="P1")], "links": {}})

    async with operations(server=server) as ours:
        answer = await ours.alerts()
    assert answer.status is Status.FAIL
    assert str(answer.evidence[0].url).endswith(f"/jira/ops/alerts/{alert()['id']}")


@pytest.mark.parametrize(
    ("instead", "status"),
    [
        ({"schedules/s1/on-calls": {"onCallUsers": []}}, Status.FAIL),
        ({"schedules": {"values": []}}, Status.UNKNOWN),
    ],
)
async def test_people_on_call(instead: dict[str, Any], status: Status) -> None:
    async with operations({f"GET {BASE}/{path}": told(body) for path, body in instead.items()}) as ours:
        assert (await ours.on_call_gaps()).status is status


async def test_a_nested_answer_about_people_is_refused() -> None:
    nested = told({"onCallParticipants": [{"id": "t1", "type": "team"}]})
    async with operations({f"GET {BASE}/schedules/s1/on-calls": nested}) as ours:
        with pytest.raises(VendorError, match="onCallUsers"):
            await ours.on_call_gaps()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "Responsive"}, Status.OK),
        ({"status": "Unresponsive"}, Status.FAIL),
        ({"status": "Expired"}, Status.FAIL),
        ({"status": "Inactive", "enabled": False}, Status.WARN),
        ({"status": "Of tomorrow"}, Status.UNKNOWN),
        ({}, Status.UNKNOWN),
    ],
)
async def test_heartbeats_by_their_state(changes: dict[str, Any], status: Status) -> None:
    one = {"name": "prometheus", "interval": 5, "intervalUnit": "Minutes", "enabled": True} | changes
    async with operations({f"GET {BASE}/teams/t1/heartbeats": told({"values": [one]})}) as ours:
        assert (await ours.heartbeats()).status is status


async def test_no_teams_are_no_heartbeats_and_no_good_news() -> None:
    async with operations({f"GET {BASE}/teams": told({"platformTeams": []})}) as ours:
        assert (await ours.heartbeats()).status is Status.UNKNOWN


async def test_a_401_on_schedules_alone_names_the_scope_that_may_be_missing() -> None:
    async with operations({f"GET {BASE}/schedules": told({"message": "Unauthorized"}, 401)}) as ours:
        with pytest.raises(NotAuthorised, match=r"JSM_API_TOKEN.*read:ops-config:jira-service-management"):
            await ours.on_call_gaps()
        assert (await ours.alerts()).status is Status.OK


async def test_people_are_known_by_name_through_the_site_and_by_id_without_it() -> None:
    async with operations() as ours:
        (duty,) = await ours.on_call()
    assert (duty.name, duty.email, duty.service_ref) == ("Ana Ops", "ana@example.com", "t1")
    async with operations(site=False) as ours:
        (duty,) = await ours.on_call()
        assert ours._settings.page_of("x") is None
    assert (duty.name, duty.email) == ("5b2b0e01", None)
    async with operations({"GET /rest/api/3/user": told({}, 404)}) as ours:
        (duty,) = await ours.on_call()
    assert duty.name == "5b2b0e01"


def test_a_half_set_successor_stops_the_start_beside_a_key_of_opsgenie_too() -> None:
    with pytest.raises(IncompleteSettings, match="JSM_EMAIL, JSM_API_TOKEN is missing"):
        OpsgenieSettings(api_key=SecretStr("k"), jsm_cloud_id="cloud-1").refuse_half_set()
    with pytest.raises(IncompleteSettings, match="JSM_EMAIL"):
        OpsgenieSettings(jsm_cloud_id="cloud-1").refuse_half_set()


def test_variables_come_from_the_environment_but_not_into_a_named_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CLOUD_ID": "cloud-1", "EMAIL": "bot@example.com", "API_TOKEN": TOKEN}.items():
        monkeypatch.setenv(f"JSM_{name}", value)
    assert OpsgenieSettings().migrated
    entry: dict[str, Any] = {"_env_file": None, "_env_prefix": "\0", "api_key": "k"}
    assert not OpsgenieSettings(**entry).migrated


async def test_a_list_that_shows_fewer_than_it_counts_is_never_ok() -> None:
    async with operations({f"GET {BASE}/alerts": told({"values": [], "count": 3})}) as ours:
        assert (await ours.alerts()).status is Status.UNKNOWN


async def test_a_status_of_its_own_for_acknowledged_ones_is_understood() -> None:
    page = {"values": [alert(priority="P1", status="acked", acknowledged=None)], "count": 1}
    async with operations({f"GET {BASE}/alerts": told(page)}) as ours:
        answer = await ours.alerts()
    assert (answer.status, answer.evidence[0].detail.partition(", ")[2][:12]) == (Status.WARN, "acknowledged")
