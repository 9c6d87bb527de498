"""A body as its sender had it before packing, within bounds: a few kilobytes can unpack to gigabytes."""

import zlib
from typing import Final

from bot.domain.errors import Unreadable
from bot.web.bounds import TooLarge

_GZIP: Final = 31  # zlib's window bits for a gzip header and trailer


def unpacked(body: bytes | bytearray, *, most: int) -> bytes:
    """Raises `TooLarge` beyond `most` bytes, and `Unreadable` for what is no gzip or was cut off."""
    found = bytearray()
    rest = body
    while rest or not found:
        one = zlib.decompressobj(_GZIP)
        try:
            found += one.decompress(rest, most + 1 - len(found))
        except zlib.error:
            raise Unreadable("the body is not the gzip that Content-Encoding says it is") from None
        if len(found) > most:
            raise TooLarge
        if not one.eof:
            raise Unreadable("the body was cut off: its gzip has no end")
        if not one.unused_data:
            break
        rest = one.unused_data
    return bytes(found)
