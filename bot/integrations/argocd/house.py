"""How Argo CD's clusters, repositories and accounts are judged."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.argocd.shapes import Account, Cluster, Connection, Repository, Token
from bot.integrations.findings import answer
from bot.integrations.foreign import shown

_STATES: Final = {"Successful": Status.OK, "Unknown": Status.WARN, "Failed": Status.FAIL}
_WORDS: Final = {Status.WARN: "not known whether it can be reached", Status.FAIL: "cannot be reached"}
_ADMIN: Final = "admin"


def clusters(found: Sequence[Cluster], now: datetime, *, stale: timedelta) -> Answer:
    if not found:
        return Answer.unknown("No cluster is to be seen: give the token the right clusters, get")
    evidence = []
    for one in found:
        name = shown(one.name or one.server, limit=100) or "A cluster without a name"
        judged = [_connection(state, now, stale) for state in one.states] or [_SILENT]
        evidence += _of(f"cluster:{shown(one.server or one.name, limit=180)}", name, judged)
    return answer(evidence, f"All {len(found)} clusters can be reached", f"{len(evidence)} of {len(found)} clusters")


def repositories(found: Sequence[Repository], *, may_see: bool) -> Answer:
    """None is a fair number of them, if the token could see one: public ones need not be registered."""
    if not found:
        if may_see:
            return Answer(status=Status.OK, summary="No repositories are registered")
        return Answer.unknown("No repository is to be seen: give the token the right repositories, get")
    evidence = []
    for one in found:
        name = shown(one.repo, limit=100) or "A repository without an address"
        judged = [_connection(state, None, timedelta()) for state in one.states] or [_SILENT]
        evidence += _of(f"repository:{shown(one.repo, limit=180)}", name, judged)
    fine = f"All {len(found)} repositories can be reached"
    return answer(evidence, fine, f"{len(evidence)} of {len(found)} repositories")


_SILENT: Final = (Status.UNKNOWN, "does not tell whether it can be reached")


def _connection(state: Connection, now: datetime | None, stale: timedelta) -> tuple[Status, str]:
    status = _STATES.get(state.status, Status.UNKNOWN)
    if status is Status.UNKNOWN:
        return status, f"has the connection state {shown(state.status, limit=30)}, which we do not know"
    if status is Status.OK and now is not None and state.tried is not None and now - state.tried > stale:
        return Status.WARN, f"was not tried since {state.tried:%d %b %Y %H:%M} UTC"
    words = _WORDS.get(status, "")
    return status, shown(f"{words}: {state.message}" if state.message else words)


def _of(key: str, title: str, judged: Sequence[tuple[Status, str]]) -> list[Evidence]:
    status, words = max(judged, key=lambda one: one[0].rank)
    return [Evidence(key=key, title=title, status=status, detail=words)] if status is not Status.OK else []


def accounts(found: Sequence[Account], now: datetime, *, days: float) -> Answer:
    """Local accounts only: people who come by single sign-on are none."""
    if not any(one.name == _ADMIN for one in found):
        return Answer.unknown("Not every account is to be seen: give the token the right accounts, get, *")
    evidence = [one for account in found for one in _account(account, now, days)]
    fine = f"{len(found)} accounts, none with a token to look at, and admin is disabled"
    return answer(evidence, fine, f"{len(evidence)} to look at")


def _account(one: Account, now: datetime, days: float) -> list[Evidence]:
    name = shown(one.name, limit=100)
    told = [_token(token, now, days) for token in one.tokens]
    if one.name == _ADMIN and one.enabled:
        told.append((Status.WARN, "the built-in administrator is enabled"))
    bad = [each for each in told if each[0] is not Status.OK]
    if not bad:
        return []
    status = worst(each[0] for each in bad)
    words = shown("; ".join(dict.fromkeys(words for _, words in bad)))
    return [Evidence(key=f"account:{shown(one.name, limit=180)}", title=name, status=status, detail=words)]


def _token(one: Token, now: datetime, days: float) -> tuple[Status, str]:
    name = f"token {shown(one.id, limit=40)}" if one.id else "a token"
    if not one.expires:
        return Status.WARN, f"{name} never expires"
    until = datetime.fromtimestamp(one.expires, UTC)
    if until <= now:
        return Status.WARN, f"{name} expired on {until:%d %b %Y}"
    soon = until - now <= timedelta(days=days)
    return (Status.WARN, f"{name} expires on {until:%d %b %Y}") if soon else (Status.OK, "")
