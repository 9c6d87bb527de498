"""How New Relic's open issues and alerting entities are judged."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.foreign import shown
from bot.integrations.newrelic.shapes import Entity, Issue

MOST: Final = 5_000
"""More are not given (the limit of NRQL), whatever the last page says."""
_OPEN: Final = frozenset({"CREATED", "ACTIVATED"})
_OVER: Final = frozenset({"CLOSED", "DEACTIVATED"})
_PRIORITIES: Final[Mapping[str, Status]] = {
    "CRITICAL": Status.FAIL,
    "HIGH": Status.FAIL,
    "MEDIUM": Status.WARN,
    "LOW": Status.WARN,
}
_SEVERITIES: Final[Mapping[str, Status]] = {
    "CRITICAL": Status.FAIL,
    "WARNING": Status.WARN,
    "NOT_ALERTING": Status.OK,
    "NOT_CONFIGURED": Status.OK,
}

Told = tuple[Sequence[Issue], str] | VendorError
"""The issues of an account with why they are not all, or why there are none."""


def issues(told: Mapping[int, Told], pages: Mapping[int, str]) -> Answer:
    """Critical or high without anybody on it fails, any other open issue warns."""
    evidence: list[Evidence] = []
    several = len(told) > 1
    for account, given in told.items():
        name = f"account {account}"
        if isinstance(given, VendorError):
            evidence.append(_blind(account, shown(given)))
            continue
        found, partly = given
        evidence += [one for issue in found if (one := _issue(issue, f" ({name})" if several else "", pages[account]))]
        if partly:
            evidence.append(_blind(account, shown(f"not all could be read: {partly}")))
        if len(found) >= MOST:
            evidence.append(_blind(account, f"more than {MOST:,} issues; not all seen"))
    if not evidence:
        where = f" in {len(told)} accounts" if several else ""
        return Answer(status=Status.OK, summary=f"No open issue{where}")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    shouting = sum(one.status is Status.FAIL for one in evidence)
    named = ", ".join(shown(f"{one.title}: {one.detail}", limit=90) for one in evidence[:2])
    open_ones = sum(one.key.startswith("issue:") for one in evidence)
    words = f"{open_ones} open issues, {shouting} of them critical or high and not acknowledged: {named}"
    return _answer(words if open_ones else named, evidence)


def _blind(account: int, words: str) -> Evidence:
    return Evidence(key=f"account:{account}", title=f"account {account}", status=Status.UNKNOWN, detail=words)


def _issue(issue: Issue, where: str, page: str) -> Evidence | None:
    state = issue.state.upper()
    if state in _OVER:
        return None
    status = _PRIORITIES.get(issue.priority.upper(), Status.UNKNOWN) if state in _OPEN else Status.UNKNOWN
    taken = issue.acknowledged is not None
    if taken and status is Status.FAIL:
        status = Status.WARN
    told = [
        issue.priority.lower() or "no priority",
        "acknowledged" if taken else "",
        "" if state in _OPEN else f"in the state {issue.state or 'of nothing'}, which we do not know",
        f"{issue.incidents} incidents" if issue.incidents and issue.incidents > 1 else "",
        ", ".join(issue.entities[:3]),
    ]
    more = f" and {len(issue.title) - 1} more" if len(issue.title) > 1 else ""
    return Evidence(
        key=f"issue:{shown(issue.id, limit=100)}",
        title=shown(f"{shown(issue.title[0], limit=100) if issue.title else 'An issue without a title'}{more}{where}"),
        status=status,
        since=issue.activated or issue.created,
        detail=shown("; ".join(filter(None, told))),
        url=page.format(issue=issue.id) if _plain(issue.id) else None,
    )


def _plain(text: str) -> bool:
    """Ids are UUIDs; anything else goes into no address."""
    return text.isascii() and text.replace("-", "").isalnum()


def entities(found: Sequence[Entity], every: int | None) -> Answer:
    """A critical one fails, a warning or one that no longer reports warns. Without any, nothing is watched."""
    told = (_entity(one) for one in found)
    evidence = sorted((one for one in told if one.status is not Status.OK), key=lambda one: (-one.status.rank, one.key))
    if not evidence and not found and every is None:
        return Answer.unknown("It does not tell how many entities there are, so that none is alerting proves nothing")
    if not evidence and not found and every == 0:
        return Answer.unknown(
            "It shows no entity at all. Give the user of NEW_RELIC_API_KEY a role in the account, or check"
            " NEW_RELIC_ENTITY_QUERY"
        )
    if not evidence:
        of = f" of {every:,}" if every else ""
        return Answer(status=Status.OK, summary=f"No entity{of} is critical or in warning")
    critical = sum(one.status is Status.FAIL for one in evidence)
    named = ", ".join(shown(f"{one.title}: {one.detail}", limit=60) for one in evidence[:3])
    return _answer(f"{len(evidence)} entities are alerting, {critical} of them critical: {named}", evidence)


def _entity(one: Entity) -> Evidence:
    status = _SEVERITIES.get(one.severity.upper(), Status.UNKNOWN)
    if one.reporting is False and status is Status.OK:
        status = Status.WARN
    silent = "not reporting" if one.reporting is False else ""
    return Evidence(
        key=f"entity:{shown(one.guid, limit=150)}",
        title=shown(one.name) or f"entity {shown(one.guid, limit=60)}",
        status=status,
        detail=shown("; ".join(filter(None, [one.severity.lower() or "no severity", silent]))),
        url=one.permalink if one.permalink.startswith(("https://", "http://")) else None,
    )


def _answer(summary: str, evidence: Sequence[Evidence]) -> Answer:
    words, verdict = shown(summary, limit=220), worst(one.status for one in evidence)
    return Answer(status=verdict, summary=words, evidence=evidence, reason=words if verdict is Status.UNKNOWN else None)
