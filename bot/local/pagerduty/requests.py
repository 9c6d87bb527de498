"""Reading what a caller of PagerDuty's REST API asks: JSON bodies, pages, dates; refused in PagerDuty's words."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from starlette.requests import Request

from bot.local.keep import Document
from bot.local.pagerduty.errors import ApiError, invalid

DEFAULT_LIMIT: Final = 25
MOST_PER_PAGE: Final = 100
DEEPEST: Final = 10_000
LARGEST_BODY: Final = 512 * 1024
_DEFAULT_RANGE: Final = timedelta(days=30)
_LONGEST_RANGE: Final = timedelta(days=184)
_LONGEST_SPAN: Final = timedelta(days=92)

T = TypeVar("T")


async def read_json(request: Request) -> Document:
    """Read a JSON object, at most half a megabyte of it."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_BODY:
            raise ApiError(413, 2001, "Request Entity Too Large")
    try:
        document = json.loads(bytes(raw))
    except (ValueError, RecursionError):
        raise ApiError(400, 2001, "Invalid JSON", "The request body is not valid JSON.") from None
    if not isinstance(document, dict):
        raise invalid("The request body must be a JSON object.")
    return document


def wrapped(document: Document, name: str) -> Document:
    """Unwrap `{"incident": {…}}`."""
    inner = document.get(name)
    if not isinstance(inner, dict):
        raise invalid(f"{name.capitalize()} is required.")
    return inner


def text(document: Document, name: str, longest: int = 25_000) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name.capitalize()} cannot be empty.")
    if len(value) > longest:
        raise invalid(f"{name.capitalize()} is too long (maximum is {longest} characters).")
    return value


def many(request: Request, name: str) -> tuple[str, ...]:
    """Read `name[]=a&name[]=b`."""
    return tuple(request.query_params.getlist(f"{name}[]"))


def one_of(values: tuple[str, ...], allowed: Iterable[str], name: str) -> tuple[str, ...]:
    if not set(values) <= set(allowed):
        raise invalid(f"{name} is invalid.")
    return values


def page(request: Request, name: str, items: list[T], draw: Callable[[T], Document]) -> Document:
    """Cut one page and wrap it with `limit, offset, more, total`; `total` is null unless asked for."""
    limit = min(_number(request, "limit", DEFAULT_LIMIT, least=1), MOST_PER_PAGE)
    offset = _number(request, "offset", 0, least=0)
    if offset + limit > DEEPEST:
        raise invalid("Offset and limit together must not be more than 10000.")
    return {
        name: [draw(item) for item in items[offset : offset + limit]],
        "limit": limit,
        "offset": offset,
        "more": len(items) > offset + limit,
        "total": len(items) if request.query_params.get("total") == "true" else None,
    }


def date_range(request: Request, now: datetime) -> tuple[datetime, datetime] | None:
    """Read which created dates to list: all only with `date_range=all`, else the last month."""
    if request.query_params.get("date_range") == "all":
        return None
    until = _moment(request, "until") or now
    since = _moment(request, "since") or until - _DEFAULT_RANGE
    if until - since > _LONGEST_RANGE:
        raise invalid("The date range must not be longer than 6 months.")
    return since, until


def span(request: Request, now: datetime) -> tuple[datetime, datetime]:
    """Read the stretch of time to look at; both ends are now unless told."""
    since = _moment(request, "since") or now
    until = _moment(request, "until") or max(now, since)
    if until < since:
        raise invalid("Until must not be before since.")
    if until - since > _LONGEST_SPAN:
        raise invalid("The time range must not be longer than 3 months.")
    return since, until


def _moment(request: Request, name: str) -> datetime | None:
    given = request.query_params.get(name)
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        raise invalid(f"{name.capitalize()} is not a valid date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(request: Request, name: str, default: int, *, least: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not given.isdecimal() or len(given) > 9 or int(given) < least:
        raise invalid(f"{name.capitalize()} must be a number of at least {least}.")
    return int(given)
