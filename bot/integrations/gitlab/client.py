"""The calls to GitLab's REST API."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import httpx

from bot.domain.errors import NotFound, Refused
from bot.integrations.address import url_or_none
from bot.integrations.api import Params
from bot.integrations.foreign import shown
from bot.integrations.gitlab import shapes
from bot.integrations.http import Api, segment
from bot.integrations.response import Response

T = TypeVar("T")
_A_PAGE: Final = 100
_AT_A_TIME: Final = 8
"""Calls. Many projects mean many; those that wait for their turn here use up nothing of the time for an answer."""
_MOST_PAGES: Final = 100
_MOVED: Final = (301, 302, 307, 308)
READ: Final = "read the project's pipelines and deployments (scope read_api, role Reporter)"
ACT: Final = "run pipelines (scope api, role Developer; Maintainer where the environment is protected)"


class GitLabClient:
    """https://docs.gitlab.com/api/rest/"""

    def __init__(self, api: Api, web: str) -> None:
        self._api, self.web = api, web
        self._turn = asyncio.Semaphore(_AT_A_TIME)

    @property
    def title(self) -> str:
        return self._api.wording.title

    async def project(self, name: str) -> shapes.Project:
        """By its path or number; one that was moved is found at its new place."""
        path = _project(name)
        answer = await self._get(path, right=READ, answers=_MOVED)
        if answer.status in _MOVED:
            answer = await self._follow(self._same_host(answer), READ)
        return answer.read_as(shapes.Project)

    async def path_of(self, named: str) -> str:
        """Of a project that may be named by its number."""
        return (await self.project(named)).path_with_namespace if named.isdigit() else named

    async def pipelines(self, project: int, ref: str) -> list[shapes.Pipeline]:
        """The newest few of a branch. Not `/pipelines/latest`, which answers 403 where there is none."""
        params: Params = {"ref": ref, "order_by": "id", "sort": "desc", "per_page": 20}
        found = await self._get_as(list[shapes.Pipeline], f"{_project(project)}/pipelines", params, right=READ)
        return [one for one in found if one.ref in ("", ref) and one.source not in shapes.OF_REQUESTS]

    async def pipelines_since(self, project: int, since: datetime) -> list[shapes.Pipeline]:
        params = {"updated_after": since.isoformat(), "order_by": "updated_at", "sort": "desc"}
        return await self.all(shapes.Pipeline, f"{_project(project)}/pipelines", params)

    async def pipeline(self, project: int, number: int) -> shapes.Pipeline:
        return await self._get_as(shapes.Pipeline, f"{_project(project)}/pipelines/{number}", right=READ)

    async def schedules(self, project: int) -> list[shapes.Schedule]:
        return await self.all(shapes.Schedule, f"{_project(project)}/pipeline_schedules", {})

    async def schedule(self, project: int, number: int) -> shapes.ScheduleInFull:
        path = f"{_project(project)}/pipeline_schedules/{number}"
        return await self._get_as(shapes.ScheduleInFull, path, right=READ)

    async def jobs(self, project: int, state: str) -> list[shapes.Job]:
        return await self.all(shapes.Job, f"{_project(project)}/jobs", {"scope": state})

    async def jobs_of(self, project: int, pipeline: int, state: str) -> list[shapes.Job]:
        return await self.all(shapes.Job, f"{_project(project)}/pipelines/{pipeline}/jobs", {"scope": state})

    async def environments(self, project: int) -> list[shapes.Environment]:
        return await self.all(shapes.Environment, f"{_project(project)}/environments", {"states": "available"})

    async def deployments(self, project: int, environment: str) -> list[shapes.Deployment]:
        """The newest few of an environment."""
        params: Params = {"environment": environment, "order_by": "id", "sort": "desc", "per_page": 10}
        path = f"{_project(project)}/deployments"
        return await self._get_as(list[shapes.Deployment], path, params, right=READ)

    async def blocked(self, project: int) -> list[shapes.Deployment]:
        params = {"status": "blocked", "order_by": "id", "sort": "desc"}
        return await self.all(shapes.Deployment, f"{_project(project)}/deployments", params)

    async def deployments_since(self, project: int, since: datetime) -> list[shapes.Deployment]:
        params = {"updated_after": since.isoformat(), "order_by": "updated_at", "sort": "desc"}
        return await self.all(shapes.Deployment, f"{_project(project)}/deployments", params)

    async def deployment(self, project: int, number: int) -> shapes.Deployment:
        return await self._get_as(shapes.Deployment, f"{_project(project)}/deployments/{number}", right=READ)

    async def own_token(self) -> shapes.Token:
        right = "read itself (scope read_api)"
        return await self._get_as(shapes.Token, "/personal_access_tokens/self", right=right)

    async def group(self, name: str, right: str) -> shapes.Group:
        params = {"with_projects": "false"}
        return await self._get_as(shapes.Group, f"/groups/{segment(name)}", params, right=right)

    async def some_users(self, right: str) -> list[shapes.Account]:
        """The first few of those without a second factor."""
        params: Params = {"two_factor": "disabled", "per_page": 20}
        return await self._get_as(list[shapes.Account], "/users", params, right=right)

    async def act(self, path: str, body: Mapping[str, object] | None = None) -> None:
        """Not repeated: it may have been applied."""
        await self._api.call("POST", path, json=body, right=ACT)

    async def all(self, kind: type[T], path: str, params: Params, right: str = READ) -> list[T]:
        """Every row, page after page, to the last."""
        asked: Params = {**params, "per_page": _A_PAGE}
        answer = await self._get(path, asked, right=right)
        found = answer.read_as(list[kind])  # type: ignore[valid-type]  # the kind is known when it runs
        seen: set[str] = set()
        while following := self._next(answer):
            if following in seen or len(seen) >= _MOST_PAGES:
                raise Refused(f"{self.title} has too many pages, or repeats one; the list is not complete")
            seen.add(following)
            if following.isdigit():
                answer = await self._get(path, {**asked, "page": following}, right=right)
            else:
                answer = await self._follow(following, right)
            found += answer.read_as(list[kind])  # type: ignore[valid-type]
        total = answer.headers.get("x-total", "")
        if total.isascii() and total.isdigit() and len(total) < 12 and len(found) < int(total):
            raise Refused(f"{self.title} speaks of {total} rows and shows {len(found)}; not all seen")
        return found

    async def _get_as(self, kind: type[T], path: str, params: Params | None = None, *, right: str) -> T:
        return (await self._get(path, params, right=right)).read_as(kind)

    async def _get(
        self, path: str, params: Params | None = None, *, right: str, answers: Collection[int] = ()
    ) -> Response:
        async with self._turn:
            return await self._api.get(path, params, right=right, answers=answers)

    async def _follow(self, url: str, right: str) -> Response:
        async with self._turn:
            return await self._api.follow(url, right=right)

    def _next(self, answer: Response) -> str:
        """The address of the next page or its number; behind a proxy the address may be one of another host."""
        link = answer.headers.get("link", "").encode("ascii", "ignore").decode()
        url = httpx.Response(200, headers={"link": link}).links.get("next", {}).get("url", "") if link else ""
        number = answer.headers.get("x-next-page", "").strip()
        return number if number.isascii() and number.isdigit() and len(number) < 9 else url

    def _same_host(self, answer: Response) -> str:
        """Where a moved project is, when that is on the same host: the token goes nowhere else."""
        location = answer.headers.get("location", "")
        ours, theirs = url_or_none(self._api.base_url), url_or_none(location)
        if location and ours is not None and theirs is not None:
            target = ours.join(theirs)
            if (target.scheme, target.host, target.port) == (ours.scheme, ours.host, ours.port):
                return str(target)
        where = self._api.wording.check_address
        raise Refused(f"{self.title} sends us to another address (a login page or proxy?).{where}")


def unseen(title: str, what: str, name: str) -> NotFound:
    """GitLab says the same of what is not there and of what it may not show."""
    return NotFound(
        f"{title} has no {what} {shown(name, limit=60)}, or does not show it to us. Check its name, and make the "
        "credential's user a member."
    )


def _project(name: str | int) -> str:
    return f"/projects/{segment(str(name))}"


def place_of(project: int, *parts: str | int) -> str:
    return "/".join((_project(project), *(segment(str(part)) for part in parts)))


def newest(found: Sequence[shapes.Deployment]) -> shapes.Deployment | None:
    return max(found, key=lambda one: one.id, default=None)
