"""What was changed in a repository lately: its runs and deployments, asked for in parts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.change import Change
from bot.integrations.github import news
from bot.integrations.github.client import GitHubClient
from bot.integrations.github.shapes import Repository, Run
from bot.integrations.together import both, every

_EARLIER: Final = timedelta(days=1)
"""What ended lately may have begun so much before."""


async def changed(client: GitHubClient, repo: Repository, since: datetime) -> Sequence[Change]:
    """Every change that began or ended since then."""
    runs, deployments = await both(
        _runs(client, repo, since - _EARLIER), client.deployments_since(repo.full_name, since - _EARLIER)
    )
    kept = [one for one in deployments if not one.transient_environment]
    states = await every(client.statuses(repo.full_name, one.id) for one in kept)
    changes = [news.of_run(run, repo.full_name) for run in runs]
    changes += [
        news.of_its_states(one, repo.full_name, repo.html_url, its) for one, its in zip(kept, states, strict=True)
    ]
    return [one for one in changes if max(one.started_at, one.ended_at or one.started_at) >= since]


async def _runs(client: GitHubClient, repo: Repository, since: datetime) -> Sequence[Run]:
    """In parts, since a filtered list ends at a thousand: runs of pull requests would fill it."""
    created = f">={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    asks = [client.runs(repo.full_name, created=created, branch=repo.default_branch)]
    asks += [client.runs(repo.full_name, created=created, event=event) for event in ("push", *news.ANYWHERE)]
    found = {run.id: run for each in await every(asks) for run in each}
    return [run for run in found.values() if news.is_change(run, repo.full_name, repo.default_branch)]
