"""What Daywatch answers to the checklist by itself: its open incidents, and action items that are overdue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from bot.domain.check import Answer, Check, Evidence, Item, Status, worst
from bot.domain.incident import Incident
from bot.domain.plan import Plan
from bot.features.checklist.days import local_day
from bot.features.checklist.routine import Routine
from bot.features.checklist.today import Agenda
from bot.store.action_items import LiveAction

URGENT = 2
"""Incidents of the two worst severities fail the check, lesser ones warn."""
LONG_OVERDUE = 30
"""Days after which an overdue action item fails the check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Asked for one team, from the store alone."""

    agenda: Agenda
    plan: Callable[[], Plan]
    clock: Callable[[], datetime]

    def checks(self, routine: Routine) -> Sequence[Check]:
        return (
            Check(
                name="daywatch.incidents",
                item=Item.INCIDENTS,
                question="Is an incident of ours open?",
                ask=partial(self.incidents, routine),
            ),
            Check(
                name="daywatch.actions",
                item=Item.INCIDENTS,
                question="Is an action item of a postmortem overdue?",
                ask=partial(self.actions, routine),
            ),
        )

    async def incidents(self, routine: Routine) -> Answer:
        today = await self.agenda.of(routine.team, local_day(routine, self.clock()))
        if not today.incidents:
            return Answer(status=Status.OK, summary="No incident is open")
        evidence = [self._incident(one) for one in today.incidents]
        count = len(evidence)
        summary = f"{evidence[0].title} is open" if count == 1 else f"{count} incidents are open"
        return Answer(status=worst(one.status for one in evidence), summary=summary, evidence=evidence)

    async def actions(self, routine: Routine) -> Answer:
        day = local_day(routine, self.clock())
        today = await self.agenda.of(routine.team, day)
        if not today.overdue:
            return Answer(status=Status.OK, summary="No action item is overdue")
        evidence = [_action(one, day) for one in today.overdue]
        oldest = max((day - one.item.due).days for one in today.overdue if one.item.due)
        count = len(evidence)
        summary = f"{count} action {'item is' if count == 1 else 'items are'} overdue, the oldest {_days(oldest)}"
        return Answer(status=worst(one.status for one in evidence), summary=summary, evidence=evidence)

    def _incident(self, one: Incident) -> Evidence:
        plan = self.plan()
        severity = plan.severity(one.severity)
        urgent = plan.rank(one.severity) < URGENT
        title = "a private incident" if one.private else one.title
        return Evidence(
            key=one.name,
            title=f"{one.name} {severity.name} {title}",
            status=Status.FAIL if urgent else Status.WARN,
            since=one.opened_at,
            detail=one.status.value,
        )


def _action(one: LiveAction, day: date) -> Evidence:
    late = (day - one.item.due).days if one.item.due else 0
    return Evidence(
        key=f"action:{one.item.id}",
        title=one.item.what,
        status=Status.FAIL if late >= LONG_OVERDUE else Status.WARN,
        url=one.item.ticket_url,
        detail=f"{_days(late)} late, of INC-{one.item.incident_id}",
    )


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
