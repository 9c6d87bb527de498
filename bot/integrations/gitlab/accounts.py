"""Everybody and everything that has access to a group and its watched projects, for the access review."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from bot.domain.access import Access, AccessFound, Holder
from bot.domain.errors import VendorError
from bot.integrations.gitlab.client import GitLabClient
from bot.integrations.gitlab.settings import GitLabSettings
from bot.integrations.gitlab.shapes import OF_A_TOKEN, DeployKey, Member, Token
from bot.integrations.http import segment
from bot.integrations.together import every

# https://docs.gitlab.com/api/access_requests/#valid-access-levels
_ROLES: Final[Mapping[int, str]] = {
    0: "no access",
    5: "minimal access",
    10: "guest",
    15: "planner",
    20: "reporter",
    25: "security manager",
    30: "developer",
    40: "maintainer",
    50: "owner",
    60: "administrator",
}
_STRONG: Final = 50
_MEMBERS: Final = "read members (scope read_api, a member of the group)"
_TOKENS: Final = "read access tokens (scope read_api, role Owner of the group and Maintainer of the projects)"
_KEYS: Final = "read deploy keys (scope read_api, role Maintainer)"
Part = Sequence[Access] | VendorError


async def found(client: GitLabClient, settings: GitLabSettings) -> AccessFound:
    """Of the parts that are reviewed. One that cannot be read is told, and hides no other."""
    listing = _Listing(client, settings)
    parts = await every(
        listing.tried(group, part) for group in settings.groups for part in listing.parts if part in settings.review
    )
    failures = [one for one in parts if isinstance(one, VendorError)]
    if failures and len(failures) == len(parts):
        raise failures[0]
    access = [one for part in parts if not isinstance(part, VendorError) for one in part]
    # A group inside another has its people again.
    once = {one.key: one for one in access}
    unread = dict.fromkeys([*(str(one) for one in failures), *listing.unread])
    return AccessFound(access=list(once.values()), unread=list(unread))


class _Listing:
    def __init__(self, client: GitLabClient, settings: GitLabSettings) -> None:
        self._client, self._settings = client, settings
        self.unread: list[str] = []
        self.parts: dict[str, Callable[[str], Awaitable[Sequence[Access]]]] = {
            "owners": self._members,
            "outsiders": self._of_projects,
            "tokens": self._tokens,
            "keys": self._keys,
        }

    async def tried(self, group: str, part: str) -> Part:
        try:
            return await self.parts[part](group)
        except VendorError as error:
            return error

    async def _members(self, group: str) -> Sequence[Access]:
        people = await self._people(f"/groups/{segment(group)}/members/all")
        if not any(one.access_level >= _STRONG for one in people):
            self.unread.append(f"{self._client.title} shows no owner of {group}. Give us the right to {_MEMBERS}.")
        return [self._person(one, group, Holder.PERSON) for one in people]

    async def _of_projects(self, group: str) -> Sequence[Access]:
        """Members of single projects; whoever is in the group as well has that as another access."""
        inside = {one.id for one in await self._people(f"/groups/{segment(group)}/members/all")}
        projects = await self._projects(group)
        lists = await every(self._people(f"/projects/{segment(one)}/members") for one in projects)
        return [
            self._person(one, project, Holder.PERSON if one.id in inside else Holder.GUEST)
            for project, people in zip(projects, lists, strict=True)
            for one in people
        ]

    async def _tokens(self, group: str) -> Sequence[Access]:
        places = [(group, f"/groups/{segment(group)}/access_tokens")]
        places += [(one, f"/projects/{segment(one)}/access_tokens") for one in await self._projects(group)]
        lists = await every(self._client.all(Token, path, {"state": "active"}, _TOKENS) for _, path in places)
        return [self._token(place, one) for (place, _), tokens in zip(places, lists, strict=True) for one in tokens]

    async def _keys(self, group: str) -> Sequence[Access]:
        projects = await self._projects(group)
        lists = await every(
            self._client.all(DeployKey, f"/projects/{segment(one)}/deploy_keys", {}, _KEYS) for one in projects
        )
        return [self._key(project, one) for project, keys in zip(projects, lists, strict=True) for one in keys]

    async def _people(self, path: str) -> Sequence[Member]:
        """Each once, by the highest role they have from somewhere."""
        found = await self._client.all(Member, path, {}, _MEMBERS)
        return list({one.id: one for one in sorted(found, key=lambda one: one.access_level)}.values())

    async def _projects(self, group: str) -> Sequence[str]:
        paths = await every(self._client.path_of(one) for one in self._settings.projects)
        return [one for one in paths if one.casefold().startswith(f"{group.casefold()}/")]

    def _person(self, one: Member, place: str, holder: Holder) -> Access:
        role = _ROLES.get(one.access_level, f"level {one.access_level}")
        return Access(
            system=self._client.title,
            principal=one.username,
            role=f"{role} of {place}",
            holder=Holder.MACHINE if OF_A_TOKEN.match(one.username) else holder,
            strong=one.access_level >= _STRONG,
            expires=_end(one.expires_at),
            url=f"{self._client.web}/{one.username}",
        )

    def _token(self, place: str, one: Token) -> Access:
        return Access(
            system=self._client.title,
            principal=f"token {one.id}",
            role=f"access token of {place}",
            holder=Holder.KEY,
            title=one.name,
            last_used=one.last_used_at,
            expires=_end(one.expires_at),
            note="" if one.expires_at else "has no end",
            url=f"{self._client.web}/{place}/-/settings/access_tokens",
        )

    def _key(self, project: str, one: DeployKey) -> Access:
        return Access(
            system=self._client.title,
            principal=f"deploy key {one.id}",
            role=f"{'write to' if one.can_push else 'read'} {project}",
            holder=Holder.KEY,
            title=one.title,
            expires=_end(one.expires_at),
            note="" if one.expires_at else "has no end",
            url=f"{self._client.web}/{project}/-/settings/repository",
        )


def _end(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if day else None
