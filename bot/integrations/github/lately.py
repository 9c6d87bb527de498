"""What was changed in a repository lately: its runs and deployments, asked for in parts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.change import Change
from bot.integrations.github import news
from bot.integrations.github.client import GitHubClient, TooManyRuns
from bot.integrations.github.shapes import Deployment, Repository, Run
from bot.integrations.together import both, every

_EARLIER: Final = timedelta(days=1)
"""What ended lately may have begun so much before."""
_LASTS: Final = timedelta(hours=2)
"""So long a deployment is looked at again, also where its own time does not tell of a change."""


async def changed(client: GitHubClient, repo: Repository, since: datetime) -> Sequence[Change]:
    """Every change that began or ended since then."""
    runs, deployments = await both(
        _runs(client, repo, since - _EARLIER), client.deployments_since(repo.full_name, since - _EARLIER)
    )
    kept = [one for one in deployments if not one.transient_environment and _may_have_ended(one, since)]
    states = await every(client.statuses(repo.full_name, one.id) for one in kept)
    changes = [news.of_run(run, repo.full_name) for run in runs]
    changes += [
        news.of_its_states(one, repo.full_name, repo.html_url, its) for one, its in zip(kept, states, strict=True)
    ]
    return [one for one in changes if max(one.started_at, one.ended_at or one.started_at) >= since]


def _may_have_ended(one: Deployment, since: datetime) -> bool:
    """Each costs a call to see how it went, and this is asked every few minutes."""
    return max(one.created_at + _LASTS, one.updated_at or one.created_at) >= since


async def _runs(client: GitHubClient, repo: Repository, since: datetime) -> Sequence[Run]:
    """With one question where there are not too many; else in parts, without the runs of pull requests."""
    created = f">={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    try:
        lists = [await client.runs(repo.full_name, created=created)]
    except TooManyRuns:
        asks = [client.runs(repo.full_name, created=created, branch=repo.default_branch)]
        asks += [client.runs(repo.full_name, created=created, event=event) for event in ("push", *news.ANYWHERE)]
        lists = await every(asks)
    found = {run.id: run for each in lists for run in each}
    return [run for run in found.values() if news.is_change(run, repo.full_name, repo.default_branch)]
