"""A body as its sender had it before packing, within bounds: a few kilobytes can unpack to gigabytes."""

import zlib
from typing import Final

from bot.domain.errors import Unreadable
from bot.web.bounds import TooLarge

_GZIP: Final = 31  # zlib's window bits for a gzip header and trailer
_PIECE: Final = 4_096
"""Bytes. What follows a part is copied for the next one: of a whole body with a million parts that would take hours."""


def unpacked(body: bytes | bytearray, *, most: int) -> bytes:
    """Raises `TooLarge` beyond `most` bytes, and `Unreadable` for what is no gzip or was cut off."""
    found, part = bytearray(), zlib.decompressobj(_GZIP)
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        while piece:
            if part.eof:
                part = zlib.decompressobj(_GZIP)
            try:
                found += part.decompress(piece, most + 1 - len(found))
            except zlib.error:
                raise Unreadable("the body is not the gzip that Content-Encoding says it is") from None
            if len(found) > most:
                raise TooLarge
            piece = part.unused_data
    if not part.eof:
        raise Unreadable("the body was cut off: its gzip has no end")
    return bytes(found)
