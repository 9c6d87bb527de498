"""The calls to Datadog's HTTP API: reading, and the events that we post."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from bot.domain.errors import Refused
from bot.integrations.datadog.shapes import Downtime, DowntimePage, History, Monitor, MonitorPage, Slo, SloPage, Valid
from bot.integrations.http import Api, segment

_A_PAGE: Final = 100
_SLOS: Final = 1_000
_MOST_PAGES: Final = 50
# A wrong site answers 403, as a wrong key does.
_ELSE: Final = "If it has that, a key or the site is wrong: check DD_API_KEY, DD_APP_KEY and DD_SITE"
_TROUBLED: Final = 'status:(alert OR warn OR "no data")'


class Row(Protocol):
    @property
    def key(self) -> str: ...


R_co = TypeVar("R_co", bound=Row, covariant=True)


class Page(Protocol[R_co]):
    @property
    def rows(self) -> Sequence[R_co]: ...
    @property
    def total(self) -> int | None: ...
    @property
    def pages(self) -> int | None: ...


class DatadogClient:
    """https://docs.datadoghq.com/api/latest/"""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def validate(self) -> None:
        """The API key alone; this says nothing about the application key."""
        right = "use the API. A key or the site is wrong: check DD_API_KEY and DD_SITE"
        await self._api.get_as(Valid, "/api/v1/validate", right=right)

    async def troubled(self, query: str) -> Sequence[Monitor]:
        """Monitors in Alert, Warn or No Data, to the last page."""
        narrowed = f"{_TROUBLED} {query}".strip()
        return await self._whole("monitors", _A_PAGE, lambda number, _: self._monitors(narrowed, number))

    async def every_state(self, query: str) -> MonitorPage:
        """How many monitors there are, in which state; of themselves the first page only."""
        return await self._monitors(query, 0)

    async def slos(self, tags: str) -> Sequence[Slo]:
        async def ask(_: int, seen: int) -> SloPage:
            params: dict[str, str | int] = {"limit": _SLOS, "offset": seen, **({"tags_query": tags} if tags else {})}
            page = await self._api.get_as(SloPage, "/api/v1/slo", params, right=_right("read SLOs", "slos_read"))
            if faults := page.errors or page.error:
                raise Refused(f"{self._title} lists its SLOs with an error: {self.words(faults)}")
            return page

        return await self._whole("SLOs", _SLOS, ask)

    async def history(self, slo: str, *, until: int, lasting: timedelta, target: float) -> History:
        """How an SLO did in a window. With a target the budget is told for that window (as `custom`)."""
        params: dict[str, str | int | float] = {"from_ts": until - int(lasting.total_seconds()), "to_ts": until}
        params |= {"target": target} if 0 < target < 100 else {}
        path = f"/api/v1/slo/{segment(slo)}/history"
        return await self._api.get_as(History, path, params, right=_right("read SLOs", "slos_read"))

    async def downtimes(self) -> tuple[Sequence[Downtime], bool]:
        """Those of now, and whether Datadog said how many there are."""
        counted = True

        async def ask(_: int, seen: int) -> DowntimePage:
            nonlocal counted
            params: dict[str, str | int] = {"current_only": "true", "page[offset]": seen, "page[limit]": _A_PAGE}
            right = _right("list downtimes", "monitors_downtime")
            page = await self._api.get_as(DowntimePage, "/api/v2/downtime", params, right=right)
            counted = counted and page.total is not None
            return page

        return await self._whole("downtimes", _A_PAGE, ask), counted

    async def post_event(self, event: Mapping[str, object]) -> None:
        """https://docs.datadoghq.com/api/latest/events/#post-an-event; older ones than 18 hours are refused."""
        right = "post events. A key or the site is wrong: check DD_API_KEY and DD_SITE"
        await self._api.post_json("/api/v1/events", dict(event), right=right)

    def words(self, errors: Sequence[object]) -> str:
        """The first of some errors, which are texts or objects, fit for people."""
        first = errors[0] if errors else ""
        if isinstance(first, dict):
            keys = ("error", "error_message", "detail", "title")
            first = next((first[key] for key in keys if first.get(key)), "one without words")
        return self._api.wording.clean(first) or "one without words"

    @property
    def _title(self) -> str:
        return self._api.wording.title

    async def _monitors(self, query: str, number: int) -> MonitorPage:
        params: dict[str, str | int] = {"page": number, "per_page": _A_PAGE, "sort": "name,asc"}
        params |= {"query": query} if query else {}
        right = _right("read monitors", "monitors_read")
        return await self._api.get_as(MonitorPage, "/api/v1/monitor/search", params, right=right)

    async def _whole(self, what: str, size: int, ask: Callable[[int, int], Awaitable[Page[R_co]]]) -> Sequence[R_co]:
        """All rows, to the last page. Where no total is told, an empty page is the end, or a short one said again."""
        found: dict[str, R_co] = {}
        seen = 0
        for number in range(_MOST_PAGES):
            page = await ask(number, seen)
            before = len(found)
            found |= {row.key: row for row in page.rows}
            seen += len(page.rows)
            last = page.pages is None or number + 1 >= page.pages
            if last and (not page.rows if page.total is None else len(found) == page.total):
                return list(found.values())
            if last and page.total is None and len(found) == before and len(page.rows) < size:
                return list(found.values())
            if len(found) == before or (page.total is not None and len(found) > page.total):
                told = "more" if page.total is None else str(page.total)
                raise Refused(f"{self._title} speaks of {told} {what} and shows {len(found)}; not all seen")
        raise Refused(f"{self._title} has too many {what}; not all seen")


def _right(what: str, scope: str) -> str:
    return f"{what} (scope {scope}). {_ELSE}"
