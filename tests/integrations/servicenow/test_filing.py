"""Records in ServiceNow: opened once, found by what they bear, and never moved against their own people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from bot.domain.errors import NotAuthorised, NotFound, Unavailable
from bot.domain.ticket import RecordDraft, RecordKind
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.servicenow.scripted import incident, rows
from tests.integrations.servicenow.test_adapter import servicenow

DRAFT: Final = RecordDraft(
    once="daywatch-inc-7", kind=RecordKind.INCIDENT, title="Checkout\nis slow", body="From Slack", rank=1
)


@dataclass(slots=True)
class Desk:
    """Keeps rows as the Table API does; `lost` answers get lost after they were applied."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    lost: int = 0
    writes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    ignores_queries: bool = False

    def __call__(self, request: Request) -> Canned:
        *_, table = request.path.removeprefix("/api/now/v2/table/").split("/")[:1]
        if request.method == "GET":
            wanted = request.query["sysparm_query"][0].partition("^")[0].removeprefix("correlation_id=")
            found = [one for one in self.rows.values() if one["table"] == table]
            return rows(*(one for one in found if self.ignores_queries or one.get("correlation_id") == wanted))
        body = json.loads(request.body)
        self.writes.append((request.line, body))
        if request.method == "POST":
            sys_id = f"{len(self.rows):032x}"
            number = f"{'INC' if table == 'incident' else 'CHG'}{len(self.rows):07}"
            self.rows[sys_id] = {"sys_id": sys_id, "number": number, "state": "1", **body, "table": table}
        else:
            sys_id = request.path.rpartition("/")[2]
            self.rows[sys_id] |= body
        if self.lost:
            self.lost -= 1
            return Canned(body=b"{", status=200)
        return told({"result": self.rows[sys_id]}, 201 if request.method == "POST" else 200)

    @property
    def only(self) -> dict[str, Any]:
        (one,) = self.rows.values()
        return one


async def test_an_incident_is_opened_as_documented_and_linked() -> None:
    desk = Desk()
    async with servicenow(server=desk, incident_fields={"caller_id": "a1", "impact": "9"}) as ours:
        ticket = await ours.register(DRAFT)
    ((line, body),) = desk.writes
    assert line == "POST /api/now/v2/table/incident"
    assert body == {
        "caller_id": "a1",
        "short_description": "Checkout is slow",
        "description": "From Slack",
        "impact": "1",
        "urgency": "2",
        "correlation_id": "daywatch-inc-7",
        "correlation_display": "Daywatch",
    }
    assert ticket.key == "INC0000000"
    assert ticket.url.endswith(f"/incident.do?sys_id={0:032x}")


async def test_a_repeat_finds_the_first_also_when_its_answer_was_lost() -> None:
    desk = Desk(lost=1)
    async with servicenow(server=desk) as ours:
        with pytest.raises(Unavailable):
            await ours.register(DRAFT)
        assert (await ours.register(DRAFT)).key == "INC0000000"
        assert (await ours.register(DRAFT)).key == "INC0000000"
    assert len(desk.writes) == 1


async def test_a_query_that_finds_anything_adopts_nobody_else_s_record() -> None:
    desk = Desk(rows={"1": incident(1, correlation_id="theirs", table="incident")}, ignores_queries=True)
    async with servicenow(server=desk) as ours:
        assert (await ours.register(DRAFT)).key == "INC0000001"
        with pytest.raises(NotFound):
            await ours.follow("other", RecordKind.INCIDENT, done=True, words="x", step="1")
    assert desk.rows["1"].get("work_notes") is None


async def test_a_record_is_resolved_once_and_opened_again() -> None:
    desk = Desk()
    async with servicenow(server=desk) as ours:
        await ours.register(DRAFT)
        for _ in range(2):
            await ours.follow(DRAFT.once, DRAFT.kind, done=True, words="INC-7: fixed", step="resolved:1")
        assert len(desk.writes) == 2
        assert desk.only["state"] == "6"
        assert (desk.only["close_code"], desk.only["close_notes"]) == ("Solution provided", "INC-7: fixed")
        assert desk.only["work_notes"] == "INC-7: fixed"
        await ours.follow(DRAFT.once, DRAFT.kind, done=False, words="INC-7: Reopened", step="reopened:1")
        assert desk.only["state"] == "2"
        await ours.follow(DRAFT.once, DRAFT.kind, done=False, words="INC-7: an update", step="update:5")
    assert "state" not in desk.writes[-1][1]


async def test_what_its_own_people_closed_stays_closed_and_a_change_is_never_moved() -> None:
    desk = Desk()
    async with servicenow(server=desk) as ours:
        await ours.register(DRAFT)
        desk.only["state"] = "7"
        await ours.follow(DRAFT.once, DRAFT.kind, done=False, words="Reopened", step="reopened:1")
        assert desk.only["state"] == "7"
        change = RecordDraft(once=DRAFT.once, kind=RecordKind.CHANGE, title="", body="", rank=9)
        assert (await ours.register(change)).key == "CHG0000001"
        await ours.follow(change.once, change.kind, done=True, words="fixed", step="resolved:1")
    assert desk.writes[2][1]["type"] == "emergency"
    assert desk.writes[2][1]["short_description"] == "Without a title"
    assert sorted(desk.writes[3][1]) == ["correlation_display", "work_notes"]


async def test_a_refusal_says_which_right_is_missing() -> None:
    def server(request: Request) -> Canned:
        return rows() if request.method == "GET" else told({"error": {"message": "no"}, "status": "failure"}, 403)

    async with servicenow(server=server) as ours:
        with pytest.raises(NotAuthorised, match="create rows of incident"):
            await ours.register(DRAFT)
