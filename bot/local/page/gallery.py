"""The gallery: sample surfaces from JSON files beside it, judged by the same rules as what the app sends.

A file has one surface or a list of them; the bot's own are written by its tests (`python -m tests.gallery`).
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.local.slack.blockkit.blocks import Surface, problems, with_ids
from bot.local.slack.blockkit.views import view_problems
from bot.local.slack.things import Json

FOLDER: Final = Path(__file__).parent / "gallery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One surface: a message's blocks, or a modal or home view."""

    name: str
    title: str
    surface: Surface
    heading: str
    blocks: list[Json]
    problems: list[str]
    presses: list[str]
    """What stands below a modal: its way back, and its way on."""


@cache
def surfaces() -> tuple[Sample, ...]:
    """Every sample, in the order of the files' names."""
    return tuple(each for path in sorted(FOLDER.glob("*.json")) for each in _samples(path))


def _samples(path: Path) -> list[Sample]:
    given: Any = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(given, list):
        return [_sample(f"{path.stem}-{number}", each) for number, each in enumerate(given, 1)]
    return [_sample(path.stem, given)]


def _sample(name: str, given: Json) -> Sample:
    surface: Surface = given["surface"]
    shape: Json = given["view"] if surface != "message" else {"blocks": given["blocks"]}
    wrong = problems(shape["blocks"], "message") if surface == "message" else view_problems(shape, surface)
    return Sample(
        name=name,
        title=given["title"],
        surface=surface,
        heading=str(shape.get("title", {}).get("text", "")),
        blocks=with_ids(shape["blocks"], f"g{name}"),
        problems=wrong,
        presses=[str(shape[name]["text"]) for name in ("close", "submit") if shape.get(name)],
    )
