"""What the words of a JQL query mean: which fields there are, what their values name, how they compare."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.local.jira.config import JiraConfig
from bot.local.jira.directory import CATEGORIES, ISSUE_TYPES, PRIORITIES, STATUSES, Named, Status, accounts
from bot.local.jira.errors import JiraRefusal
from bot.local.jira.issue import Issue
from bot.local.jira.text import as_text

Test = Callable[[Issue], bool]

ALIASES: Final = {
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "type": "issuetype",
    "due": "duedate",
    "createddate": "created",
    "updateddate": "updated",
    "text": "summary",
}
DATES: Final = ("created", "updated", "duedate")
CHOICES: Final = (
    "project",
    "key",
    "status",
    "statuscategory",
    "issuetype",
    "priority",
    "labels",
    "assignee",
    "reporter",
)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PERIOD: Final = re.compile(r"[+-]?(?:\d{1,5}[mhdw]\s*)+")
_BAD_DATE: Final = (
    "Date value '{}' for field '{}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', "
    "'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a query may refer to: who asks, what time it is, which issues there are."""

    config: JiraConfig
    me: str
    now: datetime
    keys: frozenset[str]


def bad_query(message: str) -> JiraRefusal:
    return JiraRefusal(400, message)


def choice(around: Surroundings, name: str, known: str, text: str) -> str:
    """Turn a value into what an issue holds, or say that there is no such thing."""
    missing = bad_query(f"The value '{text}' does not exist for the field '{name}'.")
    match known:
        case "labels":
            return text
        case "project":
            if text.upper() not in {around.config.project, "OPERATIONS", "10200"}:
                raise missing
            return around.config.project
        case "key":
            if text.upper() not in around.keys:
                raise bad_query(f"An issue with key '{text}' does not exist for field '{name}'.")
            return text.upper()
        case "assignee" | "reporter":
            if text.lower() == "currentuser()":
                return around.me
            everybody = accounts(around.config.email).values()
            found = next((one.id for one in everybody if text in {one.id, one.name, one.email}), None)
        case "statuscategory":
            pairs = ((key, title) for key, (_, title) in CATEGORIES.items())
            found = next((key for key, title in pairs if text.lower() in {key, title.lower()}), None)
        case _:
            choices: dict[str, Mapping[str, Named | Status]] = {
                "status": STATUSES,
                "issuetype": ISSUE_TYPES,
                "priority": PRIORITIES,
            }
            options = choices[known].values()
            found = next((one.id for one in options if text.lower() in {one.id, one.name.lower()}), None)
    if found is None:
        raise missing
    return found


def unsupported(operator: str, name: str) -> JiraRefusal:
    return bad_query(f"The operator '{operator}' is not supported by the '{name}' field.")


def searched(issue: Issue, name: str) -> str:
    words = issue.summary if name.lower() == "summary" else f"{issue.summary} {as_text(issue.description) or ''}"
    return words.lower()


def values_of(issue: Issue, name: str) -> set[str]:
    """Give what an issue holds in a field; empty when it holds nothing."""
    match name:
        case "labels":
            return set(issue.labels)
        case "project":
            return {issue.key.rsplit("-", 1)[0]}
        case "key":
            return {issue.key, issue.id}
        case "statuscategory":
            return {issue.state.category}
        case "issuetype":
            return {issue.type}
        case _:
            value = getattr(issue, name)
            return {value} if value else set()


def moment_of(text: str, name: str, now: datetime) -> datetime:
    text = text.strip()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    functions = {"now()": now, "startofday()": midnight, "endofday()": midnight + timedelta(days=1, seconds=-1)}
    if text.endswith("()"):
        if text.lower() not in functions:
            raise bad_query(f"Unable to find JQL function '{text}'.")
        return functions[text.lower()]
    if _PERIOD.fullmatch(text):
        parts = re.findall(r"(\d+)([mhdw])", text)
        try:
            period = sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
            return now - period if text.startswith("-") else now + period
        except OverflowError:
            raise bad_query(_BAD_DATE.format(text, name)) from None
    for pattern in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise bad_query(_BAD_DATE.format(text, name))


def compare_dates(name: str, operator: str, wanted: datetime) -> Test:
    def test(issue: Issue) -> bool:
        held = getattr(issue, name)
        if held is None:
            return False
        moment = datetime.fromisoformat(held)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        results = {
            "=": moment == wanted,
            "!=": moment != wanted,
            "<": moment < wanted,
            "<=": moment <= wanted,
            ">": moment > wanted,
            ">=": moment >= wanted,
        }
        return results[operator]

    return test


def sort_key(name: str, issue: Issue) -> tuple[int, str]:
    if name == "key":
        return int(issue.id), ""
    if name == "priority":
        return -int(issue.priority), ""
    if name == "status":
        return list(STATUSES).index(issue.status), ""
    value = issue.type if name == "issuetype" else getattr(issue, name)
    return (1, "") if value is None else (0, str(value))
