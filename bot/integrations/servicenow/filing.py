"""Opens a record once, and brings it to where our incident is: both look before they write."""

from collections.abc import Mapping
from typing import Final

from bot.domain.errors import NotFound
from bot.domain.ticket import RecordDraft, RecordKind, Ticket, TicketState
from bot.integrations.servicenow.client import Client
from bot.integrations.servicenow.settings import ServiceNowSettings
from bot.integrations.servicenow.shapes import Kept, whole
from bot.integrations.servicenow.webhook import TABLES

_RANKED: Final = (("1", "1"), ("1", "2"), ("2", "2"), ("2", "3"), ("3", "3"))
"""Impact and urgency by our severity: from them ServiceNow computes the priority, 1 to 5."""
_OURS: Final = "Daywatch"


class Filing:
    """A record of ours bears our incident in `correlation_id`, and in `correlation_display` the last step it took."""

    def __init__(self, client: Client, settings: ServiceNowSettings) -> None:
        self._client, self._settings = client, settings

    async def register(self, draft: RecordDraft) -> Ticket:
        found = await self._find(draft.once, draft.kind)
        if found is None:
            found = await self._client.create(TABLES[draft.kind], self._fields(draft), Kept)
        return self._ticket(found, draft.kind)

    async def follow(self, once: str, kind: RecordKind, *, done: bool, words: str, step: str) -> None:
        found = await self._find(once, kind)
        if found is None:
            raise NotFound(f"{self._client.title} has no record {once} (any more)")
        last = f"{_OURS} {step}"
        if found.correlation_display == last:
            return
        fields = {
            "work_notes": words[:4_000],
            "correlation_display": last,
            **self._moved(found, kind, words, done=done),
        }
        await self._client.change(TABLES[kind], found.sys_id, fields)

    def _moved(self, found: Kept, kind: RecordKind, words: str, *, done: bool) -> Mapping[str, str]:
        """Only incidents are resolved and opened again: a change has an approval and a review of its own."""
        ours, state = self._settings, whole(found.state)
        resolved = whole(ours.resolved_state)
        over = {whole(one) for one in ours.over_states}
        if kind is not RecordKind.INCIDENT or state is None:
            return {}
        if done and state not in over:
            notes = {"close_code": ours.close_code, "close_notes": words[:4_000]}
            return {"state": ours.resolved_state, **notes}
        return {"state": ours.open_state} if not done and state == resolved else {}

    def _fields(self, draft: RecordDraft) -> Mapping[str, str]:
        impact, urgency = _RANKED[min(max(draft.rank, 0), len(_RANKED) - 1)]
        kind = {"type": "emergency"} if draft.kind is RecordKind.CHANGE else {}
        more = self._settings.change_fields if draft.kind is RecordKind.CHANGE else self._settings.incident_fields
        return {
            **more,
            **kind,
            "short_description": " ".join(draft.title.split())[:160] or "Without a title",
            "description": draft.body[:4_000],
            "impact": impact,
            "urgency": urgency,
            "correlation_id": draft.once,
            "correlation_display": _OURS,
        }

    async def _find(self, once: str, kind: RecordKind) -> Kept | None:
        """Looked at again: a field that the instance does not know would find any record."""
        query = f"correlation_id={once.replace('^', '')}^ORDERBYsys_created_on"
        rows = (await self._client.all(TABLES[kind], query, Kept)).rows
        return next((row for row in rows if row.correlation_id == once), None)

    def _ticket(self, row: Kept, kind: RecordKind) -> Ticket:
        over = whole(row.state) in {whole(one) for one in self._settings.over_states}
        state = TicketState.DONE if kind is RecordKind.INCIDENT and over else TicketState.NEW
        return Ticket(key=row.number or row.sys_id, url=self._client.page(TABLES[kind], row.sys_id), state=state)
