"""The heartbeats' answer to the morning checklist: which backup jobs ran, which did not, and which look wrong."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from bot.domain.backup import Job, Run, Verdict, judge
from bot.domain.capabilities import DailyCheck
from bot.domain.check import Answer, Check, Evidence, Item, Status, worst
from bot.integrations.foreign import shown

_WORDS: Final = {Status.FAIL: "failed or missing", Status.WARN: "to look at", Status.OK: "on time"}


class Pings(Protocol):
    """Remembers what jobs reported."""

    async def runs(self, job: str) -> Sequence[Run]:
        """The newest runs of the job first, at least the last twelve."""


class Heartbeats(DailyCheck):
    def __init__(
        self, jobs: Sequence[Job], pings: Pings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._jobs = jobs
        self._pings = pings
        self._now = now

    def checks(self) -> Sequence[Check]:
        """None without jobs: the item then stays one that people do by hand."""
        if not self._jobs:
            return ()
        question = "Did every backup job run as planned?"
        return (Check(name="heartbeats.jobs", item=Item.BACKUPS, question=question, ask=self.jobs),)

    async def jobs(self) -> Answer:
        now = self._now()
        verdicts = [(job, judge(job, await self._pings.runs(job.name), now)) for job in self._jobs]
        verdicts.sort(key=lambda pair: (-pair[1].status.rank, pair[0].name))
        evidence = [_evidence(job, verdict) for job, verdict in verdicts]
        return Answer(status=worst(one.status for one in evidence), summary=_summary(verdicts), evidence=evidence)


def _evidence(job: Job, verdict: Verdict) -> Evidence:
    return Evidence(key=job.name, title=job.name, status=verdict.status, since=verdict.since, detail=verdict.words)


def _summary(verdicts: Sequence[tuple[Job, Verdict]]) -> str:
    counted = Counter(verdict.status for _, verdict in verdicts)
    if set(counted) <= {Status.OK}:
        return (
            f"All {len(verdicts)} backup jobs are on time" if len(verdicts) > 1 else f"{verdicts[0][0].name}: on time"
        )
    job, worst_one = verdicts[0]
    others = [f"{counted[status]} {words}" for status, words in _WORDS.items() if counted[status]]
    told = f"{job.name}: {worst_one.words}"
    return shown(f"{told} ({', '.join(others)})" if len(verdicts) > 1 else told)
