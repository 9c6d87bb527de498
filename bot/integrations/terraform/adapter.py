"""Terraform's answers to the morning checklist: assessments and runs of HCP Terraform, and the plans that CI posted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe, Reports
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.http import once_per, segment, shown
from bot.integrations.probing import Ask, tried
from bot.integrations.reports import Lookout
from bot.integrations.terraform import judge, reported
from bot.integrations.terraform.changes import SOURCE, Names, change_of
from bot.integrations.terraform.client import TerraformClient
from bot.integrations.terraform.judge import Seen
from bot.integrations.terraform.settings import TerraformSettings
from bot.integrations.terraform.shapes import Assessment, Other, Run, Workspace
from bot.integrations.together import both, every

_SHARED_FOR: Final = 5.0
_MOST_ASKED: Final = 300
_LATE: Final = timedelta(hours=3)
"""How long before a moment runs were created that may have ended after it; longer ones are their workspace's own."""
_PATIENCE: Final = 30.0


class Plans(DailyCheck):
    """Only what CI posts: enough for OpenTofu, and for Terraform without HCP."""

    def __init__(self, reports: Reports, settings: TerraformSettings, wiring: Wiring) -> None:
        self._lookout = Lookout.of(reports, settings, SOURCE)
        self._wiring = wiring

    def checks(self) -> Sequence[Check]:
        question = "Does what CI planned last show drift, or changes that are not applied?"
        here = self._wiring.instance
        return [Check(name="terraform.plans", item=Item.DRIFT, question=question, ask=self.plans, instance=here)]

    async def plans(self) -> Answer:
        found = await self._lookout.posted(self._wiring.outside.now())
        if isinstance(found, Answer):
            return found
        return reported.plans(found, self._wiring.limit("terraform.plans", "fail", 10))


class Terraform(DailyCheck, ChangeLog, Probe):
    def __init__(self, client: TerraformClient, settings: TerraformSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._org = settings.org.strip()
        self._address = settings.address
        self._watched = tuple(dict.fromkeys(settings.workspaces))
        self._plans = Plans(wiring.reports, settings, wiring) if wiring.reports is not None else None
        self._workspaces = once_per(_SHARED_FOR, client.workspaces)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("drift", Item.DRIFT, "Did a workspace drift, by its health assessment?", self.drift),
            ("runs", Item.PIPELINES, "Did a run fail, or does one wait for somebody?", self.runs),
        )
        here = self._wiring.instance
        ours = [
            Check(name=f"terraform.{what}", item=item, question=question, ask=ask, instance=here, patience=_PATIENCE)
            for what, item, question, ask in declared
        ]
        return [*ours, *(self._plans.checks() if self._plans is not None else ())]

    async def drift(self) -> Answer:
        workspaces, missing, _ = await self._looked_at()
        asked = [one for one in workspaces if _assessable(one)]
        if len(asked) > _MOST_ASKED:
            raise Refused(
                f"More than {_MOST_ASKED} workspaces have assessments; name those that count in TFE_WORKSPACES"
            )
        told = dict(zip((one.id for one in asked), await every(map(self._assessment, asked)), strict=True))
        _raise_if_all(list(told.values()))
        limits = judge.Limits(
            oldest=timedelta(hours=self._wiring.limit("terraform.drift", "max_age_hours", 26)),
            many=self._wiring.limit("terraform.drift", "fail", 10),
        )
        seen = [Seen(workspace=one, told=told.get(one.id)) for one in workspaces]
        answer = judge.drift(seen, missing, self._wiring.outside.now(), limits)
        return self._linked(answer, workspaces, "/health/drift")

    async def runs(self) -> Answer:
        workspaces, missing, along = await self._looked_at()
        wanted = [one.current_run for one in workspaces if one.current_run and one.current_run not in along]
        if len(wanted) > _MOST_ASKED:
            raise Refused(f"More than {_MOST_ASKED} runs would have to be asked for; name workspaces in TFE_WORKSPACES")
        told: dict[str, Run | VendorError] = {**along}
        told.update(zip(wanted, await every(map(self._run, wanted)), strict=True))
        _raise_if_all([told[one] for one in wanted])
        seen = [Seen(workspace=one, told=told.get(one.current_run or "")) for one in workspaces]
        stuck = timedelta(minutes=self._wiring.limit("terraform.runs", "stuck_minutes", 60))
        answer = judge.runs(seen, missing, bool(self._watched), self._wiring.outside.now(), stuck)
        return self._linked(answer, workspaces, "/runs")

    async def changed(self, since: datetime) -> Sequence[Change]:
        """The organization's runs of late, and each workspace's own, which may have waited for its approval for long.

        Plans that nobody could apply changed nothing, and are none.
        """
        (listed, others), (workspaces, current) = await both(self._client.runs_since(since - _LATE), self._workspaces())
        names = Names([*others, *(_named(one) for one in workspaces)])
        found = {one.id: one for one in (*current.values(), *listed)}
        kept = [one for one in found.values() if not one.facts.plan_only and (one.changed_at or since) >= since]
        return [change_of(one, names, address=self._address, org=self._org, otherwise=since) for one in kept]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        workspaces, _ = await self._workspaces()
        tries: dict[str, Ask] = {"read runs": self._newest_runs}
        assessed = next((one for one in workspaces if _assessable(one)), None)
        if assessed is not None:
            tries["read health assessments"] = lambda: self._client.assessment(assessed)
        return await tried(tries, proven=f"read workspaces ({len(workspaces)} seen)")

    async def _newest_runs(self) -> object:
        return await self._client.runs_since(self._wiring.outside.now())

    async def _looked_at(self) -> tuple[Sequence[Workspace], Sequence[str], dict[str, Run]]:
        """The workspaces that count, the names of those that are missing, and the runs that came along."""
        found, runs = await self._workspaces()
        if not self._watched:
            return found, (), runs
        there = {one.name: one for one in found}
        return (
            [there[name] for name in self._watched if name in there],
            [name for name in self._watched if name not in there],
            runs,
        )

    async def _assessment(self, of: Workspace) -> Assessment | VendorError | None:
        try:
            return await self._client.assessment(of)
        except VendorError as error:
            return error

    async def _run(self, run: str) -> Run | VendorError:
        try:
            return await self._client.run(run)
        except VendorError as error:
            return error

    def _linked(self, answer: Answer, workspaces: Sequence[Workspace], page: str) -> Answer:
        """With the place where a person would look, for each workspace its own."""
        start = f"{self._address}/app/{segment(self._org)}/workspaces"
        own = {f"workspace:{shown(one.name, limit=150)}": f"{start}/{segment(one.name)}{page}" for one in workspaces}
        evidence = [replace(one, url=own.get(one.key, start)) for one in answer.evidence]
        return replace(answer, link=start, evidence=evidence)


def _named(workspace: Workspace) -> Other:
    return Other(id=workspace.id, type="workspaces", attributes={"name": workspace.name})


def _assessable(workspace: Workspace) -> bool:
    """Also one whose assessments were switched off has its last, which then grows old for everybody to see."""
    pointer = workspace.assessment
    return workspace.facts.assessed or (pointer is not None and pointer.data is not None)


def _raise_if_all(told: Sequence[object]) -> None:
    failures = [one for one in told if isinstance(one, VendorError)]
    if failures and len(failures) == len(told):
        raise failures[0]
