"""PagerDuty's own Python client against the stand-in: what the bot will use must work as against the real one."""

import asyncio
from typing import Any

import pagerduty as vendor
import pytest

from bot.local.pagerduty.desk import Raise
from bot.local.pagerduty.directory import CHECKOUT, SEARCH
from bot.local.pagerduty.incident import on_page
from bot.local.people import KIM
from tests.local.pagerduty.conftest import API_KEY, ROUTING_KEY, PagerDutyUnderTest


class LoopbackRest(vendor.RestApiV2Client):
    """The client insists on https; on loopback it need not."""

    @property
    def url(self) -> str:
        return str(self._url)

    @url.setter
    def url(self, address: str) -> None:
        assert address.startswith("http://127.0.0.1:")
        self._url = address.rstrip("/")


class LoopbackEvents(vendor.EventsApiV2Client):
    """The same for events."""

    @property
    def url(self) -> str:
        return str(self._url)

    @url.setter
    def url(self, address: str) -> None:
        assert address.startswith("http://127.0.0.1:")
        self._url = address.rstrip("/")


def rest(pagerduty: PagerDutyUnderTest, key: str = API_KEY, sender: str = "ann@example.com") -> Any:
    return LoopbackRest(key, default_from=sender, base_url=f"{pagerduty.url}/pagerduty")


async def test_the_client_reads_writes_and_finds(pagerduty: PagerDutyUnderTest) -> None:
    def story() -> dict[str, Any]:
        with rest(pagerduty) as client:
            assert "teams" in client.rget("/abilities")
            assert client.find("users", "kim@example.com", attribute="email")["id"] == "PUKIM01"
            service = client.find("services", "Search")
            wish = {
                "type": "incident",
                "title": "Slow search",
                "service": {"id": service["id"], "type": "service_reference"},
            }
            incident = client.rpost("/incidents", json=wish)
            acknowledged = {"type": "incident_reference", "status": "acknowledged"}
            client.rput(f"/incidents/{incident['id']}", json=acknowledged)
            client.rpost(f"/incidents/{incident['id']}/notes", json={"content": "Looking"})
            assert [note["content"] for note in client.rget(f"/incidents/{incident['id']}/notes")] == ["Looking"]
            done = client.rput(
                "/incidents", json=[{"id": incident["id"], "type": "incident_reference", "status": "resolved"}]
            )
            assert [one["status"] for one in done] == ["resolved"]
            update = client.rpost(f"/incidents/{incident['id']}/status_updates", json={"message": "All well"})
            assert update["sender"]["summary"] == "Ann Adams"
            return client.rget(f"/incidents/{incident['id']}")  # type: ignore[no-any-return]  # JSON

    incident = await asyncio.to_thread(story)
    assert (incident["status"], incident["service"]["summary"]) == ("resolved", "Search")


async def test_the_client_pages_through_all_incidents(pagerduty: PagerDutyUnderTest) -> None:
    for number in range(45):
        service = SEARCH if number % 2 else CHECKOUT
        pagerduty.account.desk.trigger(Raise(service=service, title=f"Error {number}"), on_page(KIM))

    def read() -> list[int]:
        with rest(pagerduty) as client:
            found = client.iter_all(
                "incidents", params={"statuses[]": ["triggered"], "date_range": "all"}, page_size=20
            )
            return [one["incident_number"] for one in found]

    assert await asyncio.to_thread(read) == list(range(1, 46))


async def test_the_client_sees_who_is_on_call(pagerduty: PagerDutyUnderTest) -> None:
    def read() -> list[dict[str, Any]]:
        with rest(pagerduty) as client:
            wanted = {"earliest": True, "include[]": ["users"], "escalation_policy_ids[]": ["PPOL001"]}
            return client.list_all("oncalls", params=wanted)  # type: ignore[no-any-return]  # JSON

    first, second = await asyncio.to_thread(read)
    assert (first["escalation_level"], first["user"]["email"]) == (1, "bob@example.com")
    # The clock stands on a Monday at 06:11: the shift that began a week ago at nine is still running.
    assert (first["start"], first["end"]) == ("2026-02-23T09:00:00Z", "2026-03-02T09:00:00Z")
    assert (second["escalation_level"], second["user"]["name"]) == (2, "Kim Keller")
    assert (second["start"], second["end"], second["schedule"]) == (None, None, None)


