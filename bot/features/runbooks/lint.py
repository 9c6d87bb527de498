"""What a careful reader would say about the runbooks before somebody needs them at night."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.domain.runbook import MatchRule, Runbook
from bot.features.runbooks.folder import listing
from bot.features.runbooks.front_matter import BadPage
from bot.features.runbooks.markdown import lines, links
from bot.features.runbooks.page import FIRST_STEPS, SYMPTOMS, read
from bot.features.runbooks.pattern import Pattern, label_pattern, title_pattern

HEADINGS: Final = (SYMPTOMS, FIRST_STEPS, "Diagnosis", "Mitigation", "Escalation", "Verify")
MOST_WORDS: Final = 20  # of a step's first sentence, which is what the incident card shows
MOST_FETCHED: Final = 500

_SENTENCE: Final = re.compile(r"(?<=[.?!:])\s")
_UNSAID: Final = re.compile(r"[^\w\- ]")

Fetch = Callable[[str], str | None]
"""Asks whether a web address answers: None when it does, else what happened, in words."""


class Weight(StrEnum):
    ERROR = "error"  # the page or a part of it does not work
    WARNING = "warning"  # it works, and could let somebody down


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    file: str
    field: str
    words: str
    weight: Weight = Weight.WARNING

    def __str__(self) -> str:
        where = f"{self.file}: {self.field}" if self.field else self.file
        return f"{self.weight}: {where}: {self.words}"


def lint(folder: Path, today: date, fetch: Fetch | None = None) -> tuple[Finding, ...]:
    """Everything there is to say, in the order of the files. The web is asked only when `fetch` is given."""
    files = listing(folder)
    found = [_error(problem.file, problem.field, problem.words) for problem in files.problems]
    pages: list[Runbook] = []
    for path in files.stamps:
        name = str(path.relative_to(folder))
        try:
            page = read(path)
        except BadPage as error:
            found.extend(_error(name, problem.field, problem.words) for problem in error.problems)
            continue
        pages.append(page)
        found.extend(_of_page(page, name, folder, today))
    found.extend(_twins(pages, folder))
    if fetch is not None:
        found.extend(_unanswered(pages, folder, fetch))
    return tuple(sorted(found))


def _error(file: str, field: str, words: str) -> Finding:
    return Finding(file=file, field=field, words=words, weight=Weight.ERROR)


def _of_page(page: Runbook, name: str, folder: Path, today: date) -> Iterator[Finding]:
    yield from _headings(page, name)
    yield from _steps(page, name)
    yield from _review(page, name, today)
    yield from _dead_links(page, name, folder)
    yield from _rules(page, name)


def _headings(page: Runbook, name: str) -> Iterator[Finding]:
    there = {line.heading.casefold() for line in lines(page.body) if line.level}
    if missing := [heading for heading in HEADINGS if heading.casefold() not in there]:
        wanted = ", ".join(f"`## {heading}`" for heading in missing)
        yield Finding(file=name, field="headings", words=f"{wanted} missing. Add what a tired colleague needs there.")


def _steps(page: Runbook, name: str) -> Iterator[Finding]:
    if not page.steps:
        words = f"no numbered steps under `## {FIRST_STEPS}`; the incident card has nothing to show. Write `1. …`."
        yield _error(name, "steps", words)
    for number, step in enumerate(page.steps, start=1):
        said = len(_SENTENCE.split(step)[0].split())
        if said > MOST_WORDS:
            words = f"step {number} begins with {said} words. Say it in {MOST_WORDS}; explain in a paragraph below it."
            yield Finding(file=name, field="steps", words=words)


def _review(page: Runbook, name: str, today: date) -> Iterator[Finding]:
    if page.last_reviewed > today:
        words = f"{page.last_reviewed} is in the future. Write the day of the last review."
        yield _error(name, "last_reviewed", words)
    elif page.is_stale(today):
        words = f"reviewed {page.months_since_review(today)} months ago. Ask {page.owner} to read it through."
        yield Finding(file=name, field="last_reviewed", words=words)


def _dead_links(page: Runbook, name: str, folder: Path) -> Iterator[Finding]:
    for target in dict.fromkeys(links(page.body)):
        if words := _dead(page, target, folder):
            yield _error(name, "link", f"`{target[:100]}` {words}")


def _dead(page: Runbook, target: str, folder: Path) -> str | None:
    try:
        address = urlsplit(target)
    except ValueError as error:
        return f"is no address: {error}. Correct it."
    if address.scheme or address.netloc:
        known = address.scheme in ("http", "https", "mailto", "tel")
        return None if known else "cannot be opened from Slack. Use an https address."
    path = page.path.parent / unquote(address.path) if address.path else page.path
    if not path.resolve().is_relative_to(folder.resolve()):
        return "leads out of the runbook folder, where Slack cannot follow. Use an https address."
    if not path.is_file():
        return "is not there. Correct the path, or take the link out."
    if address.fragment and address.fragment not in _anchors(path):
        return f"names a heading that `{path.name}` does not have. Correct the part behind `#`."
    return None


def _anchors(path: Path) -> set[str]:
    headings = (line.heading for line in lines(path.read_text("utf-8", "replace")) if line.level)
    return {_UNSAID.sub("", heading.lower()).replace(" ", "-") for heading in headings}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A rule as what it asks for: a pattern for each field."""

    number: int
    patterns: dict[str, Pattern]

    @classmethod
    def of(cls, number: int, rule: MatchRule) -> "_Asked":
        patterns = {f"labels.{name}": label_pattern(source) for name, source in rule.labels.items()}
        if rule.alertname is not None:
            patterns["alertname"] = label_pattern(rule.alertname)
        if rule.title is not None:
            patterns["title"] = title_pattern(rule.title)
        return cls(number=number, patterns=patterns)

    def covers(self, other: "_Asked") -> bool:
        """Whether whatever the other takes, this one takes already."""
        return all(
            field in other.patterns and pattern.covers(other.patterns[field])
            for field, pattern in self.patterns.items()
        )


