"""The doctor's report: for people on a terminal, and as JSON for programs."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from bot.doctor.finding import Finding, State

_LOOKS: Final = {
    State.OK: ("✅", "ok", "green"),
    State.WARN: ("⚠️", "warn", "yellow"),
    State.BROKEN: ("❌", "broken", "red"),
    State.NOT_TRIED: ("❔", "not tried", "dim"),
}


def healthy(found: Sequence[Finding]) -> bool:
    return not any(one.state is State.BROKEN for one in found)


def counts(found: Sequence[Finding]) -> dict[str, int]:
    return {state.value: sum(one.state is state for one in found) for state in State}


def as_json(found: Sequence[Finding], version: str) -> dict[str, Any]:
    """The shape that the package's docstring documents."""
    return {
        "version": version,
        "healthy": healthy(found),
        "counts": counts(found),
        "findings": [
            {
                "area": one.area,
                "what": one.what,
                "state": one.state.value,
                "words": one.words,
                "remedy": one.remedy,
            }
            for one in found
        ],
    }


def render(found: Sequence[Finding], console: Console) -> None:
    """A heading an area, a line a finding, what to do below it; the sum at the end. Foreign text is never markup."""
    for area, of_area in groupby(found, key=lambda one: one.area):
        console.print(Text(area.capitalize(), style="bold"))
        for one in of_area:
            sign, word, colour = _LOOKS[one.state]
            said = f"{one.what}: {one.words}" if one.words else one.what
            console.print(Text.assemble(f"  {sign} ", (f"{word:<10}", colour), said), soft_wrap=True)
            if one.remedy and one.state is not State.OK:
                console.print(Text(f"{'':15}→ {one.remedy}", style="bold"), soft_wrap=True)
    summary = ", ".join(f"{many} {state}" for state, many in counts(found).items() if many)
    console.print()
    console.print(Text(summary, style="bold green" if healthy(found) else "bold red"))