async def test_the_client_sees_who_comes_next(pagerduty: PagerDutyUnderTest) -> None:
    def read(**more: Any) -> list[tuple[Any, ...]]:
        with rest(pagerduty) as client:
            wanted = {"since": "2026-03-02T06:12:00Z", "until": "2026-03-12T06:12:00Z", "include[]": ["users"], **more}
            found = client.list_all("oncalls", params=wanted)
            shifts = [one for one in found if one["start"]]
            return [(one["user"]["name"], one["start"], one["end"]) for one in shifts]

    checkout = {"escalation_policy_ids[]": ["PPOL001"]}
    assert await asyncio.to_thread(read, **checkout) == [
        ("Bob Brown", "2026-02-23T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("Kim Keller", "2026-03-02T09:00:00Z", "2026-03-09T09:00:00Z"),
        ("Bob Brown", "2026-03-09T09:00:00Z", "2026-03-16T09:00:00Z"),
    ]
    # Nobody has the first day of the week after this one.
    assert (await asyncio.to_thread(read, **{"escalation_policy_ids[]": ["PPOL002"]}))[:2] == [
        ("Ann Adams", "2026-02-23T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("Sam Stone", "2026-03-03T09:00:00Z", "2026-03-09T09:00:00Z"),
    ]
    first = await asyncio.to_thread(read, **checkout, earliest=True)
    assert [name for name, *_ in first] == ["Bob Brown", "Kim Keller"]


@pytest.mark.parametrize("until", ["2026-03-01T00:00:00Z", "2026-09-01T00:00:00Z", "soon"])
async def test_a_stretch_of_time_that_makes_no_sense_is_refused(pagerduty: PagerDutyUnderTest, until: str) -> None:
    def read() -> object:
        with rest(pagerduty) as client:
            return client.rget("/oncalls", params={"since": "2026-03-02T06:12:00Z", "until": until})

    with pytest.raises(vendor.HttpError, match="400"):
        await asyncio.to_thread(read)


@pytest.mark.parametrize(
    ("key", "sender", "status"), [("wrong", "ann@example.com", 401), (API_KEY, "nobody@example.com", 400)]
)
async def test_the_client_raises_what_is_refused(
    pagerduty: PagerDutyUnderTest, key: str, sender: str, status: int
) -> None:
    def write() -> None:
        with rest(pagerduty, key, sender) as client:
            client.rpost("/incidents", json={"type": "incident", "title": "x", "service": {"id": "PSVC001"}})

    with pytest.raises(vendor.HttpError) as refused:
        await asyncio.to_thread(write)
    answer = refused.value.response
    assert answer is not None
    assert answer.status_code == status


async def test_the_events_client_raises_acknowledges_and_resolves(pagerduty: PagerDutyUnderTest) -> None:
    def story() -> None:
        with LoopbackEvents(ROUTING_KEY, base_url=f"{pagerduty.url}/pagerduty-events") as client:
            key = client.trigger("Disk full", "db1", severity="critical", custom_details={"mount": "/var"})
            client.acknowledge(key)
            client.trigger("Disk full", "db1", dedup_key=key, severity="critical")
            client.resolve(key)

    await asyncio.to_thread(story)
    (incident,) = pagerduty.account.ledger.incidents()
    assert (incident.title, incident.status, incident.urgency) == ("Disk full", "resolved", "high")
    alerts = (await pagerduty.http.get(f"/incidents/{incident.id}/alerts")).json()["alerts"]
    assert [(one["status"], one["body"]["details"]) for one in alerts] == [("resolved", {"mount": "/var"})]
    await pagerduty.account.deliveries.settled()
    assert len(pagerduty.receiver.received) == 3
