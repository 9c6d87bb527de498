"""Who may do what in an organisation: its owners, people from outside, second factors, tokens and keys."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable, VendorError
from bot.integrations.findings import counted
from bot.integrations.foreign import shown
from bot.integrations.github.client import GitHubClient
from bot.integrations.github.settings import PARTS, GitHubSettings
from bot.integrations.github.shapes import DeployKey, Grant, Member
from bot.integrations.labels import key_of
from bot.integrations.together import every

_MEMBERS: Final = "read the organisation's members (Members: read)"
_OWNER: Final = "read who has no second factor: only an owner of the organisation may, by GITHUB_OWNER_TOKEN"
_GRANTS: Final = (
    "read the tokens that people made; only a GitHub App may (Personal access tokens: read). "
    "Else leave tokens out of GITHUB_REVIEW"
)
_KEYS: Final = "read deploy keys (Administration: read)"
_SOON: Final = timedelta(days=14)
Found = Sequence[Evidence]


class AccessCheck:
    """Asks and judges one part after the other; what cannot be read is told as such, never as nothing found."""

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
        parts = [(org, part) for org in self._settings.orgs for part in dict.fromkeys(self._settings.review)]
        if not parts:
            return Answer.unknown("GITHUB_REVIEW is empty, so nothing is reviewed")
        seen = await every(self._seen(org, part) for org, part in parts)
        failures = [one for one in seen if isinstance(one, VendorError)]
        if failures and len(failures) == len(seen):
            raise failures[0]
        evidence = [
            finding
            for (org, part), one in zip(parts, seen, strict=True)
            for finding in ([_unread(org, part, one)] if isinstance(one, VendorError) else one)
        ]
        left_out = [part for part in PARTS if not self._reviews(part)]
        named = ", ".join(self._settings.orgs[:3])
        good = f"Nothing odd about who has access to {named}"
        good += f" (not looked at: {', '.join(left_out)})" if left_out else ""
        return counted(evidence, shown(good.replace("_", " ")), 0, "findings about access")

    def _reviews(self, part: str) -> bool:
        return part in self._settings.review

    async def _seen(self, org: str, part: str) -> Found | VendorError:
        parts: Mapping[str, tuple[Callable[[str], Awaitable[Found]], str]] = {
            "owners": (self._owners, _MEMBERS),
            "outsiders": (self._outsiders, _MEMBERS),
            "second_factor": (self._second_factor, _OWNER),
            "tokens": (self._tokens, _GRANTS),
            "keys": (self._keys, _KEYS),
        }
        ask, right = parts[part]
        try:
            return await ask(org)
        except NotFound:  # GitHub's word also for what it may not show
            place = shown(org, limit=40)
            return NotFound(
                f"{self._client.title} does not show this of {place}. Check the name, or the right to {right}."
            )
        except VendorError as error:
            return error

    async def _owners(self, org: str) -> Found:
        found = await self._client.members(org, "members", _MEMBERS, role="admin")
        if not found:
            raise Refused(
                f"{self._client.title} shows no owner of {shown(org, limit=40)}, though there is one. Give the "
                f"credential the right to {_MEMBERS}."
            )
        known = _folded(self._settings.known_owners)
        status = Status.FAIL if known else Status.WARN
        why = (
            "an owner who is not among GITHUB_KNOWN_OWNERS"
            if known
            else "an owner; name those who should be in GITHUB_KNOWN_OWNERS"
        )
        return [
            _person(org, "owner", one.login, status, why, f"{self._client.web}/orgs/{org}/people")
            for one in found
            if one.login.casefold() not in known
        ]

    async def _outsiders(self, org: str) -> Found:
        known = _folded(self._settings.known_outsiders)
        found = await self._client.members(org, "outside_collaborators", _MEMBERS)
        why, page = "an outside collaborator", f"{self._client.web}/orgs/{org}/outside-collaborators"
        return [
            _person(org, "outsider", one.login, Status.WARN, why, page)
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
                    _person(org, "second factor", one.login, status, why, page)
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


def _person(org: str, kind: str, login: str, status: Status, why: str, page: str) -> Evidence:
    return Evidence(
        key=key_of(kind, {"org": org, "login": login}),
        title=shown(f"{org}: {login}"),
        status=status,
        url=page,
        detail=why,
    )


def _unread(org: str, part: str, error: VendorError) -> Evidence:
    return Evidence(
        key=key_of("unread", {"org": org, "part": part}),
        title=shown(f"{org}: {part.replace('_', ' ')} not seen"),
        status=Status.UNKNOWN,
        detail=shown(error, limit=220),
    )


def _folded(names: Collection[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
