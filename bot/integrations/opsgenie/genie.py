"""Opsgenie's own API, until it ends in April 2027."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from bot.domain.errors import NotFound
from bot.integrations.http import Api, segment
from bot.integrations.opsgenie.backend import PAGE, PAUSES, Responder, every_page, request_of, settled
from bot.integrations.opsgenie.shapes import (
    Alert,
    AlertPage,
    Answered,
    Found,
    Heartbeat,
    HeartbeatList,
    NotePage,
    OnCallList,
    OneAlert,
    OneHeartbeat,
    Outcome,
    OutcomeInside,
    ScheduleList,
    Watch,
)
from bot.integrations.response import Response
from bot.integrations.together import both

_READ: Final = "read alerts"
_CONFIGURED: Final = "access the configuration (schedules and heartbeats); a team's own key sees only that team"
_WRITE: Final = "create and update alerts"
_SOURCE: Final = "Daywatch"
_LONGEST_USER: Final = 100
_LONGEST_NOTE: Final = 25_000
_LONGEST_TITLE: Final = 130
_LONGEST_TEXT: Final = 15_000


class Genie:
    """https://docs.opsgenie.com/docs/api-overview"""

    names_who_acts = True

    def __init__(self, api: Api, *, pauses: Sequence[float] = PAUSES) -> None:
        self._api = api
        self._pauses = pauses

    async def answers(self) -> None:
        await self._api.get_as(Answered, "/v2/alerts/count", {"query": "status:open"}, right=_READ)

    async def open_alerts(self) -> Found:
        async def page(params: Mapping[str, str]) -> tuple[Sequence[Alert], str]:
            found = await self._api.get_as(AlertPage, "/v2/alerts", params, right=_READ)
            return found.data, found.paging.next

        first = {"query": "status:open", "sort": "createdAt", "order": "desc"}
        alerts, complete = await every_page(page, first, lambda one: one.id, size="limit")
        return Found(alerts=alerts, complete=complete)

    async def watches(self) -> Sequence[Watch]:
        """Every schedule, also one that the list of people on call leaves out because it has nobody."""
        listed, told = await both(
            self._api.get_as(ScheduleList, "/v2/schedules", right=_CONFIGURED),
            self._api.get_as(OnCallList, "/v2/schedules/on-calls", {"flat": "true"}, right=_CONFIGURED),
        )
        people = {one.parent.id: one.recipients for one in told.data}
        known = {one.id for one in listed.data}
        unlisted = [Watch(schedule=one.parent, people=None) for one in told.data if one.parent.id not in known]
        return [Watch(schedule=one, people=people.get(one.id, [])) for one in listed.data] + unlisted

    async def heartbeats(self, wanted: Sequence[str]) -> Sequence[Heartbeat]:
        if not wanted:
            return (await self._api.get_as(HeartbeatList, "/v2/heartbeats", right=_CONFIGURED)).data.heartbeats
        return [one for one in await asyncio.gather(*map(self._heartbeat, wanted)) if one is not None]

    async def _heartbeat(self, name: str) -> Heartbeat | None:
        try:
            found = await self._api.get_as(OneHeartbeat, f"/v2/heartbeats/{segment(name)}", right=_CONFIGURED)
        except NotFound:
            return None
        return found.data

    async def alert(self, alert: str) -> Alert:
        path = f"/v2/alerts/{segment(alert)}"
        return (await self._api.get_as(OneAlert, path, {"identifierType": "id"}, right=_READ)).data

    async def with_alias(self, alias: str) -> Alert | None:
        params = {"query": f'alias:"{alias}"', "limit": str(PAGE), "sort": "createdAt", "order": "desc"}
        found = await self._api.get_as(AlertPage, "/v2/alerts", params, right=_READ)
        return next((one for one in found.data if one.alias == alias), None)

    async def notes(self, alert: str) -> Sequence[str]:
        params = {"identifierType": "id", "limit": str(PAGE), "order": "desc"}
        path = f"/v2/alerts/{segment(alert)}/notes"
        return [one.note for one in (await self._api.get_as(NotePage, path, params, right=_READ)).data]

    async def acknowledge(self, alert: str, by: str) -> Outcome:
        return await self._act(alert, "acknowledge", _body(by))

    async def close(self, alert: str, by: str, words: str) -> Outcome:
        return await self._act(alert, "close", _body(by, words))

    async def note(self, alert: str, by: str, words: str) -> Outcome:
        return await self._act(alert, "notes", _body(by, words))

    async def raise_alert(self, title: str, words: str, responder: Responder, *, by: str, alias: str) -> Outcome:
        body = {
            "message": title[:_LONGEST_TITLE],
            "alias": alias,
            "description": words[:_LONGEST_TEXT],
            "responders": [dict(responder)],
            "priority": "P1",
            **_body(by),
        }
        return await self._followed(await self._api.call("POST", "/v2/alerts", json=body, right=_WRITE))

    async def _act(self, alert: str, what: str, body: Mapping[str, str]) -> Outcome:
        path = f"/v2/alerts/{segment(alert)}/{what}"
        params = {"identifierType": "id"}
        return await self._followed(await self._api.call("POST", path, params=params, json=dict(body), right=_WRITE))

    async def _followed(self, response: Response) -> Outcome:
        path = f"/v2/alerts/requests/{segment(request_of(self._api, response))}"
        return await settled(self._api, path, lambda found: found.read_as(OutcomeInside).data, self._pauses)


def _body(by: str, note: str = "") -> dict[str, str]:
    said = {"user": by[:_LONGEST_USER], "source": _SOURCE}
    return said | ({"note": note[:_LONGEST_NOTE]} if note else {})
