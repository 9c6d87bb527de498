"""What the Prometheus HTTP API answers, as far as we read it. Unknown keys are left alone; missing ones are refused."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StrictBool

PATIENCE: Final = timedelta(minutes=10)
LONGEST: Final = 366 * 86_400.0
"""Seconds between two looks that we believe; longer ones are as good as none at all."""
"""A state that the server itself has not renewed for so long is none; clocks may differ by some minutes."""
D = TypeVar("D")
T = TypeVar("T")
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")
_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
# Go writes an empty list as null; a key that is not there at all stays an error.
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]


class Envelope(BaseModel, Generic[D]):
    """The wrapper of every answer. Warnings come with 200 and mean that the data may be in part."""

    status: Literal["success"]
    data: D
    warnings: Listed[str] = []


class FiringOrPending(BaseModel):
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    state: str
    active_at: AwareDatetime | None = Field(None, alias="activeAt")


class Alerts(BaseModel):
    alerts: Listed[FiringOrPending]


class Rule(BaseModel):
    """`health` says whether it can be evaluated; a rule that cannot is reported as inactive, so `state` hides it."""

    type: str
    name: str
    health: str
    labels: dict[str, str] = {}
    last_error: str = Field("", alias="lastError")
    evaluated_at: AwareDatetime | None = Field(None, alias="lastEvaluation")


class RuleGroup(BaseModel):
    name: str
    file: str = ""
    interval: float = 0
    """Seconds between two evaluations."""
    rules: Listed[Rule]

    def neglected(self, rule: Rule, now: datetime) -> bool:
        """Whether its last evaluation is too long ago to say anything of now, whatever its health says."""
        return _old(rule.evaluated_at, self.interval, now)


class RulePage(BaseModel):
    groups: Listed[RuleGroup]
    group_next_token: str | None = Field(None, alias="groupNextToken")


class Target(BaseModel):
    labels: dict[str, str]
    health: str
    scrape_pool: str = Field("", alias="scrapePool")
    last_error: str = Field("", alias="lastError")
    scraped_at: AwareDatetime | None = Field(None, alias="lastScrape")
    interval: str = Field("", alias="scrapeInterval")

    def neglected(self, now: datetime) -> bool:
        """Whether its last scrape is too long ago to say anything of now, whatever its health says."""
        parts = _SPAN.findall(self.interval[:40])
        return _old(self.scraped_at, sum(float(n) * _SECONDS[unit] for n, unit in parts), now)

    @property
    def job(self) -> str:
        return self.labels.get("job") or self.scrape_pool


def _old(moment: datetime | None, interval: float, now: datetime) -> bool:
    """`interval` in seconds, whatever a foreign server writes there: a negative one, or one beyond all dates."""
    span = timedelta(seconds=min(interval, LONGEST)) if interval > 0 else timedelta()
    return moment is not None and now - moment > max(5 * span, PATIENCE)


class Targets(BaseModel):
    active: Listed[Target] = Field(alias="activeTargets")


class Runtime(BaseModel):
    reload_succeeded: StrictBool = Field(alias="reloadConfigSuccess")
    last_config_time: AwareDatetime | None = Field(None, alias="lastConfigTime")


class Build(BaseModel):
    version: str = Field(min_length=1)


class AlertmanagerAddress(BaseModel):
    url: str


class Alertmanagers(BaseModel):
    active: Listed[AlertmanagerAddress] = Field(alias="activeAlertmanagers")
