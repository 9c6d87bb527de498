"""PagerDuty as it can be read: what is open, who is on call, and the morning's questions."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pydantic import BaseModel

from bot.domain.access import AccessFound
from bot.domain.alert import Alert, AlertChanged, AlertState, Change, Standing
from bot.domain.capabilities import AccessList, AlertLookup, DailyCheck, Duty, Probe
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import NotAuthorised, NotFound, Unavailable, VendorError
from bot.domain.oncall import OnCall
from bot.integrations.foreign import segment
from bot.integrations.once import once_per
from bot.integrations.pagerduty import accounts, judging, payloads
from bot.integrations.pagerduty.client import Listing, PagerDutyRest
from bot.integrations.pagerduty.news import SOURCE, agent
from bot.integrations.pagerduty.settings import PagerDutySettings
from bot.integrations.together import every

_SHARED: Final = 5.0
"""Seconds for which one fetch serves all who ask."""
_LOOKED_THROUGH: Final = 2_000
"""Things a check reads at most: twenty calls."""
_OPEN: Final = {
    "statuses[]": [payloads.TRIGGERED, payloads.ACKNOWLEDGED],
    # Without it the list covers the last month only, and what has been open for longer is invisible.
    "date_range": "all",
}
_HOURS: Final = 24.0
_LISTENS: Final = "/webhooks/pagerduty"
_ONE_BY_ONE: Final = 30
"""Incidents that are asked for by their id in one look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetches:
    """What several questions need, each fetched once and shared."""

    incidents: Callable[[], Awaitable[Listing[payloads.Incident]]]
    duties: Callable[[], Awaitable[Listing[payloads.Duty]]]
    coming: Callable[[datetime, datetime], Awaitable[Listing[payloads.Duty]]]
    policies: Callable[[], Awaitable[Listing[payloads.Policy]]]
    services: Callable[[], Awaitable[Listing[payloads.Service]]]

    @staticmethod
    def of(rest: PagerDutyRest, policies: Sequence[str]) -> "Fetches":
        duty: dict[str, object] = {"include[]": ["users"]}
        if policies:
            duty["escalation_policy_ids[]"] = list(policies)
        every = partial(rest.every, at_most=_LOOKED_THROUGH)
        # Of each person only the shift that runs or comes first.
        now = {**duty, "earliest": "true"}

        def coming(since: datetime, until: datetime) -> Awaitable[Listing[payloads.Duty]]:
            between = {"since": since.isoformat(), "until": until.isoformat()}
            return every(payloads.Duty, "/oncalls", {**duty, **between})

        return Fetches(
            incidents=once_per(_SHARED, lambda: every(payloads.Incident, "/incidents", _OPEN)),
            duties=once_per(_SHARED, lambda: every(payloads.Duty, "/oncalls", now)),
            coming=coming,
            policies=once_per(_SHARED, lambda: every(payloads.Policy, "/escalation_policies")),
            services=once_per(_SHARED, lambda: every(payloads.Service, "/services")),
        )


