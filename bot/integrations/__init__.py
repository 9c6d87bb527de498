"""The contract of an integration: one folder a system, found by being there, switched on by its settings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from importlib import import_module
from operator import attrgetter
from pkgutil import iter_modules
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from bot.domain.capabilities import ACTS_OUTSIDE, DailyCheck, Reader, ReportReader, Reports, Source, Webhook
from bot.domain.limits import held
from bot.integrations.entry import OfEntry, Speaks, speaks_of
from bot.integrations.eol_source import Lifecycles
from bot.integrations.http import Outside
from bot.integrations.settings import SystemSettings
from bot.integrations.several import Several

Capability = TypeVar("Capability")


class Category(StrEnum):
    MONITORING = "monitoring"
    ALERTING = "alerting"
    PIPELINES = "pipelines"
    BACKUPS = "backups"
    TICKETS = "tickets"
    PLATFORM = "platform"
    SECURITY = "security"
    INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """The card of a system. `connect` makes its adapter (no I/O); `webhook` reads what it sends us."""

    name: str
    title: str
    category: Category
    settings: type[SystemSettings]
    connect: Callable[[Any, "Wiring"], object] | None = None
    """(settings, wiring) → the adapter, by `later`; its capabilities are the Protocols it implements."""
    webhook: Callable[[Any], Webhook] | None = None
    """(settings) → the reader of its notices, by `later`; asked for only when the `inbound` group is on."""
    delivery_id_header: str | None = None
    reports: Callable[[Any], ReportReader] | None = None
    """(settings) → the reader of what CI posts, by `later`; its token is `report_token` in the `reports` group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What an adapter may use: the shared door to the outside, its instance's name, thresholds from the settings."""

    outside: Outside
    instance: str | None = None
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Per check name, e.g. `{"prometheus.targets": {"warn": 1, "fail": 5}}`; a team's own stand over them."""
    zones: Sequence[str] = ("UTC",)
    """The teams' time zones."""
    reports: Reports | None = None
    """What CI posted for this instance, where its `reports` group is on."""

    lifecycles: Lifecycles | None = None
    """Until when releases are supported; without it no check asks."""

    def limit(self, check: str, name: str, default: float) -> float:
        """A threshold of a check, as the team set it, as it is set for all, or as we think best."""
        team = held(check, name)
        if team is not None:
            return team
        return self.thresholds.get(check, {}).get(name, default)

    def today(self) -> date:
        """The latest date that a team has: what is overdue for one of them is overdue."""
        return max(self.outside.now().astimezone(ZoneInfo(zone)).date() for zone in self.zones)

    def titled(self, title: str) -> str:
        """What to call the system in sentences: its title, with the instance's name where there are several."""
        return f"{title} {self.instance}" if self.instance else title


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A system that is switched on: its card, its settings, and its adapter."""

    integration: Integration
    settings: SystemSettings
    instance: str | None
    adapter: object | None
    read_only: bool = False
    """Asked, but never acted on, whatever its credentials would allow."""

    def offers(self, capability: type[object]) -> bool:
        return isinstance(self.adapter, capability) and not (self.read_only and capability in ACTS_OUTSIDE)

    @property
    def label(self) -> str:
        return f"{self.integration.title} {self.instance}" if self.instance else self.integration.title

    @property
    def speaks(self) -> Speaks:
        """How words about it are put: by the keys of its entry in the YAML file, where it has one."""
        return speaks_of(type(self.settings), self.integration.name, self.instance)

    def gives(self, capability: type[Capability]) -> Capability:
        found = self.adapter
        if capability is DailyCheck and self.instance is not None and isinstance(found, DailyCheck):
            found = OfEntry(found, self.speaks)
        return cast("Capability", found)


@dataclass(frozen=True, slots=True)
class Connected:
    """All systems that are switched on. Features ask it for capabilities, never for a vendor."""

    systems: Sequence[System] = ()

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        """Every adapter that has the capability, in the order of the folders."""
        return [one.gives(capability) for one in self.systems if one.offers(capability)]

    def each(self, capability: type[Capability]) -> Sequence[tuple[System, Capability]]:
        """The same, with the systems that they stand for."""
        return [(one, one.gives(capability)) for one in self.having(capability)]

    def first(self, capability: type[Capability]) -> Capability | None:
        return next(iter(self.all(capability)), None)

    def having(self, capability: type[object]) -> Sequence[System]:
        return [one for one in self.systems if one.offers(capability)]

    def webhooks(self) -> Mapping[str, tuple[Integration, Webhook]]:
        """Readers by path name, for the systems whose inbound group is on; instances of one system share a path."""
        readers: dict[str, list[Webhook]] = {}
        cards: dict[str, Integration] = {}
        for one in self.systems:
            if one.integration.webhook is not None and one.settings.on("inbound"):
                cards[one.integration.name] = one.integration
                readers.setdefault(one.integration.name, []).append(one.integration.webhook(one.settings))
        return {name: (cards[name], found[0] if len(found) == 1 else Several(found)) for name, found in readers.items()}

    def posters(self) -> Mapping[str, Sequence[tuple[System, ReportReader]]]:
        """Who may post reports, by path name; instances of one system share a path, and each has its own token."""
        found: dict[str, list[tuple[System, ReportReader]]] = {}
        for one in self.systems:
            if one.integration.reports is not None and one.settings.on("reports"):
                found.setdefault(one.integration.name, []).append((one, one.integration.reports(one.settings)))
        return found

    def readers(self) -> Mapping[str, Reader]:
        """What reads the notices in intake, by their source: those that are sent to us and those that we fetch."""
        found: dict[str, Reader] = {name: webhook for name, (_, webhook) in self.webhooks().items()}
        found.update({one.source: one for one in self.all(Source)})
        return found


def later(folder: str, place: str) -> Callable[..., Any]:
    """What stands at `place` (`module:name`) of a folder, imported when it is first called: off means not imported."""

    def called(*given: Any) -> Any:
        module, _, name = place.partition(":")
        return attrgetter(name)(import_module(f"{folder}.{module}"))(*given)

    return called


def names() -> Sequence[str]:
    """Every integration there is: the folders beside this file."""
    return sorted(module.name for module in iter_modules(__path__) if module.ispkg)


def card(name: str) -> Integration:
    """The card of one integration. Imports its folder, so ask only for what is switched on."""
    found = import_module(f"{__name__}.{name}").INTEGRATION
    if not isinstance(found, Integration):
        raise TypeError(f"bot/integrations/{name}/__init__.py must hold INTEGRATION, an Integration")
    return found


def discover() -> Iterable[Integration]:
    """The cards of all integrations, for documentation, `doctor` and the contract suite."""
    return [card(name) for name in names()]
