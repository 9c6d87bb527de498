"""The command line: serve · worker · doctor · digest · checks · report · manifest · runbooks · config · db."""

import asyncio
import gc
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.terminal import config, db, runbooks
from bot.terminal.stop import stop

app = typer.Typer(
    name="daywatch", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)

# Each command imports what it needs when it runs: `--version` and `manifest` answer at once.


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer's own shape
    if asked:
        typer.echo(f"daywatch {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it.")] = False,  # noqa: FBT002
) -> None:
    """A ChatOps bot for on-call teams."""


@app.command()
def serve(
    *,
    local: Annotated[
        bool, typer.Option("--local", help="Force the local workspace; real systems are read only.")
    ] = False,
) -> None:
    """The bot. With no Slack variable set: in the local workspace."""
    _run(local=local, doors=True)


@app.command()
def worker() -> None:
    """The engine only, beside replicas that serve (PostgreSQL)."""
    _run(local=False, doors=False)


def _run(*, local: bool, doors: bool) -> None:
    from bot import logs  # noqa: PLC0415
    from bot.durable.database import FolderInUse  # noqa: PLC0415
    from bot.serving import serve as serve_bot  # noqa: PLC0415
    from bot.settings import BadSettings, load_settings  # noqa: PLC0415

    _imported()
    try:
        settings = load_settings()
        logs.set_up(settings.daywatch_log_level, settings.daywatch_log_format)
        asyncio.run(serve_bot(local=local, doors=doors))
    except BadSettings as error:
        stop(str(error))
    except FolderInUse as error:
        stop(f"{error}. Stop it first, or set another DAYWATCH_DATA_DIR.")


@app.command()
def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="One object, for programs.")] = False) -> None:
    """Every setting, token, scope, right and system: works, or what to do. Exit status 1 when something is broken."""
    from bot.terminal.doctor import run  # noqa: PLC0415

    _imported()
    raise typer.Exit(run(as_json=as_json))


@app.command()
def digest(
    *,
    team: Annotated[str | None, typer.Option("--team", help="Whose digest; needed where there are several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object, for programs.")] = False,
    post: Annotated[bool, typer.Option("--post", help="Let the running bot post it, too.")] = False,
    fail_on: Annotated[str | None, typer.Option("--fail-on", help="warn, fail or unknown: exit status 1 then.")] = None,
) -> None:
    """Run the checks now and print what they say."""
    from bot.domain.check import Status  # noqa: PLC0415
    from bot.terminal.digest import Wanted, run_digest  # noqa: PLC0415
    from bot.terminal.stop import stop  # noqa: PLC0415

    _imported()
    if fail_on is not None and fail_on not in ("warn", "fail", "unknown"):
        stop("--fail-on takes warn, fail or unknown")
    wanted = Wanted(team=team, as_json=as_json, post=post, fail_on=Status(fail_on) if fail_on else None)
    raise typer.Exit(run_digest(wanted))


@app.command()
def checks(
    *, team: Annotated[str | None, typer.Option("--team", help="Whose checks; needed where there are several.")] = None
) -> None:
    """Which checks are on, what they ask, when they last answered."""
    from bot.terminal.digest import run_checks  # noqa: PLC0415

    _imported()
    raise typer.Exit(run_checks(team))


@app.command()
def report(
    system: Annotated[str, typer.Argument(help="Whose output it is: trivy, terraform, pulumi, ansible, opa, access.")],
    files: Annotated[list[Path], typer.Argument(help="Files with its output, as CI would post them.")],
    *,
    name: Annotated[str | None, typer.Option("--name", help="What it is about, where the output does not say.")] = None,
    exit_code: Annotated[int | None, typer.Option("--exit-code", help="With which the program ended.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Where a system's page asks for it.")] = None,
    instance: Annotated[str | None, typer.Option("--instance", help="The name under systems: in the file.")] = None,
) -> None:
    """Take reports that lie in files, in place of CI posting them."""
    from bot.terminal.report import Wanted, run_report  # noqa: PLC0415

    _imported()
    told = {"name": name, "exit_code": None if exit_code is None else str(exit_code), "kind": kind}
    about = {key: value for key, value in told.items() if value is not None}
    raise typer.Exit(run_report(Wanted(system=system, files=files, about=about, instance=instance)))


@app.command()
def manifest(
    *,
    mode: Annotated[str, typer.Option("--mode", help="socket or http.")] = "socket",
    url: Annotated[str | None, typer.Option("--url", help="Where Slack reaches us, for HTTP mode.")] = None,
) -> None:
    """The Slack app's manifest, to paste where Slack asks for one."""
    from bot.terminal.manifest import print_for  # noqa: PLC0415

    typer.echo(print_for(mode, url))


app.add_typer(runbooks.app, name="runbooks")
app.add_typer(config.app, name="config")
app.add_typer(db.app, name="db")


def _imported() -> None:
    """What was imported stays for good: it need never be looked through for garbage."""
    gc.freeze()
    gc.enable()


def main() -> None:
    gc.disable()  # modules are not garbage, and looking for some while they are read takes a third of the start
    app()


if __name__ == "__main__":
    main()
