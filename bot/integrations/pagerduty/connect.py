"""Which PagerDuty the settings allow: reading, reading and writing, or pages through a routing key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import SecretStr

from bot.integrations import Wiring
from bot.integrations.pagerduty.adapter import PagerDuty
from bot.integrations.pagerduty.client import PagerDutyRest
from bot.integrations.pagerduty.events import PagerDutyEvents
from bot.integrations.pagerduty.library import Events, Guard, Rest
from bot.integrations.pagerduty.people import People
from bot.integrations.pagerduty.reader import Fetches, PagerDutyReader
from bot.integrations.pagerduty.settings import PagerDutySettings
from bot.integrations.threads import Threads

C = TypeVar("C", Rest, Events)
_INSIDE: Final = 0.8
"""The library's time-out as a part of ours: a thread cannot be cancelled, so it must give up by itself, and first."""


@dataclass(frozen=True, kw_only=True)
class PagerDutyReaderAndEvents(PagerDutyReader, PagerDutyEvents):
    """A key that reads, and a routing key that pages."""

    async def aclose(self) -> None:
        await self.rest.aclose()
        await self.events.aclose()


def connect(settings: PagerDutySettings, wiring: Wiring) -> object:
    """The adapter with just the capabilities that the settings allow; None when they only take notices in."""
    key, routing = _plain(settings.api_key), _plain(settings.routing_key)
    if key is None:
        return PagerDutyEvents(**_paging(settings, wiring, routing)) if routing else None
    reading = _reading(settings, wiring, key)
    if settings.from_email:
        return PagerDuty(**reading, people=People(reading["rest"], settings.from_email))
    if routing:
        return PagerDutyReaderAndEvents(**(reading | _paging(settings, wiring, routing)))
    return PagerDutyReader(**reading)


def _reading(settings: PagerDutySettings, wiring: Wiring, key: SecretStr) -> dict[str, Any]:
    """The fields of a reader. Any: they go into a constructor as they are."""
    guard, count = _guard(wiring, settings.rest_address, key, "PAGERDUTY_API_URL", "PAGERDUTY_API_KEY")
    threads = _threads(lambda: Rest(guard, key, settings.rest_address), guard, wiring)
    rest = PagerDutyRest(threads, guard, count)
    return {
        "rest": rest,
        "settings": settings,
        "fetches": Fetches.of(rest, settings.escalation_policies),
        "now": wiring.outside.now,
        "instance": wiring.instance,
        "limit": wiring.limit,
    }


def _paging(settings: PagerDutySettings, wiring: Wiring, routing: SecretStr) -> dict[str, Any]:
    guard, count = _guard(wiring, settings.events_address, routing, "PAGERDUTY_EVENTS_URL", "PAGERDUTY_ROUTING_KEY")
    threads = _threads(lambda: Events(guard, routing, settings.events_address), guard, wiring)
    return {"events": threads, "now": wiring.outside.now, "count": count}


def _threads(make: Callable[[], C], guard: Guard, wiring: Wiring) -> Threads[C]:
    return Threads(make, title=guard.wording.title, patience=wiring.outside.patience, told=guard.told)


def _guard(
    wiring: Wiring, address: str, secret: SecretStr, address_name: str, secret_name: str
) -> tuple[Guard, Callable[[str, float], None]]:
    """The words, the clock and the counters of the shared door; only the calls themselves are the library's."""
    door = wiring.outside.api(
        title=wiring.titled("PagerDuty"),
        base_url=address,
        headers={"authorization": secret},
        address=address_name,
        variables=(secret_name,),
    )
    seconds = wiring.outside.patience * _INSIDE
    line = door.line
    return Guard(door.wording, seconds=seconds, now=line.now, heard=line.heard, wrong=door.wrong), line.count


def _plain(secret: SecretStr | None) -> SecretStr | None:
    """A secret without the line break that files end in; None when nothing is left."""
    value = secret.get_secret_value().strip() if secret else ""
    return SecretStr(value) if value else None
