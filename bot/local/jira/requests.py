"""Reading what a caller of Jira's REST API asks: the version, JSON bodies, numbers."""

import json
from typing import Any, Final

from starlette.requests import Request

from bot.local.jira.config import JiraConfig
from bot.local.jira.errors import JiraRefusal, bad_payload
from bot.local.keep import Document

LARGEST_BODY: Final = 1024 * 1024


def version_of(request: Request, config: JiraConfig) -> int:
    """Read which version is asked; Server and Data Center have no v3."""
    given = request.path_params["version"]
    if given in {"2", "latest"}:
        return 2
    if given == "3" and config.cloud:
        return 3
    raise JiraRefusal(404, "null for uri: " + request.url.path)


async def read_any(request: Request) -> Any:
    """Read JSON of any kind, at most a megabyte of it."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_BODY:
            raise JiraRefusal(413, "The request is too large.")
    try:
        return json.loads(bytes(raw))
    except (ValueError, RecursionError):
        raise bad_payload() from None


async def read_json(request: Request) -> Document:
    document = await read_any(request)
    if not isinstance(document, dict):
        raise bad_payload()
    return document


def inner(document: Document, name: str) -> Document:
    """Read an object inside the body; absent or null is an empty one."""
    found = document.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise JiraRefusal(400, f"{name} must be an object.")
    return found


def number(given: object, default: int, most: int) -> int:
    """Read a count from a query or a body; too many becomes the most there is."""
    if given is None:
        return default
    text = str(given)
    if isinstance(given, bool) or not text.isdecimal() or len(text) > 9:
        raise bad_payload()
    return min(int(text), most)
