"""When and where a team gets its digest: the YAML file's values, over them what an operator changed in Slack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.domain.check import Check, Item
from bot.domain.days import Workdays
from bot.domain.plan import WEEKDAYS, Plan, Team, Weekday
from bot.store.settings import SettingRows

FIELDS: Final = ("channel", "at", "days", "holidays", "hidden", "chart")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Who changed a value in Slack, and when."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """A team's mornings. `hidden` holds item keys, check names and system names."""

    team: str
    channel: str
    zone: ZoneInfo
    at: time
    days: tuple[Weekday, ...]
    holidays: str | None
    hidden: frozenset[str]
    services: tuple[str, ...]
    chart: bool = True
    """Whether a picture may stand under the digest."""
    changed: Mapping[str, Changed] = field(default_factory=dict)

    @property
    def workdays(self) -> Workdays:
        return Workdays(weekdays=self.days, holidays=self.holidays)

    @property
    def hidden_items(self) -> frozenset[str]:
        return self.hidden & {item.value for item in Item}

    @property
    def timing_changed_at(self) -> datetime | None:
        """When the time or the days were last changed: what was due before that stays as it was."""
        return max((self.changed[name].at for name in ("at", "days", "holidays") if name in self.changed), default=None)

    def shows(self, check: Check) -> bool:
        return not ({check.item.value, check.name, check.system} & self.hidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routines:
    """The teams' routines as they hold now."""

    plan: Callable[[], Plan]
    settings: SettingRows

    async def all(self) -> Sequence[Routine]:
        return [await self._of(team) for team in self.plan().teams]

    async def of(self, team: str) -> Routine:
        """A team that left the file is answered by the first one's."""
        teams = self.plan().teams
        return await self._of(next((one for one in teams if one.name == team), teams[0]))

    async def change(self, team: str, values: Mapping[str, Any], *, who: str, at: datetime) -> None:
        """Keep what differs from what holds now. `values` are plain JSON by field."""
        now_holding = as_values(await self.of(team))
        kept = dict(await self.settings.get(_key(team)))
        for name, value in values.items():
            if name in FIELDS and value != now_holding[name]:
                kept[name] = {"value": value, "who": who, "at": at.isoformat()}
        await self.settings.put(_key(team), kept, who=who, at=at)

    async def back_to_file(self, team: str) -> None:
        await self.settings.remove(_key(team))

    async def _of(self, team: Team) -> Routine:
        over = await self.settings.get(_key(team.name))
        hide = frozenset((*self.plan().checklist.hide, *team.checklist.hide))
        items = frozenset(item.value for item in Item)
        at = _value(over, "at")
        days = _value(over, "days")
        hidden = _value(over, "hidden")
        return Routine(
            team=team.name,
            channel=_value(over, "channel") or team.channel,
            zone=ZoneInfo(team.timezone),
            at=time.fromisoformat(at) if at else team.digest.at,
            days=tuple(day for day in WEEKDAYS if day in days) if days else team.digest.days,
            holidays=_value(over, "holidays") if "holidays" in over else team.holidays,
            hidden=hide if hidden is None else (hide - items) | (frozenset(hidden) & items),
            services=team.services,
            chart=_value(over, "chart") is not False,
            changed={name: Changed(who=one["who"], at=datetime.fromisoformat(one["at"])) for name, one in over.items()},
        )


def as_values(routine: Routine) -> Mapping[str, Any]:
    """The fields that an operator may change, as plain JSON."""
    return {
        "channel": routine.channel,
        "at": f"{routine.at:%H:%M}",
        "days": list(routine.days),
        "holidays": routine.holidays,
        "hidden": sorted(routine.hidden_items),
        "chart": routine.chart,
    }


def _key(team: str) -> str:
    return f"digest:{team}"[:120]


def _value(over: Mapping[str, Any], name: str) -> Any:
    return over[name]["value"] if name in over else None
