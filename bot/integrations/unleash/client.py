"""What we ask Unleash's admin API, and the one thing that we tell it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.domain.errors import NotAuthorised, Refused
from bot.integrations.http import Api, segment
from bot.integrations.unleash.shapes import Event, EventPage, Feature, FeaturePage, Health, OneFeature

_PAGE: Final = 100
_MOST_PAGES: Final = 100
_HEALTH_ANSWERS: Final = range(500, 600)
_READ: Final = "read projects and flags (a client or frontend token cannot)"
_LOG: Final = "read the event log"


class UnleashClient:
    """https://docs.getunleash.io/api-overview"""

    def __init__(self, api: Api, projects: Sequence[str] = ()) -> None:
        self._api = api
        self._project = {"project": f"IS_ANY_OF:{','.join(projects)}"} if projects else {}

    async def health(self) -> tuple[int, Health | None]:
        response = await self._api.get("/health", answers=_HEALTH_ANSWERS)
        return response.status, response.read_as(Health) if response.status < 300 else None

    async def features(self) -> Sequence[Feature]:
        """All that are not archived, to the last page."""
        found: dict[tuple[str, str], Feature] = {}
        given = 0
        for _ in range(_MOST_PAGES):
            asked = {"sortBy": "createdAt", "sortOrder": "asc", "limit": str(_PAGE), "offset": str(given)}
            got = await self._api.get_as(
                FeaturePage, "/api/admin/search/features", {**self._project, **asked}, right=_READ
            )
            before, given = len(found), given + len(got.features)  # it may give fewer than were asked for
            found |= {one.id: one for one in got.features}
            if self._ended(len(found), before, got.total, len(got.features), "flags"):
                return [one for one in found.values() if not one.archived]
        raise Refused(f"{self._api.wording.title} has more than {_PAGE * _MOST_PAGES} flags; not all seen")

    async def events(self, since: datetime) -> Sequence[Event]:
        """What its log has since then, to the last page."""
        found: dict[int, Event] = {}
        day = since.astimezone(UTC).date().isoformat()
        given = 0
        for _ in range(_MOST_PAGES):
            asked = {"from": f"IS:{day}", "limit": str(_PAGE), "offset": str(given)}
            got = await self._api.get_as(EventPage, "/api/admin/search/events", {**self._project, **asked}, right=_LOG)
            before, given = len(found), given + len(got.events)
            found |= {one.id: one for one in got.events}
            if self._ended(len(found), before, got.total, len(got.events), "events"):
                return [one for one in found.values() if one.created >= since]
        raise Refused(f"{self._api.wording.title} has more than {_PAGE * _MOST_PAGES} events; not all seen")

    async def feature(self, project: str, name: str) -> OneFeature:
        return await self._api.get_as(OneFeature, self._place(project, name), right=_READ)

    async def switch(self, project: str, name: str, environment: str, *, on: bool) -> None:
        """Harmless where it is so already: it answers 200 then as well."""
        path = f"{self._place(project, name)}/environments/{segment(environment)}/{'on' if on else 'off'}"
        try:
            await self._api.call("POST", path, right=f"switch flags in {environment}")
        except NotAuthorised as error:
            # A protected environment answers 403 as well: there, a change request is what people make.
            raise NotAuthorised(f"{error} Or it is protected there, and wants a change request.") from error

    def page(self, path: str) -> str:
        """Where a person looks."""
        return self._api.base_url + path

    def _place(self, project: str, name: str) -> str:
        return f"/api/admin/projects/{segment(project)}/features/{segment(name)}"

    def _ended(self, seen: int, before: int, total: int | None, here: int, what: str) -> bool:
        """Whether that was the last page. Without a count that holds only an empty page says so."""
        if total is not None and seen == total:
            return True
        if here == 0:
            if total is not None and seen < total:
                raise Refused(f"{self._api.wording.title} speaks of {total} {what} and shows {seen}; not all seen")
            return True
        if seen == before:
            raise Refused(f"{self._api.wording.title} gives the same page of {what} again; not all seen")
        return False
