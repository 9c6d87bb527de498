"""`daywatch db`: the database brought to our version, asked for its version, relieved of what is old."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from bot.terminal.stop import stop

if TYPE_CHECKING:
    from bot.domain.plan import Retention
    from bot.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The database: upgrade, status, prune. All work beside a running bot.")


@app.command()
def upgrade() -> None:
    """Bring it to this program's version; `serve` does it by itself."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - when it runs

    from bot.domain.errors import StoreDown  # noqa: PLC0415 - when it runs
    from bot.store.migrate import StoreRefused, upgrade_now, version  # noqa: PLC0415 - when it runs

    url = _settings().store_url
    try:
        upgrade_now(url)
        now, _ = version(url)
    except StoreRefused as error:
        stop(f"The database refused us: {error}. Check DATABASE_URL and DAYWATCH_DATA_DIR.", 1)
    except (SQLAlchemyError, StoreDown) as error:
        stop(_down(error), 1)
    typer.echo(f"at version {now}")


@app.command()
def status() -> None:
    """Its version and ours. Exit status 1 when they differ."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - when it runs

    from bot.store.migrate import version  # noqa: PLC0415 - when it runs

    settings = _settings()
    if _absent(settings):
        typer.echo("not there yet; serve or `daywatch db upgrade` makes it")
        raise typer.Exit(1)
    try:
        there, ours = version(settings.store_url)
    except SQLAlchemyError as error:
        stop(_down(error), 1)
    typer.echo(f"database at version {there or 'none'}, this program at {ours}")
    if there != ours:
        typer.echo("daywatch db upgrade brings it to this program's version", err=True)
        raise typer.Exit(1)


@app.command()
def prune() -> None:
    """Forget what is older than the settings keep. Finished flows are left to the running bot, which does it daily."""
    from bot.domain.errors import StoreDown  # noqa: PLC0415 - when it runs
    from bot.settings import BadSettings, load_plan  # noqa: PLC0415 - when it runs

    settings = _settings()
    if _absent(settings):
        stop("There is no database yet, so there is nothing to forget.", 1)
    try:
        plan = load_plan(settings).plan
        forgotten = asyncio.run(_pruned(settings, plan.retention))
    except BadSettings as error:
        stop(str(error))
    except StoreDown:
        stop("The database does not answer, or is not ours yet: `daywatch db status`.", 1)
    typer.echo(", ".join(f"{many} {what}" for what, many in forgotten.items()) + " forgotten")


async def _pruned(settings: "Settings", keep: "Retention") -> Mapping[str, int]:
    from bot.store.database import Store  # noqa: PLC0415 - when it runs
    from bot.upkeep import Upkeep  # noqa: PLC0415 - when it runs

    store = Store(settings.store_url)
    try:
        return await Upkeep(store=store, keep=lambda: keep, clock=lambda: datetime.now(UTC)).prune()
    finally:
        await store.close()


def _settings() -> "Settings":
    from bot.settings import BadSettings, load_settings  # noqa: PLC0415 - when it runs

    try:
        return load_settings()
    except BadSettings as error:
        stop(str(error))


def _absent(settings: "Settings") -> bool:
    """A SQLite file that is not there: a look at it would make it."""
    return not settings.on_postgres and not (settings.daywatch_data_dir / "daywatch.db").exists()


def _down(error: Exception) -> str:
    return f"The database does not answer ({type(error).__name__}). Check DATABASE_URL, and that the server runs."
