"""What is played in a drill: one file a scenario, read once."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.domain.change import Change, ChangeKind, Recorded, Result
from bot.domain.incident import Incident
from bot.domain.suspicion import Changed, suspects

WITHIN: Final = timedelta(hours=6)
FOLDER: Final = Path(__file__).parent / "drills"


class _Script(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cue(_Script):
    """An alert that comes so many seconds after the beginning."""

    after: int = Field(ge=0)
    title: str = Field(max_length=80)
    severity: int | None = Field(None, ge=1)
    """1 is the worst; without it the incident's own."""


class MadeUp(_Script):
    """A change that was over so many minutes before the beginning."""

    before: int = Field(ge=1)
    title: str = Field(max_length=60)
    place: str = Field(max_length=60)
    version: str | None = None
    by: str | None = None
    kind: ChangeKind = ChangeKind.DEPLOYMENT
    result: Result = Result.SUCCEEDED


class Scenario(_Script):
    """A made-up disruption. What was behind it is told when it is over."""

    title: str = Field(max_length=40)
    severity: int = Field(ge=1)
    service: str
    seen: str = Field(max_length=200)
    alerts: tuple[Cue, ...] = Field(min_length=1)
    changes: tuple[MadeUp, ...] = ()
    behind: str = Field(max_length=300)


def scenarios(folder: Path = FOLDER) -> Mapping[str, Scenario]:
    """By their names, which are the names of their files."""
    return {
        path.stem: Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.yaml"))
    }


def scripted_changes(scenario: Scenario | None, incident: Incident) -> Changed:
    """What was changed before a practice began. It stands in no record, and no real incident ever shows it."""
    made = [_recorded(number, one, incident) for number, one in enumerate(scenario.changes if scenario else (), 1)]
    began, service = incident.opened_at, incident.service
    found = suspects(made, service=service, began=began, within=WITHIN)
    return Changed(began=began, service=service, within=WITHIN, before=found, total=len(found), known=True)


def _recorded(number: int, one: MadeUp, incident: Incident) -> Recorded:
    ended = incident.opened_at - timedelta(minutes=one.before)
    change = Change(
        source="drill",
        id=f"{incident.id}:{number}",
        kind=one.kind,
        title=one.title,
        places=(one.place,),
        started_at=ended - timedelta(minutes=2),
        ended_at=ended,
        result=one.result,
        version=one.version,
        by=one.by,
    )
    return Recorded(id=number, change=change, service=incident.service)
