"""Which running builds wait for a person, by what the Pipeline REST API plugin tells, or without it by their traces."""

from collections.abc import Sequence
from typing import Final

from bot.domain.check import Answer, Status
from bot.domain.errors import Refused, VendorError
from bot.integrations.findings import answer
from bot.integrations.foreign import shown
from bot.integrations.jenkins.client import JenkinsClient
from bot.integrations.jenkins.judge import evidence_of, unread
from bot.integrations.jenkins.shapes import Build
from bot.integrations.jenkins.watched import Watched
from bot.integrations.together import every

_MOST: Final = 60
_PAUSED: Final = "PAUSED_PENDING_INPUT"
_GOING: Final = frozenset({"IN_PROGRESS", "NOT_EXECUTED", "SUCCESS", "UNSTABLE", "FAILED", "ABORTED"})
_NO_STEPS: Final = ("FreeStyleBuild", "MavenModuleSetBuild", "MatrixBuild", "MatrixRun")
"""Kinds of builds that cannot ask anybody anything."""


async def judged(client: JenkinsClient, found: Sequence[Watched]) -> Answer:
    if not found:
        return Answer.unknown("There are no jobs to watch")
    going = [
        (one, build)
        for one in found
        if one.job is not None
        for build in one.job.newest
        if build.running and not build.kind.endswith(_NO_STEPS)
    ]
    if len(going) > _MOST:
        raise Refused(f"More than {_MOST} pipelines run at once; not all were asked whether they wait")
    states = await every(_state(client, one.path, build) for one, build in going)
    evidence = unread(found)
    for (one, build), (status, words) in zip(going, states, strict=True):
        if status is not Status.OK:
            evidence.append(evidence_of(one, (status, words, build.started), build.number))
    fine = f"{len(going)} pipelines run, none waits for a person" if going else "No pipeline waits for a person"
    return answer(evidence, fine, f"{len(evidence)} to look at")


async def _state(client: JenkinsClient, path: str, build: Build) -> tuple[Status, str]:
    try:
        found = await client.described(path, build.number)
    except VendorError as error:
        return Status.UNKNOWN, shown(error)
    if found is None:
        return _by_traces(build)
    if _PAUSED in (found.status, *(one.status for one in found.stages)):
        return Status.WARN, "waits for somebody's answer"
    if found.status in _GOING:
        return Status.OK, ""
    return Status.UNKNOWN, f"is {shown(found.status, limit=30)}, a state we do not know"


def _by_traces(build: Build) -> tuple[Status, str]:
    """A build that came to an input step bears a mark of it, which stays after the answer."""
    if build.actions is None:
        return Status.UNKNOWN, "whether it waits is told by the plugin Pipeline: REST API, which is not there"
    if any(one.kind.endswith(".InputAction") for one in build.said):
        return Status.WARN, "asked somebody; whether it still waits, the plugin Pipeline: REST API would tell"
    return Status.OK, ""
