"""`daywatch digest` and `daywatch checks`: the checklist in a terminal, or as JSON, beside a running bot."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console

from bot import logs
from bot.acts import Acts
from bot.checking import checklist_of
from bot.connecting import connect, lifecycles_of, switched_on
from bot.domain.check import Status
from bot.domain.digest import Digest
from bot.domain.errors import StoreDown
from bot.domain.person import Person
from bot.features.checklist import machine, terminal
from bot.features.checklist.routine import Routine
from bot.features.checklist.service import Checklist
from bot.integrations.http import Outside
from bot.perform import Performer
from bot.settings import BadSettings, load_plan, load_settings
from bot.store.database import Store
from bot.store.messages import MessageRows
from bot.store.migrate import upgrade
from bot.store.outbox import Outbox
from bot.terminal.stop import MUST_MEND, stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for on the command line."""

    team: str | None = None
    as_json: bool = False
    post: bool = False
    fail_on: Status | None = None


class _Unnamed:
    """No Slack is asked for names here: people are called by their ids."""

    def name(self, user: str | None) -> str:
        return user or "nobody"

    def known(self, user: str) -> Person | None:  # noqa: ARG002 - its protocol
        return None

    def by_email(self, email: str) -> Person | None:  # noqa: ARG002
        return None

    def by_name(self, name: str) -> Person | None:  # noqa: ARG002
        return None


def run_digest(wanted: Wanted) -> int:
    """Ask everything now and print the answers; the exit status is 0 unless `--fail-on` says otherwise."""
    return _in_the_open(_digest(wanted))


def run_checks(team: str | None) -> int:
    """Which checks are on, what they ask, when they last answered."""
    return _in_the_open(_checks(team))


def _in_the_open(doing: Coroutine[object, object, int]) -> int:
    logs.set_up("error", "console")
    try:
        return asyncio.run(doing)
    except BadSettings as error:
        stop(str(error))
    except StoreDown:
        stop("The database does not answer. Check DATABASE_URL, or run daywatch doctor.", 1)


async def _digest(wanted: Wanted) -> int:
    async with _opened() as (checklist, performer):
        routine = await _routine(checklist, wanted.team)
        progress = Console(stderr=True, quiet=not sys.stderr.isatty())
        with terminal.progress(progress) as told:
            digest = await checklist.look(routine, told)
        if wanted.post:
            await _post(checklist, performer, routine)
        _print(checklist, routine, digest, as_json=wanted.as_json)
        return machine.exit_status(digest, wanted.fail_on)


def _print(checklist: Checklist, routine: Routine, digest: Digest, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(machine.as_json(digest), ensure_ascii=False) + "\n")
    else:
        terminal.render(digest, checklist.seeing.teller(routine), Console())


async def _post(checklist: Checklist, performer: Performer, routine: Routine) -> None:
    """A running `serve` finds it in the outbox and posts it."""

    async def begin() -> Acts:
        return await checklist.record.begin(routine)

    await performer.record(begin)
    sys.stderr.write(f"Asked for: the running bot posts it in {routine.channel}.\n")


async def _checks(team: str | None) -> int:
    async with _opened() as (checklist, _):
        routine = await _routine(checklist, team)
        terminal.render_checks(await checklist.checks(routine), checklist.seeing.teller(routine), Console())
    return 0


async def _routine(checklist: Checklist, team: str | None) -> Routine:
    routines = await checklist.record.routines.all()
    named = ", ".join(one.team for one in routines)
    if team is None and len(routines) > 1:
        stop(f"There are several teams: {named}. Choose one with --team.", MUST_MEND)
    found = next((one for one in routines if team is None or one.team == team), None)
    if found is None:
        stop(f"There is no team {team!r}. There are: {named}.", MUST_MEND)
    return found


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Checklist, Performer]]:
    """The checklist beside a running bot: the same store, systems of its own, no engine and no lock."""
    settings = load_settings()
    plan = load_plan(settings).plan
    async with AsyncExitStack() as stack:
        settings.make_data_folder()
        await upgrade(settings.store_url)
        store = Store(settings.store_url)
        stack.push_async_callback(store.close)
        outside = Outside()
        stack.push_async_callback(outside.aclose)
        lifecycles = lifecycles_of(settings, outside)
        stack.push_async_callback(lifecycles.aclose)
        connected = connect(switched_on(plan), outside, plan, store=store, lifecycles=lifecycles)
        for system in connected.systems:
            close = getattr(system.adapter, "aclose", None)
            if close is not None:
                stack.push_async_callback(close)
        performer = Performer(store=store, outbox=Outbox(store), messages=MessageRows(store), clock=_now)
        yield (
            checklist_of(
                store, plan=lambda: plan, connected=connected, names_=_Unnamed(), recorder=performer, clock=_now
            ),
            performer,
        )


def _now() -> datetime:
    return datetime.now(UTC)
