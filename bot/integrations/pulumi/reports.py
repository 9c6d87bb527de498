"""Reads what `pulumi preview --json` or `pulumi refresh --preview-only --json` put out and CI posted."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.foreign import sound
from bot.integrations.pulumi.preview import Gathering, Mode
from bot.integrations.pulumi.settings import PulumiSettings
from bot.integrations.reports import exit_code, is_count, name_of

_HOW: Final = "Post what `pulumi preview --json` prints, and nothing beside it"
_DIGEST: Final = frozenset({"steps", "changeSummary", "diagnostics", "duration", "config"})
_EVENTS: Final = ("preludeEvent", "resourcePreEvent", "resOutputsEvent", "summaryEvent", "diagnosticEvent")
_HARMLESS: Final = ("debug", "info", "info#err", "warning")
"""Every other severity is an error, also one that we do not know."""
_SECRET: Final = b"4dabf18193072939515e22adb298388d"
"""The key that marks a secret in Pulumi's JSON; with its plain text beside it only where somebody asked for that."""

Json = Mapping[str, Any]
"""An object. Any: whatever JSON can hold; each value is looked at before it is used."""


class PreviewReader(ReportReader):
    def __init__(self, ignore: Sequence[str] = ()) -> None:
        self._ignore = tuple(ignore)

    @classmethod
    def reading(cls, settings: PulumiSettings) -> "PreviewReader":
        return cls(settings.ignore)

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        name, code = name_of(sound(dict(about)), "", "the stack's name, like acme/shop/prod"), exit_code(about)
        mode = _mode(about)
        if _SECRET in body and b'"plaintext"' in body:
            raise Unreadable("it shows secrets in plain text: run pulumi without --show-secrets")
        found = Gathering(self._ignore)
        made_at = _read(body, found, code)
        preview = found.preview(mode, code)
        # A refresh and a preview of one stack are two reports, of which neither replaces the other.
        named = name if mode is Mode.BOTH else f"{name[:180]} ({mode})"
        return Report(name=named, facts=preview.model_dump(mode="json"), words=preview.words, made_at=made_at)


def _mode(about: Mapping[str, str]) -> Mode:
    given = about.get("kind")
    if given is None:
        return Mode.BOTH
    if given not in (Mode.REFRESH, Mode.PREVIEW):
        raise Unreadable("kind must be refresh (drift alone) or preview (the code alone); leave it out for both")
    return Mode(given)


def _read(body: bytes, found: Gathering, code: int | None) -> datetime | None:
    text = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        if not code:
            raise Unreadable(f"the body is empty. {_HOW}, with the exit code of one that failed: &exit_code=1")
        return None  # it died before it said anything; not finished
    whole = _object(text)
    if whole is not None and _DIGEST & whole.keys():
        _digest(whole, found)
        return None  # it tells no time
    return _stream(text, found)


def _object(text: str) -> Json | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _digest(digest: Json, found: Gathering) -> None:
    found.corrupt = digest.get("maybeCorrupt") is True
    for one in _objects(digest, "diagnostics"):
        found.errors += one.get("severity") not in _HARMLESS
    for one in _objects(digest, "steps"):
        _step(one, found, reasons="diffReasons")
    summary = digest.get("changeSummary")
    if summary is not None:
        found.summed(_counts(summary))


def _stream(text: str, found: Gathering) -> datetime | None:
    """One event a line."""
    known, made_at = False, None
    for one in _lines(text):
        known = known or any(kind in one for kind in _EVENTS)
        made_at = _moment(one.get("timestamp")) or made_at
        _event(one, found)
    if not known:
        raise Unreadable(f"no line of it is an event of Pulumi's. {_HOW}")
    return made_at


def _lines(text: str) -> Iterator[Json]:
    """Plain text between the lines is what a wrapper wrote. A line that is cut off is damage."""
    for line in text.split("\n"):
        if line.lstrip().startswith("{"):
            event = _object(line)
            if event is None:
                raise Unreadable("a line is cut off or no JSON. Post the whole output, as it came")
            yield event


def _event(one: Json, found: Gathering) -> None:
    # What a refresh finds is told when it is done: the event before it only says `refresh`.
    for kind in ("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"):
        event = one.get(kind)
        if isinstance(event, dict):
            metadata = event.get("metadata")
            if not isinstance(metadata, dict):
                raise _odd("metadata")
            _step(metadata, found, reasons="diffs")
            found.errors += kind == "resOpFailedEvent"
    diagnostic, summary = one.get("diagnosticEvent"), one.get("summaryEvent")
    if isinstance(diagnostic, dict):
        found.errors += diagnostic.get("severity") not in _HARMLESS
    found.errors += isinstance(one.get("errorEvent"), dict)
    if isinstance(summary, dict):
        if summary.get("isPreview") is False:
            raise Unreadable(f"this run changed the stack and was no preview. {_HOW}")
        found.corrupt = found.corrupt or summary.get("maybeCorrupt") is True
        found.summed(_counts(summary.get("resourceChanges") or {}))


def _step(one: Json, found: Gathering, *, reasons: str) -> None:
    urn, operation = one.get("urn"), one.get("op")
    if not isinstance(urn, str) or not isinstance(operation, str):
        raise _odd("a step without its urn or op")
    detailed, listed = one.get("detailedDiff"), one.get(reasons)
    paths = list(detailed) if isinstance(detailed, dict) and detailed else listed if isinstance(listed, list) else []
    found.step(urn, operation, [path for path in paths if isinstance(path, str)])


def _objects(digest: Json, key: str) -> Sequence[Json]:
    """A list of objects; where there is none, Pulumi leaves the key out."""
    given = digest.get(key)
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise _odd(key)
    return given


def _counts(given: object) -> Mapping[str, int]:
    if not isinstance(given, dict) or not all(map(is_count, given.values())):
        raise _odd("the summary of changes")
    return given


def _moment(given: object) -> datetime | None:
    """Seconds since 1970."""
    known = isinstance(given, int) and not isinstance(given, bool) and 0 < given < 100_000_000_000
    return datetime.fromtimestamp(given, UTC) if known and isinstance(given, int) else None


def _odd(where: str) -> Unreadable:
    return Unreadable(f"{where} is not in the form that we know. {_HOW}")
