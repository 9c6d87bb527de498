"""How the state of applications is judged: health and sync, the last sync, and errors of configuration."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.argocd.shapes import App, Operation
from bot.integrations.findings import answer, lasting
from bot.integrations.foreign import shown
from bot.integrations.http import segment

_HEALTH: Final = {
    "Healthy": Status.OK,
    "Suspended": Status.WARN,
    "Missing": Status.FAIL,
    "Degraded": Status.FAIL,
    "Unknown": Status.FAIL,
}
GOING: Final = frozenset({"Running", "Terminating"})
_ENDED_BADLY: Final = frozenset({"Failed", "Error"})
_APART: Final = timedelta(minutes=10)
"""Clocks may differ by so much."""
Finding = tuple[Status, str, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long something may last before it is worth a look."""

    progressing: timedelta
    drifting: timedelta
    stale: timedelta


def apps(found: Sequence[App], now: datetime, patience: Patience) -> Answer:
    """Healthy, in sync, and compared lately."""

    def look(app: App) -> list[Finding]:
        return [_health(app, now, patience), out_of_sync(app, now, patience), _stale(app, now, patience)]

    return _each(found, look, f"All {len(found)} applications are healthy and in sync")


def syncs(found: Sequence[App]) -> Answer:
    told = sum(app.operation is not None for app in found)
    if found and not told and all(app.sync == "Synced" for app in found):
        return Answer.unknown(f"None of {len(found)} applications was ever synced, so nothing says that a sync works")
    untold = f", {len(found) - told} were never synced" if told < len(found) else ""
    return _each(found, lambda app: [_last_sync(app)], f"The last syncs of {told} applications succeeded{untold}")


def conditions(found: Sequence[App]) -> Answer:
    return _each(found, _conditions, f"None of {len(found)} applications reports an error")


def drift(found: Sequence[App], now: datetime, patience: Patience) -> Answer:
    def look(app: App) -> list[Finding]:
        return [out_of_sync(app, now, patience), _stale(app, now, patience)]

    return _each(found, look, f"All {len(found)} applications are as their repositories say")


def pending(found: Sequence[App], windows: dict[str, str]) -> Answer:
    """What waits to be synced by a person, and whether a sync window lets them."""

    def look(app: App) -> list[Finding]:
        if app.sync == "OutOfSync" and not app.syncs_itself:
            window = windows.get(app.key, "")
            return [(Status.WARN, f"waits to be synced by hand{f', {window}' if window else ''}", None)]
        known = app.sync in ("Synced", "OutOfSync")
        return [] if known else [(Status.UNKNOWN, "does not tell whether it waits to be synced", None)]

    return _each(found, look, f"None of {len(found)} applications waits to be synced by hand")


def missing(found: Sequence[App], projects: Collection[str]) -> list[str]:
    """Projects named in the settings of which nothing is to be seen."""
    seen = {app.spec.project or "default" for app in found}
    return sorted(set(projects) - seen)


def page_of(app: App) -> str:
    place = f"{segment(app.metadata.namespace)}/" if app.metadata.namespace else ""
    return f"/applications/{place}{segment(app.metadata.name)}"


def out_of_sync(app: App, now: datetime, patience: Patience) -> Finding:
    """With auto-sync it mends itself, unless that has long been tried; without it somebody has to."""
    match app.sync:
        case "Synced":
            return Status.OK, "", None
        case "Unknown":
            return Status.FAIL, "its manifests cannot be made, whether it is in sync is not known", None
        case "OutOfSync":
            return _drifts(app, now, patience)
        case "":
            return Status.UNKNOWN, "was not compared with its repository yet", None
        case other:
            return Status.UNKNOWN, f"has the sync status {shown(other, limit=30)}, which we do not know", None


