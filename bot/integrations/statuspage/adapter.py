"""Statuspage's answers to the morning checklist, and what is published there about an incident."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from pydantic import SecretStr

from bot.domain.capabilities import Broadcast, DailyCheck, Probe
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import VendorError
from bot.domain.publication import Publication
from bot.integrations import Wiring
from bot.integrations.probing import Ask, tried
from bot.integrations.statuspage import judge
from bot.integrations.statuspage.client import Managed, Public
from bot.integrations.statuspage.settings import StatuspageSettings
from bot.integrations.statuspage.shapes import DONE, Incident, Summary
from bot.integrations.together import both, every

_HOURS: Final = 24.0
_UNNAMED: Final = "Service disruption"
_LONGEST_NAME: Final = 200
_LONGEST_BODY: Final = 20_000
_IMPACTS: Final = ("critical", "major")
_PLACE: Final = "https://manage.statuspage.io/pages"


class StatuspageReader(DailyCheck, Probe):
    def __init__(self, settings: StatuspageSettings, wiring: Wiring, managed: Managed | None = None) -> None:
        self._wiring = wiring
        self._managed = managed
        self._page = _public(settings.url, wiring, "STATUSPAGE_URL") if settings.url else None
        self._vendors = [_public(one, wiring, "STATUSPAGE_VENDORS") for one in settings.vendors]
        self._place = f"{_PLACE}/{settings.page_id}" if settings.managed else None

    def checks(self) -> Sequence[Check]:
        declared: list[tuple[str, Item, str, Callable[[], Awaitable[Answer]]]] = []
        if page := self._page:
            declared += [("page", Item.DASHBOARDS, "What does our status page say?", partial(self._shown, page))]
        if ours := self._managed:
            declared += [
                ("components", Item.DASHBOARDS, "Is every component operational?", partial(self._components, ours)),
                ("incidents", Item.INCIDENTS, "Was an incident left open on the page?", partial(self._open, ours)),
                ("maintenance", Item.INCIDENTS, "Which maintenance is announced?", partial(self._maintenance, ours)),
            ]
        if self._vendors:
            declared += [("vendors", Item.DASHBOARDS, "Are the vendors that we depend on well?", self._others)]
        here = self._wiring.instance
        return [
            Check(name=f"statuspage.{what}", item=item, question=question, ask=ask, instance=here)
            for what, item, question, ask in declared
        ]

    async def _shown(self, page: Public) -> Answer:
        return judge.page(await page.summary(), page.address)

    async def _components(self, managed: Managed) -> Answer:
        return judge.components(await managed.components(), self._place)

    async def _open(self, managed: Managed) -> Answer:
        hours = self._wiring.limit("statuspage.incidents", "without_update_hours", _HOURS)
        found, patience = await managed.unresolved(), timedelta(hours=hours)
        return judge.incidents(found, self._wiring.outside.now(), patience=patience, link=self._place)

    async def _maintenance(self, managed: Managed) -> Answer:
        active, upcoming = await both(managed.active_maintenance(), managed.upcoming())
        return judge.maintenance(active, upcoming, self._wiring.outside.now(), self._place)

    async def _others(self) -> Answer:
        told = await every(_tried(one) for one in self._vendors)
        failures = [one for one in told if isinstance(one, VendorError)]
        if len(failures) == len(told):
            raise failures[0]
        return judge.vendors([(one.address, said) for one, said in zip(self._vendors, told, strict=True)])

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: dict[str, Ask] = {}
        if self._managed:
            tries |= {"see components": self._managed.components, "see incidents": self._managed.unresolved}
        if self._page:
            tries |= {"read our page": self._page.summary}
        tries |= {f"read {one.address}": one.summary for one in self._vendors}
        return await tried(tries)


class Statuspage(StatuspageReader, Broadcast):
    """With a key: what is published there reaches customers by mail and text at once, and cannot be unsent."""

    def __init__(self, managed: Managed, settings: StatuspageSettings, wiring: Wiring) -> None:
        super().__init__(settings, wiring, managed)
        self._ours = managed

    @property
    def title(self) -> str:
        return self._wiring.titled("Statuspage")

    @property
    def public(self) -> bool:
        return True

    async def publish(self, news: Publication) -> None:
        """The page's incident is found again by our mark on it, or else made.

        A call whose answer was lost may have been applied, so what stands there is looked at before anything is sent.
        """
        found = next((one for one in await self._ours.unresolved() if _is_ours(one, news)), None)
        said = {"status": news.status, "body": news.words[:_LONGEST_BODY], "deliver_notifications": True}
        if found is not None and not _stands(found, news):
            await self._ours.update(found.id, said)
        elif found is None and news.status not in DONE:
            # What is over is not opened: it was told before, or somebody has closed it there.
            await self._ours.create({**said, **_new(news)})


def connect(settings: StatuspageSettings, wiring: Wiring) -> StatuspageReader | None:
    if not settings.on("read"):
        return None
    if settings.managed:
        return Statuspage(_managed(settings, wiring), settings, wiring)
    return StatuspageReader(settings, wiring)


def _new(news: Publication) -> Mapping[str, Any]:
    """What only a new incident needs. Any: Statuspage's JSON. Values of metadata have to be objects."""
    impact = _IMPACTS[news.rank] if news.rank < len(_IMPACTS) else "minor"
    return {
        "name": (news.title or _UNNAMED)[:_LONGEST_NAME],
        "impact_override": impact,
        "metadata": {"daywatch": {"incident": news.incident}},
    }


def _is_ours(one: Incident, news: Publication) -> bool:
    mark = one.metadata.get("daywatch")
    return isinstance(mark, Mapping) and mark.get("incident") == news.incident and one.status not in DONE


def _stands(one: Incident, news: Publication) -> bool:
    newest = one.newest
    return newest is not None and (newest.body.strip(), newest.status) == (news.words.strip(), news.status)


async def _tried(page: Public) -> Summary | VendorError:
    try:
        return await page.summary()
    except VendorError as error:
        return error


def _managed(settings: StatuspageSettings, wiring: Wiring) -> Managed:
    key = settings.api_key.get_secret_value().strip()
    api = wiring.outside.api(
        title=wiring.titled("Statuspage"),
        base_url=settings.api_url,
        headers={"authorization": SecretStr(f"OAuth {key}")},
        address="STATUSPAGE_PAGE_ID (or STATUSPAGE_API_URL)",
        variables=("STATUSPAGE_API_KEY",),
    )
    return Managed(api, settings.page_id.strip())


def _public(address: str, wiring: Wiring, variable: str) -> Public:
    api = wiring.outside.api(title=wiring.titled("Statuspage"), base_url=address, address=variable)
    return Public(api, variable)
