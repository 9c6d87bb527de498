"""Everybody and everything that has access to an organisation, for the access review."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.domain.access import Access, AccessFound, Holder
from bot.domain.errors import VendorError
from bot.integrations.github.client import GitHubClient
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.github.shapes import DeployKey, Grant, Member
from bot.integrations.together import every

_MEMBERS: Final = "read the organisation's members (Members: read)"
_GRANTS: Final = "read the tokens that people made (a GitHub App, Personal access tokens: read)"
_KEYS: Final = "read deploy keys (Administration: read)"
Part = Sequence[Access] | VendorError


async def found(client: GitHubClient, owner: GitHubClient | None, settings: GitHubSettings) -> AccessFound:
    """Of the parts that are reviewed. One that cannot be read is told, and hides no other."""
    listing = _Listing(client, owner, settings)
    parts = await every(
        listing.tried(org, part) for org in settings.orgs for part in listing.parts if part in settings.review
    )
    failures = [one for one in parts if isinstance(one, VendorError)]
    if failures and len(failures) == len(parts):
        raise failures[0]
    access = [one for part in parts if not isinstance(part, VendorError) for one in part]
    return AccessFound(access=access, unread=[*(str(one) for one in failures), *dict.fromkeys(listing.unread)])


class _Listing:
    def __init__(self, client: GitHubClient, owner: GitHubClient | None, settings: GitHubSettings) -> None:
        self._client, self._owner, self._settings = client, owner, settings
        self.unread: list[str] = []
        self.parts: dict[str, Callable[[str], Awaitable[Sequence[Access]]]] = {
            "owners": self._members,
            "outsiders": self._outsiders,
            "tokens": self._tokens,
            "keys": self._keys,
        }

    async def tried(self, org: str, part: str) -> Part:
        try:
            return await self.parts[part](org)
        except VendorError as error:
            return error

    async def _members(self, org: str) -> Sequence[Access]:
        owners = await self._client.members(org, "members", _MEMBERS, role="admin")
        members = await self._client.members(org, "members", _MEMBERS, role="member")
        if not owners:
            self.unread.append(f"{self._client.title} shows no owner of {org}. Give us the right to {_MEMBERS}.")
        without = await self._without(org, "members")
        return [
            *(self._person(one, f"owner of {org}", without, strong=True) for one in owners),
            *(self._person(one, f"member of {org}", without) for one in members),
        ]

    async def _outsiders(self, org: str) -> Sequence[Access]:
        found = await self._client.members(org, "outside_collaborators", _MEMBERS)
        without = await self._without(org, "outside_collaborators")
        role = f"outside collaborator of {org}"
        return [self._person(one, role, without, holder=Holder.GUEST) for one in found]

    async def _without(self, org: str, what: str) -> frozenset[str]:
        """Who has no second factor. Only an owner is told; without that the rest is worth reviewing all the same."""
        if "second_factor" not in self._settings.review:
            return frozenset()
        words = f"{self._client.title} does not tell who in {org} has no second factor. Set GITHUB_OWNER_TOKEN."
        if self._owner is None:
            self.unread.append(words)
            return frozenset()
        try:
            found = await self._owner.members(org, what, "see second factors", filter="2fa_disabled")
        except VendorError:
            self.unread.append(words)
            return frozenset()
        return frozenset(one.login for one in found)

    async def _tokens(self, org: str) -> Sequence[Access]:
        return [self._token(org, one) for one in await self._client.grants(org, _GRANTS)]

    async def _keys(self, org: str) -> Sequence[Access]:
        repos = [one for one in self._settings.watched if one.partition("/")[0].casefold() == org.casefold()]
        lists = await every(self._client.deploy_keys(repo, _KEYS) for repo in repos)
        return [self._key(repo, one) for repo, keys in zip(repos, lists, strict=True) for one in keys]

    def _person(
        self, one: Member, role: str, without: frozenset[str], *, holder: Holder = Holder.PERSON, strong: bool = False
    ) -> Access:
        return Access(
            system=self._client.title,
            principal=one.login,
            role=role,
            holder=holder,
            strong=strong,
            note="no second factor" if one.login in without else "",
            url=f"{self._client.web}/{one.login}",
        )

    def _token(self, org: str, one: Grant) -> Access:
        login = one.owner.login if one.owner else ""
        return Access(
            system=self._client.title,
            principal=f"token {one.id}",
            role=f"what {login or 'its owner'} may in {org}",
            holder=Holder.KEY,
            title=one.token_name,
            last_used=one.token_last_used_at,
            expires=one.token_expires_at,
            note="expired" if one.token_expired else "has no end" if one.token_expires_at is None else "",
            url=f"{self._client.web}/organizations/{org}/settings/active-tokens",
        )

    def _key(self, repo: str, one: DeployKey) -> Access:
        return Access(
            system=self._client.title,
            principal=f"deploy key {one.id}",
            role=f"{'read' if one.read_only else 'write to'} {repo}",
            holder=Holder.KEY,
            title=one.title,
            last_used=one.last_used,
            url=f"{self._client.web}/{repo}/settings/keys",
        )
