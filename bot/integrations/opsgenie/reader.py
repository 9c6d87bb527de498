"""Opsgenie or its successor as it can be read: what is open, who is on call, and the morning's questions."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from bot.domain.alert import Alert, Standing
from bot.domain.capabilities import AlertLookup, DailyCheck, Duty, Probe
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotFound, Unavailable
from bot.domain.oncall import OnCall
from bot.integrations import Wiring
from bot.integrations.http import once_per, segment
from bot.integrations.opsgenie import judge, shapes
from bot.integrations.opsgenie.backend import Backend
from bot.integrations.opsgenie.news import SOURCE, standing
from bot.integrations.opsgenie.settings import OpsgenieSettings
from bot.integrations.probing import Ask, tried
from bot.integrations.together import every

_SHARED: Final = 5.0
_ONE_BY_ONE: Final = 20
"""Alerts that are asked for by their id in one look."""


class Reader(DailyCheck, AlertLookup, Duty, Probe):
    def __init__(
        self,
        backend: Backend,
        settings: OpsgenieSettings,
        wiring: Wiring,
        who: Callable[[str], Awaitable[shapes.Account]] | None = None,
    ) -> None:
        """`who` tells name and e-mail behind an account id, where people are known by these."""
        self.backend = backend
        self._settings = settings
        self._wiring = wiring
        self._who = who
        self._alerts = once_per(_SHARED, backend.open_alerts)
        self._watches = once_per(_SHARED, backend.watches)
        self._known: dict[str, shapes.Account] = {}

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("api", "Does it answer, and for how long will it?", self.answers),
            ("alerts", "Which alerts are open?", self.alerts),
            ("oncall", "Is somebody on call for every schedule?", self.on_call_gaps),
            ("heartbeats", "Did every heartbeat come in time?", self.heartbeats),
        )
        here = self._wiring.instance
        return [
            Check(name=f"{SOURCE}.{what}", item=Item.ALERTING, question=question, ask=ask, instance=here)
            for what, question, ask in declared
        ]

    async def answers(self) -> Answer:
        await self.backend.answers()
        return judge.end_of_life(self._wiring.outside.now(), migrated=self._settings.migrated)

    async def alerts(self) -> Answer:
        return judge.alerts(await self._alerts(), self._page)

    async def on_call_gaps(self) -> Answer:
        return judge.on_call(await self._watches(), self._settings.schedules, self._settings.web_address or None)

    async def heartbeats(self) -> Answer:
        wanted = self._settings.heartbeats
        found = await self.backend.heartbeats(wanted)
        return judge.heartbeats(found, wanted, self._wiring.outside.now(), self._settings.web_address or None)

    async def look(self, alerts: Sequence[Alert]) -> Standing:
        """Each that is not on the list of open ones is asked for by its id: only its own word says that it is over."""
        wanted = {one.id: one for one in alerts}
        found = {one.id: one for one in (await self._alerts()).alerts if one.id in wanted}
        missing = [one for one in wanted if one not in found]
        # Of very many a part, another one each time.
        some = random.sample(missing, min(len(missing), _ONE_BY_ONE))
        found |= {one.id: one for one in await every(map(self._looked_up, some)) if one is not None}
        return Standing(
            news=[said for one in found.values() if one.id in wanted and (said := standing(one, wanted[one.id]))],
            fires={wanted[one.id].key for one in found.values() if one.id in wanted and one.status == shapes.OPEN},
        )

    async def _looked_up(self, alert: str) -> shapes.Alert | None:
        try:
            return await self.backend.alert(alert)
        except NotFound:
            return None

    async def on_call(self) -> Sequence[OnCall]:
        """Whoever is on call for a schedule, which stands for the team that owns it."""
        watches = await self._watches()
        if any(one.people is None for one in watches if one.schedule.enabled):
            raise Unavailable(f"{self._wiring.titled('Opsgenie')} does not tell for every schedule who is on call")
        return [
            await self._duty(watch, person)
            for watch in watches
            if watch.schedule.enabled
            for person in watch.people or ()
        ]

    async def coming(self, until: datetime) -> Sequence[OnCall]:  # noqa: ARG002 - the capability's signature
        """It tells who comes next, and not when; so nobody is known to come."""
        return ()

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self.backend.answers()
        tries: dict[str, Ask] = {
            "read alerts": self._alerts,
            "read schedules and who is on call": self._watches,
            "read heartbeats": lambda: self.backend.heartbeats(self._settings.heartbeats),
        }
        return await tried(tries, proven="API key")

    def _page(self, alert: shapes.Alert) -> str | None:
        return self._settings.page_of(segment(alert.id))

    async def _duty(self, watch: shapes.Watch, person: str) -> OnCall:
        who = await self._account(person)
        return OnCall(
            name=who.display_name or person,
            email=who.email_address or None,
            level=1,
            service_ref=watch.team or None,
            service_name=watch.schedule.owner_team.name or None,
            pager_id=person,
            schedule=watch.schedule.name or None,
        )

    async def _account(self, person: str) -> shapes.Account:
        if self._who is None:
            return shapes.Account(display_name=person, email_address=person if "@" in person else "")
        if person not in self._known:
            try:
                self._known[person] = await self._who(person)
            except NotFound:
                return shapes.Account()
        return self._known[person]
