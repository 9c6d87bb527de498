"""The structured settings of an installation: teams, services, severities, routing, permissions (the YAML file)."""

import re
from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.domain.limits import Thresholds

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Sequence[Weekday] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"^\s*(\d+)\s*([smhdw])\s*$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _span(value: object) -> object:
    if isinstance(value, str):
        found = _SPAN.match(value)
        if not found:
            raise ValueError("write a number and a unit, such as 30m, 2h or 1d")
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        near = [name for name in sorted(available_timezones()) if value.lower() in name.lower()][:3]
        hint = f"; did you mean {', '.join(near)}?" if near else ", e.g. Europe/Berlin"
        raise ValueError(f"{value!r} is not a time zone{hint}") from error
    return value


Span = Annotated[timedelta, BeforeValidator(_span)]
Zone = Annotated[str, BeforeValidator(_zone)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DigestTime(_Part):
    """When a team gets its digest, in its own time zone."""

    at: time = time(8, 30)
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")


class ChecklistRules(_Part):
    """Which checks are not wanted, and by what they are judged: for everybody, or for one team."""

    hide: tuple[str, ...] = ()
    thresholds: Thresholds = Field(default_factory=dict)


class Team(_Part):
    """An on-call team: where it talks, when its day begins, what it runs."""

    name: str = Field(min_length=1, max_length=60)
    channel: str = "#ops"
    timezone: Zone = "UTC"
    holidays: str | None = None
    """A country, or country and subdivision (`DE`, `DE-BY`), for the public holidays on which no digest comes."""
    digest: DigestTime = DigestTime()
    services: tuple[str, ...] = ()
    checklist: ChecklistRules = ChecklistRules()
    """Over what `checklist` says for every team."""


class Dashboard(_Part):
    title: str
    url: str


class Match(_Part):
    """How an alert is recognised as this service's: by the vendor's service id, or by labels that must all be equal.

    `changes` are the names by which other systems know it: its repositories, applications, workspaces, flags.
    """

    pagerduty: str | None = None
    opsgenie: str | None = None
    """The id of the team that has the service's alerts."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    name: str | None = None
    changes: tuple[str, ...] = ()

    @property
    def refs(self) -> Mapping[str, str]:
        """The vendors' ids of the service, by the name of the pager that knows it under this."""
        known = {"pagerduty": self.pagerduty, "opsgenie": self.opsgenie}
        return {source: ref for source, ref in known.items() if ref}


class Service(_Part):
    """What a team runs."""

    name: str = Field(min_length=1, max_length=60)
    match: Match = Match()
    dashboards: tuple[Dashboard, ...] = ()


class Severity(_Part):
    """A level of disruption; the first in the list is the worst."""

    key: str
    name: str
    word: str
    update_every: Span | None = None
    postmortem: bool = False
    meaning: str = ""


DEFAULT_SEVERITIES: Sequence[Severity] = (
    Severity(
        key="sev1",
        name="SEV1",
        word="critical",
        update_every=timedelta(minutes=30),
        postmortem=True,
        meaning="Customers cannot use the product",
    ),
    Severity(
        key="sev2",
        name="SEV2",
        word="major",
        update_every=timedelta(hours=1),
        postmortem=True,
        meaning="An important part is broken or very slow",
    ),
    Severity(key="sev3", name="SEV3", word="minor", meaning="Some people are affected, or there is a way round"),
    Severity(key="sev4", name="SEV4", word="low", meaning="Nobody outside notices yet"),
)


class When(_Part):
    """What an alert must be for a routing rule; all that is given must hold."""

    source: str | None = None
    urgency: Literal["high", "low"] | None = None
    service: str | None = None
    severity: str | None = None
    title: str | None = Field(default=None, max_length=200)
    """Words that the title must contain, whatever their case."""
    labels: Mapping[str, str] = Field(default_factory=dict)


class Rule(_Part):
    """A routing rule; the first that matches decides."""

    when: When = When()
    do: Literal["open", "triage", "ignore"]


class IncidentRules(_Part):
    """Where incidents live and how alerts find them."""

    channel_prefix: str = Field(default="inc", pattern=r"^[a-z0-9][a-z0-9_-]{0,20}$")
    announce: str | None = None
    triage: str | None = None
    join_window: Span = timedelta(minutes=30)
    routing: tuple[Rule, ...] = ()
    archive_after: Span = timedelta(days=7)
    changes_within: Span = Field(default=timedelta(hours=6), ge=timedelta(minutes=1), le=timedelta(days=7))
    """How far back changes are shown."""


class SecretFrom(_Part):
    """Where a secret is: an environment variable or a file. Secrets are named in the YAML, never written."""

    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("name the secret with exactly one of {env: VARIABLE} or {file: /path}")
        return self


class Heartbeat(_Part):
    """A script that reports its runs (`POST /heartbeats/<name>`)."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,80}$")
    schedule: str = ""
    timezone: Zone = "UTC"
    within: Span | None = None
    """In place of a schedule, for a restore test: how old the last good one may be."""
    restores: str | None = None
    """The heartbeat whose backups the test restores."""
    grace: Span = timedelta(hours=1)
    min_size: str | None = None
    token: SecretFrom

    @model_validator(mode="after")
    def _schedule_or_within(self) -> Self:
        if bool(self.schedule) == (self.within is not None):
            raise ValueError('give it either a schedule ("0 2 * * *") or, for a restore test, within (90d)')
        return self

    @field_validator("min_size")
    @classmethod
    def _readable_size(cls, value: str | None) -> str | None:
        if value is not None:
            size_in_bytes(value)
        return value


_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def size_in_bytes(text: str) -> int:
    """`1GB` → 1000000000. Raises ValueError with the remedy."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    if not found or found[2].upper() not in _SIZES:
        raise ValueError("write a size such as 500MB or 1GiB")
    return int(float(found[1]) * _SIZES[found[2].upper()])


class AccessReviews(_Part):
    """How often people look at who may do what."""

    team: str | None = None
    """In whose channel and digest it is due; the first team where nobody says so."""
    every: Literal["month", "quarter"] = "month"
    overdue_after: Span = timedelta(days=14)


class Permissions(_Part):
    """Who may do what: user ids (`U…`) or user-group handles (`@oncall`)."""

    responder: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        return bool(self.responder or self.operator or self.admin)


class SlackRules(_Part):
    command_prefix: str = Field(default="", pattern=r"^[a-z0-9-]{0,12}$")
    """Put before every command name, for workspaces in which they are taken: `dw-` makes `/dw-incident`."""


class Retention(_Part):
    """How long things are kept, in days. Incidents and the audit log are kept for ever."""

    deliveries: int = Field(default=30, ge=1)
    results: int = Field(default=400, ge=15)
    flows: int = Field(default=90, ge=7)
    reports: int = Field(default=90, ge=15)
    changes: int = Field(default=400, ge=15)
    access: int = Field(default=400, ge=190)
    """Who may do what, as access reviews saw it: names and roles. Who signed off stays in the audit log."""


class SystemEntry(BaseModel):
    """One of several systems of a kind; the other keys are that system's settings, secrets as `{env: NAME}`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    system: str
    name: str = Field(min_length=1, max_length=60)

    @property
    def rest(self) -> Mapping[str, Any]:
        return self.model_extra or {}


class Plan(_Part):
    """The whole file. Without one: a single team, `#ops`, 08:30 UTC on weekdays, four severities."""

    teams: tuple[Team, ...] = (Team(name="ops"),)
    services: tuple[Service, ...] = ()
    systems: tuple[SystemEntry, ...] = ()
    incidents: IncidentRules = IncidentRules()
    severities: tuple[Severity, ...] = tuple(DEFAULT_SEVERITIES)
    heartbeats: tuple[Heartbeat, ...] = ()
    checklist: ChecklistRules = ChecklistRules()
    access_reviews: AccessReviews | None = None
    permissions: Permissions = Permissions()
    slack: SlackRules = SlackRules()
    retention: Retention = Retention()

    @model_validator(mode="after")
    def _names_fit_together(self) -> Self:
        if not self.teams:
            raise ValueError("teams: name at least one team")
        if not self.severities:
            raise ValueError("severities: name at least one severity")
        for what, names in (
            ("team", [team.name for team in self.teams]),
            ("service", [service.name for service in self.services]),
            ("severity", [severity.key for severity in self.severities]),
            ("heartbeat", [beat.name for beat in self.heartbeats]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the {what} {twice[0]!r} is there twice; give each its own name")
        beats = {beat.name for beat in self.heartbeats}
        for beat in self.heartbeats:
            if beat.restores is not None and beat.restores not in beats:
                raise ValueError(f"heartbeat {beat.name!r} restores {beat.restores!r}, which is not under heartbeats")
        self._changes_tell_services_apart()
        known = {service.name for service in self.services}
        for team in self.teams:
            strangers = [name for name in team.services if name not in known]
            if strangers:
                raise ValueError(f"team {team.name!r} runs {strangers[0]!r}, which is not under services: add it there")
        reviewing = self.access_reviews.team if self.access_reviews else None
        if reviewing and reviewing not in [team.name for team in self.teams]:
            raise ValueError(f"access_reviews: there is no team {reviewing!r}")
        return self

    def _changes_tell_services_apart(self) -> None:
        whose: dict[str, str] = {}
        for service in self.services:
            for name in service.match.changes:
                other = whose.setdefault(name.casefold(), service.name)
                if other != service.name:
                    raise ValueError(
                        f"changes: {name!r} is named by the services {other!r} and {service.name!r}; leave it at one."
                        " What touches both needs no name: it is shown as a change elsewhere"
                    )

    def severity(self, key: str) -> Severity:
        return next((one for one in self.severities if one.key == key), self.severities[-1])

    def service(self, name: str | None) -> Service | None:
        return next((one for one in self.services if one.name == name), None)

    def team_of(self, service: str | None) -> Team:
        """The team that runs a service; the first team where nobody says so."""
        return next((team for team in self.teams if service in team.services), self.teams[0])

    def thresholds_of(self, team: str) -> Thresholds:
        """By what a team's checks are judged, as far as the file says: a team's own values over everybody's."""
        own = next((one.checklist.thresholds for one in self.teams if one.name == team), {})
        every = self.checklist.thresholds
        return {check: {**every.get(check, {}), **own.get(check, {})} for check in {*every, *own}}

    def rank(self, severity: str) -> int:
        """0 is the worst."""
        keys = [one.key for one in self.severities]
        return keys.index(severity) if severity in keys else len(keys) - 1
