"""Which systems are switched on: their settings read from the environment and the YAML file, their adapters made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from bot.domain.plan import Plan
from bot.integrations import Connected, Integration, System, Wiring, card, names
from bot.integrations.entry import speaks_of
from bot.integrations.eol_source import Lifecycles
from bot.integrations.http import Outside
from bot.integrations.settings import ALONE, IncompleteSettings, SystemSettings, listed
from bot.settings import BadSettings, Settings, entry_values, nameable, secret_of
from bot.store.database import Store
from bot.store.reports import ReportRows, ReportsOf
from bot.web.heartbeats import Tokens, hashed
from bot.web.reports import Poster
from bot.web.tokens import REMEDY, digest_of, guessable


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """A system whose settings are there, not connected yet."""

    integration: Integration
    settings: SystemSettings
    instance: str | None

    @property
    def takes_reports(self) -> bool:
        return self.integration.reports is not None and self.settings.on("reports")

    @property
    def label(self) -> str:
        return f"{self.integration.title} {self.instance}" if self.instance else self.integration.title


def switched_on(plan: Plan, environment: Mapping[str, str] | None = None) -> tuple[SwitchedOn, ...]:
    """Every system with a complete group of settings. Raises `BadSettings` for a half-set one."""
    found = []
    for name in _perhaps_on():
        integration = card(name)
        settings = _read(integration, None, {})
        if any(settings.on(group) for group in integration.settings.GROUPS):
            found.append(SwitchedOn(integration, settings, None))
    known = set(names())
    taken: set[tuple[str, str]] = set()
    for entry in plan.systems:
        if entry.system not in known:
            raise BadSettings(
                f"systems: {entry.system!r} is not a system we know. There are: {', '.join(sorted(known))}."
            )
        values = entry_values(entry, nameable() if environment is None else environment)
        integration = card(entry.system)
        if (entry.system, entry.name) in taken:
            raise BadSettings(f"systems: {entry.system} {entry.name!r} is there twice; give each its own name.")
        taken.add((entry.system, entry.name))
        found.append(SwitchedOn(integration, _entry(integration, entry.name, values), entry.name))
    _refuse_report_tokens(found)
    return tuple(found)


def _perhaps_on() -> Iterable[str]:
    """The systems of which any variable is set at all: what is off is not imported.

    A folder that the list of variables does not know yet is looked into.
    """
    given = {name.upper() for name in nameable()}
    known = listed()
    return [name for name in names() if name not in known or not given.isdisjoint(known[name])]


def _refuse_report_tokens(on: Iterable[SwitchedOn]) -> None:
    """A token that could be guessed, or that does not tell two instances of one system apart."""
    taken: dict[tuple[str, str], str] = {}
    for one in on:
        if not one.takes_reports:
            continue
        token, variable = _report_token(one.settings), one.settings.variable_name("report_token")
        if guessable(token):
            raise BadSettings(f"{one.label}: {variable} has less than 128 bits; {REMEDY}.")
        other = taken.setdefault((one.integration.name, token), one.label)
        if other != one.label:
            raise BadSettings(
                f"{one.label} has the {variable} of {other}; give each its own, since it says whose it is."
            )


def _report_token(settings: SystemSettings) -> str:
    """By the name that every system's has."""
    token: SecretStr | None = getattr(settings, "report_token", None)
    return token.get_secret_value().strip() if token is not None else ""


def _entry(integration: Integration, name: str, values: Mapping[str, Any]) -> SystemSettings:
    """An entry of the YAML file says what it means: no misspelt key, and at least one group complete."""
    fields = integration.settings.model_fields
    keys = {*fields, *(str(field.validation_alias) for field in fields.values() if field.validation_alias)}
    strange = [key for key in values if key not in keys]
    if strange:
        raise BadSettings(
            f"systems: {integration.name} {name!r} has no setting {strange[0]!r}. There are: {', '.join(sorted(keys))}."
        )
    settings = _read(integration, name, values)
    if not any(settings.on(group) for group in settings.GROUPS):
        raise BadSettings(f"systems: {integration.name} {name!r} has not what it needs to be switched on.")
    return settings


