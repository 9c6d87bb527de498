"""Tokens of ours that senders show: long enough not to be guessed, kept as hashes, compared in constant time."""

import hmac
import re
from hashlib import sha256
from typing import Final

_HEX: Final = re.compile(r"[0-9a-fA-F]+")
REMEDY: Final = "make one with: openssl rand -hex 16"


def guessable(token: str) -> bool:
    """Whether it has less than 128 bits: those are 32 hexadecimal digits, or 22 letters of base 64."""
    return len(token) < (32 if _HEX.fullmatch(token) else 22)


def digest_of(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


def bearer_of(authorization: str) -> str:
    """What stands behind `Bearer`; empty for any other scheme."""
    scheme, _, given = authorization.partition(" ")
    return given.strip() if scheme.casefold() == "bearer" else ""


def same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)
