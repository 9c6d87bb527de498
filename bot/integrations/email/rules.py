"""Rules of the team's own: which mails are alerts, which are expected by when, and which are nothing."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BAD: Final = r"(?<!\b0 )(?<!\bno )\b(?:fail(?:ed|ures?|s)?|fatal|aborted|critical)\b"
_SOSO: Final = r"(?<!\b0 )(?<!\bno )\bwarn(?:ings?)?\b"


def _pattern(given: str) -> str:
    try:
        re.compile(given)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return given


def _zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no time zone: {given}") from error
    return given


Pattern = Annotated[str, Field(max_length=500), AfterValidator(_pattern)]
Zone = Annotated[str, AfterValidator(_zone)]


class Rule(BaseModel):
    """The first rule whose patterns are found, without regard to case, decides. `by` makes a mail an expected one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    sender: Pattern = ""
    subject: Pattern = ""
    do: Literal["alert", "ignore"] = "alert"
    by: time | None = None
    timezone: Zone = "UTC"
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = _DAYS
    fail: Pattern = _BAD
    warn: Pattern = _SOSO
    urgency: Literal["high", "low"] | None = None
    service: Annotated[str, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Rule":
        if not self.sender and not self.subject:
            raise ValueError("give a pattern for the sender, the subject, or both")
        if self.by is not None and self.do == "ignore":
            raise ValueError("what is expected cannot be ignored")
        return self

    def fits(self, sender: str, subject: str) -> bool:
        return _found(self.sender, sender) and _found(self.subject, subject)

    def failed(self, text: str) -> bool:
        return bool(self.fail) and _found(self.fail, text)

    def warned(self, text: str) -> bool:
        return bool(self.warn) and _found(self.warn, text)

    def deadlines(self, now: datetime) -> tuple[datetime, datetime]:
        """The last deadline that is over, and the one before it."""
        if self.by is None:
            raise ValueError("no deadline")
        zone = ZoneInfo(self.timezone)
        today = now.astimezone(zone).date()
        passed: list[datetime] = []
        for back in range(16):
            day = today - timedelta(days=back)
            moment = datetime.combine(day, self.by, zone)
            if _DAYS[day.weekday()] in self.days and moment <= now:
                passed.append(moment)
        return passed[0], passed[1]


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def read(given: object) -> object:
    """Rules as they are, or as YAML: in a file, or (in square brackets) as the text itself."""
    if not isinstance(given, str):
        return given
    text = given.strip()
    if not text:
        return ()
    try:
        listed = yaml.safe_load(text if text.startswith("[") else Path(text).read_text("utf-8"))
    except OSError as error:
        raise ValueError(f"the file {text} cannot be read") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"not YAML, line {_line(error)}") from error
    try:
        return TypeAdapter(tuple[Rule, ...]).validate_python(listed)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error


def _line(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark is not None else 1


def deciding(rules: Sequence[Rule], sender: str, subject: str) -> Rule | None:
    return next((rule for rule in rules if rule.fits(sender, subject)), None)