def _read(integration: Integration, instance: str | None, values: Mapping[str, Any]) -> SystemSettings:
    where = f"{integration.title} {instance}" if instance else integration.title
    # An entry of the YAML file stands for itself: what the environment says is for the unnamed one.
    source: dict[str, Any] = {"_env_file": None, "_env_prefix": ALONE} if instance else {"_env_file": ".env"}
    try:
        settings = integration.settings(**source, **values)
        settings.refuse_half_set()
    except SettingsError as error:  # of what has a structure the library parses the variable before it looks at it
        field = next((name for name in integration.settings.model_fields if f'"{name}"' in str(error)), "")
        raise BadSettings(
            f'{where}: {_variable(integration, (field,))} must be JSON, such as {{"key": "value"}}'
        ) from error
    except ValidationError as error:
        told = [
            ": ".join(filter(None, (_variable(integration, one["loc"]), one["msg"].removeprefix("Value error, "))))
            for one in error.errors(include_input=False)
        ]
        put = speaks_of(integration.settings, integration.name, instance)
        raise BadSettings(f"{where}: {put('; '.join(told))}") from error
    except IncompleteSettings as error:
        put = speaks_of(integration.settings, integration.name, instance)
        raise BadSettings(f"{where} is half set: {put(str(error))}") from error
    return settings


def _variable(integration: Integration, place: tuple[int | str, ...]) -> str:
    name = str(place[0]) if place else ""
    return integration.settings.variable_name(name) if name in integration.settings.model_fields else name


def heartbeat_tokens(plan: Plan) -> Tokens:
    """With what each job of the YAML file proves itself. Raises `BadSettings` for a token that is not there or weak."""
    known = nameable()
    given = {one.name: secret_of(one.token, known) for one in plan.heartbeats}
    try:
        return hashed(given)
    except ValueError as error:
        raise BadSettings(f"heartbeats: {error}.") from error


def posters(connected: Connected) -> Mapping[str, Sequence[Poster]]:
    """Who may post reports, by path name."""
    return {
        name: [
            Poster(instance=one.instance, token=digest_of(_report_token(one.settings)), reader=reader)
            for one, reader in found
        ]
        for name, found in connected.posters().items()
    }


def lifecycles_of(settings: Settings, outside: Outside) -> Lifecycles:
    """Until when releases are supported, as far as it is known and can be looked up."""
    return Lifecycles(
        outside,
        source=settings.eol_source,
        folder=settings.daywatch_data_dir,
        max_age=timedelta(days=settings.eol_max_age_days),
    )


def connect(
    on: tuple[SwitchedOn, ...],
    outside: Outside,
    plan: Plan,
    *,
    store: Store | None = None,
    lifecycles: Lifecycles | None = None,
    may_write: Callable[[SwitchedOn], bool] = lambda _: True,
) -> Connected:
    """Adapters without I/O: a system that is down makes its own rows unknown, and stops no start.

    `store` holds what CI posted; without it no adapter has any. `may_write` says which may be acted on: in the local
    workspace only its own stand-ins.
    """
    zones = tuple(dict.fromkeys(team.timezone for team in plan.teams))

    def wired(one: SwitchedOn) -> Wiring:
        reports = None
        if store is not None and one.takes_reports:
            reports = ReportsOf(ReportRows(store), one.integration.name, one.instance)
        return Wiring(
            outside=outside,
            instance=one.instance,
            thresholds=plan.checklist.thresholds,
            zones=zones,
            reports=reports,
            lifecycles=lifecycles,
        )

    systems = [
        System(
            integration=one.integration,
            settings=one.settings,
            instance=one.instance,
            adapter=one.integration.connect(one.settings, wired(one)) if one.integration.connect is not None else None,
            read_only=not may_write(one),
        )
        for one in on
    ]
    return Connected(tuple(systems))
