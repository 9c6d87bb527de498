"""What a caller may write into an issue's fields, checked in Jira's words before anything changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bot.local.jira.config import JiraConfig
from bot.local.jira.directory import ISSUE_TYPES, PRIORITIES, PROJECT_ID, Account, Named, accounts
from bot.local.jira.errors import JiraRefusal
from bot.local.jira.issue import Issue
from bot.local.jira.text import problem
from bot.local.keep import Document

LONGEST_SUMMARY: Final = 255
LONGEST_TEXT: Final = 32_767
_NOT_ON_SCREEN: Final = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class _WrongError(Exception):
    """A field's value is not acceptable; the text is Jira's reason."""


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads the `fields` (and the `update`) of a create or an edit."""

    config: JiraConfig
    version: int

    def new(self, given: Document) -> dict[str, Any]:
        """Read the fields of a new issue: project, type and summary are required."""
        fields, wrong = self._read({name: value for name, value in given.items() if name != "project"})
        if not self._is_ours(given.get("project")):
            wrong["project"] = "valid project is required"
        if "type" not in fields and "issuetype" not in wrong:
            wrong["issuetype"] = "Specify an issue type"
        if "summary" not in fields and "summary" not in wrong:
            wrong["summary"] = "You must specify a summary of the issue."
        return _all_well(fields, wrong)

    def changed(self, given: Document) -> dict[str, Any]:
        return _all_well(*self._read(given))

    def updated(self, issue: Issue, operations: Document) -> dict[str, Any]:
        """Read `update`: adding and removing labels, setting anything."""
        fields: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, steps in operations.items():
            if not isinstance(steps, list) or not all(isinstance(step, dict) and len(step) == 1 for step in steps):
                wrong[name] = "Operations must be a list of objects with one verb each."
                continue
            labels = list(issue.labels)
            for verb, value in (next(iter(step.items())) for step in steps):
                if name == "labels" and verb in {"add", "remove"}:
                    labels = [one for one in labels if one != value] + ([value] if verb == "add" else [])
                    read, bad = self._read({"labels": labels})
                elif verb == "set":
                    read, bad = self._read({name: value})
                else:
                    read, bad = {}, {name: f"Field with id '{name}' and operation '{verb}' is not supported."}
                fields |= read
                wrong |= bad
        return _all_well(fields, wrong)

    def person(self, given: object) -> str | None:
        """Find the account that a user field names, in this flavour's way; None for nobody."""
        if given is None:
            return None
        if not isinstance(given, dict):
            raise _WrongError("data was not an object")
        names = ("accountId", "id") if self.config.cloud else ("name",)
        wanted = next((given[name] for name in names if name in given), "")
        if wanted is None:
            return None
        found = find_account(self.config, str(wanted))
        if found is None:
            raise _WrongError(f"User '{wanted}' does not exist.")
        return found.id

    def _read(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        readers: dict[str, tuple[str, Callable[[Any], object]]] = {
            "summary": ("summary", _summary),
            "description": ("description", self._rich),
            "environment": ("environment", self._rich),
            "issuetype": ("type", lambda value: _pick(value, ISSUE_TYPES, "The issue type selected is invalid.")),
            "priority": ("priority", lambda value: _pick(value, PRIORITIES, "The priority selected is invalid.")),
            "labels": ("labels", _labels),
            "assignee": ("assignee", self.person),
            "reporter": ("reporter", self.person),
            "duedate": ("duedate", _day),
        }
        fields: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, value in given.items():
            if name not in readers:
                wrong[name] = _NOT_ON_SCREEN.format(name)
                continue
            attribute, read = readers[name]
            try:
                fields[attribute] = read(value)
            except _WrongError as reason:
                wrong[name] = str(reason)
        return fields, wrong

    def _rich(self, value: Any) -> object:
        reason = problem(value, self.version)
        if reason:
            raise _WrongError(reason)
        if len(str(value or "")) > LONGEST_TEXT:
            raise _WrongError(
                f"The entered text is too long. It exceeds the allowed limit of {LONGEST_TEXT} characters."
            )
        return value

    def _is_ours(self, given: object) -> bool:
        if not isinstance(given, dict):
            return False
        return given.get("key") == self.config.project or str(given.get("id")) == PROJECT_ID


def find_account(config: JiraConfig, wanted: str) -> Account | None:
    everybody = accounts(config.email)
    if config.cloud:
        return everybody.get(wanted)
    return next((one for one in everybody.values() if one.name == wanted), None)


def read_assignee(config: JiraConfig, given: Document) -> str | None:
    try:
        return FieldReader(config, 2).person(given)
    except _WrongError as reason:
        raise JiraRefusal(400, fields={"assignee": str(reason)}) from None


def _all_well(fields: dict[str, Any], wrong: dict[str, str]) -> dict[str, Any]:
    if wrong:
        raise JiraRefusal(400, fields=wrong)
    return fields


def _summary(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _WrongError("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise _WrongError("The summary is invalid because it contains newline characters.")
    if len(value) > LONGEST_SUMMARY:
        raise _WrongError(f"Summary can't exceed {LONGEST_SUMMARY} characters.")
    return value


def _labels(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _WrongError("data was not an array")
    for one in value:
        if not one or any(sign.isspace() for sign in one):
            raise _WrongError(f"The label '{one}' contains spaces which is invalid.")
        if len(one) > LONGEST_SUMMARY:
            raise _WrongError(f"The label '{one}' exceeds {LONGEST_SUMMARY} characters.")
    return tuple(sorted(set(value)))


def _day(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise _WrongError(f"Error parsing date string: {value}") from None


def _pick(value: Any, choices: Mapping[str, Named], reason: str) -> str:
    if isinstance(value, dict):
        for one in choices.values():
            if value.get("id") == one.id or value.get("name") == one.name:
                return one.id
    raise _WrongError(reason)
