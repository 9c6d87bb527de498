"""The calls to Statuspage: managing our own page, and reading what pages show to everybody."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from bot.domain.errors import NotAuthorised, RateLimited, Refused
from bot.integrations.http import Api, Response, segment
from bot.integrations.pace import Pace
from bot.integrations.statuspage.shapes import Component, Incident, Summary

T = TypeVar("T", Component, Incident)
_TOO_MANY: Final = 420
"""What it answers beside 429 when a key asked more often than once a second over a minute."""
_PAGE: Final = 100
_MOST_PAGES: Final = 10
BURST: Final = 10
"""Calls at once, of about one a second."""
APART: Final = 1.2
"""Seconds between those after, so that no minute has more than sixty with the burst in it."""


class Managed:
    """Our page, by its key."""

    def __init__(self, api: Api, page: str, pace: Pace | None = None) -> None:
        self._api = api
        self._base = f"/v1/pages/{segment(page)}"
        self._pace = pace or Pace(every=APART, at_once=BURST)

    async def components(self) -> Sequence[Component]:
        return await self._every(list[Component], "components", "see the page's components")

    async def unresolved(self) -> Sequence[Incident]:
        return await self._every(list[Incident], "incidents/unresolved", "see incidents")

    async def upcoming(self) -> Sequence[Incident]:
        return await self._every(list[Incident], "incidents/upcoming", "see incidents")

    async def active_maintenance(self) -> Sequence[Incident]:
        return await self._every(list[Incident], "incidents/active_maintenance", "see incidents")

    async def create(self, incident: Mapping[str, Any]) -> Incident:
        return (await self._call("POST", "incidents", json={"incident": dict(incident)})).read_as(Incident)

    async def update(self, identity: str, incident: Mapping[str, Any]) -> Incident:
        path = f"incidents/{segment(identity)}"
        return (await self._call("PATCH", path, json={"incident": dict(incident)})).read_as(Incident)

    async def _every(self, kind: type[list[T]], path: str, right: str) -> Sequence[T]:
        """A list to its end, which is a page that is not full: nothing else tells it."""
        found: dict[str, T] = {}
        for number in range(1, _MOST_PAGES + 1):
            params = {"page": str(number), "per_page": str(_PAGE)}
            page = (await self._call("GET", path, params=params, right=right)).read_as(kind)
            before = len(found)
            found |= {one.id: one for one in page}
            if len(page) < _PAGE:
                return list(found.values())
            if len(found) == before:
                raise Refused(f"{self._api.wording.title} repeats a page of a list, so it is not complete")
        raise Refused(f"{self._api.wording.title} lists more than {_PAGE * _MOST_PAGES} things; not all seen")

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        right: str = "manage incidents (the role Incident Manager)",
    ) -> Response:
        await self._pace.turn()
        answer = await self._api.call(
            method, f"{self._base}/{path}", params=params, json=json, answers=(_TOO_MANY,), right=right
        )
        if answer.status == _TOO_MANY:
            words = f"{self._api.wording.title} asks for a pause (too many calls)"
            raise RateLimited(words, retry_after=60.0, named=False)
        return answer


class Public:
    """What a page shows to everybody, ours or a vendor's."""

    def __init__(self, api: Api, variable: str) -> None:
        self._api = api
        self._variable = variable

    @property
    def address(self) -> str:
        return self._api.base_url

    async def summary(self) -> Summary:
        try:
            return await self._api.get_as(Summary, "/api/v2/summary.json")
        except NotAuthorised as error:
            raise NotAuthorised(
                f"{self._api.wording.title} shows {self._api.base_url} after a login only (a private page). "
                f"Take it out of {self._variable}."
            ) from error
