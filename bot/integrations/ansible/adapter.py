"""Ansible's answers to the morning checklist: jobs of AWX, and the check-mode runs that CI posted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe, Reports
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Evidence, Item
from bot.domain.errors import Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.ansible import judge, reported
from bot.integrations.ansible.changes import SOURCE, change_of
from bot.integrations.ansible.client import RUNNING, AnsibleClient
from bot.integrations.ansible.judge import Checked, Seen
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.ansible.shapes import Template
from bot.integrations.http import once_per
from bot.integrations.probing import Ask, tried
from bot.integrations.reports import Lookout
from bot.integrations.together import both, every

_SHARED_FOR: Final = 5.0
_MOST_ASKED: Final = 200
_AWX: Final[Mapping[str, str]] = {
    "approvals": "/#/workflow_approvals",
    "instances": "/#/instances",
    "job": "/#/jobs/playbook",
    "template": "/#/templates/job_template",
    "templates": "/#/templates",
}
_GATEWAY: Final[Mapping[str, str]] = {
    "approvals": "/execution/administration/workflow-approvals",
    "instances": "/execution/infrastructure/instances",
    "job": "/execution/jobs/playbook",
    "template": "/execution/templates/job-template",
    "templates": "/execution/templates",
}
"""The pages of Automation Platform, whose gateway has its own."""
_PATIENCE: Final = 20.0


class Runs(DailyCheck):
    """Only what CI posts, for those without AWX."""

    def __init__(self, reports: Reports, settings: AnsibleSettings, wiring: Wiring) -> None:
        self._lookout = Lookout.of(reports, settings, SOURCE)
        self._wiring = wiring

    def checks(self) -> Sequence[Check]:
        question = "Does what CI ran last in check mode show drift?"
        here = self._wiring.instance
        return [Check(name="ansible.playbooks", item=Item.DRIFT, question=question, ask=self.runs, instance=here)]

    async def runs(self) -> Answer:
        found = await self._lookout.posted(self._wiring.outside.now())
        if isinstance(found, Answer):
            return found
        limits = reported.Limits(
            share=self._wiring.limit("ansible.playbooks", "unreachable_share", 0.5),
            many=self._wiring.limit("ansible.playbooks", "fail", float("inf")),
        )
        return reported.runs(found, limits)


class Ansible(DailyCheck, ChangeLog, Probe):
    def __init__(self, client: AnsibleClient, settings: AnsibleSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        pages = _GATEWAY if "controller" in settings.api_prefix else _AWX
        self._pages = {name: settings.address + page for name, page in pages.items()}
        self._watched = tuple(dict.fromkeys(settings.job_templates))
        self._runs = Runs(wiring.reports, settings, wiring) if wiring.reports is not None else None
        self._templates = once_per(_SHARED_FOR, client.templates)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("health", Item.PIPELINES, "Is it up, and can its instances run jobs?", self.health),
            ("jobs", Item.PIPELINES, "Did a job fail, or is one stuck?", self.jobs),
            ("approvals", Item.PIPELINES, "Does a workflow wait for an approval?", self.approvals),
            ("drift", Item.DRIFT, "Did something drift, by the last jobs in check mode?", self.drift),
        )
        here = self._wiring.instance
        ours = [
            Check(name=f"ansible.{what}", item=item, question=question, ask=ask, instance=here, patience=_PATIENCE)
            for what, item, question, ask in declared
        ]
        return [*ours, *(self._runs.checks() if self._runs is not None else ())]

    async def health(self) -> Answer:
        silent = timedelta(minutes=self._wiring.limit("ansible.health", "silent_minutes", 10))
        # The page needs no token; that the token is good must show here, too.
        ping, _ = await both(self._client.ping(), self._templates())
        return self._linked(judge.health(ping, self._wiring.outside.now(), silent), "instances")

    async def jobs(self) -> Answer:
        seen, running = await both(self._looked_at(), self._client.under_way())
        stuck = timedelta(minutes=self._wiring.limit("ansible.jobs", "stuck_minutes", 360))
        now = self._wiring.outside.now()
        answer = judge.jobs(seen, running, now, stuck, watched=bool(self._watched))
        return self._linked(answer, "templates", self._page_of_template)

    async def approvals(self) -> Answer:
        found, templates = await both(self._client.approvals(), self._templates())
        page, now = self._pages["approvals"], self._wiring.outside.now()
        answer = judge.approvals(found, now, f"{page}/{{approval}}/details", seeing=bool(templates))
        return replace(answer, link=page)

    async def drift(self) -> Answer:
        templates, missing = await self._looked_at()
        checking = [one for one in templates if one.job_type == "check"]
        if len(checking) > _MOST_ASKED:
            raise Refused(f"More than {_MOST_ASKED} templates run in check mode; name those that count")
        told = await every(map(self._checked, checking))
        failures = [one for one in told if isinstance(one, VendorError)]
        if failures and len(failures) == len(told):
            raise failures[0]
        limits = judge.Limits(
            oldest=timedelta(hours=self._wiring.limit("ansible.drift", "max_age_hours", 26)),
            share=self._wiring.limit("ansible.drift", "unreachable_share", 0.5),
        )
        seen = [Seen(template=one, told=found) for one, found in zip(checking, told, strict=True)]
        answer = judge.drift(seen, missing, self._wiring.outside.now(), limits)
        return self._linked(answer, "templates", self._page_of_template)

    async def changed(self, since: datetime) -> Sequence[Change]:
        """Jobs in check mode change nothing, and are none."""
        page = f"{self._pages['job']}/{{job}}"
        found = await self._client.jobs_since(since)
        kept = [one for one in found if one.job_type != "check" and (one.finished is None or one.finished >= since)]
        return [change_of(one, page, otherwise=since) for one in kept]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._client.ping()
        tries: dict[str, Ask] = {
            "read job templates": self._client.templates,
            "read jobs": self._client.under_way,
            "read workflow approvals": self._client.approvals,
        }
        return await tried(tries, proven="be reached")

    async def _looked_at(self) -> tuple[Sequence[Template], Sequence[str]]:
        """The templates that count, and the names of those that are missing. A name may be there several times."""
        found = await self._templates()
        if not self._watched:
            return found, ()
        there = {one.name for one in found}
        missing = [name for name in self._watched if name not in there]
        return [one for one in found if one.name in self._watched], missing

    async def _checked(self, template: Template) -> Checked | VendorError | None:
        """The last job that ended; one that runs just now tells nothing yet."""
        last = template.last
        if last is None or last.status in RUNNING:
            return None
        try:
            return await both(self._client.job(last.id), self._client.hosts(last.id))
        except VendorError as error:
            return error

    def _page_of_template(self, one: Evidence) -> str | None:
        number = one.key.removeprefix("template:")
        return f"{self._pages['template']}/{number}" if number.isascii() and number.isdigit() else None

    def _linked(self, answer: Answer, page: str, own: Callable[[Evidence], str | None] = lambda _: None) -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        link = self._pages[page]
        return replace(answer, link=link, evidence=[replace(one, url=own(one) or link) for one in answer.evidence])
