"""Which jobs are watched: those named in the settings, and of a folder or a multibranch project what it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.errors import NotFound, Refused, VendorError
from bot.integrations.jenkins.client import JenkinsClient, place
from bot.integrations.jenkins.shapes import Job
from bot.integrations.together import every

MOST_JOBS: Final = 500
_MOST_HOLDERS: Final = 100
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A job by its path (`team/shop/main`), or why it could not be read."""

    path: str
    job: Job | None = None
    problem: VendorError | None = None

    def page(self, build: int | None = None) -> str:
        """Where a person would look, below the controller's address."""
        return f"{place(self.path)}/" if build is None else f"{place(self.path)}/{build}/"


class Watch:
    def __init__(self, client: JenkinsClient, named: Sequence[str], branches: Sequence[str], title: str) -> None:
        self._client = client
        self._named = sorted({"/".join(part for part in name.split("/") if part) for name in named} - {""})
        self._branches = branches
        self._title = title

    async def __call__(self) -> Sequence[Watched]:
        """All of them, once each. When none could be read, the first one's trouble is everybody's."""
        if self._named:
            found = [one for part in await every(self._opened(name) for name in self._named) for one in part]
        else:
            found = await _Walk(self._client, self._branches, self._title).through("", await self._client.top())
        jobs = list({one.path: one for one in found}.values())
        if len(jobs) > MOST_JOBS:
            raise Refused(f"{self._title} has more than {MOST_JOBS} jobs to watch. Name fewer in JENKINS_JOBS.")
        problems = [one.problem for one in jobs if one.problem is not None]
        if problems and len(problems) == len(jobs):
            raise problems[0]
        return jobs

    async def _opened(self, name: str) -> list[Watched]:
        try:
            job = await self._client.job(name)
            return await _Walk(self._client, self._branches, self._title).into(name, job)
        except NotFound:
            gone = NotFound(f"{self._title} has no such job, or its user may not see it. Check JENKINS_JOBS.")
            return [Watched(path=name, problem=gone)]
        except VendorError as error:
            return [Watched(path=name, problem=error)]


class _Walk:
    """Through folders, as deep as they go; with a bound, so that a controller without end has one."""

    def __init__(self, client: JenkinsClient, branches: Sequence[str], title: str) -> None:
        self._client = client
        self._branches = branches
        self._title = title
        self._holders = 0

    async def into(self, path: str, job: Job, depth: int = 0) -> list[Watched]:
        """A job is itself; of a multibranch project its default branch counts, of a folder everything."""
        if job.jobs is None or (not job.jobs and job.newest):
            return [Watched(path=path, job=job)]
        if not job.holds_branches:
            return await self.through(path, job.jobs, depth)
        return await self.through(path, [self._default(path, job.jobs)], depth)

    async def through(self, path: str, jobs: Sequence[Job], depth: int = 0) -> list[Watched]:
        if not jobs:
            where = f"The folder {path}" if path else self._title
            raise Refused(f"{where} has no jobs that its user may see. Check JENKINS_JOBS and the right Job/Read.")
        inner = await every(self._one(_below(path, job.name), job, depth) for job in jobs)
        return [one for part in inner for one in part]

    async def _one(self, path: str, job: Job, depth: int) -> list[Watched]:
        if job.jobs is None and "last" in job.model_fields_set:
            return [Watched(path=path, job=job)]
        self._holders += 1
        if self._holders > _MOST_HOLDERS or depth >= _DEEPEST:
            raise Refused(f"{self._title} has too many folders to look into. Name jobs in JENKINS_JOBS.")
        try:
            return await self.into(path, await self._client.job(path), depth + 1)
        except VendorError as error:
            return [Watched(path=path, problem=error)]

    def _default(self, path: str, branches: Sequence[Job]) -> Job:
        marked = [one for one in branches if one.primary]
        by_name = {one.name: one for one in branches}
        named = [by_name[name] for name in self._branches if name in by_name]
        if len(marked) == 1 or (marked and not named):
            return marked[0]
        if named:
            return named[0]
        raise Refused(
            f"The multibranch project {path} marks no branch as its default one, and has none of those in "
            "JENKINS_DEFAULT_BRANCHES"
        )


def _below(path: str, name: str) -> str:
    """Jenkins escapes a slash in a name itself; should one come all the same, it must not make two names of one."""
    return f"{path}/{name.replace('/', '%2F')}".lstrip("/")
