"""`daywatch runbooks`: pages read through before the night, and searched as the bot searches them."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.terminal.stop import stop

if TYPE_CHECKING:
    import httpx

app = typer.Typer(no_args_is_help=True, help="The runbooks: lint, search.")

_PATIENCE = 8.0


@app.command()
def lint(
    *, online: Annotated[bool, typer.Option("--online", help="Also ask whether web addresses answer.")] = False
) -> None:
    """Front matter, headings, links, staleness. Exit status 1 when a page does not work."""
    from bot.features.runbooks import lint as careful  # noqa: PLC0415 - only this command needs it

    folder, today = _folder(), datetime.now(UTC).date()
    if online:
        import httpx  # noqa: PLC0415 - off means not imported

        with httpx.Client(timeout=_PATIENCE, follow_redirects=True, max_redirects=5) as client:
            found = careful.lint(folder, today, lambda url: _answer(client, url))
    else:
        found = careful.lint(folder, today)
    for one in found:
        typer.echo(str(one))
    wrong = sum(one.weight is careful.Weight.ERROR for one in found)
    typer.echo(f"{folder}: {wrong} errors, {len(found) - wrong} warnings", err=True)
    raise typer.Exit(1 if wrong else 0)


@app.command()
def search(words: Annotated[list[str], typer.Argument(help="As you would type them in Slack.")]) -> None:
    """The best pages for some words. Exit status 1 when nothing fits."""
    from bot.features.runbooks.library import Library  # noqa: PLC0415 - only this command needs it

    library = Library.load(_folder())
    try:
        found = library.search(" ".join(words), datetime.now(UTC).date())
    finally:
        library.close()
    if found.meant:
        typer.echo(f"Searched for: {found.meant}", err=True)
    for hit in found.hits:
        stale = "  (stale)" if hit.stale else ""
        typer.echo(f"{hit.runbook.slug}  {hit.runbook.title}{stale}\n    {hit.why}")
    if found.hits:
        return
    typer.echo("Nothing found.", err=True)
    for page in found.nearest:
        typer.echo(f"nearest: {page.slug}  {page.title}", err=True)
    raise typer.Exit(1)


def _folder() -> Path:
    """From the environment where there is no `.env`: reading the settings takes as long as all the rest."""
    named = Path(os.environ.get("DAYWATCH_RUNBOOKS") or "runbooks")
    if not Path(".env").is_file() and named.is_dir():
        return named
    from bot.settings import BadSettings, load_settings  # noqa: PLC0415 - see above

    try:
        return load_settings().runbooks_folder
    except BadSettings as error:
        stop(str(error))


def _answer(client: "httpx.Client", url: str) -> str | None:
    """None when the address answers; some servers know no HEAD, so a no to it is asked again as GET."""
    import httpx  # noqa: PLC0415 - see above

    status = 0
    try:
        for method in ("HEAD", "GET"):
            with client.stream(method, url) as response:
                if response.status_code < 400:
                    return None
                status = response.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"does not answer ({type(error).__name__})"
    return f"answers {status}"
