"""The rules of an incident: names, severity, whose service it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import Alert, AlertState, Urgency
from bot.domain.incident import OPEN, Incident, State, channel_name, number_of, service_of, severity_in, severity_of
from bot.domain.plan import Match, Plan, Service, Severity
from tests.features.incidents.world import BEGAN
from tests.slack.hostile import TEXTS

PLAN = Plan(
    services=(
        Service(name="checkout", match=Match(pagerduty="PSVC001")),
        Service(name="search", match=Match(labels={"team": "find", "env": "prod"})),
        Service(name="billing", match=Match(name="Billing API")),
        Service(name="storage", match=Match(opsgenie="t1")),
    )
)


def alert(**values: object) -> Alert:
    usual = {"source": "s", "id": "1", "title": "t", "state": AlertState.FIRING, "occurred_at": BEGAN}
    return Alert(**usual | values)  # type: ignore[arg-type] # each value has its field's type


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"priority": "P1", "urgency": Urgency.LOW}, "sev1"),
        ({"priority": "P4", "urgency": Urgency.HIGH}, "sev4"),
        ({"priority": "SEV2"}, "sev2"),
        ({"priority": "sev-3 customer"}, "sev3"),
        ({"priority": "Top", "urgency": Urgency.HIGH}, "sev2"),
        ({"urgency": Urgency.HIGH}, "sev2"),
        ({"urgency": Urgency.LOW}, "sev4"),
        ({"labels": {"severity": "Critical"}}, "sev2"),
        ({"labels": {"severity": "page"}}, "sev2"),
        ({"labels": {"severity": "warning"}}, "sev3"),
        ({"labels": {"severity": "info"}}, "sev4"),
        ({}, "sev2"),
    ],
)
def test_severity_follows_priority_then_urgency_then_label(values: dict[str, object], severity: str) -> None:
    assert severity_of(alert(**values), PLAN) == severity


def test_fewer_severities_take_what_is_below_them() -> None:
    two = Plan(severities=(Severity(key="bad", name="Bad", word="bad"), Severity(key="meh", name="Meh", word="meh")))
    assert [severity_of(alert(priority=f"P{n}"), two) for n in (1, 2, 3, 4)] == ["bad", "meh", "meh", "meh"]


@pytest.mark.parametrize(
    ("values", "service"),
    [
        ({"service_ref": "PSVC001", "service_name": "search"}, "checkout"),
        ({"labels": {"team": "find", "env": "prod", "x": "y"}}, "search"),
        ({"labels": {"team": "find"}}, None),
        ({"service_name": "CHECKOUT"}, "checkout"),
        ({"labels": {"service": "billing"}}, "billing"),
        ({"service_name": "billing api"}, "billing"),
        ({"service_ref": "t1"}, "storage"),
        ({"service_name": ""}, None),
        ({}, None),
    ],
)
def test_a_service_is_known_by_id_then_labels_then_name(values: dict[str, object], service: str | None) -> None:
    assert service_of(alert(**values), PLAN) == service


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Checkout: 5xx at 12 %", "inc-142-checkout-5xx-at-12"),
        ("", "inc-142"),
        ("🔥🔥🔥", "inc-142"),
        ("---", "inc-142"),
        ("Zahlung läuft nicht", "inc-142-zahlung-lauft-nicht"),
        ("检索很慢", "inc-142-jian-suo-hen-man"),
    ],
)
def test_a_channels_name_can_be_read(title: str, name: str) -> None:
    assert channel_name("inc", 142, title) == name


@given(st.text(max_size=400) | st.sampled_from(sorted(TEXTS.values())), st.integers(1, 10**9))
def test_any_title_makes_a_name_that_slack_takes(title: str, number: int) -> None:
    name = channel_name("inc", number, title)
    assert re.fullmatch(r"[a-z0-9_-]{1,80}", name)
    assert name.startswith(f"inc-{number}")
    assert not name.endswith(("-", "_"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("INC-142", 142),
        ("inc142", 142),
        (" #142 ", 142),
        ("142", 142),
        ("INC-", None),
        ("INC-142x", None),
        ("", None),
        ("9" * 13, None),
        ("-1", None),
    ],
)
def test_a_number_is_read_from_what_people_write(text: str, number: int | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "left", "severity"),
    [
        ("checkout is slow sev2", "checkout is slow", "sev2"),
        ("SEV1 all is down", "all is down", "sev1"),
        ("sev 3: a bit slow", ": a bit slow", "sev3"),
        ("sev9 is not one", "sev9 is not one", None),
        ("several things", "several things", None),
        ("", "", None),
    ],
)
def test_a_severity_is_taken_out_of_typed_words(text: str, left: str, severity: str | None) -> None:
    assert severity_in(text, PLAN) == (left, severity)


def test_own_names_of_severities_are_found_too() -> None:
    own = Plan(severities=(Severity(key="p.1", name="P1", word="bad"), Severity(key="p.2", name="P2", word="meh")))
    assert severity_in("down p.1", own) == ("down", "p.1")
    assert severity_in("down px1", own) == ("down px1", None)
    assert severity_in("down sev2", own) == ("down", "p.2")


def test_whoever_has_a_part_in_it_belongs_to_it() -> None:
    incident = Incident(
        id=1,
        title="t",
        severity="sev1",
        status=State.INVESTIGATING,
        team="ops",
        opened_at=BEGAN,
        changed_at=BEGAN,
        lead="U1",
        scribe="U2",
        declared_by="U3",
        responders=("U4",),
    )
    assert [incident.involves(user) for user in ("U1", "U2", "U3", "U4", "U5")] == [True] * 4 + [False]
    assert [state.open for state in State] == [state in OPEN for state in State]
