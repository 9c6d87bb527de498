"""Who may do what in a group: its owners, people of single projects, second factors, tokens and keys."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused
from bot.integrations.findings import link
from bot.integrations.foreign import shown
from bot.integrations.gitlab import judge
from bot.integrations.gitlab.client import GitLabClient
from bot.integrations.gitlab.settings import GitLabSettings
from bot.integrations.gitlab.shapes import OF_A_TOKEN, Account, DeployKey, Group, Member, Token
from bot.integrations.http import segment
from bot.integrations.labels import key_of
from bot.integrations.reviewing import Found, Part, folded, person, reviewed
from bot.integrations.together import every

_MEMBERS: Final = "read the group's members (scope read_api, a member of the group)"
_FACTORS: Final = (
    "read who has no second factor (an administrator's token), or require one in the group's settings, "
    "or leave second_factor out of GITLAB_REVIEW"
)
_TOKENS: Final = "read access tokens (scope read_api, role Owner of the group and Maintainer of the projects)"
_KEYS: Final = "read deploy keys (scope read_api, role Maintainer)"
_SOON: Final = timedelta(days=14)
_OWNER: Final = 50


class AccessCheck:
    """What is odd in each part of it."""

    def __init__(
        self, client: GitLabClient, settings: GitLabSettings, now: Callable[[], datetime], unused: timedelta
    ) -> None:
        self._client, self._settings, self._now, self._unused = client, settings, now, unused

    async def answer(self) -> Answer:
        parts = {
            "owners": Part(self._owners, _MEMBERS),
            "outsiders": Part(self._outsiders, _MEMBERS),
            "second_factor": Part(self._second_factor, _FACTORS),
            "tokens": Part(self._tokens, _TOKENS),
            "keys": Part(self._keys, _KEYS),
        }
        return await reviewed(
            self._client.title, self._settings.groups, parts, self._settings.review, setting="GITLAB_REVIEW"
        )

    async def _members(self, group: str) -> Sequence[Member]:
        path = f"/groups/{segment(group)}"
        found = await self._people(path, "members/all")
        if not found:
            raise Refused(
                f"{self._client.title} shows no member of {shown(group, limit=40)}. Give us the right to {_MEMBERS}."
            )
        return found

    async def _people(self, path: str, what: str) -> Sequence[Member]:
        """Each once, by the highest role they have from somewhere."""
        found = await self._client.all(Member, f"{path}/{what}", {}, _MEMBERS)
        return list({one.id: one for one in sorted(found, key=lambda one: one.access_level)}.values())

    async def _without_tokens(self, people: Sequence[Member], path: str) -> Sequence[Member]:
        """Each access token has a user of its own. Whose name looks like one is believed only if a token says so."""
        if not any(OF_A_TOKEN.match(one.username) for one in people):
            return people
        try:
            tokens = await self._client.all(Token, f"{path}/access_tokens", {}, _TOKENS)
        except (NotAuthorised, NotFound):
            return people
        theirs = {one.user_id for one in tokens}
        return [one for one in people if one.id not in theirs]

    async def _owners(self, group: str) -> Found:
        owners = [one for one in await self._members(group) if one.access_level >= _OWNER]
        if not owners:
            raise Refused(
                f"{self._client.title} shows no owner of {shown(group, limit=40)}. Give us the right to {_MEMBERS}."
            )
        known = folded(self._settings.known_owners)
        status = Status.FAIL if known else Status.WARN
        why = (
            "an owner who is not among GITLAB_KNOWN_OWNERS"
            if known
            else "an owner; name those who should be in GITLAB_KNOWN_OWNERS"
        )
        page = f"{self._client.web}/groups/{group}/-/group_members"
        strange = [one for one in owners if one.username.casefold() not in known]
        strange = list(await self._without_tokens(strange, f"/groups/{segment(group)}"))
        return [person(group, "owner", one.username, status, why, page) for one in strange]

    async def _outsiders(self, group: str) -> Found:
        """People of the watched projects who are in no way members of the group."""
        inside = {one.id for one in await self._members(group)}
        lists = await every(self._only_in(project, inside) for project in await self._some_projects(group, "outsiders"))
        return [one for each in lists for one in each]

    async def _only_in(self, project: str, inside: Collection[int]) -> Found:
        path, known = f"/projects/{segment(project)}", folded(self._settings.known_outsiders)
        people = [
            one
            for one in await self._people(path, "members")
            if one.id not in inside and one.username.casefold() not in known
        ]
        why, page = "a member of the project and not of the group", f"{self._client.web}/{project}/-/project_members"
        return [
            person(project, "outsider", one.username, Status.WARN, why, page)
            for one in await self._without_tokens(people, path)
        ]

    async def _second_factor(self, group: str) -> Found:
        found = await self._client.group(group, _MEMBERS)
        if found.require_two_factor_authentication:
            return ()
        without = await self._without()
        inside = await self._members(group)
        page = f"{self._client.web}/groups/{group}/-/group_members"
        rule = judge.finding(
            "second factor rule",
            group,
            "",
            Status.WARN,
            "the group does not require a second factor",
            url=_page(found, page),
        )
        return [
            rule,
            *(
                person(group, "second factor", one.username, Status.FAIL, "no second factor", page)
                for one in inside
                if one.id in without
            ),
        ]

    async def _without(self) -> Collection[int]:
        """Who of all users has no second factor. To others than administrators the filter means nothing, and they are
        given everybody, without a word about second factors.
        """
        first = await self._client.some_users(_FACTORS)
        if any(one.two_factor_enabled is None for one in first):
            raise NotAuthorised(
                f"{self._client.title} does not tell who has a second factor. Give us the right to {_FACTORS}."
            )
        found = await self._client.all(Account, "/users", {"two_factor": "disabled"}, _FACTORS) if first else []
        return {one.id for one in found if not one.two_factor_enabled and not one.bot}

    async def _tokens(self, group: str) -> Found:
        """Of the group, and of its watched projects."""
        places = [(group, f"/groups/{segment(group)}/access_tokens")]
        places += [(one, f"/projects/{segment(one)}/access_tokens") for one in await self._projects(group)]
        lists = await every(self._client.all(Token, path, {"state": "active"}, _TOKENS) for _, path in places)
        return [
            finding
            for (place, _), tokens in zip(places, lists, strict=True)
            for each in tokens
            for finding in (self._token(place, each),)
            if finding
        ]

    async def _keys(self, group: str) -> Found:
        projects = await self._some_projects(group, "keys")
        lists = await every(
            self._client.all(DeployKey, f"/projects/{segment(one)}/deploy_keys", {}, _KEYS) for one in projects
        )
        return [
            finding
            for project, keys in zip(projects, lists, strict=True)
            for each in keys
            for finding in (self._key(project, each),)
            if finding
        ]

    async def _projects(self, group: str) -> Sequence[str]:
        """The watched projects of the group, also those that are named by their number."""
        paths = await every(self._client.path_of(one) for one in self._settings.projects)
        return [one for one in paths if one.casefold().startswith(f"{group.casefold()}/")]

    async def _some_projects(self, group: str, part: str) -> Sequence[str]:
        projects = await self._projects(group)
        if not projects:
            where = shown(group, limit=40)
            raise Refused(
                f"No project of {where} is among GITLAB_PROJECTS. Name some, or leave {part} out of GITLAB_REVIEW."
            )
        return projects

    def _token(self, place: str, one: Token) -> Evidence | None:
        now, used = self._now(), one.last_used_at
        status, odd = self._ending(one.expires_at, used)
        begun = used or one.created_at
        if begun is None or now - begun >= self._unused:
            odd.append(f"not used since {used:%d %b %Y}" if used else "never used")
        if not odd or one.revoked:
            return None
        return Evidence(
            key=key_of("token", {"place": place, "id": str(one.id)}),
            title=shown(f"{place}: token {one.name or one.id}"),
            status=status,
            url=f"{self._client.web}/{place}/-/settings/access_tokens",
            since=used,
            detail=", ".join(odd),
        )

    def _key(self, project: str, one: DeployKey) -> Evidence | None:
        """When it was used last is not told."""
        _, odd = self._ending(one.expires_at, None)
        if not odd:
            return None
        may = ", may write" if one.can_push else ""
        return Evidence(
            key=key_of("key", {"project": project, "id": str(one.id)}),
            title=shown(f"{project}: deploy key {one.title or one.id}"),
            status=Status.WARN,
            url=f"{self._client.web}/{project}/-/settings/repository",
            since=one.created_at,
            detail=f"{', '.join(odd)}{may}",
        )

    def _ending(self, ends: date | None, used: datetime | None) -> tuple[Status, list[str]]:
        """It is over at the beginning of its last day, in UTC."""
        if ends is None:
            return Status.WARN, ["has no end"]
        now = self._now()
        end = datetime.combine(ends, time.min, now.tzinfo)
        if end <= now:
            in_use = used is not None and used > end
            return (Status.FAIL, ["expired and in use"]) if in_use else (Status.WARN, ["expired"])
        return Status.WARN, ([f"ends on {ends:%d %b %Y}"] if end - now <= _SOON else [])


def _page(group: Group, otherwise: str) -> str:
    return link(group.web_url) or otherwise
