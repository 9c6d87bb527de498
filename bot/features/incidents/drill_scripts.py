"""What is played in a drill: one file a scenario, read once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

FOLDER: Final = Path(__file__).parent / "drills"


class _Script(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cue(_Script):
    """An alert that comes so many seconds after the beginning."""

    after: int = Field(ge=0)
    title: str = Field(max_length=80)
    severity: int | None = Field(None, ge=1)
    """1 is the worst; without it the incident's own."""


class Scenario(_Script):
    """A made-up disruption. What was behind it is told when it is over."""

    title: str = Field(max_length=40)
    severity: int = Field(ge=1)
    service: str
    seen: str = Field(max_length=200)
    alerts: tuple[Cue, ...] = Field(min_length=1)
    behind: str = Field(max_length=300)


def scenarios(folder: Path = FOLDER) -> Mapping[str, Scenario]:
    """By their names, which are the names of their files."""
    return {
        path.stem: Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.yaml"))
    }
