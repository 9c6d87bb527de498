"""The only wiring: settings → store → systems → features → doors."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot import commands, events, flows, schedule
from bot.clock import Clock
from bot.connecting import SwitchedOn, connect, switched_on
from bot.domain.capabilities import Chat, Connections
from bot.domain.errors import NotAuthorised, StoreDown, VendorError
from bot.domain.plan import Plan
from bot.durable.database import PostgresUrl, SqliteFile
from bot.durable.engine import Engine
from bot.durable.ports import Recorder
from bot.features.checklist.service import Checklist
from bot.features.incidents.board import Board
from bot.features.operations.plans import Reread
from bot.features.runbooks.librarian import Librarian
from bot.integrations import Connected
from bot.integrations.http import Outside
from bot.memory import Memory
from bot.meters import MeteredRouter, Meters
from bot.pacing import Pacing
from bot.pendings import PendingDesk
from bot.perform import HandOver, Performer, services_for
from bot.redraw import Drawer
from bot.rereading import read_again
from bot.services import Given
from bot.settings import BadSettings, PlanFile, Settings, secret_of
from bot.slack.budget import RateBudget
from bot.slack.channels import Channels
from bot.slack.chat import SlackChat
from bot.slack.client import SlackApi, web_client
from bot.slack.door import SlackDoor
from bot.slack.files import Files
from bot.slack.identity import Identity, identify
from bot.slack.people import People
from bot.slack.posts import Posts
from bot.slack.windows import Windows
from bot.store.database import Store
from bot.store.deliveries import Delivery
from bot.store.heartbeats import HeartbeatRows
from bot.store.migrate import StoreRefused, upgrade
from bot.store.pauses import PauseRows
from bot.upkeep import Upkeep
from bot.web.health import Health
from bot.web.heartbeats import Heartbeats, hashed
from bot.web.inbox import Inbox
from bot.web.slack_door import SlackHttp
from bot.web.webhooks import Sender, Webhooks
from bot.worker import SLACK, Hearing, Worker

log = structlog.get_logger(__name__)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Daywatch:
    """The running bot. `web` is its HTTP door, up before Slack is: what comes in is kept whatever else is down."""

    settings: Settings
    file: PlanFile
    clock: Callable[[], datetime] = now
    doors: bool = True
    """False for `daywatch worker`: the engine, without Slack's and the web's payloads."""
    stand_ins: frozenset[str] | None = None
    """In the local workspace: the systems that it stands in for. Everything else is real, and read only."""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: dict[str, str | None] = field(default_factory=lambda: {"store": "starting", "slack": "not connected yet"})
    meters: Meters = field(default_factory=Meters)
    _plan: Plan | None = None
    _checklist: Checklist | None = None
    _engine: Engine | None = None
    _slack_http: SlackHttp = field(default_factory=SlackHttp)
    _failed: "asyncio.Future[None] | None" = None

    @property
    def plan(self) -> Plan:
        return self._plan or self.file.plan

    def reload(self) -> Reread:
        """The settings file again; a bad one keeps the old settings, and the answer says why."""
        self._plan, done = read_again(self.settings, self.file, self.plan)
        return done

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FastAPI]:
        """Everything, while the block runs. Raises `BadSettings` for what a person must mend first."""
        self._failed = asyncio.get_running_loop().create_future()
        async with AsyncExitStack() as stack:
            self.settings.daywatch_data_dir.mkdir(parents=True, exist_ok=True)
            on = switched_on(self.plan)
            await self._migrate()
            store = Store(self.settings.store_url)
            stack.push_async_callback(store.close)
            memory = Memory.of(store)
            self.trouble["store"] = None
            outside = Outside()
            stack.push_async_callback(outside.aclose)
            stack.enter_context(self.meters.shown(outside.registry))
            connected = connect(on, outside, self.plan, may_write=self._may_write)
            for system in connected.systems:
                close = getattr(system.adapter, "aclose", None)
                if close is not None:
                    stack.push_async_callback(close)
            woken = asyncio.Event()
            inbox = Inbox(deliveries=memory.deliveries, kept=woken.set)
            _beside(stack, inbox.run())
            web = self._web(memory, inbox, connected)
            _beside(stack, self._work(memory, inbox, connected, woken))
            yield web

    async def _migrate(self) -> None:
        """A database that refuses us stops the start; one that is down is waited for."""
        wait = 1.0
        while True:
            try:
                return await upgrade(self.settings.store_url)
            except StoreRefused as error:
                raise BadSettings(f"The database refused us: {error}. Check DATABASE_URL.") from error
            except StoreDown as error:
                log.warning("the store does not answer yet", reason=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 10.0)

    def _may_write(self, one: SwitchedOn) -> bool:
        """In the local workspace real systems are read only: what is not its stand-in is real."""
        return self.stand_ins is None or (one.integration.name in self.stand_ins and one.instance is None)

    async def show_digests(self) -> None:
        """Today's digests at once, unless they are there: what somebody who tries Daywatch sees first."""
        await self.ready.wait()
        if self._checklist is None:
            return
        for routine in await self._checklist.record.routines.all():
            await self._checklist.desk.record(partial(self._checklist.record.begin, routine))

    async def failed(self) -> None:
        """Returns never, or raises what stopped the bot for good."""
        if self._failed is not None:
            await asyncio.shield(self._failed)

    def _web(self, memory: Memory, inbox: Inbox, connected: Connected) -> FastAPI:
        web = FastAPI(title="Daywatch", docs_url=None, redoc_url=None, openapi_url=None)
        senders = {
            name: Sender(webhook=webhook, delivery_id_header=integration.delivery_id_header)
            for name, (integration, webhook) in connected.webhooks().items()
        }
        web.include_router(Webhooks(senders=senders, inbox=inbox, clock=self.clock).routes())
        health = Health(
            readiness=self._readiness(memory),
            refresh=lambda: self.meters.refresh(memory.store, self._stuck),
            token=self.settings.daywatch_metrics_token,
        )
        web.include_router(health.routes())
        tokens = hashed({one.name: secret_of(one.token, os.environ) for one in self.plan.heartbeats})
        beats = Heartbeats(tokens=lambda: tokens, rows=HeartbeatRows(memory.store), clock=self.clock)
        web.include_router(beats.routes())
        self._slack_http.expected = self.settings.slack_mode == "http"
        web.include_router(self._slack_http.routes())
        return web

    async def _stuck(self) -> int:
        """Flows that nobody goes on with; none while there is no engine yet."""
        return 0 if self._engine is None else len(await self._engine.stuck())

    def _readiness(self, memory: Memory) -> Callable[[], Coroutine[Any, Any, Mapping[str, str | None]]]:
        async def readiness() -> Mapping[str, str | None]:
            try:
                await memory.store.ping()
            except StoreDown:
                return self.trouble | {"store": "the database does not answer"}
            return dict(self.trouble)

        return readiness

    async def _work(self, memory: Memory, inbox: Inbox, connected: Connected, woken: asyncio.Event) -> None:
        """Slack, the engine and everything behind the doors."""
        try:
            async with AsyncExitStack() as stack:
                token = self.settings.slack_bot_token or SecretStr("")
                client = await stack.enter_async_context(web_client(token, self.settings.slack_api_url))
                api = SlackApi(client=client, budget=RateBudget(now=self.clock), observed=self.meters.slack_called)
                identity = await self._identify(api)
                await self._assemble(stack, memory, inbox, connected, woken, client, api, identity)
                self.ready.set()
                await asyncio.Event().wait()
        except Exception as error:  # whatever it is, `failed` tells it to who waits for us
            if not isinstance(error, BadSettings):
                log.exception("stopped")
            if self._failed is not None and not self._failed.done():
                self._failed.set_exception(error)

    async def _identify(self, api: SlackApi) -> Identity:
        """Who we are in Slack. A wrong token stops the start; a Slack that is down is waited for."""
        wait = 1.0
        while True:
            try:
                return await identify(api)
            except NotAuthorised as error:
                raise BadSettings(f"Slack refused the token: {error} Check SLACK_BOT_TOKEN.") from error
            except VendorError as error:
                self.trouble["slack"] = f"not connected: {error}"
                log.warning("Slack does not answer yet", reason=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 30.0)

    async def _assemble(
        self,
        stack: AsyncExitStack,
        memory: Memory,
        inbox: Inbox,
        connected: Connected,
        woken: asyncio.Event,
        client: AsyncWebClient,
        api: SlackApi,
        identity: Identity,
    ) -> None:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0, follow_redirects=False))
        posts = Posts(api=api, http=http, bot_user=identity.user)
        windows = Windows(api=api)
        channels = Channels(api=api, bot_user=identity.user)
        people = People(api.call, lambda: self.plan.permissions, identity.team)
        services: dict[type, object] = {}
        hearing = Hearing(rows=events.EVENTS, services=services)
        performer = Performer(
            store=memory.store,
            hear=hearing.named,
            outbox=memory.outbox,
            messages=memory.messages,
            clock=self.clock,
            posts=posts,
            windows=windows,
        )
        librarian = await Librarian.open(self.settings.daywatch_runbooks)
        stack.callback(librarian.close)
        _beside(stack, librarian.keep_fresh())
        given = Given(
            memory=memory,
            people=people,
            connected=connected,
            plan=lambda: self.plan,
            reload=self.reload,
            recorder=performer,
            librarian=librarian,
            publish=windows.publish_home,
            slack_url=identity.url,
            clock=self.clock,
        )
        services |= given.services()
        response, self._checklist = given.response, given.checklist
        services_for((*commands.COMMANDS, *events.EVENTS, *schedule.SCHEDULE, *flows.SURFACES), services)
        drawer = Drawer(
            rows=memory.messages,
            surfaces={surface.name: surface for surface in flows.SURFACES},
            services=services,
            posts=posts,
            channels=channels,
            # On a file there is one process only: what its dead predecessor was drawing is its own, at once.
            me=f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}" if self.settings.on_postgres else "local",
            clock=self.clock,
        )
        performer.redraws = drawer
        stack.push_async_callback(drawer.leave)
        chat = SlackChat(
            api=api, posts=posts, windows=windows, channels=channels, files=Files(api=api, http=http), board=drawer
        )
        desk = PendingDesk(rows=memory.pendings, performer=performer, clock=self.clock)
        provide: dict[Any, object] = {**services, Chat: chat, Connections: connected, Recorder: performer}
        with suppress(VendorError):
            await people.refresh(self.clock())
        await response.board.refresh()
        engine = await stack.enter_async_context(
            Engine(database=self._engine_database(), flows=flows.FLOWS, provide=provide, desk=desk, recorder=performer)
        )
        self._engine = engine
        stack.callback(setattr, self, "_engine", None)
        pacing = Pacing(
            budget=api.budget, rows=PauseRows(memory.store), replicas=engine.live_replicas, clock=self.clock
        )
        api.budget.told = pacing.told
        upkeep = Upkeep(store=memory.store, keep=lambda: self.plan.retention, clock=self.clock, flows=engine.prune)
        worker = Worker(
            store=memory.store,
            deliveries=memory.deliveries,
            webhooks={name: webhook for name, (_, webhook) in connected.webhooks().items()},
            hearing=hearing,
            performer=performer,
            clock=self.clock,
            woken=woken,
        )
        hand_over = HandOver(
            store=memory.store,
            outbox=memory.outbox,
            engine=engine,
            performer=performer,
            clock=self.clock,
        )
        stack.push_async_callback(drawer.stop)
        for running in (
            worker.run(),
            hand_over.run(),
            drawer.run(),
            Clock(rows=schedule.SCHEDULE, services=services, performer=performer, now=self.clock).run(),
            people.keep_fresh(self.clock),
            upkeep.run(),
            pacing.run(),
            _keep_board(response.board, performer),
        ):
            _beside(stack, running)
        if self.doors:
            router = MeteredRouter(
                table=commands.COMMANDS,
                services=services,
                people=people,
                desk=performer,
                clock=self.clock,
                team=identity.team,
                app=identity.app,
                prefix=self.plan.slack.command_prefix,
                leads=response.leads,
                acked=self.meters.acknowledged,
            )
            stack.push_async_callback(router.settle)
            await self._open_slack(stack, client, router, people, channels, inbox, identity)
            stack.push_async_callback(router.settle)  # acks under way need the socket
        self.trouble["slack"] = None
        log.info("ready", slack=self.settings.slack_mode, team=identity.team, systems=len(connected.systems))

    async def _open_slack(
        self,
        stack: AsyncExitStack,
        client: AsyncWebClient,
        router: MeteredRouter,
        people: People,
        channels: Channels,
        inbox: Inbox,
        identity: Identity,
    ) -> None:
        async def keep(event_id: str, object_key: str, body: bytes) -> None:
            await inbox.keep(
                Delivery(
                    source=SLACK,
                    object_key=object_key,
                    delivery_key=event_id or str(uuid4()),
                    body=body,
                    received_at=self.clock(),
                )
            )

        door = SlackDoor(
            router=router,
            people=people,
            keep=keep,
            clock=self.clock,
            bot_user=identity.user,
            bot_id=identity.bot,
            token=client.token or "",
            forget=channels.forget,
        )
        if self.settings.slack_mode == "http":
            secret = self.settings.slack_signing_secret or SecretStr("")
            self._slack_http.open(door.app(client, secret.get_secret_value()))
            return
        from bot.slack.sockets import connected_socket  # noqa: PLC0415 - off means not imported

        app_token = self.settings.slack_app_token or SecretStr("")
        await stack.enter_async_context(connected_socket(door.app(client, None), app_token, self.trouble))

    def _engine_database(self) -> SqliteFile | PostgresUrl:
        if self.settings.on_postgres:
            return PostgresUrl(SecretStr(self.settings.store_url))
        return SqliteFile(self.settings.daywatch_data_dir / "engine.db")


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


def _beside(stack: AsyncExitStack, doing: Coroutine[Any, Any, None]) -> None:
    """Run it while the stack is open; a task that dies is told, never silent."""
    task = asyncio.create_task(doing)
    task.add_done_callback(_tell_death)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


def _tell_death(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a part of the bot died", part=str(task.get_coro()), exc_info=error)
