"""`daywatch config`: the YAML file checked, and its schema for an editor."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.terminal.stop import stop

app = typer.Typer(no_args_is_help=True, help="The YAML file: check, schema.")

_SPAN = {"type": "string", "pattern": r"^\s*\d+\s*[smhdw]\s*$", "examples": ["30m", "2h", "1d"]}


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="Another file than the one that the settings name.")] = None,
) -> None:
    """Read it as the bot would. Exit status 2 when it does not hold, with line and remedy."""
    from bot.settings import BadSettings, PlanFile, load_plan, load_settings, read_plan  # noqa: PLC0415 - when it runs

    try:
        read = PlanFile(file, read_plan(file)) if file is not None else load_plan(load_settings())
    except BadSettings as error:
        stop(str(error))
    plan, where = read.plan, read.path or "no file, so the defaults"
    parts = (
        f"{len(plan.teams)} teams",
        f"{len(plan.services)} services",
        f"{len(plan.systems)} systems",
        f"{len(plan.incidents.routing)} routing rules",
        f"{len(plan.heartbeats)} heartbeats",
        "permissions set" if plan.permissions.given else "no permissions: every full member is responder",
    )
    typer.echo(f"{where}: good ({', '.join(parts)})")


@app.command()
def schema() -> None:
    """The file's JSON Schema, for an editor that completes and checks while one types."""
    from bot.domain.plan import Plan  # noqa: PLC0415 - when it runs

    typer.echo(json.dumps(_as_written(Plan.model_json_schema()), indent=2, ensure_ascii=False))


def _as_written(part: Any) -> Any:  # any JSON
    """Lengths of time are written `30m` in the file, while the library's schema would ask for ISO 8601."""
    if isinstance(part, dict):
        if part.get("format") == "duration":
            return _SPAN | {name: part[name] for name in ("title", "description") if name in part}
        return {name: _as_written(value) for name, value in part.items()}
    return [_as_written(one) for one in part] if isinstance(part, list) else part
