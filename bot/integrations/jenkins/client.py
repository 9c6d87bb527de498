"""The calls to Jenkins' remote access API. Each names the fields it wants: whole trees can take a controller down."""

import asyncio
from typing import Final, TypeVar

from bot.domain.errors import NotFound, Refused
from bot.integrations.http import Api, segment
from bot.integrations.jenkins.shapes import (
    Agents,
    Build,
    Controller,
    Described,
    Job,
    PendingInput,
    Queue,
    QueueItem,
    Root,
    Taking,
)

T = TypeVar("T")
_AT_ONCE: Final = 6
"""Hundreds of jobs take their turns here, so that a call's time does not run while it waits for one."""
NEWEST: Final = 5
"""How many builds of a job are looked at for one that still runs."""
MOST_BUILDS: Final = 100
"""Jenkins itself holds no more ready."""
_ACTIONS: Final = (
    "actions[_class,causes[shortDescription,userId,userName],parameters[name,value],lastBuiltRevision[SHA1,branch[name]],"
    "remoteUrls]"
)
_BRIEF: Final = "_class,number,url,result,building,timestamp,duration,estimatedDuration"
_BUILD: Final = f"{_BRIEF},queueId,{_ACTIONS}"
_RUNNING: Final = f"{_BRIEF},actions[_class]"
_JOB: Final = (
    f"_class,name,buildable,disabled,color,lastBuild[{_RUNNING}],lastCompletedBuild[{_BRIEF}],"
    f"builds[{_RUNNING}]{{0,{NEWEST}}},actions[_class]"
)
_HOLDER: Final = f"{_JOB},jobs[name]"
_ITEM: Final = "id,stuck,blocked,buildable,why,inQueueSince,task[name,url]"
SEE_JOBS: Final = "see jobs (Overall/Read, Job/Read)"


def place(path: str) -> str:
    """`team/shop/main` as Jenkins writes it in addresses. A branch's name is escaped already, and once more here."""
    return "".join(f"/job/{segment(part)}" for part in path.split("/") if part)


class JenkinsClient:
    """https://www.jenkins.io/doc/book/using/remote-access-api/"""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def page(self, path: str) -> str:
        """Where a person would look: by our own address, since Jenkins' idea of its own may be another."""
        return f"{self._api.base_url}{path}"

    async def controller(self) -> Controller:
        return await self._api.get_as(
            Controller, "/api/json", {"tree": "mode,quietingDown"}, right="see Jenkins (Overall/Read)"
        )

    async def top(self) -> list[Job]:
        """What stands at the top, with the jobs' builds."""
        found = await self._api.get_as(Root, "/api/json", {"tree": f"jobs[{_HOLDER}]"}, right=SEE_JOBS)
        return found.jobs

    async def job(self, path: str) -> Job:
        """A job with its builds, or what holds jobs with theirs."""
        tree = f"{_JOB},jobs[{_HOLDER}]"
        return await self._one(Job, f"{place(path)}/api/json", {"tree": tree})

    async def builds(self, path: str, most: int = MOST_BUILDS) -> list[Build]:
        """The newest builds of a job, with what they were made from and by whom."""
        tree = f"name,builds[{_BUILD}]{{0,{most}}}"
        return (await self._one(Job, f"{place(path)}/api/json", {"tree": tree})).builds

    async def build(self, path: str, number: int) -> Build:
        return await self._one(Build, f"{place(path)}/{number}/api/json", {"tree": _BUILD})

    async def takes_parameters(self, path: str) -> bool:
        tree = {"tree": "property[parameterDefinitions[name]]"}
        found = await self._api.get_as(Taking, f"{place(path)}/api/json", tree, right=SEE_JOBS)
        return any(one is not None and one.definitions for one in found.property)

    async def described(self, path: str, number: int) -> Described | None:
        """How a pipeline's build stands; None without the plugin that tells."""
        try:
            return await self._one(Described, f"{place(path)}/{number}/wfapi/describe")
        except NotFound:
            return None

    async def inputs(self, path: str, number: int) -> list[PendingInput]:
        """What a build waits for."""
        at = f"{place(path)}/{number}/wfapi/pendingInputActions"
        try:
            return await self._api.get_as(list[PendingInput], at, right=SEE_JOBS)
        except NotFound as error:
            raise Refused(
                f"{self._api.wording.title} does not tell what the build waits for: it needs the plugin "
                "Pipeline: REST API, or the build is not there any more"
            ) from error

    async def queue(self) -> Queue:
        return await self._api.get_as(Queue, "/queue/api/json", {"tree": f"items[{_ITEM}]"}, right=SEE_JOBS)

    async def queued(self) -> Queue:
        """The queue, with what each waits to be started with."""
        return await self._api.get_as(Queue, "/queue/api/json", {"tree": f"items[{_ITEM},{_ACTIONS}]"}, right=SEE_JOBS)

    async def queue_item(self, number: int) -> QueueItem | None:
        """None when it left the queue more than five minutes ago: then it is forgotten."""
        tree = {"tree": f"{_ITEM},cancelled,executable[number,url]"}
        try:
            return await self._api.get_as(QueueItem, f"/queue/item/{number}/api/json", tree, right=SEE_JOBS)
        except NotFound:
            return None

    async def agents(self) -> Agents:
        fields = "displayName,offline,temporarilyOffline,offlineCauseReason,numExecutors"
        tree = f"busyExecutors,totalExecutors,computer[{fields}]"
        return await self._api.get_as(Agents, "/computer/api/json", {"tree": tree}, right="see agents (Overall/Read)")

    async def _one(self, kind: type[T], path: str, params: dict[str, str] | None = None) -> T:
        async with self._turns:
            return await self._api.get_as(kind, path, params, right=SEE_JOBS)
