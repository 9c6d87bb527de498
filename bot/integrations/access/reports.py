"""Reads a list of who may do what, as CSV with a head or as JSON, that somebody posted."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.access.settings import AccessSettings
from bot.integrations.access.shapes import Kept, Row, read_row
from bot.integrations.foreign import shown, sound
from bot.integrations.reports import json_of, name_of

_MOST: Final = 1_000
_NEEDED: Final = ("system", "principal", "role")
_HOW: Final = "post CSV with the columns system, principal, role, or a JSON list of such objects"


class AccessReader(ReportReader):
    @classmethod
    def reading(cls, settings: AccessSettings) -> "AccessReader":  # noqa: ARG003 - the form of all readers
        return cls()

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        rows = _rows(body)
        systems = sorted({one.system for one in rows})
        usual = systems[0] if len(systems) == 1 else ""
        name = name_of(sound(dict(about)), usual, "what the list is of, since it names several systems")
        much = sum(bool(one.admin) for one in rows)
        words = f"{len(rows)} entries of {shown(', '.join(systems), limit=120)}, {much} with much access"
        kept = Kept(rows=rows).model_dump(mode="json", exclude_defaults=True)
        return Report(name=name, facts=kept, words=words)


def _rows(body: bytes) -> list[Row]:
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise Unreadable(f"the body is empty: {_HOW}")
    values = _of_json(text) if text[:1] in (b"[", b"{") else _of_csv(text)
    rows: list[Row] = []
    for number, one in enumerate(values, 1):
        if number > _MOST:
            raise Unreadable(f"the list has more than {_MOST:,} entries: post one for each system")
        rows.append(_row(number, one))
    if not rows:
        raise Unreadable(f"the list is empty, and somebody must have access: {_HOW}")
    return list({(one.system, one.principal, one.role): one for one in rows}.values())


def _row(number: int, value: object) -> Row:
    if not isinstance(value, dict):
        raise Unreadable(f"entry {number} is no object: {_HOW}")
    named = {str(key).strip().lower().replace(" ", "_"): one for key, one in value.items() if key is not None}
    try:
        return read_row(sound(named))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(shown(part, limit=40) for part in first["loc"][:3]) or "the entry"
        # The original quotes what came in.
        raise Unreadable(f"entry {number}: {where}: {shown(first['msg'], limit=80)}. {_HOW.capitalize()}") from None


def _of_json(text: bytes) -> Iterable[object]:
    value = json_of(text, "a list of who may do what")
    if not isinstance(value, list):
        raise Unreadable(f"this is no list: {_HOW}")
    return value


def _of_csv(text: bytes) -> Iterable[dict[str, Any]]:
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"the body is no text in UTF-8: {_HOW}") from None
    lines = csv.DictReader(io.StringIO(decoded), dialect=_dialect(decoded))
    try:
        heads = [str(one).strip().lower() for one in lines.fieldnames or ()]
        missing = [one for one in _NEEDED if one not in heads]
        if missing:
            raise Unreadable(f"the first line does not name the column {missing[0]}: {_HOW}")
        yield from lines
    except csv.Error:
        raise Unreadable(f"this is no CSV: {_HOW}") from None


def _dialect(text: str) -> type[csv.Dialect]:
    """Excel writes semicolons in half of Europe."""
    head = text.partition("\n")[0]

    class Ours(csv.excel):
        delimiter = ";" if head.count(";") > head.count(",") else ","

    return Ours
