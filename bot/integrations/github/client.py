"""The calls to GitHub's REST API."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import httpx

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, VendorError
from bot.integrations.address import url_or_none
from bot.integrations.again import pause_before_another
from bot.integrations.api import Params
from bot.integrations.github import shapes
from bot.integrations.http import Api, segment
from bot.integrations.response import Response, asked_pause, refusal

T = TypeVar("T")
R = TypeVar("R")
_A_PAGE: Final = 100
_AT_A_TIME: Final = 8
"""Calls. Many repositories mean many; those that wait for their turn here use up nothing of the time for an answer."""
_MOST_PAGES: Final = 100
_MOVED: Final = (301, 302, 307, 308)
_MOST_MOVES: Final = 3
_SECONDARY_PAUSE: Final = 60.0
"""https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: at least a minute."""
_MOST_FILTERED: Final = 1_000
"""Runs that a filtered list shows at all."""
READ_RUNS: Final = "read Actions (Actions: read)"
READ_DEPLOYMENTS: Final = "read deployments (Deployments: read)"
ACT: Final = "run Actions (Actions: write)"


class TooManyRuns(Refused):
    """A filtered list of runs ends before all were shown."""


class GitHubClient:
    """https://docs.github.com/en/rest"""

    def __init__(self, api: Api, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now
        self._turn = asyncio.Semaphore(_AT_A_TIME)

    @property
    def title(self) -> str:
        return self._api.wording.title

    @property
    def web(self) -> str:
        """Where a person looks: github.com and its like have their API under a name beside it, servers a path."""
        return self._api.base_url.replace("://api.", "://", 1).removesuffix("/api/v3")

    async def repository(self, name: str) -> shapes.Repository:
        """By the name in the settings; what was renamed is found under its new one."""
        try:
            found = await self.get(_repo(name), right="read metadata (Metadata: read)")
        except NotFound:
            raise NotFound(
                f"{self.title} has no repository {self._api.wording.clean(name)}, or does not show it to us. "
                "Check its name, and give the credential access to it."
            ) from None
        return found.read_as(shapes.Repository)

    async def workflows(self, repo: str) -> list[shapes.Workflow]:
        pages = await self.pages(shapes.WorkflowPage, f"{_repo(repo)}/actions/workflows", {}, READ_RUNS)
        return self._complete([one for page in pages for one in page.workflows], pages[-1].total_count, "workflows")

    async def newest_run(self, repo: str, workflow: str, branch: str) -> shapes.Run | None:
        """The newest of a branch. Runs of pull requests are left out, however many there are between.

        Only those bring a fork's branch. Where no run bears the repository's name, those of other events are ours
        under another name, as after a move.
        """
        path = f"{_repo(repo)}/actions/workflows/{segment(workflow)}/runs"
        params: dict[str, str | int] = {"branch": branch, "exclude_pull_requests": "true", "per_page": 20}
        seen, total = 0, 0
        renamed: list[shapes.Run] = []
        async for page in self._each(shapes.RunPage, path, params, READ_RUNS):
            seen, total = seen + len(page.workflow_runs), page.total_count
            found = [one for one in page.workflow_runs if one.head_branch in ("", branch) and not one.of_a_request]
            ours = [one for one in found if one.is_of(repo)]
            if ours:
                return _newest(ours)
            renamed += [one for one in found if one.event]
        if seen < total:
            raise Refused(f"{self.title} speaks of {total} runs and shows {seen}; not all seen")
        return _newest(renamed) if renamed else None

    async def runs(self, repo: str, **filters: str) -> list[shapes.Run]:
        """All runs that a filter finds. `TooManyRuns` for more than GitHub shows of them."""
        params: dict[str, str | int] = {"exclude_pull_requests": "true", **filters}
        found: dict[int, shapes.Run] = {}
        total = 0
        async for page in self._each(shapes.RunPage, f"{_repo(repo)}/actions/runs", params, READ_RUNS):
            found |= {one.id: one for one in page.workflow_runs}
            total = page.total_count
            if total > _MOST_FILTERED:
                raise TooManyRuns(f"{self.title} has more than {_MOST_FILTERED:,} such runs and shows no more of them")
        return self._complete(list(found.values()), total, "runs")

    async def environments(self, repo: str) -> list[shapes.Environment]:
        pages = await self.pages(shapes.EnvironmentPage, f"{_repo(repo)}/environments", {}, READ_RUNS)
        found = [one for page in pages for one in page.environments]
        return self._complete(found, pages[-1].total_count or 0, "environments")

    async def deployments(self, repo: str, environment: str) -> list[shapes.Deployment]:
        """The newest few of an environment; the newest comes first."""
        params: dict[str, str | int] = {"environment": environment, "per_page": 10}
        found = await self.get(f"{_repo(repo)}/deployments", params, right=READ_DEPLOYMENTS)
        return found.read_as(list[shapes.Deployment])

    async def deployments_since(self, repo: str, since: datetime) -> list[shapes.Deployment]:
        """All that were made since then; the list has no filter for it and begins with the newest."""
        found: dict[int, shapes.Deployment] = {}
        async for page in self._each(list[shapes.Deployment], f"{_repo(repo)}/deployments", {}, READ_DEPLOYMENTS):
            found |= {one.id: one for one in page if one.created_at >= since}
            if any(one.created_at < since for one in page):
                break
        return list(found.values())

    async def statuses(self, repo: str, deployment: int) -> list[shapes.DeploymentStatus]:
        path = f"{_repo(repo)}/deployments/{deployment}/statuses"
        pages = await self.pages(list[shapes.DeploymentStatus], path, {}, READ_DEPLOYMENTS)
        found = [one for page in pages for one in page]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)

    async def members(self, org: str, what: str, right: str, **filters: str) -> list[shapes.Member]:
        """People of an organisation: `what` is `members` or `outside_collaborators`."""
        pages = await self.pages(list[shapes.Member], f"/orgs/{segment(org)}/{what}", dict(filters), right)
        return [one for page in pages for one in page]

    async def grants(self, org: str, right: str) -> list[shapes.Grant]:
        pages = await self.pages(list[shapes.Grant], f"/orgs/{segment(org)}/personal-access-tokens", {}, right)
        return [one for page in pages for one in page]

    async def deploy_keys(self, repo: str, right: str) -> list[shapes.DeployKey]:
        pages = await self.pages(list[shapes.DeployKey], f"{_repo(repo)}/keys", {}, right)
        return [one for page in pages for one in page]

    async def run(self, repo: str, number: int) -> shapes.Run:
        return (await self.get(f"{_repo(repo)}/actions/runs/{number}", right=READ_RUNS)).read_as(shapes.Run)

    async def waiting_for(self, repo: str, number: int) -> list[shapes.Waiting]:
        found = await self.get(f"{_repo(repo)}/actions/runs/{number}/pending_deployments", right=READ_RUNS)
        return found.read_as(list[shapes.Waiting])

    async def reviews(self, repo: str, number: int) -> list[shapes.Review]:
        found = await self.get(f"{_repo(repo)}/actions/runs/{number}/approvals", right=READ_RUNS)
        return found.read_as(list[shapes.Review])

    async def rerun(self, repo: str, number: int) -> None:
        await self.post(f"{_repo(repo)}/actions/runs/{number}/rerun", None)

    async def cancel(self, repo: str, number: int) -> None:
        """409 is what a run answers that has ended already."""
        await self.post(f"{_repo(repo)}/actions/runs/{number}/cancel", None, answers=(409,))

    async def approve(self, repo: str, number: int, environments: Sequence[int], comment: str) -> None:
        body = {"environment_ids": list(environments), "state": "approved", "comment": comment}
        await self.post(f"{_repo(repo)}/actions/runs/{number}/pending_deployments", body)

    async def limits(self) -> tuple[shapes.Limits | None, str]:
        """The budget of calls, which costs none, and when the token ends. A server may have no limits: None."""
        found = await self._api.get("/rate_limit", answers=(404,))
        if found.status == 404:
            if "not enabled" not in found.why().lower():
                raise refusal(found, "/rate_limit", self._now())
            return None, ""
        return found.read_as(shapes.Limits), found.headers.get("github-authentication-token-expiration", "")

    async def get(self, path: str, params: Params | None = None, *, right: str = "") -> Response:
        return await self._settled(
            lambda: self._api.get(path, params, answers=(*_MOVED, 403), right=right), path, right
        )

    async def post(self, path: str, body: Mapping[str, object] | None, *, answers: Sequence[int] = ()) -> Response:
        """Not repeated, except where it was not applied (a limit)."""
        return await self._settled(
            lambda: self._api.call("POST", path, json=body, answers=(*answers, 403), right=ACT), path, ACT
        )

    async def pages(self, kind: type[T], path: str, params: Params, right: str) -> list[T]:
        return [page async for page in self._each(kind, path, params, right)]

    async def _each(self, kind: type[T], path: str, params: Params, right: str) -> AsyncIterator[T]:
        """Page after page, as the `Link` header names them, to the last."""
        answer = await self.get(path, {"per_page": _A_PAGE, **params}, right=right)
        seen: set[str] = set()
        while True:
            yield answer.read_as(kind)
            following = _next(answer)
            if not following:
                return
            if following in seen or len(seen) >= _MOST_PAGES:
                raise Refused(f"{self.title} has too many pages, or repeats one; the list is not complete")
            seen.add(following)
            answer = await self._followed(following, path, right)

    async def _followed(self, url: str, path: str, right: str) -> Response:
        return await self._settled(lambda: self._api.follow(url, answers=(*_MOVED, 403), right=right), path, right)

    async def _settled(self, ask: Callable[[], Awaitable[Response]], path: str, right: str) -> Response:
        """The answer, wherever a renamed repository has it; one repeat after a short pause that was asked for."""
        answer = await self._in_turn(ask)
        if answer.status == 403:
            error = self._trouble(answer, path, right)
            pause = pause_before_another(error) if isinstance(error, RateLimited) else None
            if pause is None:
                raise error
            await asyncio.sleep(pause)
            answer = await self._in_turn(ask)
        for _ in range(_MOST_MOVES):
            if answer.status not in _MOVED:
                break
            target = self._same_host(answer.headers.get("location", ""))
            if not target:
                raise refusal(answer, path, self._now(), right)
            answer = await self._in_turn(partial(self._api.follow, target, answers=(*_MOVED, 403), right=right))
        if answer.status == 403 or answer.status in _MOVED:
            raise self._trouble(answer, path, right)
        return answer

    async def _in_turn(self, ask: Callable[[], Awaitable[Response]]) -> Response:
        async with self._turn:
            return await ask()

    def _same_host(self, location: str) -> str:
        """Where a renamed repository is, when that is on the same host: the credential goes nowhere else."""
        ours, theirs = url_or_none(self._api.base_url), url_or_none(location)
        if not location or ours is None or theirs is None:
            return ""
        target = ours.join(theirs)
        return str(target) if (target.scheme, target.host, target.port) == (ours.scheme, ours.host, ours.port) else ""

    def _trouble(self, answer: Response, path: str, right: str) -> VendorError:
        """GitHub says 403 for a missing right and for too many calls alike."""
        why = answer.why().lower()
        if asked_pause(answer, self._now()) is None and ("rate limit" in why or "abuse detection" in why):
            words = f"{self.title} asks for a pause of {_SECONDARY_PAUSE:.0f} s (too many calls)"
            return RateLimited(words, retry_after=_SECONDARY_PAUSE)
        if answer.headers.get("x-github-sso", "").startswith("required"):
            return NotAuthorised(f"{self.title} refused: authorise the token for the organisation's single sign-on.")
        if "ip allow list" in why:
            return NotAuthorised(f"{self.title} refused: put our address on the organisation's list of allowed ones.")
        accepted = self._api.wording.clean(answer.headers.get("x-accepted-github-permissions", ""))
        return refusal(answer, path, self._now(), f"{right or 'do this'}; it accepts {accepted}" if accepted else right)

    def _complete(self, found: list[R], total: int, what: str) -> list[R]:
        if len(found) < total:
            raise Refused(f"{self.title} speaks of {total} {what} and shows {len(found)}; not all seen")
        return found


def _newest(runs: Sequence[shapes.Run]) -> shapes.Run:
    return max(runs, key=lambda one: (one.created_at, one.id))


def _repo(name: str) -> str:
    owner, _, repo = name.partition("/")
    return f"/repos/{segment(owner)}/{segment(repo)}"


def _next(answer: Response) -> str:
    link = answer.headers.get("link", "").encode("ascii", "ignore").decode()
    return httpx.Response(200, headers={"link": link}).links.get("next", {}).get("url", "") if link else ""
