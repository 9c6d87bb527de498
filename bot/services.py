"""Makes every feature's services: each gets just what it needs, as arguments."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot import __version__, commands
from bot.checking import checklist_of
from bot.doctor import systems as probing
from bot.domain.capabilities import AccessList, ChangeLog, ErrorShare
from bot.domain.incident import Incident
from bot.domain.plan import Plan
from bot.domain.suspicion import Changed
from bot.durable.ports import Recorder
from bot.features.access.service import Reviews
from bot.features.alerts.catching_up import CatchingUp
from bot.features.alerts.service import Alerts
from bot.features.alerts.silencing import Silencing
from bot.features.changes.around import Around
from bot.features.changes.commands import Asking
from bot.features.changes.looking import Log, Looking
from bot.features.changes.marking import ChangeMarks
from bot.features.changes.service import Changes
from bot.features.checklist.seeing import Seeing as ChecklistSeeing
from bot.features.checklist.service import Checklist
from bot.features.checklist.trends import Trends
from bot.features.flags.service import FlagLists
from bot.features.incidents.audiences import Audiences
from bot.features.incidents.board import Board
from bot.features.incidents.changing import Changing
from bot.features.incidents.course import Course
from bot.features.incidents.crew import Crew
from bot.features.incidents.drill_scripts import Scenario, scenarios, scripted_changes
from bot.features.incidents.drills import Drills, scenario_name
from bot.features.incidents.errors import Errors
from bot.features.incidents.graphs import Graphs
from bot.features.incidents.lookups import Lookups
from bot.features.incidents.marking import Marking
from bot.features.incidents.record import Record
from bot.features.incidents.registry import Registering
from bot.features.incidents.response import Response
from bot.features.incidents.seeing import Seeing
from bot.features.incidents.service import Incidents
from bot.features.incidents.tickets import Tickets
from bot.features.incidents.words import Words
from bot.features.oncall.service import Duties
from bot.features.operations.homes import Homes
from bot.features.operations.plans import Plans, Reread
from bot.features.operations.requests import Requests
from bot.features.operations.service import Operations
from bot.features.operations.systems import Systems
from bot.features.postmortems.record import Record as PostmortemRecord
from bot.features.postmortems.service import Postmortems
from bot.features.runbooks.librarian import Librarian
from bot.features.runbooks.service import Runbooks
from bot.integrations import Category, Connected
from bot.memory import Memory
from bot.slack.access import WorkspaceAccess
from bot.slack.command import Button, Command, Menu
from bot.slack.people import People
from bot.store.access import AccessRows
from bot.store.action_items import ActionRows
from bot.store.claims import ClaimRows
from bot.store.pages import PageRows
from bot.store.postmortems import PostmortemRows
from bot.store.requests import RequestRows
from bot.store.runbook_runs import ReportRows, RunbookRunRows
from bot.store.settings import SettingRows


@dataclass(slots=True, kw_only=True)
class Given:
    """What the house has to give. `services()` is asked once, at the start."""

    memory: Memory
    people: People
    connected: Connected
    plan: Callable[[], Plan]
    reload: Callable[[], Reread]
    recorder: Recorder
    librarian: Librarian
    publish: Callable[..., Awaitable[str]]
    slack_url: str
    clock: Callable[[], datetime]
    response: Response = field(init=False)
    checklist: Checklist = field(init=False)
    silencing: Silencing = field(init=False)
    requests: Requests = field(init=False)
    alerts: Alerts = field(init=False)
    around: Around = field(init=False)
    scenarios: Mapping[str, Scenario] = field(default_factory=scenarios)
    reviews: Reviews = field(init=False)

    def __post_init__(self) -> None:
        self.around = Around(
            rows=self.memory.changes, logs=partial(change_logs, self.connected), plan=self.plan, clock=self.clock
        )
        self.silencing = self._silencing()
        self.alerts = self._alerts()
        self.response = self._response()
        self.reviews = self._reviews()
        self.checklist = checklist_of(
            self.memory.store,
            plan=self.plan,
            connected=self.connected,
            names_=self.people,
            recorder=self.recorder,
            clock=self.clock,
            reviews=self.reviews,
        )
        self.requests = Requests(
            rows=RequestRows(self.memory.store),
            incidents=self.memory.incidents,
            roster=self.people,
            audit=self.memory.audit,
            plan=self.plan,
            clock=self.clock,
        )

    def services(self) -> dict[type, object]:
        """By type, as the rows of the tables name them."""
        return {
            Response: self.response,
            Seeing: self.response.seeing,
            Drills: self._drills(),
            Errors: self._errors(),
            Tickets: Tickets(connections=self.connected, response=self.response),
            Graphs: Graphs(record=self.response.record, connections=self.connected),
            Marking: Marking(response=self.response, connections=self.connected),
            Registering: Registering(response=self.response, connections=self.connected),
            Alerts: self.alerts,
            CatchingUp: CatchingUp(alerts=self.alerts, connections=self.connected, clock=self.clock),
            Silencing: self.silencing,
            Changes: self._changes(),
            ChangeMarks: self._change_marks(),
            Looking: self._looking(),
            Changing: Changing(record=self.response.record, rows=self.memory.changes, plan=self.plan),
            Asking: Asking(around=self.around, incidents=self.memory.incidents, scripted=self._scripted),
            Runbooks: self._runbooks(),
            Duties: self._duties(),
            Checklist: self.checklist,
            ChecklistSeeing: self.checklist.seeing,
            Trends: Trends(
                alerts=self.memory.alerts,
                incidents=self.memory.incidents,
                plan=self.plan,
                logs=lambda: self.connected.all(ErrorShare),
            ),
            Postmortems: self._postmortems(),
            Operations: self._operations(),
            Requests: self.requests,
            Reviews: self.reviews,
            FlagLists: FlagLists(connections=self.connected),
        }

    def _reviews(self) -> Reviews:
        return Reviews(
            rows=AccessRows(self.memory.store),
            audit=self.memory.audit,
            names=self.people,
            plan=self.plan,
            lists=lambda: (*self.connected.all(AccessList), WorkspaceAccess(self.people)),
            clock=self.clock,
        )

    def _response(self) -> Response:
        memory = self.memory
        record = Record(
            rows=memory.incidents,
            alerts=memory.alerts,
            timeline=memory.timeline,
            audit=memory.audit,
            plan=self.plan,
            names=self.people,
            clock=self.clock,
        )
        board, lookups = Board(memory.incidents, memory.alerts), Lookups()
        audiences = Audiences(connections=self.connected, slack_url=self.slack_url)
        tickets = PostmortemRows(memory.store)
        return Response(
            record=record,
            incidents=Incidents(record=record, board=board, lookups=lookups, audiences=audiences),
            course=Course(record=record),
            crew=Crew(record=record, tasks=memory.tasks),
            words=Words(record=record, audiences=audiences),
            board=board,
            seeing=Seeing(
                record=record,
                tasks=memory.tasks,
                pendings=memory.pendings,
                ticket_of=tickets.ticket_of,
                looking=lookups.looking,
                silenceable=self.silencing.can,
                changed=self._changed,
            ),
            lookups=lookups,
            audiences=audiences,
        )

    def _drills(self) -> Drills:
        response = self.response
        return Drills(
            record=response.record,
            incidents=response.incidents,
            course=response.course,
            scenarios=self.scenarios,
        )

    def _changes(self) -> Changes:
        marks = self._change_marks()
        return Changes(
            rows=self.memory.changes,
            incidents=self.memory.incidents,
            plan=self.plan,
            marks=lambda kept: marks.of(kept, self.clock()),
        )

    def _change_marks(self) -> ChangeMarks:
        return ChangeMarks(rows=self.memory.changes, connections=self.connected)

    def _looking(self) -> Looking:
        return Looking(
            changes=self._changes(),
            rows=self.memory.changes,
            logs=partial(change_logs, self.connected),
            clock=self.clock,
            first=lambda: self.plan().incidents.changes_within,
        )

    async def _changed(self, incident: Incident) -> Changed:
        """A practice shows what its script says, and nothing real."""
        return self._scripted(incident) if incident.practice else await self.around.card(incident)

    def _scripted(self, incident: Incident) -> Changed:
        return scripted_changes(self.scenarios.get(scenario_name(incident)), incident)

    def _errors(self) -> Errors:
        return Errors(connections=self.connected, board=self.response.board, plan=self.plan, clock=self.clock)

    def _alerts(self) -> Alerts:
        memory = self.memory
        return Alerts(
            rows=memory.alerts,
            incidents=memory.incidents,
            messages=memory.messages,
            audit=memory.audit,
            deliveries=memory.deliveries,
            silenceable=self.silencing.can,
            plan=self.plan,
            clock=self.clock,
        )

    def _silencing(self) -> Silencing:
        memory = self.memory
        return Silencing(
            rows=memory.alerts,
            incidents=memory.incidents,
            messages=memory.messages,
            audit=memory.audit,
            connections=self.connected,
            plan=self.plan,
            clock=self.clock,
        )

    def _runbooks(self) -> Runbooks:
        memory = self.memory
        return Runbooks(
            librarian=self.librarian,
            runs=RunbookRunRows(memory.store),
            reports=ReportRows(memory.store),
            incidents=memory.incidents,
            alerts=memory.alerts,
            timeline=memory.timeline,
            audit=memory.audit,
            plan=self.plan,
            names=self.people,
            clock=self.clock,
        )

    def _duties(self) -> Duties:
        return Duties(
            connections=self.connected,
            plan=self.plan,
            names=self.people,
            pages=PageRows(self.memory.store),
            audit=self.memory.audit,
            clock=self.clock,
        )

    def _postmortems(self) -> Postmortems:
        memory, url = self.memory, self.slack_url.rstrip("/")
        record = PostmortemRecord(
            rows=PostmortemRows(memory.store),
            actions=ActionRows(memory.store),
            incidents=memory.incidents,
            alerts=memory.alerts,
            timeline=memory.timeline,
            pendings=memory.pendings,
            audit=memory.audit,
            connections=self.connected,
            plan=self.plan,
            names=self.people,
            clock=self.clock,
            channel_url=lambda channel: f"{url}/archives/{channel}" if url else None,
            changed=self._changed,
        )
        return Postmortems.of(record)

    def _operations(self) -> Operations:
        memory = self.memory
        systems = Systems(
            ask=lambda: probing.states(self.connected.systems),
            off=lambda: probing.off(self.connected, self.plan()),
            clock=self.clock,
        )
        homes = Homes(
            incidents=memory.incidents,
            tasks=memory.tasks,
            actions=ActionRows(memory.store),
            claims=ClaimRows(memory.store),
            names=self.people,
            plan=self.plan,
            connections=self.connected,
            systems=systems,
            publish=self.publish,
            offers=frozenset(row.action for row in commands.COMMANDS if isinstance(row, Button | Menu)),
            clock=self.clock,
        )
        return Operations(
            systems=systems,
            plans=Plans(read=self.reload, rows=SettingRows(memory.store), clock=self.clock),
            homes=homes,
            roster=self.people,
            audit=memory.audit,
            plan=self.plan,
            needs=[(row.path, row.who) for row in commands.COMMANDS if isinstance(row, Command)],
            version=__version__,
            clock=self.clock,
        )


def change_logs(connected: Connected) -> Sequence[Log]:
    """Every system that keeps a log of changes, by the name that people know it under."""
    return [
        Log(
            name=one.label,
            tells="deployments" if one.integration.category is Category.PIPELINES else "changes",
            system=log,
        )
        for one, log in connected.each(ChangeLog)
    ]
