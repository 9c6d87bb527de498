"""Runs pipelines and deployments again, stops them, and lets those go on that wait for a person."""

import re
from typing import Final

from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.foreign import shown
from bot.integrations.gitlab.client import GitLabClient, newest, place_of

_ENDED: Final = ("success", "failed", "canceled", "skipped")
_WITH_SOMETHING_LEFT: Final = ("failed", "canceled")
_UNDER_WAY: Final = ("created", "running")
_LONGEST: Final = 1_000


class Acting:
    """Each looks first, so that a repeat does nothing twice."""

    def __init__(self, client: GitLabClient) -> None:
        self._client = client

    async def rerun(self, run: str) -> str:
        """A pipeline keeps its id and repeats the jobs that failed; a deployment is done again by a new job."""
        kind, project, number = _place(run)
        if kind == "deployment":
            return await self._redeploy(run, project, number)
        status = (await self._client.pipeline(project, number)).status
        if status in _WITH_SOMETHING_LEFT:
            await self._client.act(place_of(project, "pipelines", number, "retry"))
        elif status in _ENDED:
            raise Refused(f"{self._client.title}: this pipeline has no job that failed; start a new one there")
        return run

    async def cancel(self, run: str) -> None:
        kind, project, number = _place(run)
        if kind != "pipeline":
            raise Refused(f"{self._client.title}: only pipelines can be cancelled")
        if (await self._client.pipeline(project, number)).status not in _ENDED:
            await self._client.act(place_of(project, "pipelines", number, "cancel"))

    async def approve(self, run: str, by: Author, words: str) -> None:
        kind, project, number = _place(run)
        if kind == "deployment":
            comment = f"{words.strip()} (by {by.name}, from Daywatch)".strip()[:_LONGEST]
            await self._approve(project, number, comment)
        else:
            await self._play(project, number)

    async def _redeploy(self, run: str, project: int, number: int) -> str:
        one = await self._client.deployment(project, number)
        if one.status in (*_UNDER_WAY, "blocked"):
            return run
        if one.deployable is None:
            raise Refused(f"{self._client.title}: this deployment was made by the API, so no job can do it again")
        where = one.environment.name if one.environment else ""
        latest = newest(await self._client.deployments(project, where)) if where else None
        if latest and latest.id > number and latest.sha == one.sha and latest.status in _UNDER_WAY:
            return f"deployment:{project}:{latest.id}"
        await self._client.act(place_of(project, "jobs", one.deployable.id, "retry"))
        return run

    async def _approve(self, project: int, number: int, comment: str) -> None:
        one = await self._client.deployment(project, number)
        if any(each.status == "approved" and each.comment == comment for each in one.approvals or ()):
            return
        if one.status != "blocked":
            raise Refused(f"{self._client.title}: this deployment waits for nobody")
        await self._client.act(
            place_of(project, "deployments", number, "approval"), {"status": "approved", "comment": comment}
        )

    async def _play(self, project: int, number: int) -> None:
        """Only the one job that holds the pipeline up: others that can be started by hand may undo or destroy."""
        if (await self._client.pipeline(project, number)).status != "manual":
            raise Refused(f"{self._client.title}: this pipeline waits for nobody")
        jobs = await self._client.jobs_of(project, number, "manual")
        holding = [job for job in jobs if job.status == "manual" and job.allow_failure is False]
        if len(holding) != 1:
            names = ", ".join(shown(job.name, limit=40) for job in holding[:5]) or "none"
            raise Refused(f"{self._client.title}: start the right job there; those that hold the pipeline up: {names}")
        await self._client.act(place_of(project, "jobs", holding[0].id, "play"))


def _place(run: str) -> tuple[str, int, int]:
    found = re.fullmatch(r"(pipeline|deployment):(\d{1,18}):(\d{1,18})", run)
    if found is None:
        raise Refused("GitLab: this is neither a pipeline nor a deployment")
    return found[1], int(found[2]), int(found[3])
