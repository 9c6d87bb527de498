"""Makes the morning checklist's services, for the running bot and for the command line beside it."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from bot import commands
from bot.domain.backup import Job
from bot.domain.names import Names
from bot.domain.person import Person
from bot.domain.plan import Plan, size_in_bytes
from bot.durable.ports import Recorder
from bot.features.access.check import ReviewCheck
from bot.features.access.service import Reviews
from bot.features.checklist.asking import Asking
from bot.features.checklist.hands import Hands
from bot.features.checklist.own import Own
from bot.features.checklist.record import Record
from bot.features.checklist.routine import Routines
from bot.features.checklist.seeing import Seeing
from bot.features.checklist.service import Checklist
from bot.features.checklist.today import Agenda
from bot.integrations import Connected, card, names
from bot.integrations.heartbeats.adapter import Heartbeats
from bot.slack import notes
from bot.slack.command import Command
from bot.slack.message import Message
from bot.slack.typed import Typed
from bot.store.access import AccessRows
from bot.store.action_items import ActionRows
from bot.store.audit import Audit
from bot.store.claims import ClaimRows
from bot.store.database import Store
from bot.store.digests import DigestRows
from bot.store.heartbeats import HeartbeatRows
from bot.store.incidents import IncidentRows
from bot.store.messages import MessageRows
from bot.store.settings import SettingRows


def checklist_of(
    store: Store,
    *,
    plan: Callable[[], Plan],
    connected: Connected,
    names_: Names,
    recorder: Recorder,
    clock: Callable[[], datetime],
    reviews: Reviews | None = None,
) -> Checklist:
    """The checklist with everything it asks: connected systems, our own incidents and action items, heartbeats."""
    reviews = reviews or Reviews(
        rows=AccessRows(store), audit=Audit(store), names=names_, plan=plan, lists=tuple, clock=clock
    )
    record = Record(
        digests=DigestRows(store),
        claims=ClaimRows(store),
        messages=MessageRows(store),
        audit=Audit(store),
        routines=Routines(plan=plan, settings=SettingRows(store)),
        plan=plan,
        names=names_,
        clock=clock,
    )
    agenda = Agenda(incidents=IncidentRows(store), actions=ActionRows(store))
    return Checklist(
        record=record,
        asking=Asking(
            connections=lambda: connected,
            own=Own(agenda=agenda, plan=plan, clock=clock),
            plan=plan,
            names=names_,
            clock=clock,
            more=lambda team: (
                _heartbeats(plan(), HeartbeatRows(store), clock),
                ReviewCheck(reviews=reviews, team=team),
            ),
        ),
        hands=Hands(record=record),
        seeing=Seeing(record=record, agenda=agenda, titles=_title),
        desk=recorder,
        help=_help,
    )


def _heartbeats(plan: Plan, rows: HeartbeatRows, clock: Callable[[], datetime]) -> Heartbeats:
    jobs = [
        Job(
            name=one.name,
            schedule=one.schedule,
            timezone=one.timezone,
            grace=one.grace,
            min_size=size_in_bytes(one.min_size) if one.min_size else None,
            within=one.within,
            restores=one.restores,
        )
        for one in plan.heartbeats
    ]
    return Heartbeats(jobs, rows, now=clock)


@cache
def _title(system: str) -> str:
    """What to call a system; one that is gone, or was never a folder, by the name that it had."""
    return "Daywatch" if system == "daywatch" else card(system).title if system in names() else system


def _help(person: Person) -> Message:
    rows = [row for row in commands.COMMANDS if isinstance(row, Command) and row.root == "/checklist"]
    return notes.help_of(Typed(row=None, path="/checklist", text="help", known=rows), person)
