"""The blocks of 2026: containers, data tables and charts."""

from collections.abc import Mapping
from typing import Any, Final

from bot.local.slack.blockkit.elements import IMAGE
from bot.local.slack.blockkit.grammar import (
    Check,
    Findings,
    Shape,
    at_least_one,
    by_type,
    decimal,
    distinct,
    flag,
    many,
    number,
    one_of,
    text,
    thing,
)
from bot.local.slack.blockkit.pieces import any_text, plain
from bot.local.slack.blockkit.richtext import RICH_TEXT

_ID: Final[dict[str, Check]] = {"block_id": text(255)}
_RICH: Final = Shape(needed=RICH_TEXT.needed, may=_ID)
CELLS: Final[dict[str, Shape]] = {
    "raw_text": Shape(needed={"text": text(3000)}),
    "raw_number": Shape(needed={"value": decimal, "text": text(3000)}),
    "rich_text": _RICH,
}
_CHILDREN: Final = (
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
)


def container(known: Mapping[str, Shape]) -> Shape:
    """A block that holds some of the `known` others."""
    children = {name: known[name] for name in _CHILDREN}
    return Shape(
        needed={"child_blocks": many(by_type(children), 10)},
        may={
            "title": plain(150),
            "rich_text_title": by_type({"rich_text": _RICH}),
            "subtitle": any_text(150),
            "icon": by_type({"image": IMAGE}),
            "width": one_of("narrow", "standard", "wide", "full"),
            "is_collapsible": flag,
            "default_collapsed": flag,
            "has_header_divider": flag,
        },
        extra=(at_least_one("title", "rich_text_title"),),
    )


def _square(found: Findings, pointer: str, value: Any) -> None:
    rows = [row for row in value.get("rows") or () if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        found.note(f"{pointer}/rows", "all rows must have the same number of cells")
    for index, cell in enumerate(rows[0] if rows else ()):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            found.note(f"{pointer}/rows/0/{index}/type", "must be one of: raw_text, raw_number")


DATA_TABLE: Final = Shape(
    needed={
        "rows": many(many(by_type(CELLS), 20), 101, least=2),
        "caption": text(3000),
    },
    may={"page_size": number(1, 100), "row_header_column_index": number(0, 19)},
    extra=(_square,),
)
_LABEL: Final = text(20)
_POINT: Final = thing(Shape(needed={"label": _LABEL, "value": decimal}))
_SERIES: Final = thing(Shape(needed={"name": _LABEL, "data": many(_POINT, 20)}))
_AXIS: Final = thing(Shape(needed={"categories": many(_LABEL, 20)}, may={"x_label": text(50), "y_label": text(50)}))


def _fits_axis(found: Findings, pointer: str, value: Any) -> None:
    series = [each for each in value.get("series") or () if isinstance(each, dict)]
    distinct([each.get("name") for each in series], found, f"{pointer}/series/{{}}/name", "`name`")
    axis = value.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    for index, each in enumerate(series):
        points = [point for point in each.get("data") or () if isinstance(point, dict)]
        if [point.get("label") for point in points] != categories:
            found.note(f"{pointer}/series/{index}/data", "labels must match the categories of `axis_config`")


_CHART: Final = Shape(needed={"series": many(_SERIES, 6), "axis_config": _AXIS}, extra=(_fits_axis,))
DATA_VISUALIZATION: Final = Shape(
    needed={
        "title": text(50),
        "chart": by_type(
            {
                "pie": Shape(needed={"segments": many(_POINT, 6)}),
                "bar": _CHART,
                "area": _CHART,
                "line": _CHART,
            },
        ),
    }
)
