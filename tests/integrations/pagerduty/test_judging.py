"""When PagerDuty's morning answers are good, when they are not, and when nobody can tell."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.check import Status
from bot.integrations.pagerduty import judging
from bot.integrations.pagerduty.client import Listing
from bot.integrations.pagerduty.payloads import Duty, Incident, Policy, Service, Subscription, Window

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
DAY = timedelta(hours=24)


def incident(**other: Any) -> Incident:
    created = NOW - timedelta(weeks=5)
    return Incident.model_validate(
        {"id": "P1", "title": "Disk full", "status": "triggered", "urgency": "high", "created_at": created} | other
    )


def acknowledged(hours: float, **other: Any) -> Incident:
    at = NOW - timedelta(hours=hours)
    return incident(status="acknowledged", acknowledgements=[{"at": at}], **other)


def policy(name: str = "E1") -> Policy:
    return Policy(id=name, name=f"Policy {name}")


def duty(policy_id: str = "E1", level: int = 1, **other: Any) -> Duty:
    who = {"id": "U1", "name": "Ana Ops", "email": "ana@example.com"}
    whole = {"escalation_level": level, "escalation_policy": {"id": policy_id}, "user": who, **other}
    return Duty.model_validate(whole)


def service(status: str, name: str = "S1") -> Service:
    return Service(id=name, name=f"Service {name}", status=status)


def window(**other: Any) -> Window:
    return Window.model_validate({"id": "W1", "description": "Move", "start_time": NOW - DAY, **other})


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ([], Status.OK),
        ([incident(urgency="low")], Status.WARN),
        ([acknowledged(2)], Status.WARN),
        ([acknowledged(25)], Status.FAIL),
        ([acknowledged(25, urgency="low")], Status.FAIL),
        ([incident()], Status.FAIL),
        ([incident(urgency="low"), acknowledged(1), incident()], Status.FAIL),
        ([incident(urgency=None)], Status.FAIL),
        ([incident(status="resolved")], Status.OK),
        ([incident(status="of tomorrow")], Status.WARN),
    ],
)
def test_open_incidents(seen: list[Incident], status: Status) -> None:
    assert judging.incidents(Listing(seen), now=NOW, patience=DAY).status is status


def test_an_incident_shows_since_when_where_and_why() -> None:
    one = acknowledged(
        30, html_url="https://acme.pagerduty.com/incidents/P1", service={"id": "S1", "summary": "Checkout"}
    )
    (found,) = judging.incidents(Listing([one]), now=NOW, patience=DAY).evidence
    assert (found.key, found.title, found.url) == ("P1", "Disk full", "https://acme.pagerduty.com/incidents/P1")
    assert found.since == NOW - timedelta(weeks=5)
    assert found.detail == "acknowledged, high urgency, for longer than 24 h · Checkout"


def test_the_worst_and_then_the_oldest_incident_comes_first() -> None:
    young, old = incident(id="young", created_at=NOW), incident(id="old")
    told = judging.incidents(Listing([incident(id="low", urgency="low"), young, old]), now=NOW, patience=DAY)
    assert [one.key for one in told.evidence] == ["old", "young", "low"]
    assert told.summary == "3 open incidents, 2 of them need somebody now"


def test_a_list_seen_in_part_is_never_good_but_can_be_bad() -> None:
    part = judging.incidents(Listing([acknowledged(1)], complete=False, total=3_120), now=NOW, patience=DAY)
    assert (part.status, part.reason) == (Status.UNKNOWN, "saw 1 of 3,120 incidents, so unknown")
    assert part.evidence
    assert judging.incidents(Listing([incident()], complete=False), now=NOW, patience=DAY).status is Status.FAIL
    assert judging.services(Listing([service("active")], complete=False)).status is Status.UNKNOWN


def test_a_hostile_title_is_one_short_line_and_a_strange_address_no_link() -> None:
    one = incident(
        title="<!channel>\n\u202ehttps://user:pw@evil.example/?token=1 " + "x" * 900, html_url="javascript:alert(1)"
    )
    (found,) = judging.incidents(Listing([one]), now=NOW, patience=DAY).evidence
    assert len(found.title) <= 80
    assert "\n" not in found.title
    assert "pw@" not in found.title
    assert found.url is None


@pytest.mark.parametrize("address", [None, "", "ftp://x/y", "https://", "https://[", "https://x/" + "y" * 3_000])
def test_only_a_plain_address_becomes_a_link(address: str | None) -> None:
    assert judging.link(address) is None


def test_somebody_at_the_first_level_of_every_policy_is_ok() -> None:
    told = judging.on_call(Listing([policy()]), Listing([duty()]), now=NOW)
    assert (told.status, told.summary) == (Status.OK, "somebody is on call for 1 escalation policy")
    assert told.evidence[0].detail == "on call: Ana Ops"


@pytest.mark.parametrize(
    "duties",
    [
        [],
        [duty(level=2)],
        [duty("E2")],
        [duty(start=NOW + DAY, end=NOW + 2 * DAY)],  # `earliest` also tells the next shift
        [duty(start=NOW - DAY, end=NOW)],
    ],
)
def test_a_policy_with_nobody_at_its_first_level_now_fails(duties: list[Duty]) -> None:
    told = judging.on_call(Listing([policy()]), Listing(duties), now=NOW)
    assert told.status is Status.FAIL
    assert told.evidence[0].detail == "nobody is on call at the first level"


def test_nobody_on_half_a_list_is_unknown() -> None:
    told = judging.on_call(Listing([policy()]), Listing([], complete=False), now=NOW)
    assert told.status is Status.UNKNOWN


def test_no_policies_and_no_services_are_no_evidence() -> None:
    assert judging.on_call(Listing([]), Listing([duty()]), now=NOW).status is Status.UNKNOWN
    assert judging.services(Listing([])).status is Status.UNKNOWN


def test_only_the_wanted_policies_count_and_a_missing_one_is_told() -> None:
    both = Listing([policy("E1"), policy("E2")])
    assert judging.on_call(both, Listing([duty("E1")]), now=NOW, wanted=["E1"]).status is Status.OK
    told = judging.on_call(both, Listing([duty("E1")]), now=NOW, wanted=["E1", "E9"])
    assert (told.status, told.reason) == (Status.UNKNOWN, "E9: not shown to us by PagerDuty")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", Status.OK),
        ("warning", Status.WARN),
        ("maintenance", Status.WARN),
        ("disabled", Status.WARN),
        ("critical", Status.FAIL),
        ("of tomorrow", Status.UNKNOWN),
    ],
)
def test_services(status: str, expected: Status) -> None:
    told = judging.services(Listing([service("active", "S0"), service(status)]))
    assert told.status is expected
    assert (told.reason is not None) == (expected is Status.UNKNOWN)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (NOW + timedelta(days=3), Status.OK),
        (NOW + timedelta(hours=5), Status.WARN),
        (NOW + timedelta(days=4_000), Status.WARN),
        (None, Status.WARN),
    ],
)
def test_maintenance_that_ends_soon_or_never_is_told(end: datetime | None, expected: Status) -> None:
    told = judging.maintenance(Listing([window(end_time=end)]), now=NOW)
    assert told.status is expected
    assert told.evidence  # listed even when all is well


def test_no_maintenance_is_ok() -> None:
    assert judging.maintenance(Listing([]), now=NOW).status is Status.OK


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, Status.OK),
        ({"active": False}, Status.FAIL),
        ({"delivery_method": {"temporarily_disabled": True}}, Status.FAIL),
        ({"events": ["incident.triggered"]}, Status.WARN),
        ({"events": ["incident.triggered", "incident.acknowledged", "incident.resolved"]}, Status.OK),
    ],
)
def test_our_webhook(other: dict[str, Any], expected: Status) -> None:
    whole = {"id": "WS1", "active": True, "delivery_method": {"temporarily_disabled": False}, **other}
    assert judging.webhook(Subscription.model_validate(whole)).status is expected