@dataclass(frozen=True, kw_only=True)
class PagerDutyReader(Duty, AlertLookup, AccessList, DailyCheck, Probe):
    rest: PagerDutyRest
    settings: PagerDutySettings
    fetches: Fetches
    now: Callable[[], datetime]
    instance: str | None = None
    limit: Callable[[str, str, float], float]
    """(check, name, default) → a threshold as the team set it."""

    @property
    def source(self) -> str:
        return SOURCE

    async def look(self, alerts: Sequence[Alert]) -> Standing:
        """Each that is not on the list of open ones is asked for by its id: only its own word says that it is resolved.

        One that we may not see is told as "not found", and so nothing is known of it.
        """
        wanted = {one.id: one for one in alerts}
        listed = await self.rest.every(payloads.Incident, "/incidents", _OPEN, at_most=_LOOKED_THROUGH)
        found = {one.id: one for one in listed.things if one.id in wanted}
        missing = [one for one in wanted if one not in found]
        # Of very many a part, another one each time.
        asked = random.sample(missing, min(len(missing), _ONE_BY_ONE))
        found |= {one.id: one for one in await every(map(self._looked_up, asked)) if one is not None}
        return Standing(
            news=[told for one in found.values() if one.id in wanted and (told := _news(one, wanted[one.id]))],
            fires={
                wanted[one.id].key for one in found.values() if one.id in wanted and one.status != payloads.RESOLVED
            },
        )

    async def _looked_up(self, number: str) -> payloads.Incident | None:
        try:
            return await self.rest.one(payloads.Incident, f"/incidents/{segment(number)}", "incident")
        except NotFound:
            return None

    async def on_call(self) -> Sequence[OnCall]:
        duties, services = await asyncio.gather(self.fetches.duties(), self.fetches.services())
        now = self.now()
        found = {
            (one.pager_id, one.level, one.service_ref): one
            for one in _by_service(duties, services, lambda duty: judging.is_on(duty, now))
        }
        return sorted(found.values(), key=lambda one: (one.level, one.service_name or "", one.name))

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        now = self.now()
        if until <= now:
            return ()
        duties, services = await asyncio.gather(self.fetches.coming(now, until), self.fetches.services())
        begins = {
            (one.start, one.pager_id, one.level, one.service_ref): one
            for one in _by_service(duties, services, lambda duty: now < (duty.start or now) <= until)
        }
        return sorted(begins.values(), key=lambda one: (one.start or now, one.level, one.service_name or "", one.name))

    async def access(self) -> AccessFound:
        return accounts.found(await self.rest.every(payloads.Account, "/users"), self.instance)

    async def aclose(self) -> None:
        await self.rest.aclose()

    def checks(self) -> Sequence[Check]:
        asked = [
            ("api", Item.ALERTING, "Does PagerDuty answer, and is our key valid?", self._answers),
            ("oncall", Item.ALERTING, "Is somebody on call for every escalation policy?", self._on_call),
            ("services", Item.ALERTING, "Is every PagerDuty service active?", self._services),
            (
                "maintenance",
                Item.ALERTING,
                "Which maintenance windows keep people from being called?",
                self._maintenance,
            ),
            ("incidents", Item.INCIDENTS, "Which PagerDuty incidents are open?", self._incidents),
        ]
        if self.settings.webhook_subscription or self.settings.on("inbound"):
            asked.append(("webhook", Item.ALERTING, "Does PagerDuty still tell us what happens?", self._webhook))
        return [
            Check(name=f"{SOURCE}.{name}", item=item, question=question, ask=ask, instance=self.instance)
            for name, item, question, ask in asked
        ]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        """Each right by a harmless look. Whether a key may write shows only when it writes."""
        tried = {name: asyncio.ensure_future(_problem(look)) for name, look in self._looks().items()}
        found = {name: await one for name, one in tried.items()}
        if all(found.values()):
            raise next(error for error in found.values() if error)
        return [(name, str(error) if error else None) for name, error in found.items()]

    def _looks(self) -> Mapping[str, Awaitable[object]]:
        lists: tuple[tuple[str, type[BaseModel], str], ...] = (
            ("read incidents", payloads.Incident, "/incidents"),
            ("read who is on call", payloads.Duty, "/oncalls"),
            ("read escalation policies", payloads.Policy, "/escalation_policies"),
            ("read services", payloads.Service, "/services"),
            ("read maintenance windows", payloads.Window, "/maintenance_windows"),
            ("read users", payloads.User, "/users"),
        )
        looks: dict[str, Awaitable[object]] = {"API key": self._abilities()}
        looks |= {name: self.rest.page(kind, path, limit=1) for name, kind, path in lists}
        if self.settings.webhook_subscription:
            looks["webhook subscription"] = self._subscription()
        elif self.settings.on("inbound"):
            looks["read webhook subscriptions"] = self._subscriptions()
        return looks

    async def _answers(self) -> Answer:
        """`/users/me` would need a user's key; abilities are shown to every key."""
        try:
            await self._abilities()
        except NotAuthorised as error:
            return Answer(status=Status.FAIL, summary=str(error), reason=str(error))
        return Answer(status=Status.OK, summary="PagerDuty answers and the key is valid")

    async def _abilities(self) -> None:
        await self.rest.names("/abilities")

    async def _incidents(self) -> Answer:
        hours = self.limit(f"{SOURCE}.incidents", "fail", _HOURS)
        return judging.incidents(await self.fetches.incidents(), now=self.now(), patience=timedelta(hours=hours))

    async def _on_call(self) -> Answer:
        policies, duties = await asyncio.gather(self.fetches.policies(), self.fetches.duties())
        return judging.on_call(policies, duties, now=self.now(), wanted=self.settings.escalation_policies)

    async def _services(self) -> Answer:
        return judging.services(await self.fetches.services())

    async def _maintenance(self) -> Answer:
        windows = await self.rest.every(
            payloads.Window, "/maintenance_windows", {"filter": "ongoing"}, at_most=_LOOKED_THROUGH
        )
        return judging.maintenance(windows, now=self.now())

    async def _webhook(self) -> Answer:
        """By its id; where nobody told it, whatever calls the address at which we listen."""
        if self.settings.webhook_subscription:
            return judging.webhook(await self._subscription())
        return judging.webhooks(await self._subscriptions(), _LISTENS)

    async def _subscriptions(self) -> Listing[payloads.Subscription]:
        return await self.rest.every(payloads.Subscription, "/webhook_subscriptions", at_most=_LOOKED_THROUGH)

    async def _subscription(self) -> payloads.Subscription:
        path = f"/webhook_subscriptions/{segment(self.settings.webhook_subscription or '')}"
        return await self.rest.one(payloads.Subscription, path, "webhook_subscription")


