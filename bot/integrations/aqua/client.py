"""The calls to Aqua's console: reading only, each list to its last page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from bot.domain.errors import NotFound, Refused
from bot.integrations.aqua.session import Params, Session
from bot.integrations.aqua.shapes import Finding, Host, HostGroup, Image, Page
from bot.integrations.http import once_per

T = TypeVar("T")

_A_PAGE: Final = 100
_MOST_PAGES: Final = 100
_SHARED_FOR: Final = 10.0
_IMAGES: Final = "view images (role Auditor)"
_RISKS: Final = "view risks (role Auditor)"
_ENFORCERS: Final = "view enforcers"


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What a list showed, and how many it says there are."""

    found: Sequence[T]
    count: int

    @property
    def whole(self) -> bool:
        return len(self.found) >= self.count


class AquaClient:
    """Read from Aqua's own Terraform provider; the API's pages want a customer's login."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.images = once_per(_SHARED_FOR, self._images)

    async def disallowed(self) -> Sequence[Image]:
        """Those that fail policy; a console that does not know the filter gives all."""
        return self._whole(await self._all(Page[Image], "/api/v2/images", {"disallowed": "true"}, _IMAGES), "images")

    async def findings(self) -> Seen[Finding]:
        """Perhaps not all: a big console has more than can be read in the morning."""
        params = {"show_negligible": "false", "hide_base_image": "false", "include_vpatch_info": "true"}
        return await self._all(Page[Finding], "/api/v2/risks/vulnerabilities", params, _RISKS)

    async def hosts(self) -> Sequence[Host]:
        return self._whole(await self._all(Page[Host], "/api/v1/hosts", {}, _ENFORCERS), "enforcers")

    async def host_groups(self) -> Sequence[HostGroup]:
        return self._whole(await self._all(Page[HostGroup], "/api/v1/hostsbatch", {}, _ENFORCERS), "enforcer groups")

    async def enforcers(self) -> Sequence[Host | HostGroup]:
        """One by one, or, on a console that does not have that list, by their groups."""
        try:
            return await self.hosts()
        except NotFound:
            return await self.host_groups()

    async def _images(self) -> Sequence[Image]:
        return self._whole(await self._all(Page[Image], "/api/v2/images", {}, _IMAGES), "images")

    def _whole(self, seen: Seen[T], what: str) -> Sequence[T]:
        if not seen.whole:
            raise Refused(f"{self._session.title} has {seen.count} {what} and showed {len(seen.found)}; not all seen")
        return seen.found

    async def _all(self, kind: type[Page[T]], path: str, params: Params, right: str) -> Seen[T]:
        """Page by page until all are there. What ends before is refused; what is too much is not read to its end."""
        found, some, count = list[T](), list[T](), 0
        for number in range(1, _MOST_PAGES + 1):
            answer = await self._session.get(path, {"page": number, "pagesize": _A_PAGE, **params}, right)
            page = answer.read_as(kind)
            before, some = some, page.result or []
            if page.page not in (None, number) or (some and some == before):
                raise Refused(f"{self._session.title} gives another page of {path} than the one asked for")
            found += some
            count = max(count, len(found)) if page.count is None else page.count
            if page.count == len(found) or (page.count is None and not some):
                return Seen(found, len(found))
            if page.count is not None and (not some or len(found) > page.count):
                raise Refused(
                    f"{self._session.title} speaks of {page.count} in {path} and shows {len(found)}; not all seen"
                )
        return Seen(found, max(count, len(found) + 1))
