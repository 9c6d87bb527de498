"""The whole list of who is on call: what the sources told, sorted by our services. Plain reckoning, no asking."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.oncall import OnCall
from bot.domain.plan import Plan, Service
from bot.features.oncall.cover import FIRST, SECOND, Cover, follow, gap, shifts, starts_later

HORIZON: Final = timedelta(days=8)
"""How far ahead we ask: a week's shift and the one after it."""
_OURS: Final = "s:"
_THEIRS: Final = "r:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one source said. `trouble` says why it is not of now, or what is missing in it; `at` None: no answer yet.

    `coming` None: this source does not tell who comes next.
    """

    source: str | None
    at: datetime | None = None
    now: Sequence[OnCall] = ()
    coming: Sequence[OnCall] | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who is on call everywhere, the gaps first. `unset` are services of ours that no source knows."""

    covers: Sequence[Cover] = ()
    told: Sequence[Told] = ()
    unset: Sequence[str] = ()

    @property
    def answered(self) -> bool:
        return any(one.at for one in self.told)


def roster(told: Sequence[Told], plan: Plan, now: datetime) -> Roster:
    found: dict[str, Cover] = {}
    for one in told:
        for cover in _covers(one, plan, now):
            found.setdefault(cover.key, cover)
    missing = [service for service in plan.services if key_of(service) not in found]
    if not told or not all(one.at for one in told):
        # Somebody has not answered at all: who is missing in the list may be on call there.
        missing = []
    for service in missing:
        if service.match.refs:
            found[key_of(service)] = nobody(service, now)
    place = {key_of(service): number for number, service in enumerate(plan.services)}
    covers = sorted(found.values(), key=lambda one: (one.urgency, place.get(one.key, len(place)), one.name))
    unset = [service.name for service in missing if not service.match.refs]
    return Roster(covers=covers, told=told, unset=unset)


def key_of(service: Service) -> str:
    return f"{_OURS}{service.name}"


def is_ours(cover: Cover) -> bool:
    return cover.key.startswith(_OURS)


def nobody(service: Service, now: datetime) -> Cover:
    """A service that the settings name, with nobody on call."""
    source, ref = next(iter(service.match.refs.items()), (None, ""))
    none = gap((), None, now, now + HORIZON)
    return Cover(key=key_of(service), name=service.name, ref=ref, source=source, first=(), gap=none)


def _covers(told: Told, plan: Plan, now: datetime) -> Iterator[Cover]:
    """What one source tells, service by service. An old answer is read by today's clock: shifts begin and end in it."""
    running = [one for one in (*told.now, *(told.coming or ())) if not starts_later(one, now)]
    present = [one for one in running if one.until is None or one.until > now]
    coming = [one for one in told.coming or () if starts_later(one, now)]
    groups: dict[str, list[OnCall]] = {}
    for duty in (*present, *coming):
        groups.setdefault(_place(duty, plan)[0], []).append(duty)
    for key, duties in groups.items():
        first_level = [one for one in duties if one.level == FIRST]
        later = [one for one in first_level if starts_later(one, now)]
        first = shifts((one for one in first_level if not starts_later(one, now)), later)
        second = [one for one in duties if one.level == SECOND and not starts_later(one, now)]
        yield Cover(
            key=key,
            name=_place(duties[0], plan)[1],
            ref=next((one.service_ref for one in duties if one.service_ref), ""),
            source=told.source,
            first=first,
            second=tuple(shift.who for shift in shifts(second, ())),
            following=follow(first, later)[0],
            gap=gap(first, None if told.coming is None else later, now, now + HORIZON),
        )


def _place(duty: OnCall, plan: Plan) -> tuple[str, str]:
    """The key and the name under which a duty stands: our service, else the pager's, else its schedule."""
    service = _ours(duty, plan)
    if service is not None:
        return key_of(service), service.name
    name = duty.service_name or duty.schedule or "no service"
    return f"{_THEIRS}{duty.service_ref or name}", name


def _ours(duty: OnCall, plan: Plan) -> Service | None:
    by_ref = (one for one in plan.services if duty.service_ref in one.match.refs.values())
    named = (duty.service_name or "").casefold()
    by_name = (
        one for one in plan.services if named and named in (one.name.casefold(), (one.match.name or "").casefold())
    )
    return next(by_ref, None) or next(by_name, None)
