"""How a command ends when a person must mend something first."""

import sys
from typing import NoReturn

import typer

MUST_MEND = 2


def stop(words: str, status: int = MUST_MEND) -> NoReturn:
    """A line a problem, on standard error."""
    for line in words.splitlines():
        typer.echo(f"daywatch: {line}", err=True)
    sys.exit(status)
