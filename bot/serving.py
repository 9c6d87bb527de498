"""`daywatch serve` and `daywatch worker`: the bot in a process, and the local workspace when there is no Slack."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from bot.app import Daywatch
from bot.connecting import switched_on
from bot.integrations import card
from bot.settings import BadSettings, Settings, load_plan, load_settings, nameable
from bot.slack.kept_manifest import adapted, kept
from bot.web.heads import BoundedHttp

log = structlog.get_logger(__name__)

GRACE: Final = 9.0
"""Seconds from the signal to the end, whatever hangs: a database or Slack that is down, a driver's thread."""


class _Server(uvicorn.Server):
    """A server inside our process: signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def wants_local(settings: Settings, *, forced: bool) -> bool:
    """Whether to start the local workspace. Raises `BadSettings` where that would not be safe."""
    if forced:
        return True
    if settings.slack_mode is not None:
        return False
    if settings.daywatch_require_slack:
        raise BadSettings(
            "DAYWATCH_REQUIRE_SLACK is set, but no Slack token is: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN."
        )
    for one in switched_on(load_plan(settings).plan):
        if one.settings.on("write"):
            raise BadSettings(
                f"No Slack variable is set, and {one.integration.title} may be written to: the local workspace would "
                "act on a real system. Set the Slack variables, unset its write variables, or start with --local."
            )
    return True


def before_a_desktop(environment: Mapping[str, str], platform: str, *, terminal: bool) -> bool:
    """Whether somebody sits before this machine who would like to see the local workspace's page at once."""
    if not terminal or environment.get("SSH_CONNECTION") or environment.get("CI"):
        return False
    return platform == "darwin" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


async def serve(*, local: bool = False, doors: bool = True) -> None:
    """Until a signal, also while it is still starting. Raises `BadSettings` for what a person must mend."""
    starting, loop, early = asyncio.current_task(), asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        early.set()
        if starting is not None:
            starting.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    try:
        await _served(local=local, doors=doors)
    except asyncio.CancelledError:
        if not early.is_set():
            raise
        log.info("stopped while starting")
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


async def _served(*, local: bool, doors: bool) -> None:
    settings = load_settings()
    if not doors and not settings.on_postgres:
        raise BadSettings("daywatch worker needs PostgreSQL: set DATABASE_URL. On SQLite, serve does it all.")
    if not doors and settings.slack_mode is None:
        raise BadSettings("daywatch worker speaks with Slack: give it the Slack variables of the replicas that serve.")
    async with AsyncExitStack() as stack:
        fallback: Path | None = None
        stand_ins: frozenset[str] | None = None
        if doors and wants_local(settings, forced=local):
            settings, fallback, stand_ins = await _with_local_workspace(stack, settings)
        bot = Daywatch(settings=settings, file=load_plan(settings, fallback), doors=doors, stand_ins=stand_ins)
        web = await stack.enter_async_context(bot.running())
        if doors:
            await stack.enter_async_context(_listening(web, settings.daywatch_host, settings.daywatch_port))
        if stand_ins:
            showing = asyncio.create_task(bot.show_digests())
            stack.callback(showing.cancel)
            if before_a_desktop(os.environ, sys.platform, terminal=sys.stderr.isatty()):
                page = f"http://127.0.0.1:{settings.daywatch_local_port}"
                threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()
        await _until_stopped(bot)


async def _with_local_workspace(stack: AsyncExitStack, settings: Settings) -> tuple[Settings, Path, frozenset[str]]:
    """The settings that point at it, its example of a YAML file, and which systems are its stand-ins."""
    from bot.local.workspace import LocalConfig, running  # noqa: PLC0415 - only app and this start it, and only if asked

    settings.make_data_folder()
    fallback = Path(__file__).parent / "local" / "example.yaml"
    prefix = load_plan(settings, fallback).plan.slack.command_prefix
    config = LocalConfig.fresh(
        settings.daywatch_data_dir / "local",
        settings.daywatch_local_port,
        f"http://127.0.0.1:{settings.daywatch_port}",
        limits="off",
    )
    config = config.installed(adapted(kept(), None, prefix))
    try:
        config = await stack.enter_async_context(running(config))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise BadSettings(
            f"Port {config.port}, for the local workspace, is taken. Set DAYWATCH_LOCAL_PORT to a free one."
        ) from error
    variables, stand_ins = pointed_at(config.environment(), config.examples(), nameable())
    os.environ.update(variables)
    log.info("local workspace", page=config.url)
    return load_settings(), fallback, stand_ins


def pointed_at(
    workspace: Mapping[str, str], examples: Mapping[str, Mapping[str, str]], known: Mapping[str, str]
) -> tuple[Mapping[str, str], frozenset[str]]:
    """The variables that point the bot at the workspace, and which systems may be acted on because they are its own.

    A real system of which anything is set stays real, wherever it is set: an example takes the place of none, and what
    is half set is said instead of being filled up, which would give one's secret to the other.
    """
    pointed = dict(workspace)
    if "EOL_SOURCE" not in known:
        pointed["EOL_SOURCE"] = ""  # the table that we bring: nothing leaves the machine that nobody asked for
    stand_ins = {"pagerduty", "jira"}
    for system, variables in examples.items():
        if _variables_of(system) & known.keys():
            continue
        pointed |= variables
        if system == "alertmanager":
            pointed["ALERTMANAGER_SILENCES"] = "true"
            stand_ins.add(system)
    return pointed, frozenset(stand_ins)


def _variables_of(system: str) -> frozenset[str]:
    settings = card(system).settings
    return frozenset(settings.variable_name(field) for field in settings.model_fields)


def listening_config(web: FastAPI) -> uvicorn.Config:
    """How the HTTP door listens: within bounds, and saying nothing about itself."""
    return uvicorn.Config(
        web,
        http=BoundedHttp,
        ws="none",
        proxy_headers=False,  # who calls is who connects; nobody is believed about it
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        limit_concurrency=2000,
        server_header=False,
    )


@asynccontextmanager
async def _listening(web: FastAPI, host: str, port: int) -> AsyncIterator[None]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BadSettings(
            f"Port {port} on {host} is taken ({error.strerror}). Set DAYWATCH_PORT to a free one."
        ) from error
    server = _Server(listening_config(web))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells it only so
            await asyncio.sleep(0.01)
        log.info("http door open", address=f"http://{host}:{listener.getsockname()[1]}")
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()


async def _until_stopped(bot: Daywatch) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(how: signal.Signals) -> None:
        if stopped.is_set():
            if how is signal.SIGINT:
                _leave()  # pressed twice: somebody does not want to wait
            return
        stopped.set()
        farewell = threading.Timer(GRACE, _leave)
        farewell.daemon = True
        farewell.start()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop, name)
    loop.add_signal_handler(signal.SIGHUP, lambda: log.info("settings read again", outcome=str(bot.reload())))
    stopping = asyncio.create_task(stopped.wait())
    failing = asyncio.create_task(bot.failed())
    try:
        await asyncio.wait((stopping, failing), return_when=asyncio.FIRST_COMPLETED)
        if failing.done():
            failing.result()
    finally:
        stopping.cancel()
        failing.cancel()
        await asyncio.gather(stopping, failing, return_exceptions=True)


def _leave() -> None:
    """As a crash would: what was under way goes on elsewhere, or at the next start."""
    log.warning("left without waiting any longer")
    os._exit(1)
