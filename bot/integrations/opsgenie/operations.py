"""Opsgenie's successor: the operations API of Jira Service Management."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Final, TypeVar

from bot.domain.errors import NotAuthorised, Refused
from bot.integrations.http import Api, segment
from bot.integrations.opsgenie.backend import PAGE, PAUSES, Responder, every_page, request_of, settled
from bot.integrations.opsgenie.shapes import (
    Account,
    Alert,
    AlertValues,
    Found,
    Heartbeat,
    HeartbeatValues,
    NoteValues,
    OnCallUsers,
    Outcome,
    Schedule,
    ScheduleValues,
    TeamList,
    Watch,
)
from bot.integrations.response import Response
from bot.integrations.together import every

T = TypeVar("T")
_READ: Final = "read alerts (read:ops-alert:jira-service-management)"
_WRITE: Final = "change alerts (write:ops-alert:jira-service-management)"
_CONFIGURED: Final = "read schedules and heartbeats (read:ops-config:jira-service-management)"
_LONGEST_NOTE: Final = 25_000
_LONGEST_TITLE: Final = 130
_LONGEST_TEXT: Final = 15_000


class Operations:
    """https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/ (alert ids are the long ones)"""

    names_who_acts = False

    def __init__(self, api: Api, site: Api | None = None, *, pauses: Sequence[float] = PAUSES) -> None:
        self._api = api
        self._site = site
        self._pauses = pauses

    async def answers(self) -> None:
        await self._api.get_as(AlertValues, "/v1/alerts", {"size": "1"}, right=_READ)

    async def open_alerts(self) -> Found:
        counted = 0

        async def page(params: Mapping[str, str]) -> tuple[Sequence[Alert], str]:
            nonlocal counted
            found = await self._api.get_as(AlertValues, "/v1/alerts", params, right=_READ)
            counted = found.count or 0
            return found.values, found.links.next

        first = {"query": "status:open", "sort": "createdAt", "order": "desc"}
        alerts, complete = await every_page(page, first, lambda one: one.id, size="size")
        return Found(alerts=alerts, complete=complete and len(alerts) >= counted)

    async def watches(self) -> Sequence[Watch]:
        async def page(params: Mapping[str, str]) -> tuple[Sequence[Schedule], str]:
            found = await _configured(self._api.get_as(ScheduleValues, "/v1/schedules", params, right=_CONFIGURED))
            return found.values, found.links.next

        schedules, complete = await every_page(page, {}, lambda one: one.id, size="size")
        if not complete:
            raise Refused("Jira Service Management has more schedules than are looked through; not all seen")
        return await every(self._watch(one) for one in schedules)

    async def _watch(self, schedule: Schedule) -> Watch:
        if not schedule.enabled:
            return Watch(schedule=schedule, people=[])
        path = f"/v1/schedules/{segment(schedule.id)}/on-calls"
        found = await _configured(self._api.get_as(OnCallUsers, path, {"flat": "true"}, right=_CONFIGURED))
        return Watch(schedule=schedule, people=found.on_call_users)

    async def heartbeats(self, wanted: Sequence[str]) -> Sequence[Heartbeat]:
        teams = (await _configured(self._api.get_as(TeamList, "/v1/teams", right=_CONFIGURED))).teams
        found = [one for of_team in await every(self._heartbeats(one.id) for one in teams) for one in of_team]
        return [one for one in found if not wanted or one.name in wanted]

    async def _heartbeats(self, team: str) -> Sequence[Heartbeat]:
        path = f"/v1/teams/{segment(team)}/heartbeats"

        async def page(params: Mapping[str, str]) -> tuple[Sequence[Heartbeat], str]:
            found = await _configured(self._api.get_as(HeartbeatValues, path, params, right=_CONFIGURED))
            return found.values, found.links.next

        heartbeats, complete = await every_page(page, {}, lambda one: one.name, size="size")
        if not complete:
            raise Refused("Jira Service Management has more heartbeats than are looked through; not all seen")
        return heartbeats

    async def alert(self, alert: str) -> Alert:
        return await self._api.get_as(Alert, f"/v1/alerts/{segment(alert)}", right=_READ)

    async def with_alias(self, alias: str) -> Alert | None:
        params = {"query": f'alias:"{alias}"', "size": str(PAGE), "sort": "createdAt", "order": "desc"}
        found = await self._api.get_as(AlertValues, "/v1/alerts", params, right=_READ)
        return next((one for one in found.values if one.alias == alias), None)

    async def notes(self, alert: str) -> Sequence[str]:
        path = f"/v1/alerts/{segment(alert)}/notes"
        found = await self._api.get_as(NoteValues, path, {"size": str(PAGE)}, right=_READ)
        return [one.note for one in found.values]

    async def acknowledge(self, alert: str, by: str) -> Outcome:  # noqa: ARG002 - it has no place for a name
        return await self._act(alert, "acknowledge")

    async def close(self, alert: str, by: str, words: str) -> Outcome:  # noqa: ARG002 - nor for words
        return await self._act(alert, "close")

    async def note(self, alert: str, by: str, words: str) -> Outcome:  # noqa: ARG002 - nor for a name
        return await self._act(alert, "notes", {"note": words[:_LONGEST_NOTE]})

    async def raise_alert(self, title: str, words: str, responder: Responder, *, by: str, alias: str) -> Outcome:
        body = {
            "message": title[:_LONGEST_TITLE],
            "alias": alias,
            "description": f"{words}\n({by}, from Slack)"[:_LONGEST_TEXT],
            "responders": [dict(responder)],
            "priority": "P1",
            "source": "Daywatch",
        }
        return await self._followed(await self._api.call("POST", "/v1/alerts", json=body, right=_WRITE))

    async def account(self, account: str) -> Account:
        """Who somebody is: people are known here by account ids alone."""
        if self._site is None:
            return Account()
        return await self._site.get_as(Account, "/rest/api/3/user", {"accountId": account}, right="browse users")

    async def _act(self, alert: str, what: str, body: Mapping[str, str] | None = None) -> Outcome:
        path = f"/v1/alerts/{segment(alert)}/{what}"
        sent = dict(body) if body is not None else None
        return await self._followed(await self._api.call("POST", path, json=sent, right=_WRITE))

    async def _followed(self, response: Response) -> Outcome:
        path = f"/v1/alerts/requests/{segment(request_of(self._api, response))}"
        return await settled(self._api, path, lambda found: found.read_as(Outcome), self._pauses)


async def _configured(call: Awaitable[T]) -> T:
    """A token without this scope is answered 401 on these calls only, as if it were not valid."""
    try:
        return await call
    except NotAuthorised as error:
        raise NotAuthorised(f"{error} It may only lack the scope read:ops-config:jira-service-management.") from error
