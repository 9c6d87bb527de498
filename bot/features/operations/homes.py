"""App Home: one screen a person, now. Collected from the store, and from whoever knows who is on call."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot.domain.capabilities import Connections, Duty
from bot.domain.errors import StoreDown, VendorError
from bot.domain.incident import Incident, State
from bot.domain.names import Names
from bot.domain.oncall import OnCall
from bot.domain.person import Person
from bot.domain.plan import Plan
from bot.features.operations import home_views
from bot.features.operations.home_views import HomeSeen, OnDuty, ToDo
from bot.features.operations.systems import Systems
from bot.slack.message import View
from bot.store.action_items import ActionItem, ActionRows
from bot.store.claims import ClaimRows
from bot.store.incidents import IncidentRows
from bot.store.tasks import TaskRows

log = structlog.get_logger(__name__)

WATCHES_FOR: Final = timedelta(minutes=30)
"""How long after opening it somebody's Home follows what happens."""
DUTY_STAYS_TRUE: Final = timedelta(minutes=1)
DUTY_PATIENCE: Final = 5.0
_MOST_WATCHING: Final = 500


@dataclass(slots=True, kw_only=True)
class Homes:
    """`publish` shows a view as somebody's Home tab; `offers` are the action ids that the table of commands has."""

    incidents: IncidentRows
    tasks: TaskRows
    actions: ActionRows
    claims: ClaimRows
    names: Names
    plan: Callable[[], Plan]
    connections: Connections
    systems: Systems
    publish: Callable[[str, View], Awaitable[object]]
    offers: frozenset[str]
    clock: Callable[[], datetime]
    _duty: tuple[datetime, Sequence[OnCall], Sequence[str]] | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _opened: "OrderedDict[str, datetime]" = field(default_factory=OrderedDict)

    def opened(self, user: str) -> None:
        self._opened[user] = self.clock()
        self._opened.move_to_end(user)
        while len(self._opened) > _MOST_WATCHING:
            self._opened.popitem(last=False)

    async def watching(self, number: int) -> Sequence[str]:
        """The people of an incident who opened their Home lately (in this process: the others see it on opening)."""
        incident = await self.incidents.get(number)
        if incident is None:
            return ()
        since = self.clock() - WATCHES_FOR
        return sorted(user for user, at in self._opened.items() if at >= since and _theirs(incident, user))

    async def show(self, user: str) -> bool:
        """Publish it. When Slack or our store is down, the next opening brings it: nobody need hear of that."""
        try:
            await self.publish(user, home_views.home(await self.seen(user)))
        except (VendorError, StoreDown) as error:
            log.info("home not shown", user=user, reason=str(error))
            return False
        return True

    async def seen(self, user: str) -> HomeSeen:
        person = self.names.known(user)
        mine = [one for one in await self.incidents.open() if _theirs(one, user)]
        return HomeSeen(
            person=person,
            duty=await self._on_duty(person),
            incidents=mine,
            list=await self._list(user),
            plan=self.plan(),
            survey=self.systems.last(),
            now=self.clock(),
            names=self.names.name,
            offers=self.offers,
        )

    async def _on_duty(self, person: Person | None) -> OnDuty | None:
        """None when no system knows who is on call."""
        pagers = self.connections.all(Duty)
        if not pagers:
            return None
        duties, troubles = await self._asked(pagers)
        email = (person.email if person else None) or ""
        mine = [one for one in duties if email and (one.email or "").casefold() == email.casefold()]
        first = min((one.level for one in duties), default=1)
        others = list(dict.fromkeys(one.name for one in duties if one.level == first and one not in mine))
        return OnDuty(mine=mine, others=others, troubles=troubles, known=bool(email))

    async def _asked(self, pagers: Sequence[Duty]) -> tuple[Sequence[OnCall], Sequence[str]]:
        async with self._asking:
            if self._duty is None or self._duty[0] < self.clock() - DUTY_STAYS_TRUE:
                answers = await asyncio.gather(*(_asked(one) for one in pagers))
                duties = [duty for found, _ in answers for duty in found]
                troubles = [trouble for _, trouble in answers if trouble]
                if troubles:  # not kept: the next look asks again
                    return duties, troubles
                self._duty = (self.clock(), duties, troubles)
            return self._duty[1], self._duty[2]

    async def _list(self, user: str) -> Sequence[ToDo]:
        """What somebody has taken on: claimed today, then by the day it is due."""
        numbered = [*await self._tasks(user), *(self._action(one) for one in await self.actions.of_person(user))]
        last = date.max
        return [*await self._claims(user), *sorted(numbered, key=lambda one: (one.due or last, one.words))]

    async def _claims(self, user: str) -> Sequence[ToDo]:
        today = {team.name: self.clock().astimezone(ZoneInfo(team.timezone)).date() for team in self.plan().teams}
        found = await self.claims.of_person(user, min(today.values()))
        return [
            ToDo(kind="claim", words=hand.item.heading, at=hand.at, status=hand.at_status)
            for team, day, hand in found
            if today.get(team) == day
        ]

    async def _tasks(self, user: str) -> Sequence[ToDo]:
        found = await self.tasks.of_person(user)
        numbers = {number for number, _ in found}
        known: Mapping[int, Incident | None] = {number: await self.incidents.get(number) for number in numbers}
        return [
            ToDo(
                kind="task",
                words=task.title,
                of=incident.name,
                due=self._day(task.due_at) if task.due_at else None,
            )
            for number, task in found
            if (incident := known[number]) is not None and incident.status not in (State.CLOSED, State.MERGED)
        ]

    def _action(self, one: ActionItem) -> ToDo:
        due = one.ticket_due or one.due
        late = max((self._day(self.clock()) - due).days, 0) if due else 0
        return ToDo(kind="action", words=one.what, due=due, late=late, ticket=one.ticket, url=one.ticket_url)

    def _day(self, moment: datetime) -> date:
        """The day it is for the first team: several teams in several zones still share one list."""
        return moment.astimezone(ZoneInfo(self.plan().teams[0].timezone)).date()


def _theirs(incident: Incident, user: str) -> bool:
    """Whether somebody takes part in it. A private one shows on nobody else's Home."""
    duties = (incident.lead, incident.communications, incident.scribe, incident.declared_by)
    return user in duties or user in incident.responders


async def _asked(pager: Duty) -> tuple[Sequence[OnCall], str | None]:
    try:
        async with asyncio.timeout(DUTY_PATIENCE):
            return await pager.on_call(), None
    except TimeoutError:
        return (), f"no answer in {DUTY_PATIENCE:.0f} s"
    except VendorError as error:
        return (), str(error)
