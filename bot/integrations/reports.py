"""What CI posted, as readers read it and checks judge it: what is missing or too old is never ok."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.domain.capabilities import Reports
from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import Unreadable
from bot.domain.report import KeptReport
from bot.integrations.findings import counted
from bot.integrations.foreign import shown, sound
from bot.integrations.settings import PostedSettings

T = TypeVar("T")
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""Perhaps half a character, which nothing can hold; looked for first, since to mend a large body takes its time."""
_EXIT: Final = re.compile(r"[0-9]{1,3}")
_A_DAY: Final = timedelta(hours=20)
"""Yesterday's report may have come a little later than today's."""
_LONGEST_NAME: Final = 200
_MOST_COUNTED: Final = 1_000_000_000


def json_of(body: bytes, what: str) -> Any:
    """The JSON that was posted, whatever it holds. `what` names the command whose output it should be."""
    if not body.strip():
        raise Unreadable(f"the body is empty: post the output of {what} (curl --data-binary @file)")
    try:
        told = json.loads(body)
        return sound(told) if _HALF.search(body) else told
    except (ValueError, RecursionError):  # a wrong encoding is a ValueError, too
        raise Unreadable(f"the body is no JSON: post the output of {what}, and nothing beside it") from None


def read_as(kind: type[T], value: object, what: str) -> T:
    """A part of it in the shape of a pydantic model, or any type that pydantic knows."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(shown(part, limit=40) for part in first["loc"][:5]) or "the body"
        # The original quotes what came in.
        raise Unreadable(f"this is not the output of {what}: {where}: {first['type']}") from None


def is_count(value: object) -> bool:
    """Whether it is a number of things. One with thousands of digits is JSON, too, and cannot even be shown."""
    return type(value) is int and 0 <= value <= _MOST_COUNTED


def exit_code(about: Mapping[str, str]) -> int | None:
    """`?exit_code=`; None where it is not there."""
    given = about.get("exit_code")
    if given is None:
        return None
    if not _EXIT.fullmatch(given) or int(given) > 255:
        raise Unreadable(f"exit_code is {shown(given, limit=20)!r}: send the number that the program ended with ($?)")
    return int(given)


def name_of(about: Mapping[str, str], usual: str, what: str) -> str:
    """`?name=`, else what the output itself calls it. It must be the same each time."""
    name = shown(sound(about.get("name") or usual), limit=_LONGEST_NAME)
    if not name:
        raise Unreadable(f"it has no name: add ?name= with {what}, the same each time")
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One name with its newest report. `newest` is None for one that must be there and never was."""

    name: str
    newest: KeptReport | None
    earlier: KeptReport | None
    """To compare with: yesterday's, or the one before where there is none so old."""
    missing: Evidence | None
    """Why there is nothing to judge: it never came, or not lately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """Which names are looked out for: those that were posted lately, and those that must be."""

    reports: Reports
    expected: Collection[str]
    max_age: timedelta
    forget: timedelta
    remedy: str
    """How CI posts."""

    @classmethod
    def of(cls, reports: Reports, settings: PostedSettings, system: str) -> "Lookout":
        token = settings.variable_name("report_token")
        return cls(
            reports=reports,
            expected=tuple(dict.fromkeys(shown(name, limit=_LONGEST_NAME) for name in settings.report_names)),
            max_age=timedelta(hours=settings.report_max_age_hours),
            forget=timedelta(days=settings.report_forget_days),
            remedy=f"let CI post to /reports/{system} with {token}, see docs/reports.md",
        )

    async def posted(self, now: datetime) -> Sequence[Posted] | Answer:
        """Every name, or the answer that nothing is known."""
        kept = await self.reports.kept()
        by_name: dict[str, list[KeptReport]] = {name: [] for name in self.expected}
        for one in kept:
            by_name.setdefault(one.report.name, []).append(one)
        found = [self._one(name, mine, now) for name, mine in by_name.items() if self._looked_for(name, mine, now)]
        if found:
            return found
        if kept:
            last = max(one.received_at for one in kept)
            return Answer.unknown(f"The last report came {_age(now - last)} ago: {self.remedy}")
        return Answer.unknown(f"No report was posted yet: {self.remedy}")

    def _looked_for(self, name: str, mine: Sequence[KeptReport], now: datetime) -> bool:
        longest = max(self.forget, 2 * self.max_age)
        return name in self.expected or any(now - one.received_at <= longest for one in mine)

    def _one(self, name: str, mine: Sequence[KeptReport], now: datetime) -> Posted:
        if not mine:
            return Posted(name=name, newest=None, earlier=None, missing=_absent(name, None, "no report ever came"))
        newest, *before = mine
        old = next((one for one in before if newest.at - one.at >= _A_DAY), None)
        earlier = old or (before[-1] if before else None)
        age = now - newest.at
        missing = None
        if age > self.max_age:
            words = f"the last report is {_age(age)} old (expected every {_age(self.max_age)})"
            missing = _absent(name, newest.at, words)
        return Posted(name=name, newest=newest, earlier=earlier, missing=missing)


Verdicts = Sequence[tuple[Status, str]]
Judge = Callable[[Mapping[str, Any]], Verdicts]
"""What is to be said of the facts of a report; a `ValidationError` where they are in no form that it knows."""


def judged(found: Sequence[Posted], judge: Judge, *, kind: str, things: str, well: str) -> Answer:
    """Every name by its newest report. `kind` is a report's in the singular, `things` in the plural."""
    evidence = [one.missing or _judged(one.name, one.newest, judge, kind) for one in found]
    return counted(evidence, well, len(evidence), things)


def _judged(name: str, kept: KeptReport | None, judge: Judge, kind: str) -> Evidence:
    try:
        verdicts = judge(kept.report.facts) if kept is not None else ()
    except ValidationError:
        verdicts = [(Status.UNKNOWN, f"the {kind} was kept in a form that we do not know (any more)")]
    return Evidence(
        key=f"{kind}:{shown(name, limit=150)}",
        title=shown(name, limit=80) or f"a {kind} without a name",
        status=worst(status for status, _ in verdicts),
        since=kept.at if kept is not None else None,
        detail=shown("; ".join(words for _, words in verdicts), limit=200),
    )


def _absent(name: str, since: datetime | None, words: str) -> Evidence:
    return Evidence(
        key=f"{name[:150]}: no data", title=shown(name), status=Status.FAIL, since=since, detail=f"no data: {words}"
    )


def _age(span: timedelta) -> str:
    """Days from two of them on, else hours."""
    hours = int(span.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 72 or (hours >= 48 and hours % 24 == 0) else f"{hours} h"