async def _problem(look: Awaitable[object]) -> VendorError | None:
    try:
        await look
    except VendorError as error:
        return error
    return None


def _news(incident: payloads.Incident, known: Alert) -> AlertChanged | None:
    """As the notice would have told it that we may have missed."""
    change = {payloads.RESOLVED: Change.RESOLVED, payloads.ACKNOWLEDGED: Change.ACKNOWLEDGED}.get(incident.status)
    if change is None or incident.last_status_change_at is None:
        return None
    state = AlertState.RESOLVED if change is Change.RESOLVED else AlertState.FIRING
    alert = replace(known, state=state, occurred_at=incident.last_status_change_at)
    return AlertChanged(alert=alert, change=change, by=agent(incident.last_status_change_by))


def _by_service(
    duties: Listing[payloads.Duty], services: Listing[payloads.Service], wanted: Callable[[payloads.Duty], bool]
) -> Iterator[OnCall]:
    """Each wanted duty once for each service that its policy is for; half a list would leave somebody out."""
    if not (duties.complete and services.complete):
        raise Unavailable(
            "PagerDuty lists too many people on call. Name the policies in PAGERDUTY_ESCALATION_POLICIES."
        )
    by_policy: dict[str, list[payloads.Service]] = {}
    for service in services.things:
        if service.escalation_policy:
            by_policy.setdefault(service.escalation_policy.id, []).append(service)
    for duty in filter(wanted, duties.things):
        for one in by_policy.get(duty.escalation_policy.id, [None]):
            yield _on_call(duty, one)


def _on_call(duty: payloads.Duty, service: payloads.Service | None) -> OnCall:
    return OnCall(
        name=duty.user.called,
        email=duty.user.email,
        level=duty.escalation_level,
        service_ref=service.id if service else None,
        service_name=service.called if service else None,
        start=duty.start,
        until=duty.end,
        pager_id=duty.user.id,
        schedule=duty.schedule.summary if duty.schedule else None,
    )
