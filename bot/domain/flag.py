"""A feature flag: what it is for, and in which environments it is on."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagState:
    """A flag in one environment. `detail` says what being on means there ("2 strategies", "12 % get it")."""

    environment: str
    on: bool
    production: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Texts are foreign and arrive raw. (source, project, key) is unique; `kind` is the source's own word."""

    source: str
    project: str
    key: str
    title: str
    states: Sequence[FlagState]
    kind: str = ""
    stale: str = ""
    """Why it should be looked at or taken out; empty when there is no reason."""
    kill_switch: bool = False
    owner: str = ""
    url: str | None = None

    @property
    def on_in_production(self) -> bool:
        return any(one.on for one in self.states if one.production)
