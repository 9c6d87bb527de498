"""How webhooks read what came: the body into a model, and into the key of what it is about. Never quoted in errors."""

import hashlib
import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.domain.errors import Unreadable
from bot.integrations.foreign import sound

N = TypeVar("N", bound=BaseModel)


def opened(body: bytes | str, system: str, *, strict: bool = True) -> Any:
    """The body as JSON. Not `strict`: a template puts foreign text between quotes, and line breaks in it are taken."""
    try:
        return sound(json.loads(body, strict=strict))
    except (ValueError, RecursionError):  # a wrong encoding is a ValueError, too
        raise Unreadable(f"{system}: the body is not JSON") from None  # the original quotes what came in


def read_as(kind: type[N], given: object, system: str) -> N:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"][:4])[:100] or "the body"
        raise Unreadable(f"{system}: {where}: {first['type']}") from None  # the original quotes what came in


def read(kind: type[N], body: bytes, system: str, *, strict: bool = True) -> N:
    """Both at once: what most webhooks need."""
    return read_as(kind, opened(body, system, strict=strict), system)


def key_of(*texts: str) -> str:
    """Short, the same for the same texts, and apart for others, whatever is in them."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
