"""How ServiceNow's answers are judged."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.foreign import shown
from bot.integrations.servicenow.shapes import Alert, Approval, Change, Incident, Row, moment, whole

Page = Callable[[str], str]
"""(sys_id) → where a person would look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLimits:
    """Up to which priority an open incident fails or warns, and how long it may be nobody's."""

    fail: float = 1
    warn: float = 2
    unassigned: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLimits:
    """Up to which severity an alert that nobody has taken fails, and any warns."""

    fail: float = 1
    warn: float = 3


def incidents(rows: Sequence[Incident], now: datetime, limits: IncidentLimits, page: Page) -> Answer:
    evidence = _sorted(one for row in rows if (one := _incident(row, now, limits, page)))
    if not evidence:
        return Answer(status=Status.OK, summary=f"No open incident of priority {limits.warn:.0f} or higher")
    return _answer(evidence, "open incident")


def _incident(row: Incident, now: datetime, limits: IncidentLimits, page: Page) -> Evidence | None:
    priority, opened = whole(row.priority), moment(row.opened_at)
    if priority is None:
        return _evidence(row, Status.UNKNOWN, "its priority is hidden from us", page, opened)
    if priority > max(limits.warn, limits.fail):
        return None
    lonely = not row.assigned_to and (opened is None or now - opened >= limits.unassigned)
    status = Status.FAIL if priority <= limits.fail or lonely else Status.WARN
    return _evidence(row, status, f"P{priority}{', nobody has it' if not row.assigned_to else ''}", page, opened)


def changes(rows: Sequence[Change], overdue: Sequence[Change], now: datetime, page: Page) -> Answer:
    """What is under way past its end fails; what conflicts, or begins today without its approval, warns."""
    late = {row.sys_id for row in overdue}
    told = [_evidence(row, Status.FAIL, _past(row), page, moment(row.end_date)) for row in overdue]
    told += [
        _evidence(row, concern[0], concern[1], page, moment(row.start_date))
        for row in rows
        if row.sys_id not in late and (concern := _concern(row, now))
    ]
    evidence = _sorted(told)
    if not evidence:
        count = f"{len(rows)} change{'' if len(rows) == 1 else 's'} today" if rows else "No changes today"
        named = ", ".join(shown(row.number or row.short_description, limit=30) for row in rows[:4])
        return Answer(
            status=Status.OK, summary=shown(f"{count}, no conflicts, none overdue: {named}" if rows else count)
        )
    return _answer(evidence, "change", of=len({row.sys_id for row in (*rows, *overdue)}))


def _past(row: Change) -> str:
    end = moment(row.end_date)
    return f"still being implemented, planned until {end:%d %b %H:%M} UTC" if end else "still being implemented"


def _concern(row: Change, now: datetime) -> tuple[Status, str] | None:
    ends, state, approval = moment(row.end_date), whole(row.state), row.approval.strip().lower()
    if not row.state:
        return Status.UNKNOWN, "its state is hidden from us"
    if row.conflict_status.strip().lower() == "conflict":
        return Status.WARN, "conflicts with another change or a freeze"
    if approval == "rejected":
        return Status.WARN, "its approval was refused"
    if approval in ("requested", "not requested") and (state is None or state < 0):
        return Status.WARN, "not approved yet"
    if ends is not None and ends < now and state is not None and state < -1:
        return Status.WARN, f"planned until {ends:%H:%M} UTC and not begun"
    return None


def approvals(rows: Sequence[Approval], now: datetime, patience: timedelta, page: Page) -> Answer:
    evidence = _sorted(_approval(row, now, patience, page) for row in rows)
    if not evidence:
        return Answer(status=Status.OK, summary="No approval is waiting")
    return _answer(evidence, "approval waits" if len(evidence) == 1 else "approvals wait", plural=False)


def _approval(row: Approval, now: datetime, patience: timedelta, page: Page) -> Evidence:
    since = moment(row.sys_created_on)
    status = Status.FAIL if since is not None and now - since > patience else Status.WARN
    title = shown(f"{row.subject} {row.about}") or f"Approval {shown(row.sys_id, limit=40)}"
    waits = f"waits since {since:%d %b %H:%M} UTC" if since else "waits"
    return Evidence(key=row.sys_id, title=title, status=status, url=page(row.sys_id), since=since, detail=waits)


def alerts(rows: Sequence[Alert], limits: AlertLimits, page: Page) -> Answer:
    """A severe one that nobody has taken fails; one that is taken, or less severe, warns."""
    evidence = _sorted(one for row in rows if (one := _alert(row, limits, page)))
    if not evidence:
        return Answer(status=Status.OK, summary=f"No open alert of severity {limits.warn:.0f} or higher")
    return _answer(evidence, "open alert")


def _alert(row: Alert, limits: AlertLimits, page: Page) -> Evidence | None:
    severity, since = whole(row.severity), moment(row.sys_created_on)
    told = row if row.short_description else row.model_copy(update={"short_description": row.description})
    if severity is None:
        return _evidence(told, Status.UNKNOWN, "its severity is hidden from us", page, since)
    if not 1 <= severity <= max(limits.warn, limits.fail):
        return None
    taken = "acknowledged" if row.acknowledged == "true" else "in maintenance" if row.maintenance == "true" else ""
    status = Status.FAIL if severity <= limits.fail and not taken else Status.WARN
    words = ", ".join(filter(None, (f"severity {severity}", taken, row.node)))
    return _evidence(told, status, words, page, since)


def _evidence(row: Row, status: Status, detail: str, page: Page, since: datetime | None) -> Evidence:
    title = shown(f"{row.number} {row.short_description}") or shown(row.sys_id, limit=40)
    return Evidence(key=row.sys_id, title=title, status=status, url=page(row.sys_id), since=since, detail=shown(detail))


def _sorted(evidence: Iterable[Evidence]) -> Sequence[Evidence]:
    return sorted(evidence, key=lambda one: (-one.status.rank, one.key))


def _answer(evidence: Sequence[Evidence], what: str, *, of: int | None = None, plural: bool = True) -> Answer:
    count = f"{len(evidence)} of {of}" if of is not None else f"{len(evidence)}"
    many = f"{what}s" if plural and (of or len(evidence)) != 1 else what
    named = "; ".join(shown(f"{one.title} ({one.detail})", limit=80) for one in evidence[:2])
    status, summary = worst(one.status for one in evidence), shown(f"{count} {many}: {named}", limit=220)
    return Answer(
        status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
    )


def with_hidden(answer: Answer, hidden: int, right: str) -> Answer:
    """What was found counts; that nothing worse was found does not, while there are rows that we may not see."""
    if not hidden:
        return answer
    many = "One more row is" if hidden == 1 else f"{hidden} more rows are"
    words = f"{many} hidden from us. Give the user the right to {right}"
    if answer.status is Status.OK:
        return Answer.unknown(words)
    evidence = [*answer.evidence, Evidence(key="hidden", title=words, status=Status.UNKNOWN)]
    status = worst(one.status for one in evidence)
    return replace(answer, status=status, evidence=evidence, reason=words if status is Status.UNKNOWN else None)
