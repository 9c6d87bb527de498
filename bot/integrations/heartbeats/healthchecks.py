"""Jobs that report to Healthchecks, at healthchecks.io or on a server of one's own: which did, which did not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Evidence, Item, Status
from bot.integrations import Wiring
from bot.integrations.findings import counted
from bot.integrations.heartbeats.settings import HeartbeatsSettings
from bot.integrations.http import Api, shown

# `grace` is late and not yet down; `new` never reported. A read-only key is told neither addresses nor ids.
_JUDGED: Final[Mapping[str, tuple[Status, str]]] = {
    "up": (Status.OK, "in time"),
    "grace": (Status.WARN, "late"),
    "new": (Status.WARN, "never reported"),
    "paused": (Status.WARN, "paused: nobody would notice"),
    "down": (Status.FAIL, "did not report in time"),
}
_APART: Final = timedelta(minutes=10)
"""Clocks may differ, and the server looks at its checks now and then only."""


class Job(BaseModel):
    """A check as Healthchecks lists it (https://healthchecks.io/docs/api/), as far as we read it."""

    model_config = ConfigDict(populate_by_name=True)
    name: str = ""
    slug: str | None = None
    unique_key: str | None = None
    uuid: str | None = None
    status: str
    started: bool | None = None
    grace: float | None = Field(default=None, ge=0, le=1e9)
    last_ping: AwareDatetime | None = None
    next_ping: AwareDatetime | None = None
    last_duration: float | None = None

    @property
    def title(self) -> str:
        return shown(self.name) or shown(self.slug or "") or "A job without a name"

    @property
    def key(self) -> str:
        return self.unique_key or self.uuid or self.slug or self.name


class _Listed(BaseModel):
    checks: list[Job]


class Healthchecks(DailyCheck, Probe):
    def __init__(self, api: Api, settings: HeartbeatsSettings, wiring: Wiring) -> None:
        self._api, self._settings, self._wiring = api, settings, wiring

    @classmethod
    def connect(cls, settings: HeartbeatsSettings, wiring: Wiring) -> "Healthchecks":
        api = wiring.outside.api(
            title=wiring.titled("Healthchecks"),
            base_url=settings.url,
            headers={"x-api-key": settings.api_key},
            verify=settings.ca_file or True,
            address="HEALTHCHECKS_URL",
            variables=("HEALTHCHECKS_API_KEY",),
            right="list the checks of its project",
        )
        return cls(api, settings, wiring)

    def checks(self) -> Sequence[Check]:
        question = "Did every job report to Healthchecks in time?"
        return (
            Check(
                name="heartbeats.healthchecks",
                item=Item.BACKUPS,
                question=question,
                ask=self.jobs,
                instance=self._wiring.instance,
            ),
        )

    async def jobs(self) -> Answer:
        found = await self._listed()
        link = f"{self._api.base_url}/"
        if not found:
            narrowed = " with these tags (HEALTHCHECKS_TAGS)" if self._settings.tags else ""
            return Answer.unknown(f"It shows no check{narrowed}, so nothing says that a job ran")
        now = self._wiring.outside.now()
        evidence = [_judged(one, now) for one in found]
        many = len(evidence)
        good = f"All {many} jobs reported in time" if many > 1 else f"{evidence[0].title} reported in time"
        told = counted(evidence, good, many, "jobs", showing_all=True)
        return Answer(status=told.status, summary=told.summary, evidence=told.evidence, reason=told.reason, link=link)

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._listed()
        return (("list checks", None),)

    async def _listed(self) -> Sequence[Job]:
        """All of the project's: the answer has no pages."""
        params = {"tag": list(self._settings.tags)} if self._settings.tags else None
        return (await self._api.get_as(_Listed, "/api/v3/checks/", params)).checks


def _judged(job: Job, now: datetime) -> Evidence:
    status, words = _JUDGED.get(job.status, (Status.UNKNOWN, f"a state we do not know: {shown(job.status, limit=30)}"))
    if status is Status.OK and not job.started:
        status, words = _believed(job, now) or (status, words)
    return Evidence(key=shown(job.key, limit=180), title=job.title, status=status, since=job.last_ping, detail=words)


def _believed(job: Job, now: datetime) -> tuple[Status, str] | None:
    """What speaks against an "up": Healthchecks marks lateness in a process of its own, which may have stopped."""
    if job.last_ping is None:
        return Status.UNKNOWN, "said to be up, and never reported"
    if job.last_ping > now + _APART:
        return Status.UNKNOWN, "reported in the future: the clocks differ"
    late = job.next_ping is not None and job.next_ping + timedelta(seconds=job.grace or 0) + _APART < now
    return (Status.UNKNOWN, "said to be up, and late by its own times") if late else None
