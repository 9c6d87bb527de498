"""What we ask LaunchDarkly's REST API, and the one thing that we tell it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar

from bot.domain.errors import NotAuthorised, NotFound, Refused, VendorError
from bot.integrations.api import Params
from bot.integrations.http import Api, segment, shown
from bot.integrations.launchdarkly.shapes import Entry, Flag, FlagPage, FlagStatus, LogPage, StatusPage

T = TypeVar("T")
_PAGE: Final = 100
_LOG_PAGE: Final = 20  # more are not given
_MOST_PAGES: Final = 100
_READ: Final = "read flags (role Reader; an SDK key cannot)"
_LOG: Final = "read the audit log (role Reader)"
# https://launchdarkly.com/docs/api/feature-flags/patch-feature-flag: the form of the instructions below.
_SEMANTIC: Final = {"content-type": "application/json; domain-model=launchdarkly.semanticpatch"}
_CONFLICT: Final = 409
_TO_BE_APPROVED: Final = 405


class LaunchDarklyClient:
    """https://launchdarkly.com/docs/api"""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def flags(self, project: str, environment: str) -> Sequence[Flag]:
        """All of a project that are not archived, to the last page, with their state in the environment."""
        found: dict[str, Flag] = {}
        given = 0
        path = f"/api/v2/flags/{segment(project)}"
        for _ in range(_MOST_PAGES):
            asked = {"env": environment, "summary": "true", "filter": "state:live", "sort": "creationDate"}
            page = await self._of(project, FlagPage, path, {**asked, "limit": _PAGE, "offset": given})
            before, given = len(found), given + len(page.items)
            found |= {one.key: one.model_copy(update={"project": project}) for one in page.items}
            if page.total is not None and len(found) == page.total:
                break
            if not page.items:
                if page.total is not None and len(found) < page.total:
                    raise Refused(f"{self._title} speaks of {page.total} flags and shows {len(found)}; not all seen")
                break
            if len(found) == before:
                raise Refused(f"{self._title} gives the same page of flags again; not all seen")
        else:
            raise Refused(f"{self._title} has more than {_PAGE * _MOST_PAGES} flags; not all seen")
        return [one for one in found.values() if not one.archived]

    async def statuses(self, project: str, environment: str) -> Sequence[FlagStatus]:
        """Of all flags of a project; the answer has no pages."""
        path = f"/api/v2/flag-statuses/{segment(project)}/{segment(environment)}"
        return (await self._of(project, StatusPage, path)).items

    async def log(self, project: str, environment: str, since: datetime) -> Sequence[Entry]:
        """What was done to flags in an environment since then, the newest first, to the last page."""
        after = int(since.timestamp() * 1000)
        # https://launchdarkly.com/docs/home/account/role-resources: what an entry is about
        spec = f"proj/{project}:env/{environment}:flag/*"
        asked: dict[str, str | int] = {"after": after, "limit": _LOG_PAGE, "spec": spec}
        page = await self._api.get_as(LogPage, "/api/v2/auditlog", asked, right=_LOG)
        found = {one.id: one for one in page.items}
        for _ in range(_MOST_PAGES):
            if not page.items:
                return [one for one in found.values() if one.date >= since]
            before = len(found)
            page = await self._older(page, asked)
            found |= {one.id: one for one in page.items}
            if len(found) == before:
                if len(page.items) >= _LOG_PAGE:
                    raise Refused(f"{self._title} gives the same page of its log again; not all seen")
                return [one for one in found.values() if one.date >= since]
        raise Refused(f"{self._title} has more than {_LOG_PAGE * _MOST_PAGES} entries in its log; not all seen")

    async def flag(self, project: str, key: str, environment: str) -> Flag:
        path = f"/api/v2/flags/{segment(project)}/{segment(key)}"
        found = await self._api.get_as(Flag, path, {"env": environment}, right=_READ)
        return found.model_copy(update={"project": project})

    async def switch(self, project: str, key: str, environment: str, *, on: bool, comment: str) -> None:
        asked = {
            "environmentKey": environment,
            "comment": comment,
            "instructions": [{"kind": "turnFlagOn" if on else "turnFlagOff"}],
        }
        path = f"/api/v2/flags/{segment(project)}/{segment(key)}"
        right = f"updateOn in {environment}"
        for _ in range(2):
            answer = await self._api.call(
                "PATCH", path, json=asked, headers=_SEMANTIC, answers=(_CONFLICT, _TO_BE_APPROVED), right=right
            )
            if answer.status == _TO_BE_APPROVED:
                raise NotAuthorised(f"{self._title} wants an approval for {environment}: ask for it there")
            if answer.status != _CONFLICT:
                return
        raise _in_conflict(self._title)

    def page(self, path: str) -> str:
        """Where a person looks."""
        return self._api.base_url + path

    async def _of(self, project: str, kind: type[T], path: str, params: Params | None = None) -> T:
        """A list of a project. What is not there is the project or its environment."""
        try:
            return await self._api.get_as(kind, path, params, right=_READ)
        except NotFound:
            raise NotFound(
                f"{self._title} has no project {shown(project, limit=40)} with this environment, or does not show it. "
                "Check LAUNCHDARKLY_PROJECT, LAUNCHDARKLY_ENVIRONMENT and the role of the token"
            ) from None

    async def _older(self, page: LogPage, asked: dict[str, str | int]) -> LogPage:
        """The page after this one; of those of the same moment some come again."""
        if page.following:
            url = page.following if "://" in page.following else self._api.base_url + page.following
            return (await self._api.follow(url, right=_LOG)).read_as(LogPage)
        oldest = min(one.date for one in page.items)
        before = int(oldest.timestamp() * 1000) + 1
        return await self._api.get_as(LogPage, "/api/v2/auditlog", {**asked, "before": before}, right=_LOG)

    @property
    def _title(self) -> str:
        return self._api.wording.title


def _in_conflict(title: str) -> VendorError:
    return Refused(f"{title} says that somebody else changes the flag at the same time. Look at it and try again")
