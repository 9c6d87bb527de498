"""Brings the right page to an incident, and keeps what people do with it and say about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog

from bot.acts import Act, Acts, Ask, Happened, Post
from bot.domain.incident import Incident, number_of
from bot.domain.names import Names
from bot.domain.plan import Plan, Team
from bot.domain.runbook import Runbook, RunbookMatch
from bot.domain.timeline import Moment
from bot.features.runbooks.boxes import STEPS_A_PAGE, Boxes
from bot.features.runbooks.librarian import Librarian
from bot.features.runbooks.matching import AlertLike
from bot.store.alerts import AlertRows
from bot.store.audit import Audit
from bot.store.incidents import IncidentRows
from bot.store.runbook_runs import ReportRows, RunbookRun, RunbookRunRows
from bot.store.timeline import TimelineRows

log = structlog.get_logger(__name__)

STEPS_ON_CARD: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person said when they declared, held against the pages as if an alert had said it."""

    title: str
    service: str | None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbooks:
    """The pages with what is remembered about them. Methods that change something run in the caller's transaction."""

    librarian: Librarian
    runs: RunbookRunRows
    reports: ReportRows
    incidents: IncidentRows
    alerts: AlertRows
    timeline: TimelineRows
    audit: Audit
    plan: Callable[[], Plan]
    names: Names
    clock: Callable[[], datetime]

    def today(self) -> date:
        """The day by which pages are fresh or stale."""
        return self.clock().date()

    async def fitting(self, incident: Incident) -> Sequence[RunbookMatch]:
        """The pages for what is firing, the best first; without an alert, for what was said when it was declared."""
        alerts: Sequence[AlertLike] = await self.alerts.of_incident(incident.id)
        told = alerts or [Told(title=incident.title, service=incident.service)]
        return await self.librarian.best_for(told, incident.service)

    async def for_alert(self, number: int) -> Mapping[str, str] | None:
        """The page that fits an alert of its own best. Its message waits for no library that is slow."""
        alert = await self.alerts.get(number)
        if alert is None:
            return None
        try:
            fitting = await self.librarian.best_for([alert], alert.service)
        except TimeoutError:
            log.warning("no runbook looked for: the library did not answer in time", alert=number)
            return None
        return {"slug": fitting[0].runbook.slug, "title": fitting[0].runbook.title} if fitting else None

    async def for_card(self, incident: Incident) -> Mapping[str, Any]:
        """What the incident's card shows; an empty slug says that we looked and nothing fits."""
        fitting = await self.fitting(incident)
        if not fitting:
            return {"slug": ""}
        best = fitting[0].runbook
        return {
            "slug": best.slug,
            "title": best.title,
            "reason": fitting[0].reason,
            "steps": list(best.steps[:STEPS_ON_CARD]),
            "total": len(best.steps),
            "others": len(fitting) - 1,
        }

    async def held(self, name: str) -> Incident | None:
        """The incident of that name, held until the transaction ends."""
        number = number_of(name) if name else None
        return await self.incidents.get_locked(number) if number else None

    async def start(self, ask: Ask, incident: Incident, page: Runbook) -> tuple[RunbookRun | None, bool, Acts]:
        """Work through a page in an incident. A second start answers the first run and False."""
        now = self.clock()
        number, fresh = await self.runs.start(
            incident.id, slug=page.slug, title=page.title, steps=page.steps, who=ask.person.id, at=now
        )
        acts: list[Act] = [Post(f"runbook.run:{number}")]
        if fresh:
            words = f"{ask.person.name} started the runbook {page.title}"
            await self._noted(incident, ask, words, once=f"runbook:{number}")
            await self.audit.note(
                at=now, who=ask.person.id, what="runbook.run", object_=incident.name, whence=ask.channel
            )
            acts.append(Post(f"incident.card:{incident.id}", 1.0))
        return await self.runs.get(number), fresh, tuple(acts)

    async def tick(self, ask: Ask, run: RunbookRun, incident: Incident, seen: Boxes) -> Acts:
        """What this person changed since they saw the boxes; what others ticked meanwhile stays as it is."""
        now, acts = self.clock(), list[Act]()
        first = seen.page * STEPS_A_PAGE
        for place in range(first, min(first + STEPS_A_PAGE, len(run.steps))):
            done = str(place) in ask.picked
            if done == (place in seen.ticked):
                continue
            changed = await (
                self.runs.tick(run.id, place, ask.person.id, now) if done else self.runs.untick(run.id, place)
            )
            if changed:
                acts.append(await self._ticked(ask, run, incident, place, done=done))
        return (*acts, Post(f"runbook.run:{run.id}", 0.5))

    async def _ticked(self, ask: Ask, run: RunbookRun, incident: Incident, place: int, *, done: bool) -> Act:
        word = "done" if done else "open again"
        once = f"runbook:{run.id}:{place}:{ask.once}"
        words = f"Step {place + 1} {word}: {run.steps[place]} ({ask.person.name}, {run.title})"
        await self._noted(incident, ask, words, once=once)
        given = {
            "incident": incident.id,
            "run": run.id,
            "slug": run.slug,
            "step": place + 1,
            "words": run.steps[place],
            "done": done,
            "by": ask.person.id,
            "at": self.clock().isoformat(),
        }
        return Happened("runbook.ticked", given)

    async def report(self, ask: Ask, page: Runbook, words: str, incident: Incident | None) -> Acts:
        """Somebody says that a page is wrong: its owners hear of it, and the incident remembers."""
        now = self.clock()
        number = await self.reports.add(
            slug=page.slug,
            title=page.title,
            owner=page.owner,
            words=words,
            incident=incident.id if incident else None,
            who=ask.person.id,
            at=now,
        )
        await self.audit.note(
            at=now, who=ask.person.id, what="runbook.wrong", object_=page.slug[:200], whence=ask.channel
        )
        acts: list[Act] = [Post(f"runbook.wrong:{number}")]
        if incident is not None:
            said = f"{ask.person.name} says that the runbook {page.title} is wrong: {words}"
            await self._noted(incident, ask, said, once=f"runbook.wrong:{number}")
            acts.append(Post(f"incident.card:{incident.id}", 1.0))
        return tuple(acts)

    async def _noted(self, incident: Incident, ask: Ask, words: str, *, once: str) -> None:
        """On the timeline; and a person has acted, so the incident does not end by itself any more."""
        moment = Moment(at=self.clock(), kind="runbook", words=words, who=ask.person.id, once=once)
        if await self.timeline.add(incident.id, moment) and incident.open and not incident.touched:
            await self.incidents.change(incident.id, self.clock(), touched=True)

    def owners(self, owner: str, services: Sequence[str] = ()) -> Team:
        """The team that keeps a page; where no team has the owner's name, the one that runs its first service."""
        plan = self.plan()
        named = (team for team in plan.teams if team.name.casefold() == owner.casefold())
        return next(named, plan.team_of(services[0] if services else None))

    def now_at(self, team: Team) -> datetime:
        """Now on the team's clock."""
        return self.clock().astimezone(ZoneInfo(team.timezone))
