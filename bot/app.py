"""The only wiring: settings → store → systems → features → doors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from bot.assembly import Assembly
from bot.background import beside
from bot.collecting import Collector
from bot.connecting import SwitchedOn, connect, heartbeat_tokens, lifecycles_of, posters, switched_on
from bot.domain.capabilities import Source
from bot.domain.errors import NotAuthorised, StoreDown, VendorError
from bot.domain.plan import Plan
from bot.durable.database import only_one
from bot.features.operations.plans import Reread
from bot.integrations import Connected
from bot.integrations.http import Outside
from bot.memory import Memory
from bot.meters import Meters
from bot.rereading import read_again
from bot.settings import BadSettings, PlanFile, Settings
from bot.slack.budget import RateBudget
from bot.slack.client import SlackApi, web_client
from bot.slack.identity import Identity, identify
from bot.slack.workspace import Workspace
from bot.store.database import Store
from bot.store.heartbeats import HeartbeatRows
from bot.store.migrate import StoreRefused, upgrade
from bot.store.reports import ReportRows
from bot.web.health import Health
from bot.web.heartbeats import Heartbeats
from bot.web.inbox import Inbox
from bot.web.reports import Reports
from bot.web.slack_door import SlackHttp
from bot.web.webhooks import Sender, Webhooks

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
    _behind: Assembly | None = None
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
        """Everything, while the block runs.

        Raises `BadSettings` for what a person must mend first, and `FolderInUse` when another process has our files.
        """
        self._failed = asyncio.get_running_loop().create_future()
        async with AsyncExitStack() as stack:
            self.settings.make_data_folder()
            if not self.settings.on_postgres:
                # First of all: the store's file is the other one's, too, and so is what is left to do in it.
                stack.enter_context(only_one(self.settings.journal))
            on = switched_on(self.plan)
            await self._migrate()
            store = Store(self.settings.store_url)
            stack.push_async_callback(store.close)
            memory = Memory.of(store)
            self.trouble["store"] = None
            outside = Outside()
            stack.push_async_callback(outside.aclose)
            stack.enter_context(self.meters.shown(outside.registry))
            lifecycles = lifecycles_of(self.settings, outside)
            stack.push_async_callback(lifecycles.aclose)
            connected = connect(on, outside, self.plan, store=store, lifecycles=lifecycles, may_write=self._may_write)
            for system in connected.systems:
                close = getattr(system.adapter, "aclose", None)
                if close is not None:
                    stack.push_async_callback(close)
            woken = asyncio.Event()
            inbox = Inbox(deliveries=memory.deliveries, kept=woken.set)
            beside(stack, inbox.run())
            beside(stack, Collector(sources=connected.all(Source), inbox=inbox, clock=self.clock).run())
            web = self._web(memory, inbox, connected)
            beside(stack, self._work(memory, inbox, connected, woken))
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
        if self._behind is None:
            return
        checklist = self._behind.checklist
        for routine in await checklist.record.routines.all():
            await checklist.desk.record(partial(checklist.record.begin, routine))

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
        tokens = heartbeat_tokens(self.plan)
        beats = Heartbeats(tokens=lambda: tokens, rows=HeartbeatRows(memory.store), clock=self.clock)
        web.include_router(beats.routes())
        reports = Reports(posters=posters(connected), rows=ReportRows(memory.store), clock=self.clock)
        web.include_router(reports.routes())
        self._slack_http.expected = self.settings.slack_mode == "http"
        web.include_router(self._slack_http.routes())
        return web

    async def _stuck(self) -> int:
        """Flows that nobody goes on with; none while there is no engine yet."""
        engine = self._behind.engine if self._behind else None
        return 0 if engine is None else len(await engine.stuck())

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
                slack = await self._join_slack(stack)
                while True:
                    try:
                        await self._work_with(slack, memory, inbox, connected, woken)
                    except StoreDown as error:  # it went away while we started
                        log.warning("the store does not answer, started anew", reason=str(error))
                        await asyncio.sleep(2)
        except Exception as error:  # whatever it is, `failed` tells it to who waits for us
            if not isinstance(error, BadSettings):
                log.exception("stopped")
            if self._failed is not None and not self._failed.done():
                self._failed.set_exception(error)

    async def _work_with(
        self, slack: Workspace, memory: Memory, inbox: Inbox, connected: Connected, woken: asyncio.Event
    ) -> None:
        """Until cancelled."""
        async with AsyncExitStack() as stack:
            self._behind = Assembly(
                settings=self.settings,
                plan=lambda: self.plan,
                reload=self.reload,
                clock=self.clock,
                memory=memory,
                connected=connected,
                slack=slack,
                meters=self.meters,
                inbox=inbox,
                woken=woken,
                stack=stack,
            )
            await self._behind.begin()
            if self.doors:
                await self._behind.open_slack(self._slack_http, self.trouble)
            self.trouble["slack"] = None
            team, systems = slack.identity.team, len(connected.systems)
            log.info("ready", slack=self.settings.slack_mode, team=team, systems=systems)
            self.ready.set()
            await asyncio.Event().wait()

    async def _join_slack(self, stack: AsyncExitStack) -> Workspace:
        token = self.settings.slack_bot_token or SecretStr("")
        client = await stack.enter_async_context(web_client(token, self.settings.slack_api_url))
        api = SlackApi(client=client, budget=RateBudget(now=self.clock), observed=self.meters.slack_called)
        identity = await self._identify(api)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0, follow_redirects=False))
        return Workspace.of(client, api, identity, http=http, permissions=lambda: self.plan.permissions)

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
