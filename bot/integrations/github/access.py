"""Who may do what in an organisation: its owners, people from outside, second factors, tokens and keys."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable
from bot.integrations.foreign import shown
from bot.integrations.github.client import GitHubClient
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.github.shapes import DeployKey, Grant, Member
from bot.integrations.labels import key_of
from bot.integrations.reviewing import Found, Part, folded, person, reviewed
from bot.integrations.together import every

_MEMBERS: Final = "read the organisation's members (Members: read)"
_OWNER: Final = "read who has no second factor: only an owner of the organisation may, by GITHUB_OWNER_TOKEN"
_GRANTS: Final = (
    "read the tokens that people made; only a GitHub App may (Personal access tokens: read). "
    "Else leave tokens out of GITHUB_REVIEW"
)
_KEYS: Final = "read deploy keys (Administration: read)"
_SOON: Final = timedelta(days=14)


class AccessCheck:
    """What is odd in each part of it."""

    def __init__(
        self,
        client: GitHubClient,
        owner: GitHubClient | None,
        settings: GitHubSettings,
        now: Callable[[], datetime],
        unused: timedelta,
    ) -> None:
        self._client, self._owner, self._settings, self._now, self._unused = client, owner, settings, now, unused

    async def answer(self) -> Answer:
        parts = {
            "owners": Part(self._owners, _MEMBERS),
            "outsiders": Part(self._outsiders, _MEMBERS),
            "second_factor": Part(self._second_factor, _OWNER),
            "tokens": Part(self._tokens, _GRANTS),
            "keys": Part(self._keys, _KEYS),
        }
        return await reviewed(
            self._client.title, self._settings.orgs, parts, self._settings.review, setting="GITHUB_REVIEW"
        )

    async def _owners(self, org: str) -> Found:
        found = await self._client.members(org, "members", _MEMBERS, role="admin")
        if not found:
            raise Refused(
                f"{self._client.title} shows no owner of {shown(org, limit=40)}, though there is one. Give the "
                f"credential the right to {_MEMBERS}."
            )
        known = folded(self._settings.known_owners)
        status = Status.FAIL if known else Status.WARN
        why = (
            "an owner who is not among GITHUB_KNOWN_OWNERS"
            if known
            else "an owner; name those who should be in GITHUB_KNOWN_OWNERS"
        )
        return [
            person(org, "owner", one.login, status, why, f"{self._client.web}/orgs/{org}/people")
            for one in found
            if one.login.casefold() not in known
        ]

    async def _outsiders(self, org: str) -> Found:
        known = folded(self._settings.known_outsiders)
        found = await self._client.members(org, "outside_collaborators", _MEMBERS)
        why, page = "an outside collaborator", f"{self._client.web}/orgs/{org}/outside-collaborators"
        return [
            person(org, "outsider", one.login, Status.WARN, why, page)
            for one in found
            if one.login.casefold() not in known
        ]

    async def _second_factor(self, org: str) -> Found:
        """An App may ask and is answered with an empty list, which proves nothing; so only a person's token asks."""
        owner = self._owner
        if owner is None:
            raise NotAuthorised(f"{self._client.title}: a GitHub App cannot {_OWNER}.")
        kinds = (
            ("2fa_disabled", Status.FAIL, "no second factor"),
            ("2fa_insecure", Status.WARN, "a weak second factor"),
        )
        found: list[Evidence] = []
        page = f"{owner.web}/orgs/{org}/people"
        for filtered, status, why in kinds:
            for what in ("members", "outside_collaborators"):
                found += [
                    person(org, "second factor", one.login, status, why, page)
                    for one in await self._filtered(owner, org, what, filtered)
                ]
        return found

    async def _filtered(self, owner: GitHubClient, org: str, what: str, filtered: str) -> Sequence[Member]:
        try:
            return await owner.members(org, what, _OWNER, filter=filtered)
        except (Unavailable, NotAuthorised, NotFound):
            raise
        except Refused as error:  # 422: "only owners can use this filter"
            raise NotAuthorised(f"{error}. Give us the right to {_OWNER}.") from error

    async def _tokens(self, org: str) -> Found:
        found = await self._client.grants(org, _GRANTS)
        page = f"{self._client.web}/organizations/{org}/settings/active-tokens"
        return [one for each in found for one in (_token(org, each, self._now(), self._unused, page),) if one]

    async def _keys(self, org: str) -> Found:
        """Of the watched repositories of the organisation."""
        repos = [repo for repo in self._settings.watched if repo.partition("/")[0].casefold() == org.casefold()]
        if not repos:
            where = shown(org, limit=40)
            raise Refused(
                f"No repository of {where} is among GITHUB_REPOS. Name some, or leave keys out of GITHUB_REVIEW."
            )
        lists = await every(self._client.deploy_keys(repo, _KEYS) for repo in repos)
        return [
            finding
            for repo, keys in zip(repos, lists, strict=True)
            for each in keys
            for finding in (_key(repo, each, self._now(), self._unused, f"{self._client.web}/{repo}/settings/keys"),)
            if finding
        ]


def _token(org: str, one: Grant, now: datetime, unused: timedelta, page: str) -> Evidence | None:
    ends, used = one.token_expires_at, one.token_last_used_at
    status, odd = Status.WARN, []
    if one.token_expired or (ends is not None and ends <= now):
        if ends is not None and used is not None and used > ends:
            status = Status.FAIL
        odd.append("expired and in use" if status is Status.FAIL else "expired")
    elif ends is None:
        odd.append("has no end")
    elif ends - now <= _SOON:
        odd.append(f"ends on {ends:%d %b %Y}")
    if now - (used or one.access_granted_at) >= unused:
        odd.append(f"not used since {used:%d %b %Y}" if used else "never used")
    if not odd:
        return None
    owner = one.owner.login if one.owner else ""
    name = f"{org}: token {one.token_name or one.id} of {owner or 'nobody named'}"
    return Evidence(
        key=key_of("token", {"org": org, "id": str(one.id)}),
        title=shown(name),
        status=status,
        url=page,
        since=used,
        detail=shown(", ".join(odd)),
    )


def _key(repo: str, one: DeployKey, now: datetime, unused: timedelta, page: str) -> Evidence | None:
    if one.enabled is False or now - (one.last_used or one.created_at) < unused:
        return None
    when = (
        f"not used since {one.last_used:%d %b %Y}" if one.last_used else f"never used since {one.created_at:%d %b %Y}"
    )
    may = "" if one.read_only else ", may write"
    return Evidence(
        key=key_of("key", {"repo": repo, "id": str(one.id)}),
        title=shown(f"{repo}: deploy key {one.title or one.id}"),
        status=Status.WARN,
        url=page,
        since=one.last_used,
        detail=f"{when}{may}",
    )
