"""The gallery: sample surfaces from JSON files beside it, judged by the same rules as what the app sends."""

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


@cache
def surfaces() -> tuple[Sample, ...]:
    """Every sample, in the order of the files' names."""
    return tuple(_sample(path) for path in sorted(FOLDER.glob("*.json")))


def _sample(path: Path) -> Sample:
    given: Any = json.loads(path.read_text(encoding="utf-8"))
    surface: Surface = given["surface"]
    shape: Json = given["view"] if surface != "message" else {"blocks": given["blocks"]}
    wrong = problems(shape["blocks"], "message") if surface == "message" else view_problems(shape, surface)
    return Sample(
        name=path.stem,
        title=given["title"],
        surface=surface,
        heading=str(shape.get("title", {}).get("text", "")),
        blocks=with_ids(shape["blocks"], f"g{path.stem}"),
        problems=wrong,
    )