def _rules(page: Runbook, name: str) -> Iterator[Finding]:
    rules = [_Asked.of(number, rule) for number, rule in enumerate(page.match)]
    for rule in rules:
        for field, pattern in rule.patterns.items():
            if not pattern.is_reachable():
                words = f"no text that `{pattern.source}` could fit was found. Try it on a real alert, and correct it."
                yield _error(name, f"match.{rule.number}.{field}", words)
    for one, other in combinations(rules, 2):
        for wide, narrow in ((one, other), (other, one)):
            if wide.covers(narrow):
                words = f"can never decide: rule {wide.number} takes all of it already. Take one of the two out."
                yield Finding(file=name, field=f"match.{narrow.number}", words=words)
                break


def _twins(pages: Sequence[Runbook], folder: Path) -> Iterator[Finding]:
    for field, key in (
        ("title", lambda page: " ".join(page.title.casefold().split())),
        ("slug", lambda page: page.slug),
    ):
        alike: dict[str, list[Runbook]] = defaultdict(list)
        for page in pages:
            alike[key(page)].append(page)
        for first, *others in alike.values():
            for page in others:
                taken = first.path.relative_to(folder)
                words = (
                    f"the same as in `{taken}`. People choose by title and the bot by file name; change one of them."
                )
                yield _error(str(page.path.relative_to(folder)), field, words)


def _unanswered(pages: Sequence[Runbook], folder: Path, fetch: Fetch) -> Iterator[Finding]:
    """Each address once, however many pages link to it."""
    linked: dict[str, list[Runbook]] = defaultdict(list)
    for page in pages:
        for target in dict.fromkeys(links(page.body)):
            if target.startswith(("https://", "http://")):
                linked[target].append(page)
    for target in list(linked)[:MOST_FETCHED]:
        if (answer := fetch(target)) is not None:
            for page in linked[target]:
                name = str(page.path.relative_to(folder))
                yield Finding(file=name, field="link", words=f"`{target[:100]}` {answer}. Correct it, or take it out.")
