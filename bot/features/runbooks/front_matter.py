"""What stands at the top of a runbook: who it is for, when it fits, who owns it, and how we say that it is wrong."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from bot.domain.runbook import MatchRule
from bot.features.runbooks.pattern import BadPattern, Pattern, label_pattern, title_pattern

LONGEST: Final = 8_000
_FENCE: Final = "---"
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
_LABEL_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.\-/]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """What is wrong with a page, where, and what to do about it."""

    file: str
    field: str
    words: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.words}" if self.field else f"{self.file}: {self.words}"


class BadPage(ValueError):
    """A page that is left out; every reason is named at once, so that one visit repairs it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def _safe(read: Callable[[str], Pattern]) -> Callable[[str], str]:
    def check(source: str) -> str:
        try:
            read(source)
        except BadPattern as error:
            raise ValueError(f"the pattern `{source[:60]}` {error}") from error
        return source

    return check


def _a_day(value: object) -> object:
    """YAML reads 2026-10-12 as a day; a bare number or a time of day is a slip of the pen, not a review date."""
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise ValueError("is not a day")  # noqa: TRY004  pydantic turns only ValueError into a finding
    return value


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\n\r]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
LabelPattern = Annotated[str, AfterValidator(_safe(label_pattern))]
TitlePattern = Annotated[str, AfterValidator(_safe(title_pattern))]


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    alertname: LabelPattern | None = None
    title: TitlePattern | None = None
    labels: Annotated[dict[str, LabelPattern], Field(max_length=10)] = {}

    def rule(self) -> MatchRule:
        return MatchRule(alertname=self.alertname, title=self.title, labels=self.labels)


def _says_something(rule: Rule) -> Rule:
    if rule.alertname is None and rule.title is None and not rule.labels:
        raise ValueError("the rule is empty and would fit every alert; give it `alertname`, `title` or `labels`")
    if wrong := [name for name in rule.labels if not _LABEL_NAME.fullmatch(name)]:
        raise ValueError(f"`{wrong[0][:40]}` is no label name; use letters, digits and `_`")
    return rule


class FrontMatter(BaseModel):
    """The fields a page may have. Unknown ones are refused: a misspelt field would silently do nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words
    services: Annotated[list[Name], Field(max_length=50)] = []
    match: Annotated[list[Annotated[Rule, AfterValidator(_says_something)]], Field(max_length=30)] = []
    owner: Words
    last_reviewed: Annotated[date, BeforeValidator(_a_day)]
    severity: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,20}$")] | None = None


_REMEDIES: Final = {
    "title": 'Write `title: "Disk filling"`: one line, at most 120 characters.',
    "services": "Write names as in the settings, `services: [checkout]`, or `[]` for any.",
    "match": 'Write a list of rules, like `match: [{alertname: "KubePod.*"}, {title: "crash.?loop"}]`.',
    "owner": "Name the team that keeps this page, `owner: platform`.",
    "last_reviewed": "Write the day somebody last read it through, `last_reviewed: 2026-10-12`.",
    "severity": "Write a severity's key, `severity: sev2`, or leave the line out.",
}


def split(file: str, text: str) -> tuple[FrontMatter, str]:
    """The front matter and the Markdown below it, or `BadPage` with everything that is wrong."""
    head, body = _halves(file, text)
    loaded = _loaded(file, head)
    try:
        return FrontMatter.model_validate(loaded), body
    except ValidationError as error:
        raise BadPage(tuple(_problems(file, error))) from error


def _halves(file: str, text: str) -> tuple[str, str]:
    first, _, rest = text.partition("\n")
    if first.rstrip() != _FENCE:
        raise BadPage(
            (_problem(file, "has no front matter. Begin the file with a line `---`, the fields, and `---`."),)
        )
    head, found, body = f"\n{rest}".partition(f"\n{_FENCE}\n")
    if not found:
        raise BadPage((_problem(file, "the front matter has no end. Put a line `---` after its last field."),))
    if len(head) > LONGEST:
        raise BadPage((_problem(file, f"the front matter is longer than {LONGEST} characters. Shorten its rules."),))
    return head, body


def _loaded(file: str, head: str) -> dict[str, object]:
    try:
        # Anchors can unfold 8 kB into gigabytes, and nobody needs them in six fields.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head, Loader=_Loader)):
            raise BadPage((_problem(file, "the front matter uses YAML references (`*name`). Write the value out."),))
        loaded = yaml.load(head, Loader=_Loader)  # noqa: S506  the loader is a safe one, see above
    except yaml.YAMLError as error:
        raise BadPage((_problem(file, _yaml_words(error)),)) from error
    except (ValueError, RecursionError) as error:  # an impossible day such as 2026-02-30; brackets without end
        raise BadPage((_problem(file, f"the front matter cannot be read: {error}. Correct that value."),)) from error
    if not isinstance(loaded, dict):
        raise BadPage((_problem(file, "the front matter is no list of fields. Write `title: …` and so on."),))
    return {str(name): value for name, value in loaded.items()}


def _yaml_words(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    # The first line of the front matter is the second of the file, and we put an empty one before it.
    where = f" in line {mark.line + 1}" if mark is not None else ""
    what = getattr(error, "problem", None) or "it is not YAML"
    return f"the front matter cannot be read{where}: {what}. Put texts with `:`, `#` or a backslash in 'single quotes'."


def _problem(file: str, words: str, field: str = "") -> Problem:
    return Problem(file=file, field=field, words=words)


def _problems(file: str, error: ValidationError) -> Iterator[Problem]:
    for found in error.errors(include_url=False, include_input=False)[:20]:
        yield _problem(file, _words(found), ".".join(map(str, found["loc"])) or "front matter")


def _words(found: ErrorDetails) -> str:
    field = str(found["loc"][0]) if found["loc"] else ""
    remedy = _REMEDIES.get(field, f"The fields are {', '.join(FrontMatter.model_fields)}.")
    match found["type"]:
        case "missing":
            return f"is missing. {remedy}"
        case "extra_forbidden":
            known = FrontMatter.model_fields if len(found["loc"]) == 1 else Rule.model_fields
            return f"is not a field we know. Take it out, or use one of {', '.join(known)}."
        case "value_error":
            return f"{found['msg'].removeprefix('Value error, ')}. {remedy}"
        case _:
            return f"{found['msg'][:1].lower()}{found['msg'][1:]}. {remedy}"
