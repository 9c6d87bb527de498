"""The structured settings: spans, zones, sizes, and names that fit together."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.domain.plan import IncidentRules, Permissions, Plan, SecretFrom, Service, SlackRules, Team, size_in_bytes


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("30m", timedelta(minutes=30)),
        (" 2 h ", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_spans_are_written_as_people_say_them(text: str, span: timedelta) -> None:
    assert IncidentRules.model_validate({"join_window": text}).join_window == span


@pytest.mark.parametrize("text", ["", "30", "m", "1.5h", "-5m", "half an hour"])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="write a number and a unit"):
        IncidentRules.model_validate({"join_window": text})


@pytest.mark.parametrize(("text", "size"), [("500MB", 500_000_000), ("1GiB", 2**30), ("1.5 kb", 1500), ("7B", 7)])
def test_sizes_are_read_with_their_units(text: str, size: int) -> None:
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "5", "GB", "5 XB", "-1GB"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a size such as"):
        size_in_bytes(text)


@pytest.mark.parametrize("prefix", ["inc", "incident", "a-b_c1"])
def test_a_channel_prefix_is_one_slack_takes(prefix: str) -> None:
    assert IncidentRules(channel_prefix=prefix).channel_prefix == prefix


@pytest.mark.parametrize("prefix", ["", "Inc", "-inc", "in c", "x" * 30])
def test_another_channel_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError):
        IncidentRules(channel_prefix=prefix)


@pytest.mark.parametrize("prefix", ["DW-", "dw ", "/dw", "x" * 20])
def test_a_command_prefix_is_plain(prefix: str) -> None:
    with pytest.raises(ValidationError):
        SlackRules(command_prefix=prefix)


def test_a_secret_has_exactly_one_place() -> None:
    for wrong in ({}, {"env": "A", "file": "/b"}):
        with pytest.raises(ValidationError, match="exactly one"):
            SecretFrom.model_validate(wrong)


def test_a_team_is_found_by_its_service_and_else_the_first() -> None:
    plan = Plan(
        teams=(Team(name="a"), Team(name="b", services=("search",))),
        services=(Service(name="search"), Service(name="x")),
    )
    assert [plan.team_of(name).name for name in ("search", "x", None)] == ["b", "a", "a"]
    assert plan.service("search") is not None
    assert plan.service(None) is None


def test_severities_are_ranked_from_the_worst_and_unknown_ones_are_mildest() -> None:
    plan = Plan()
    assert [plan.rank(key) for key in ("sev1", "sev4", "gone")] == [0, 3, 3]
    assert plan.severity("gone").key == "sev4"


@pytest.mark.parametrize("given", [{"teams": []}, {"severities": []}, {"nonsense": 1}, {"services": [{"name": ""}]}])
def test_what_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Plan.model_validate(given)


@pytest.mark.parametrize(
    ("beat", "words"),
    [
        ({}, "either a schedule"),
        ({"schedule": "0 2 * * *", "within": "90d"}, "either a schedule"),
        ({"within": "90d", "restores": "gone"}, "not under heartbeats"),
    ],
)
def test_a_heartbeat_has_a_schedule_or_is_a_restore_test_of_one(beat: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Plan.model_validate({"heartbeats": [{"name": "x", "token": {"env": "T"}, **beat}]})


def test_permissions_are_given_as_soon_as_anybody_is_named() -> None:
    assert not Permissions().given
    assert Permissions(admin=("U1",)).given
