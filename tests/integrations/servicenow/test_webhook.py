"""News of our records in ServiceNow: sent by a business rule or fetched, the same news either way."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from bot.domain.capabilities import Notice
from bot.domain.errors import Unreadable
from bot.domain.ticket import RecordKind, RecordMoved
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.servicenow.adapter import ServiceNow
from bot.integrations.servicenow.following import Following
from bot.integrations.servicenow.settings import ServiceNowSettings
from bot.integrations.servicenow.webhook import ServiceNowWebhook
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.servicenow.scripted import CHANGES, INCIDENTS, SECRET, rows
from tests.integrations.servicenow.test_adapter import NOW, servicenow

FIXTURES: Final = Path(__file__).parent / "fixtures"
CLOSED: Final = json.loads((FIXTURES / "incident.closed.json").read_bytes())
SETTINGS: Final = ServiceNowSettings(webhook_secret=SecretStr(SECRET), username="Daywatch")
HOOK: Final = ServiceNowWebhook.reading(SETTINGS)


def read(**changed: Any) -> Sequence[Notice]:
    return HOOK.parse(json.dumps({**CLOSED, **changed}).encode())


def test_a_closed_record_is_known_by_what_it_bears() -> None:
    (news,) = read()
    assert news == RecordMoved(
        source="servicenow",
        once="daywatch-inc-7",
        kind=RecordKind.INCIDENT,
        key="INC0010042",
        done=True,
        occurred_at=datetime(2026, 11, 23, 8, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("changed", "done"),
    [
        ({"state": "2", "active": "true"}, False),
        ({"state": "6", "active": "true"}, True),
        ({"state": "3.0", "active": "true", "table": "change_request"}, True),
        ({"state": "-1", "active": True, "table": "change_request"}, False),
        ({"state": "4", "active": None, "table": "change_request"}, True),
        ({"state": "2", "active": "false"}, True),
    ],
)
def test_over_is_what_is_not_active_or_in_a_last_state(changed: dict[str, Any], done: bool) -> None:  # noqa: FBT001 - a table of cases
    (news,) = read(**changed)
    assert isinstance(news, RecordMoved)
    assert news.done is done


@pytest.mark.parametrize(
    "changed",
    [
        {"correlation_id": ""},
        {"correlation_id": "pagerduty-7"},
        {"correlation_id": "daywatch-inc-7^active=true"},
        {"table": "problem"},
        {"updated_by": "daywatch"},
    ],
)
def test_other_records_and_our_own_echo_are_nothing(changed: dict[str, Any]) -> None:
    assert read(**changed) == []


def test_a_time_in_another_form_is_told_and_not_guessed() -> None:
    with pytest.raises(Unreadable, match="updated_at is not a time"):
        read(updated_at="23/11/2026 09:12")


async def test_what_is_sent_and_what_is_fetched_are_one_delivery() -> None:
    row = {**{key: CLOSED[key] for key in ("sys_id", "number", "correlation_id", "state", "active")}}
    row |= {"sys_updated_on": CLOSED["updated_at"], "sys_updated_by": "ana.ops"}
    stranger = {**row, "sys_id": "2" * 32, "correlation_id": ""}
    asked: list[str] = []

    def desk(request: Request) -> Canned:
        asked.append(request.query["sysparm_query"][0])
        return {INCIDENTS: rows(row, stranger), CHANGES: rows()}[request.line]

    async with servicenow(server=desk) as ours:
        found = await ours.arrived(None)
        (one,) = found.notices
        body = json.dumps(CLOSED).encode()
        assert (one.key, one.object_key) == (HOOK.delivery_key({}, body), HOOK.object_key(body))
        assert ours.parse(one.body) == list(read())
        assert found.upto == "2026-11-23 08:12:00"
        assert "sys_updated_on>=2026-11-22 08:30:00" in asked[0]
        before = len(asked)
        # Instances count our calls: until some minutes are over nobody is asked.
        assert await ours.arrived(found.upto) == type(found)(notices=(), upto=found.upto)
        assert len(asked) == before


async def test_the_next_look_begins_where_the_last_one_ended() -> None:
    asked: list[str] = []
    clock = [NOW]

    def desk(request: Request) -> Canned:
        asked.append(request.query["sysparm_query"][0])
        return rows()

    async with servicenow(server=desk) as ours:
        following = Following(ours._client, lambda: clock[0])
        upto = (await following.arrived("2026-11-23 08:00:00")).upto
        clock[0] += timedelta(minutes=6)
        await following.arrived(upto)
    assert upto == "2026-11-23 08:00:00"
    assert all("sys_updated_on>=2026-11-23 08:00:00" in query for query in asked)


async def test_a_table_that_is_hidden_from_us_keeps_no_news_of_the_other() -> None:
    row = {key: CLOSED[key] for key in ("sys_id", "number", "correlation_id", "state", "active")}
    seen = {INCIDENTS: rows({**row, "sys_updated_on": CLOSED["updated_at"]}), CHANGES: told({"error": {}}, 403)}
    async with servicenow(seen) as ours:
        assert len((await ours.arrived(None)).notices) == 1


def test_with_the_secret_alone_nothing_is_asked() -> None:
    assert SETTINGS.on("inbound")
    assert ServiceNow.connect(SETTINGS, Wiring(outside=Outside())) is None
