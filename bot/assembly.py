"""What works behind the doors, put together once Slack has said who we are: services, engine, workers, Slack's door."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from pydantic import SecretStr

from bot import commands, events, flows, schedule
from bot.acts import Ask
from bot.background import beside
from bot.charts import ChildPainter
from bot.clock import Clock
from bot.domain.capabilities import Chat, Connections, Painter, Pictures
from bot.domain.errors import StoreDown, VendorError
from bot.domain.plan import Plan
from bot.durable.database import PostgresUrl, SqliteFile
from bot.durable.engine import Engine
from bot.durable.ports import Recorder
from bot.features.checklist.service import Checklist
from bot.features.incidents.board import Board
from bot.features.incidents.response import Response
from bot.features.operations.plans import Reread
from bot.features.operations.requests import Requests
from bot.features.runbooks.librarian import Librarian
from bot.integrations import Connected
from bot.memory import Memory
from bot.meters import MeteredRouter, Meters
from bot.pacing import Pacing
from bot.pendings import PendingDesk
from bot.perform import HandOver, Performer, services_for
from bot.redraw import Drawer
from bot.services import Given
from bot.settings import Settings
from bot.slack.chat import SlackChat
from bot.slack.command import Here
from bot.slack.door import SlackDoor
from bot.slack.workspace import Workspace
from bot.store.deliveries import Delivery
from bot.store.pauses import PauseRows
from bot.under_way import UnderWay
from bot.upkeep import Upkeep
from bot.web.inbox import Inbox
from bot.web.slack_door import SlackHttp
from bot.worker import SLACK, Hearing, Worker

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Assembly:
    """`begin` once, then `open_slack` where this process has doors; all of it ends with the stack, the last first."""

    settings: Settings
    plan: Callable[[], Plan]
    reload: Callable[[], Reread]
    clock: Callable[[], datetime]
    memory: Memory
    connected: Connected
    slack: Workspace
    meters: Meters
    inbox: Inbox
    woken: asyncio.Event
    """Set when something was kept in intake."""
    stack: AsyncExitStack
    engine: Engine | None = None
    """None before it runs, and again when it has ended."""
    performer: Performer = field(init=False)
    hearing: Hearing = field(init=False)
    drawer: Drawer = field(init=False)
    response: Response = field(init=False)
    checklist: Checklist = field(init=False)
    requests: Requests = field(init=False)
    services: dict[type, object] = field(default_factory=dict)

    async def begin(self) -> None:
        self._make_performer()
        await self._make_services()
        self._make_drawer()
        with suppress(VendorError):
            await self.slack.people.refresh(self.clock())
        await self.response.board.refresh()
        desk = PendingDesk(rows=self.memory.pendings, performer=self.performer, clock=self.clock)
        self._run_beside(await self._start_engine(desk), desk)

    def _make_performer(self) -> None:
        self.hearing = Hearing(rows=events.EVENTS, services=self.services)
        self.performer = Performer(
            store=self.memory.store,
            hear=self.hearing.named,
            outbox=self.memory.outbox,
            messages=self.memory.messages,
            clock=self.clock,
            posts=self.slack.posts,
            windows=self.slack.windows,
        )

    async def _make_services(self) -> None:
        librarian = await Librarian.open(self.settings.runbooks_folder)
        self.stack.callback(librarian.close)
        beside(self.stack, librarian.keep_fresh())
        given = Given(
            memory=self.memory,
            people=self.slack.people,
            connected=self.connected,
            plan=self.plan,
            reload=self.reload,
            recorder=self.performer,
            librarian=librarian,
            publish=self.slack.windows.publish_home,
            slack_url=self.slack.identity.url,
            clock=self.clock,
        )
        self.services |= given.services()
        self.response, self.checklist, self.requests = given.response, given.checklist, given.requests
        services_for((*commands.COMMANDS, *events.EVENTS, *schedule.SCHEDULE, *flows.SURFACES), self.services)

    def _make_drawer(self) -> None:
        # On a file there is one process only: what its dead predecessor was drawing is its own, at once.
        alone = not self.settings.on_postgres
        self.drawer = Drawer(
            rows=self.memory.messages,
            surfaces={surface.name: surface for surface in flows.SURFACES},
            services=self.services,
            posts=self.slack.posts,
            channels=self.slack.channels,
            me="local" if alone else f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}",
            clock=self.clock,
        )
        self.performer.redraws = self.drawer
        self.stack.push_async_callback(self.drawer.leave)

    async def _start_engine(self, desk: PendingDesk) -> Engine:
        slack = self.slack
        chat = SlackChat(
            api=slack.api,
            posts=slack.posts,
            windows=slack.windows,
            channels=slack.channels,
            files=slack.files,
            board=self.drawer,
        )
        # What a flow may ask for, by the type of its argument. Any: capabilities are Protocols.
        provide: dict[Any, object] = {
            **self.services,
            Chat: chat,
            Pictures: slack.files,
            Painter: ChildPainter(self.settings.daywatch_data_dir / "charts"),
            Connections: self.connected,
            Recorder: self.performer,
        }
        engine = Engine(
            database=self._engine_database(),
            flows=flows.FLOWS,
            provide=provide,
            desk=desk,
            recorder=self.performer,
        )
        self.engine = await self.stack.enter_async_context(engine)
        self.stack.callback(setattr, self, "engine", None)
        await desk.try_again()
        return self.engine

    def _engine_database(self) -> SqliteFile | PostgresUrl:
        if self.settings.on_postgres:
            return PostgresUrl(SecretStr(self.settings.store_url))
        return SqliteFile(self.settings.journal, held=True)

    def _run_beside(self, engine: Engine, desk: PendingDesk) -> None:
        """All that goes on by itself until the end."""
        memory, people, budget = self.memory, self.slack.people, self.slack.api.budget
        pacing = Pacing(budget=budget, rows=PauseRows(memory.store), replicas=engine.live_replicas, clock=self.clock)
        budget.told = pacing.told
        worker = Worker(
            store=memory.store,
            deliveries=memory.deliveries,
            readers=self.connected.readers(),
            hearing=self.hearing,
            performer=self.performer,
            clock=self.clock,
            woken=self.woken,
        )
        hand_over = HandOver(
            store=memory.store, outbox=memory.outbox, engine=engine, performer=self.performer, clock=self.clock
        )
        under_way = UnderWay(outbox=memory.outbox, pendings=memory.pendings, desk=desk, engine=engine, clock=self.clock)
        ticking = Clock(rows=schedule.SCHEDULE, services=self.services, performer=self.performer, now=self.clock)
        upkeep = Upkeep(store=memory.store, keep=lambda: self.plan().retention, clock=self.clock, flows=engine.prune)
        self.stack.push_async_callback(self.drawer.stop)
        for running in (
            worker.run(),
            hand_over.run(),
            under_way.run(),
            self.drawer.run(),
            ticking.run(),
            people.keep_fresh(self.clock),
            self.slack.channels.look_around(self._named_channels()),
            upkeep.run(),
            pacing.run(),
            _keep_board(self.response.board, self.performer),
        ):
            beside(self.stack, running)

    def _named_channels(self) -> list[str]:
        """The channels of the settings: an incident that opens does not wait for a look-up of their names."""
        incidents, teams = self.plan().incidents, self.plan().teams
        return [one for one in (incidents.announce, incidents.triage, *(team.channel for team in teams)) if one]

    async def open_slack(self, over_http: SlackHttp, trouble: dict[str, str | None]) -> None:
        """Slack's door: signed HTTP, or a socket that writes its trouble down."""
        router = self._router()
        self.stack.push_async_callback(router.settle)
        app = self._slack_door(router).app
        client = self.slack.client
        if self.settings.slack_mode == "http":
            secret = self.settings.slack_signing_secret or SecretStr("")
            over_http.open(app(client, secret.get_secret_value()), secret)
        else:
            from bot.slack.sockets import connected_socket  # noqa: PLC0415 - off means not imported

            app_token = self.settings.slack_app_token or SecretStr("")
            await self.stack.enter_async_context(connected_socket(app(client, None), app_token, trouble))
        self.stack.push_async_callback(router.settle)  # acks under way need the socket

    def _router(self) -> MeteredRouter:
        return MeteredRouter(
            table=commands.COMMANDS,
            services=self.services,
            people=self.slack.people,
            desk=self.performer,
            clock=self.clock,
            team=self.slack.identity.team,
            app=self.slack.identity.app,
            requests=self.requests,
            prefix=self.plan().slack.command_prefix,
            leads=self.response.leads,
            lead=self.response.lead,
            here=self._here,
            acked=self.meters.acknowledged,
        )

    def _here(self, ask: Ask) -> Here:
        incident = self.response.board.in_channel(ask.channel)
        if incident is None:
            return Here.ELSEWHERE
        return Here.OPEN if incident.open else Here.RESOLVED

    def _slack_door(self, router: MeteredRouter) -> SlackDoor:
        return SlackDoor(
            router=router,
            people=self.slack.people,
            keep=self._keep_event,
            clock=self.clock,
            bot_user=self.slack.identity.user,
            bot_id=self.slack.identity.bot,
            token=self.slack.client.token or "",
            forget=self.slack.channels.forget,
        )

    async def _keep_event(self, event_id: str, object_key: str, body: bytes) -> None:
        await self.inbox.keep(
            Delivery(
                source=SLACK,
                object_key=object_key,
                delivery_key=event_id or str(uuid4()),
                body=body,
                received_at=self.clock(),
            )
        )


async def _keep_board(board: Board, performer: Performer) -> None:
    """The open incidents in memory follow each commit of ours at once, and other replicas' within seconds."""
    while True:
        try:
            await board.refresh()
        except StoreDown:
            log.warning("store down, open incidents as remembered")
        changed = performer.changed
        try:
            async with asyncio.timeout(3):
                await changed.wait()
        except TimeoutError:
            continue
        changed.clear()
