"""How a system's settings are declared: variables in groups that are on when complete and off when empty."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

GroupName = Literal["read", "write", "inbound", "reports"]
ALONE: Final = "\0"
"""The prefix of no variable: settings made with it take nothing from the environment."""


def _listed(given: object) -> object:
    return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""A comma list in the environment, a list in the YAML file."""


@cache
def listed() -> Mapping[str, Sequence[str]]:
    """The variables of each system, from a list that `python -m bot.generated` makes: nothing is imported for it."""
    text = (Path(__file__).parent / "variables.json").read_text(encoding="utf-8")
    found: Mapping[str, Sequence[str]] = json.loads(text)
    return found


class IncompleteSettings(Exception):
    """A half-set group; the text names the missing variables and the way to switch the group off."""


@dataclass(frozen=True, slots=True)
class Group:
    """Which fields make a group complete. There may be alternatives (`JIRA_EMAIL`+`JIRA_API_TOKEN` or `JIRA_PAT`)."""

    alternatives: Sequence[Sequence[str]]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(name for names in self.alternatives for name in names)


def needs(*alternatives: Sequence[str]) -> Group:
    """A group that is complete when all fields of any one alternative are set."""
    return Group(alternatives)


def variable(description: str, default: Any = None, **extra: Any) -> Any:
    """A settings field with the sentence that `.env.example` and the docs print."""
    return Field(default=default, description=description, **extra)


class SystemSettings(BaseSettings):
    """What one instance of a system needs. Fields are the variables in lower case without the vendor's prefix.

    The prefix stands in `model_config`; the same fields are the keys of a `systems:` entry in the YAML file.
    `GROUPS` says what each group needs; a field named in no group is optional and has a default.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {}
    TOGETHER: ClassVar[Sequence[Sequence[str]]] = ()
    """Optional fields that mean something only when all of them are set, such as a user name and its password."""

    ON_TOP: ClassVar[Mapping[GroupName, GroupName]] = {}
    """Groups that are switches, and the group without which they mean nothing."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        if isinstance(env_settings, EnvSettingsSource) and env_settings.env_prefix == ALONE:
            return (init_settings,)  # a variable with a name of its own has no prefix that could keep it out
        return super().settings_customise_sources(
            settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
        )

    def on(self, group: GroupName) -> bool:
        """Whether a group is complete. A half-set group never gets here: `refuse_half_set` stops the start."""
        wanted = self.GROUPS.get(group)
        return wanted is not None and any(all(_given(self, name) for name in names) for names in wanted.alternatives)

    def refuse_half_set(self) -> None:
        """Raise `IncompleteSettings` for a group, or for fields that go together, of which only some are set."""
        for name, group in self.GROUPS.items():
            if not self.on(name):
                closest = min(group.alternatives, key=self._distance)
                self._refuse_part(sorted(group.fields), closest)
        for fields in self.TOGETHER:
            self._refuse_part(fields, fields)
        for switch, below in self.ON_TOP.items():
            if self.on(switch) and not self.on(below):
                wanted = self.GROUPS[below].alternatives[0]
                self._refuse_part([*self.GROUPS[switch].fields, *wanted], wanted)

    def _distance(self, names: Sequence[str]) -> tuple[bool, int]:
        """How far from complete: what somebody began is what they meant, though another may need less."""
        missing = [not _given(self, name) for name in names]
        return all(missing), sum(missing)

    def _refuse_part(self, fields: Sequence[str], wanted: Sequence[str]) -> None:
        given = [self.variable_name(field) for field in fields if _given(self, field)]
        missing = [self.variable_name(field) for field in wanted if not _given(self, field)]
        if given and missing:
            have = f"{', '.join(given)} {'is' if len(given) == 1 else 'are'} set"
            raise IncompleteSettings(f"{have}, but {', '.join(missing)} is missing. Set it, or unset the rest.")

    @classmethod
    def variable_name(cls, field: str) -> str:
        """The environment variable of a field."""
        alias = cls.model_fields[field].validation_alias
        return str(alias) if alias else f"{cls.model_config.get('env_prefix', '')}{field}".upper()


class PostedSettings(SystemSettings):
    """A system for which CI posts reports. Its groups have `"reports": PostedSettings.REPORTS`."""

    REPORTS: ClassVar[Group] = needs(("report_token",), ("report_token", "report_names"))

    report_token: SecretStr = variable("Token with which CI posts reports to us", SecretStr(""))
    report_names: Names = variable("Names that must be reported: one that is missing fails, also after it is gone", ())
    report_max_age_hours: int = variable("Hours after which a name without a new report fails", 48, gt=0)
    report_forget_days: int = variable(
        "Days after which a name that is reported no more, and need not be, leaves the checklist", 14, gt=0
    )


def _given(settings: SystemSettings, field: str) -> bool:
    value = getattr(settings, field)
    if value is False:
        return False
    if isinstance(value, SecretStr):
        return bool(value.get_secret_value())
    return value not in (None, "", (), [])
