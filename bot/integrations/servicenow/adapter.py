"""ServiceNow's answers to the morning checklist, and the records that are opened there from our incidents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.domain.capabilities import Arrivals, DailyCheck, Notice, Probe, Registry, Source
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotAuthorised, NotInstalled
from bot.domain.ticket import RecordDraft, RecordKind, Ticket
from bot.integrations import Wiring
from bot.integrations.servicenow import judge
from bot.integrations.servicenow.client import RIGHTS, Client, Listed
from bot.integrations.servicenow.filing import Filing
from bot.integrations.servicenow.following import Following
from bot.integrations.servicenow.login import api_of
from bot.integrations.servicenow.settings import ServiceNowSettings
from bot.integrations.servicenow.shapes import Alert, Approval, Change, Incident, Row, moment, whole
from bot.integrations.servicenow.webhook import SOURCE, told
from bot.integrations.together import both

R = TypeVar("R", bound=Row)
_ORDER: Final = "ORDERBYsys_id"


class ServiceNow(DailyCheck, Registry, Source, Probe):
    def __init__(self, client: Client, settings: ServiceNowSettings, wiring: Wiring) -> None:
        self._client, self._settings, self._wiring = client, settings, wiring
        self._filing = Filing(client, settings)
        self._following = Following(client, wiring.outside.now)

    @classmethod
    def connect(cls, settings: ServiceNowSettings, wiring: Wiring) -> "ServiceNow | None":
        if not settings.on("read"):
            return None
        return cls(Client(api_of(settings, wiring)), settings, wiring)

    @property
    def kept_in(self) -> str:
        return self._client.title

    async def register(self, draft: RecordDraft) -> Ticket:
        return await self._filing.register(draft)

    async def follow(self, once: str, kind: RecordKind, *, done: bool, words: str, step: str) -> None:
        await self._filing.follow(once, kind, done=done, words=words, step=step)

    @property
    def source(self) -> str:
        return SOURCE

    async def arrived(self, after: str | None) -> Arrivals:
        return await self._following.arrived(after)

    def parse(self, body: bytes) -> Sequence[Notice]:
        return told(body, self._settings)

    def checks(self) -> Sequence[Check]:
        declared = (
            ("incidents", Item.INCIDENTS, "Is an urgent incident open, or nobody's?", self.incidents),
            ("changes", Item.DEPLOYMENTS, "Do today's changes go as planned?", self.changes),
            ("approvals", Item.DEPLOYMENTS, "Does an approval wait?", self.approvals),
            ("alerts", Item.ALERTING, "Is a monitoring alert open that nobody handles?", self.alerts),
        )
        here = self._wiring.instance
        return [
            Check(name=f"servicenow.{what}", item=item, question=question, ask=ask, instance=here, patience=25.0)
            for what, item, question, ask in declared
        ]

    async def incidents(self) -> Answer:
        wiring, check, over = self._wiring, "servicenow.incidents", self._settings.over_states
        limits = judge.IncidentLimits(
            fail=wiring.limit(check, "fail_priority", 1),
            warn=wiring.limit(check, "warn_priority", 2),
            unassigned=timedelta(minutes=wiring.limit(check, "unassigned_minutes", 30)),
        )
        lowest = max(limits.fail, limits.warn)
        states = [f"state!={_safe(state)}" for state in over]
        query = _all_of("active=true", f"priority<={lowest:.0f}", *states, self._ours("assignment_group"))
        found = await self._listed("incident", query, Incident)
        open_ = [row for row in found.rows if row.active != "false" and not _is(row.state, over)]
        answer = judge.incidents(open_, wiring.outside.now(), limits, partial(self._client.page, "incident"))
        return self._told(answer, "incident", query, found.hidden)

    async def changes(self) -> Answer:
        now, ours = self._wiring.outside.now(), self._settings
        begin, end = self._today(now)
        today = _all_of(
            f"start_date<={_written(end)}",
            f"end_date>={_written(begin)}",
            f"state!={_safe(ours.cancelled_state)}",
            self._ours("assignment_group"),
        )
        late = _all_of(
            f"state={_safe(ours.implement_state)}", f"end_date<{_written(now)}", self._ours("assignment_group")
        )
        planned, overdue = await both(
            self._listed("change_request", today, Change), self._listed("change_request", late, Change)
        )
        found = {row.sys_id: row for row in (*planned.rows, *overdue.rows)}.values()
        answer = judge.changes(
            [row for row in planned.rows if self._is_today(row, begin, end)],
            [row for row in found if self._is_late(row, now)],
            now,
            partial(self._client.page, "change_request"),
        )
        return self._told(answer, "change_request", today, max(planned.hidden, overdue.hidden))

    async def approvals(self) -> Answer:
        query = _all_of("state=requested", self._ours("sysapproval.assignment_group"))
        found = await self._listed("sysapproval_approver", query, Approval)
        waiting = [row for row in found.rows if row.state in ("requested", "")]
        patience = timedelta(days=self._wiring.limit("servicenow.approvals", "fail_days", 3))
        page = partial(self._client.page, "sysapproval_approver")
        answer = judge.approvals(waiting, self._wiring.outside.now(), patience, page)
        return self._told(answer, "sysapproval_approver", query, found.hidden)

    async def alerts(self) -> Answer:
        wiring, check = self._wiring, "servicenow.alerts"
        limits = judge.AlertLimits(
            fail=wiring.limit(check, "fail_severity", 1), warn=wiring.limit(check, "warn_severity", 3)
        )
        severe = f"severity<={max(limits.fail, limits.warn):.0f}"
        query = _all_of("state!=Closed", severe, self._ours("assignment_group"))
        found = await self._listed("em_alert", query, Alert)
        open_ = [row for row in found.rows if row.state.strip().lower() != "closed"]
        answer = judge.alerts(open_, limits, partial(self._client.page, "em_alert"))
        return self._told(answer, "em_alert", query, found.hidden)

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tried: list[tuple[str, str | None]] = []
        for table, right in RIGHTS.items():
            try:
                seen = await self._client.any(table)
            except NotInstalled:
                continue
            except NotAuthorised as error:
                tried.append((right, str(error)))
            else:
                tried.append((right, None if seen else _unseen(table)))
        return tried

    async def _listed(self, table: str, query: str, kind: type[R]) -> Listed[R]:
        """An empty list proves something only where rows of the table can be seen."""
        found = await self._client.all(table, f"{query}^{_ORDER}", kind)
        if not found.rows and not await self._client.any(table):
            raise NotAuthorised(_unseen(table))
        return found

    def _told(self, answer: Answer, table: str, query: str, hidden: int) -> Answer:
        return replace(judge.with_hidden(answer, hidden, RIGHTS[table]), link=self._client.list_page(table, query))

    def _ours(self, field: str) -> str:
        names = [_safe(name) for name in self._settings.groups]
        return f"{field}.nameIN{','.join(names)}" if names else ""

    def _today(self, now: datetime) -> tuple[datetime, datetime]:
        """From the first beginning of a team's day to the last end of one."""
        days = [(now.astimezone(ZoneInfo(zone)).date(), ZoneInfo(zone)) for zone in self._wiring.zones]
        begin = min(datetime.combine(day, time.min, zone) for day, zone in days)
        return begin, max(datetime.combine(day, time.max, zone) for day, zone in days)

    def _is_today(self, row: Change, begin: datetime, end: datetime) -> bool:
        """Looked at again, since a query that the instance does not understand finds everything."""
        starts, ends = moment(row.start_date), moment(row.end_date)
        in_time = (starts is None or starts <= end) and (ends is None or ends >= begin)
        return in_time and not _is(row.state, (self._settings.cancelled_state,))

    def _is_late(self, row: Change, now: datetime) -> bool:
        ends = moment(row.end_date)
        return ends is not None and ends < now and _is(row.state, (self._settings.implement_state,))


def _all_of(*conditions: str) -> str:
    return "^".join(one for one in conditions if one)


def _safe(text: str) -> str:
    """A value inside a query: a caret would begin a condition of its own."""
    return text.replace("^", "").strip()


def _is(state: str, wanted: Sequence[str]) -> bool:
    number = whole(state)
    return state in wanted or (number is not None and number in {whole(one) for one in wanted})


def _written(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S}"


def _unseen(table: str) -> str:
    return (
        f"ServiceNow shows no row of {table} at all. Give the user the right to {RIGHTS[table]}, or there is none yet."
    )
