"""What is new since the last digest: each answer is compared with the same check's earlier ones. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.domain.check import Answer, Check, Result, Status
from bot.domain.digest import Fixed
from bot.domain.finding import Finding, Identity, Known, Line
from bot.store.digests import Before


def line_of(result: Result, at: datetime) -> Line:
    """An answer, not compared yet."""
    check: Check = result.check
    answer: Answer = result.answer
    return Line(
        item=check.item,
        name=check.name,
        instance=check.instance,
        status=answer.status,
        summary=answer.summary,
        findings=[
            Finding(key=one.key, title=one.title, status=one.status, url=one.url, since=one.since, detail=one.detail)
            for one in answer.evidence
        ],
        reason=answer.reason,
        link=answer.link,
        duration=result.duration,
        at=at,
    )


def present(results: Sequence[Result], before: Mapping[Identity, Before]) -> Sequence[Result]:
    """Those that have a line. What a system never had has none; what it had and has no more is missed."""
    return [one for one in (_missed(result, before) if result.absent else result for result in results) if one]


def _missed(result: Result, before: Mapping[Identity, Before]) -> Result | None:
    check = result.check
    earlier = before.get((check.item.value, check.name, check.instance or ""))
    if earlier is None or earlier.known is None:
        return None
    return replace(result, answer=Answer.unknown(f"{result.answer.summary}, and it was there before"))


def compared(lines: Sequence[Line], before: Mapping[Identity, Before], today: date) -> Sequence[Line]:
    return [_compared(line, before.get(line.identity), today) for line in lines]


def remembering(lines: Sequence[Line], earlier: Sequence[Line], today: date) -> Sequence[Line]:
    """A check that is silent now still tells what it said earlier today."""
    said = {line.identity: line for line in earlier}
    return [_remembering(line, said.get(line.identity), today) for line in lines]


def fixed(lines: Sequence[Line], before: Mapping[Identity, Before]) -> Sequence[Fixed]:
    """What was wrong when the check last answered, and is not any more. A check that is silent now fixes nothing."""
    found: list[Fixed] = []
    for line in lines:
        earlier = before.get(line.identity)
        if earlier is None or earlier.known is None or line.status is Status.UNKNOWN:
            continue
        still = {one.key for one in line.findings if one.bad}
        was_bad = _bad_before(earlier)
        over = [Fixed(item=line.item, title=one.title) for key, one in was_bad.items() if key not in still]
        if not over and not was_bad and earlier.known.bad and not line.bad:
            over = [Fixed(item=line.item, title=earlier.known.summary)]
        found.extend(over)
    return found


def _compared(line: Line, before: Before | None, today: date) -> Line:
    was_bad = _bad_before(before) if before else {}
    first, was = _line_mark(line, before, today)
    known = None
    if line.status is Status.UNKNOWN and before and before.known and before.known_day:
        known = Known(status=before.known.status, day=before.known_day)
    findings = [_finding_mark(one, was_bad.get(one.key), today) for one in line.findings]
    return replace(line, findings=findings, first=first, was=was, known=known)


def _remembering(line: Line, earlier: Line | None, today: date) -> Line:
    if line.status is not Status.UNKNOWN or earlier is None:
        return line
    if earlier.status is Status.UNKNOWN:
        return replace(line, known=earlier.known or line.known)
    return replace(line, known=Known(status=earlier.status, day=today))


def _bad_before(before: Before) -> Mapping[str, Finding]:
    """Findings of the last real answer, and of a half-seen one after it."""
    seen: dict[str, Finding] = {}
    for line in (before.known, before.last):
        if line is not None:
            seen |= {one.key: one for one in line.findings if one.bad}
    return seen


def _finding_mark(one: Finding, was: Finding | None, today: date) -> Finding:
    if not one.bad:
        return one
    return replace(one, first=was.first or today if was else today, was=was.status if was else None)


def _line_mark(line: Line, before: Before | None, today: date) -> tuple[date | None, Status | None]:
    """Silence is compared with silence, an answer with the last answer."""
    if not line.bad:
        return None, None
    base = None
    if before is not None:
        silent = before.last.status is Status.UNKNOWN
        base = (before.last if silent else None) if line.status is Status.UNKNOWN else before.known
    if base is None or not base.bad:
        return today, None
    return base.first or today, base.status
