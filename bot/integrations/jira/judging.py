"""What Jira contributes to the morning: open issues without an owner, and issues past their due date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final
from urllib.parse import quote

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.foreign import shown
from bot.integrations.jira.payloads import Issue
from bot.integrations.jira.site import Found, quoted

LIMIT: Final = 500
READ: Final = ("summary", "status", "created", "duedate", "assignee", "issuetype", "priority")
_HIGHEST: Final = ("highest", "blocker", "critical", "urgent", "p0", "p1", "sev1", "1")
_HIGH: Final = (*_HIGHEST, "high", "p2", "sev2", "2")
_BUGS: Final = ("bug", "defect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From how many findings on the check warns or fails."""

    warn: float
    fail: float


def open_jql(project: str, narrowed: str | None) -> str:
    return f"{_open(project, narrowed)} ORDER BY created ASC"


def overdue_jql(project: str, today: str, narrowed: str | None) -> str:
    return f"{_open(project, narrowed)} AND duedate < {quoted(today)} ORDER BY duedate ASC"


def _open(project: str, narrowed: str | None) -> str:
    more = f" AND ({narrowed})" if narrowed and narrowed.strip() else ""
    return f"project = {quoted(project)} AND statusCategory != Done{more}"


def judge_open(found: Found, site: str, jql: str, limits: Limits) -> Answer:
    """Open work is normal; open work that belongs to nobody is not."""
    lost = [one for one in found.issues if one.fields.assignee is None]
    status = _judged(len(lost), limits)
    more = "" if found.complete else "more than "
    summary = f"{more}{_count(len(found.issues), 'open issue')}, {len(lost) or 'none'} without an owner"
    return _answer(found, status, summary, [_evidence(one, status, site) for one in lost], _list(site, jql))


def judge_incidents(found: Found, site: str, jql: str, limits: Limits, *, chosen: bool) -> Answer:
    """Each is told; one of the highest priority fails. `chosen`: a filter of the team's own found them.

    Without one they are known by their types. A bug counts when it is important, or does not tell whether it is.
    """
    meant = [one for one in found.issues if chosen or _is_incident(one)]
    hidden = [] if chosen else [one for one in found.issues if not _type(one) and one not in meant]
    lowest = _judged(len(meant), limits)
    worst = [one for one in meant if _priority(one).startswith(_HIGHEST)]
    told = [_evidence(one, Status.FAIL if one in worst else lowest, site) for one in meant]
    told += [_evidence(one, Status.UNKNOWN, site) for one in hidden]
    status = max((lowest, *(one.status for one in told)), key=lambda one: one.rank)
    more = "" if found.complete else "more than "
    many = _count(len(meant), "incident or bug", "incidents or bugs")
    summary = f"{more}{many} open" if meant else "no incident is open"
    if worst:
        summary += f", {len(worst)} of the highest priority: {shown(worst[0].fields.summary or worst[0].key, limit=60)}"
    elif status is Status.UNKNOWN:
        summary = f"{_count(len(hidden), 'open issue')} without a type, so nobody can tell"
    return _answer(found, status, summary, told, _list(site, jql))


def _is_incident(issue: Issue) -> bool:
    kind, priority = _type(issue), _priority(issue)
    important = priority.startswith(_HIGH)
    return "incident" in kind or (kind in _BUGS and (important or not priority)) or (not kind and important)


def _type(issue: Issue) -> str:
    return issue.fields.type.name.strip().casefold() if issue.fields.type else ""


def _priority(issue: Issue) -> str:
    return issue.fields.priority.name.strip().casefold() if issue.fields.priority else ""


def judge_overdue(found: Found, site: str, jql: str, limits: Limits) -> Answer:
    status = _judged(len(found.issues), limits)
    more = "" if found.complete else "more than "
    summary = f"{more}{_count(len(found.issues), 'issue')} past the due date" if found.issues else "nothing is overdue"
    return _answer(found, status, summary, [_evidence(one, status, site) for one in found.issues], _list(site, jql))


def _answer(found: Found, status: Status, summary: str, evidence: Sequence[Evidence], link: str) -> Answer:
    reason = summary if status is Status.UNKNOWN else None
    if not found.complete:
        reason = f"only the first {len(found.issues)} were read; narrow them down with JIRA_OPEN_FILTER"
        # What was seen may be bad enough already; but a first page cannot show that all is well.
        status = max(status, Status.UNKNOWN, key=lambda one: one.rank)
    return Answer(status=status, summary=summary, evidence=evidence, reason=reason, link=link)


def _judged(count: int, limits: Limits) -> Status:
    if count >= limits.fail:
        return Status.FAIL
    return Status.WARN if count >= limits.warn else Status.OK


def _evidence(issue: Issue, status: Status, site: str) -> Evidence:
    fields = issue.fields
    due = f"due {fields.due.isoformat()}" if fields.due else ""
    owner = fields.assignee.shown if fields.assignee else "nobody's"
    since = datetime.combine(fields.due, time.min, UTC) if fields.due else fields.created
    return Evidence(
        key=issue.key,
        title=shown(f"{issue.key} {fields.summary or ''}"),
        status=status,
        url=f"{site}/browse/{issue.key}",
        since=since,
        detail=", ".join(
            shown(part, limit=60) for part in (fields.status.name if fields.status else "", due, owner) if part
        ),
    )


def _list(site: str, jql: str) -> str:
    return f"{site}/issues/?jql={quote(jql, safe='')}"


def _count(number: int, noun: str, many: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {many or f'{noun}s'}"
