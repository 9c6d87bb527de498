"""The calls to Argo CD's API: reading only, and never one that makes it work (`refresh`)."""

from collections.abc import Sequence
from typing import Final

from bot.integrations.argocd.shapes import (
    Account,
    Accounts,
    Allowed,
    App,
    Apps,
    Cluster,
    Clusters,
    Repositories,
    Repository,
    Version,
    Window,
)
from bot.integrations.http import Api, segment

_APPS: Final = "see applications (applications, get)"
_OF_STATE: Final = (
    "metadata.name",
    "metadata.namespace",
    "metadata.creationTimestamp",
    "spec.project",
    "spec.syncPolicy",
    "status.health",
    "status.sync",
    "status.operationState.phase",
    "status.operationState.message",
    "status.operationState.startedAt",
    "status.operationState.finishedAt",
    "status.conditions",
    "status.reconciledAt",
)
_OF_CHANGES: Final = (
    "metadata.name",
    "metadata.namespace",
    "spec.project",
    "spec.source.repoURL",
    "spec.sources",
    "spec.destination",
    "spec.revisionHistoryLimit",
    "status.history",
    "status.operationState.phase",
    "status.operationState.startedAt",
    "status.operationState.finishedAt",
    "status.operationState.operation",
    "status.operationState.syncResult.revision",
    "status.operationState.syncResult.revisions",
)


class ArgoCDClient:
    """https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/"""

    def __init__(self, api: Api, projects: Sequence[str]) -> None:
        self._api = api
        self._projects = projects

    def page(self, path: str) -> str:
        """Where a person would look."""
        return f"{self._api.base_url}{path}"

    async def version(self) -> Version:
        return await self._api.get_as(Version, "/api/version")

    async def apps(self) -> list[App]:
        """Every application that the token may see, and how it stands. The answer has no pages."""
        return await self._listed(_OF_STATE)

    async def histories(self) -> list[App]:
        """The same, and what was synced lately in place of how it stands."""
        return await self._listed(_OF_CHANGES)

    async def window(self, app: App) -> Window:
        """Always with the project: without it, one that is not there looks like one that is forbidden."""
        path = f"/api/v1/applications/{segment(app.metadata.name)}/syncwindows"
        wanted = {"project": app.spec.project or "default", "appNamespace": app.metadata.namespace}
        given = {name: value for name, value in wanted.items() if value}
        return await self._api.get_as(Window, path, given, right=_APPS)

    async def clusters(self) -> list[Cluster]:
        right = "see clusters (clusters, get)"
        return (await self._api.get_as(Clusters, "/api/v1/clusters", right=right)).items

    async def repositories(self) -> list[Repository]:
        right = "see repositories (repositories, get)"
        return (await self._api.get_as(Repositories, "/api/v1/repositories", right=right)).items

    async def may_see_repositories(self) -> bool:
        found = await self._api.get_as(Allowed, f"/api/v1/account/can-i/repositories/get/{segment('*')}")
        return found.value == "yes"

    async def accounts(self) -> list[Account]:
        right = "see accounts (accounts, get)"
        return (await self._api.get_as(Accounts, "/api/v1/account", right=right)).items

    async def _listed(self, fields: Sequence[str]) -> list[App]:
        """Only what we read of it: whole applications are huge. One between us that knows no `fields` gives all."""
        path = "/api/v1/applications"
        projects = {"projects": self._projects} if self._projects else {}
        wanted = {**projects, "fields": ",".join(f"items.{field}" for field in fields)}
        found = await self._api.get(path, wanted, right=_APPS, answers=(400,))
        if found.status == 400:
            found = await self._api.get(path, projects, right=_APPS)
        return found.read_as(Apps).items
