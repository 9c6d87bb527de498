"""Syncs as changes, in our own form: the same whether a notification or a look tells of them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.domain.errors import Refused
from bot.integrations.argocd.shapes import App, Deployed, Initiator, Operation
from bot.integrations.foreign import shown

SOURCE: Final = "argocd"
RESULTS: Final = {
    "Running": Result.RUNNING,
    "Terminating": Result.RUNNING,
    "Succeeded": Result.SUCCEEDED,
    "Failed": Result.FAILED,
    "Error": Result.FAILED,
}
_COMMIT: Final = re.compile(r"^[0-9a-f]{40,64}$")
_REMOTE: Final = re.compile(r"[/:](?P<owner>[^/:]{1,200})/(?P<name>[^/:]{1,200}?)(?:\.git)?/?$")
_HISTORY: Final = 10
"""How many syncs an application remembers, if it does not say otherwise."""


def changes_of(app: App, since: datetime, url: str) -> list[Change]:
    """What was synced since then: the history has what succeeded, the last operation may have ended otherwise."""
    history = app.state.history if app.state else []
    found = [change for one in history if (change := _deployed(app, one, url)) is not None]
    last = _operated(app, app.operation, url) if app.operation is not None else None
    by_id = {one.id: one for one in (*found, *([last] if last is not None else []))}
    limit = _HISTORY if app.spec.history_limit is None else app.spec.history_limit
    if history and len(history) >= limit and all(one.started_at >= since for one in found):
        raise Refused(f"{shown(app.key, limit=60)} was synced more often since then than its history holds")
    return [one for one in by_id.values() if max(one.started_at, one.ended_at or one.started_at) >= since]


def change(
    *,
    namespace: str,
    name: str,
    started: datetime,
    ended: datetime | None,
    result: Result,
    project: str,
    repositories: Sequence[str],
    cluster: str,
    target: str,
    revision: str,
    by: str | None,
    url: str | None,
) -> Change:
    slugs = [known for one in repositories[:5] if (known := _repository(one))]
    workload = f"{target}/{name}" if target else ""
    places = [name, *slugs, workload, target, project]
    return Change(
        source=SOURCE,
        id=f"{namespace}/{name}@{started.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        kind=ChangeKind.DEPLOYMENT,
        title=f"sync {name}",
        places=list(dict.fromkeys(one for one in places if one)),
        started_at=started,
        ended_at=ended,
        result=result,
        version=(revision[:10] if _COMMIT.match(revision) else revision) or None,
        environment=cluster or None,
        by=by,
        url=url,
    )


def initiator(one: Initiator | None) -> str | None:
    if one is None:
        return None
    return one.username or ("auto-sync" if one.automated else None)


def _deployed(app: App, one: Deployed, url: str) -> Change | None:
    started = one.started or one.at
    if started is None:
        return None
    revision = one.revision or next(iter(one.revisions), "")
    return _change(app, started, one.at or started, Result.SUCCEEDED, revision, initiator(one.by), url)


def _operated(app: App, one: Operation, url: str) -> Change | None:
    trial = bool(one.asked and one.asked.sync and one.asked.sync.dry_run)
    if one.started is None or trial:
        return None
    done = one.result
    revision = (done.revision or next(iter(done.revisions), "")) if done else ""
    by = initiator(one.asked.by) if one.asked else None
    result = RESULTS.get(one.phase, Result.UNKNOWN)
    ended = None if result is Result.RUNNING else one.finished
    return _change(app, one.started, ended, result, revision, by, url)


def _change(
    app: App, started: datetime, ended: datetime | None, result: Result, revision: str, by: str | None, url: str
) -> Change:
    sources = [one.repository for one in (app.spec.source, *app.spec.sources) if one is not None and one.repository]
    target = app.spec.destination
    return change(
        namespace=app.metadata.namespace,
        name=app.metadata.name,
        started=started,
        ended=ended,
        result=result,
        project=app.spec.project,
        repositories=sources,
        cluster=target.name if target else "",
        target=target.namespace if target else "",
        revision=revision,
        by=by,
        url=url,
    )


def _repository(remote: str) -> str | None:
    """`owner/name` of a repository's address, however it is written."""
    found = _REMOTE.search(remote[:1_000].strip())
    return f"{found['owner']}/{found['name']}" if found else None
