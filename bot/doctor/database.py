"""The database, and the work that is left in it: read beside a running bot, nothing is changed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.doctor.beside import beside
from bot.doctor.finding import Finding, broken, ok, warn
from bot.domain.errors import StoreDown
from bot.durable.database import PostgresUrl, SqliteFile
from bot.durable.look import stuck
from bot.durable.status import FlowState
from bot.settings import Settings
from bot.store.counts import Counts
from bot.store.database import Store
from bot.store.deliveries import Deliveries
from bot.store.migrate import version
from bot.store.pending import PendingRows

PATIENCE: Final = 10.0
MOST_TOLD: Final = 5
AREA: Final = "database"
WORK: Final = "work"


async def examined(settings: Settings) -> Sequence[Finding]:
    """Version first; the work only where the tables are those we know."""
    url = settings.store_url
    kind = "PostgreSQL" if settings.on_postgres else "SQLite"
    if not settings.on_postgres and not _there(url):
        return [ok(AREA, kind, "not there yet; serve makes it")]
    try:
        there, ours = await beside(lambda: version(url), PATIENCE)
    except (SQLAlchemyError, TimeoutError) as error:
        words = f"{kind} does not answer ({type(error).__name__})."
        return [broken(AREA, kind, words, "Check DATABASE_URL, and that the server runs.")]
    if there is None:
        return [warn(AREA, kind, "reachable, and empty", "daywatch db upgrade, or start serve: it does it by itself.")]
    if there != ours:
        words = f"the database is at version {there}, this program knows {ours}"
        return [warn(AREA, kind, words, "daywatch db upgrade, or start serve; a newer database needs a newer program.")]
    return [ok(AREA, kind, f"version {there}"), *await _work(settings)]


def _there(url: str) -> bool:
    """Looked at first: a look through the driver would make the file."""
    return Path(make_url(url).database or "").exists()


async def _work(settings: Settings) -> Sequence[Finding]:
    store = Store(settings.store_url)
    try:
        async with asyncio.timeout(PATIENCE):
            found = [
                *await _deliveries(store),
                *await _acts_and_messages(store),
                *await _pendings(store),
            ]
        return [*found, *await _flows(settings)]
    except (StoreDown, TimeoutError):
        return [broken(WORK, "read", "the database stopped answering", "Look at its log, then ask again.")]
    finally:
        await store.close()


async def _deliveries(store: Store) -> Sequence[Finding]:
    counts = await Deliveries(store).counts()
    found = [ok(WORK, "deliveries", f"{counts['open']} waiting")]
    for one in await Counts(store).troubled_deliveries(MOST_TOLD):
        kind = "unreadable" if one.unreadable else f"tried {one.tries} times"
        words = f"{one.source} of {one.received_at:%d %b %H:%M} UTC, {kind}: {one.error}"
        remedy = "It is kept; report it with its body." if one.unreadable else "It is tried again by itself."
        found.append(warn(WORK, "delivery", words, remedy))
    rest = counts["failing"] + counts["unreadable"] - MOST_TOLD
    return [*found, warn(WORK, "deliveries", f"and {rest} more that fail")] if rest > 0 else found


async def _acts_and_messages(store: Store) -> Sequence[Finding]:
    counts = Counts(store)
    acts, behind = await counts.acts(), await counts.behind(MOST_TOLD)
    found = [ok(WORK, "acts", f"{acts.waiting} to hand over")]
    if acts.failing:
        words = f"{acts.failing} were not handed over yet; the last said: {acts.error}"
        found.append(warn(WORK, "acts", words, "They are tried again while the bot runs."))
    found += [warn(WORK, "message", f"{one.key} is not up to date: {one.reason}") for one in behind]
    return found


async def _pendings(store: Store) -> Sequence[Finding]:
    waiting = await PendingRows(store).open()
    found = []
    for one in waiting[:MOST_TOLD]:
        then = f"next try {one.next_try_at:%H:%M} UTC" if one.next_try_at else "waits for a person"
        words = f"{one.step} of {one.flow_key}: {one.reason} (try {one.attempt}, {then})"
        found.append(warn(WORK, "step", words, "Retry or do without, where it is shown in Slack."))
    if len(waiting) > MOST_TOLD:
        found.append(warn(WORK, "steps", f"and {len(waiting) - MOST_TOLD} more that wait"))
    return found or [ok(WORK, "steps", "none waits for a vendor")]


async def _flows(settings: Settings) -> Sequence[Finding]:
    """The engine's own journal, read only."""
    journal = PostgresUrl(SecretStr(settings.store_url)) if settings.on_postgres else SqliteFile(settings.journal)
    try:
        found = await beside(lambda: stuck(journal), PATIENCE)
    except (SQLAlchemyError, TimeoutError) as error:
        return [warn(WORK, "flows", f"the engine's journal cannot be read ({type(error).__name__})")]
    if not found:
        return [ok(WORK, "flows", "none is parked")]
    told = []
    for one in found[:MOST_TOLD]:
        why = "the program crashed in it ten times" if one.state is FlowState.PARKED else "ended by a mistake of ours"
        told.append(broken(WORK, "flow", f"{one.key}: {why}", "Look for its key in the log, and report it."))
    if len(found) > MOST_TOLD:
        told.append(warn(WORK, "flows", f"and {len(found) - MOST_TOLD} more"))
    return told
