"""Which systems are switched on: their settings read from the environment and the YAML file, their adapters made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.domain.plan import Plan
from bot.integrations import Connected, Integration, System, Wiring, card, names
from bot.integrations.http import Outside
from bot.integrations.settings import ALONE, IncompleteSettings, SystemSettings
from bot.settings import BadSettings, entry_values, nameable, secret_of
from bot.web.heartbeats import Tokens, hashed


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """A system whose settings are there, not connected yet."""

    integration: Integration
    settings: SystemSettings
    instance: str | None


def switched_on(plan: Plan, environment: Mapping[str, str] | None = None) -> tuple[SwitchedOn, ...]:
    """Every system with a complete group of settings. Raises `BadSettings` for a half-set one."""
    found = []
    for name in names():
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
    return tuple(found)


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
    except ValidationError as error:
        told = [
            ": ".join(filter(None, (_variable(integration, one["loc"]), one["msg"].removeprefix("Value error, "))))
            for one in error.errors(include_input=False)
        ]
        raise BadSettings(f"{where}: {'; '.join(told)}") from error
    except IncompleteSettings as error:
        raise BadSettings(f"{where} is half set: {error}") from error
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


def connect(
    on: tuple[SwitchedOn, ...],
    outside: Outside,
    plan: Plan,
    *,
    may_write: Callable[[SwitchedOn], bool] = lambda _: True,
) -> Connected:
    """Adapters without I/O: a system that is down makes its own rows unknown, and stops no start.

    `may_write` says which may be acted on: in the local workspace only its own stand-ins.
    """
    zones = tuple(dict.fromkeys(team.timezone for team in plan.teams))
    systems = [
        System(
            integration=one.integration,
            settings=one.settings,
            instance=one.instance,
            adapter=one.integration.connect(
                one.settings,
                Wiring(outside=outside, instance=one.instance, thresholds=plan.checklist.thresholds, zones=zones),
            )
            if one.integration.connect is not None
            else None,
            read_only=not may_write(one),
        )
        for one in on
    ]
    return Connected(tuple(systems))
