"""The environments of a repository, and how the last deployment to each went."""

from collections.abc import Sequence
from typing import Final

from bot.domain.check import Evidence
from bot.domain.errors import Refused
from bot.integrations.github import judge
from bot.integrations.github.client import GitHubClient
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.github.shapes import Deployment, Repository
from bot.integrations.together import every

_MOST: Final = 100


async def deployed(client: GitHubClient, settings: GitHubSettings, repo: Repository, named: str) -> Sequence[Evidence]:
    """Environments that nobody named are left out where they are of a pull request, or nothing was deployed."""
    given = settings.environments_of(named)
    if given is not None and not given:
        return ()
    names = list(dict.fromkeys(given or [one.name for one in await client.environments(repo.full_name)]))
    if len(names) > _MOST:
        raise Refused(f"{named} has more than {_MOST} environments. Name some in GITHUB_ENVIRONMENTS.")
    newest = await every(_newest(client, repo.full_name, name) for name in names)
    kept = [
        (name, one)
        for name, one in zip(names, newest, strict=True)
        if given or (one is not None and not one.transient_environment)
    ]
    return await every(_state(client, repo, name, one) for name, one in kept)


async def _newest(client: GitHubClient, repo: str, environment: str) -> Deployment | None:
    found = [one for one in await client.deployments(repo, environment) if one.environment in ("", environment)]
    return max(found, key=lambda one: (one.created_at, one.id), default=None)


async def _state(client: GitHubClient, repo: Repository, name: str, deployment: Deployment | None) -> Evidence:
    states = await client.statuses(repo.full_name, deployment.id) if deployment else []
    return judge.deployed(repo, name, deployment, states)