def _drifts(app: App, now: datetime, patience: Patience) -> Finding:
    if not app.syncs_itself:
        return Status.WARN, "out of sync, and auto-sync is off", None
    operation = app.operation
    if operation is not None and operation.phase in GOING:
        return Status.WARN, "out of sync, being synced", operation.started
    last = operation.finished if operation is not None else app.metadata.created
    if last is not None and now - last > patience.drifting:
        return Status.FAIL, f"out of sync, and auto-sync did nothing for {lasting(now - last)}", last
    return Status.WARN, "out of sync, auto-sync is on", last


def _health(app: App, now: datetime, patience: Patience) -> Finding:
    health = app.health
    message = f": {shown(health.message, limit=90)}" if health.message else ""
    if health.status == "Progressing":
        if health.since is None:
            return Status.WARN, f"progressing, and does not tell since when{message}", None
        late = now - health.since > patience.progressing
        words = f"progressing for {lasting(now - health.since)}{message}"
        return Status.WARN if late else Status.OK, words, health.since
    if not health.status:
        return Status.UNKNOWN, "does not tell its health", None
    status = _HEALTH.get(health.status, Status.UNKNOWN)
    unknown = ", a health we do not know" if status is Status.UNKNOWN else ""
    return status, f"{shown(health.status, limit=30).lower()} health{unknown}{message}", health.since


def _stale(app: App, now: datetime, patience: Patience) -> Finding:
    """What was not compared for long tells nothing of today; some versions do not say when it was."""
    compared = app.state.compared if app.state else None
    if compared is None:
        return Status.OK, "", None
    if compared - now > _APART:
        return Status.UNKNOWN, "was compared in the future: the clocks differ", compared
    if now - compared > patience.stale:
        return Status.WARN, f"not compared with its repository for {lasting(now - compared)}", compared
    return Status.OK, "", None


def _last_sync(app: App) -> Finding:
    operation = app.operation
    if operation is None:
        never = Status.OK if app.sync == "Synced" else Status.WARN
        return (never, "was never synced", None) if app.sync else (Status.UNKNOWN, "does not tell of a sync", None)
    since = operation.finished or operation.started
    message = f": {shown(operation.message, limit=90)}" if operation.message else ""
    if operation.phase == "Succeeded":
        return Status.OK, "", None
    if operation.phase in GOING:
        return Status.WARN, f"is being synced{message}" if operation.phase == "Running" else "is being stopped", since
    if operation.phase in _ENDED_BADLY:
        return Status.FAIL, f"its last sync failed{message}", since
    return Status.UNKNOWN, f"its last sync is {_named(operation)}, which we do not know", since


def _named(operation: Operation) -> str:
    return shown(operation.phase, limit=30) or "without a phase"


def _conditions(app: App) -> list[Finding]:
    found: list[Finding] = []
    if not app.sync:
        found.append((Status.UNKNOWN, "was not compared with its repository yet", None))
    for one in app.state.conditions if app.state else ():
        kind = shown(one.type, limit=40)
        words = f"{kind}: {shown(one.message, limit=90)}" if one.message else kind
        if one.type.endswith("Error"):
            found.append((Status.FAIL, words, one.since))
        elif one.type.endswith("Warning"):
            found.append((Status.WARN, words, one.since))
        else:
            found.append((Status.UNKNOWN, f"{words} (a condition we do not know)", one.since))
    return found


def _each(found: Sequence[App], look: Callable[[App], list[Finding]], fine: str) -> Answer:
    """One finding for an application, which holds all that was found of it."""
    if not found:
        return Answer.unknown("No application is to be seen: give the token the right applications, get")
    evidence = []
    for app in found:
        bad = sorted((one for one in look(app) if one[0] is not Status.OK), key=lambda one: -one[0].rank)
        if bad:
            evidence.append(
                Evidence(
                    key=f"app:{shown(app.key, limit=180)}",
                    title=shown(app.metadata.name) or "An application without a name",
                    status=worst(one[0] for one in bad),
                    since=next((since for _, _, since in bad if since is not None), None),
                    url=page_of(app),
                    detail=shown("; ".join(words for _, words, _ in bad)),
                )
            )
    return answer(evidence, fine, f"{len(evidence)} of {len(found)} applications to look at")
