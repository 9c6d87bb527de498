"""What proves a sender: a signature over the body, or our secret in a header of those that cannot sign."""

import base64
import binascii
import hmac
from collections.abc import Mapping


def signed(given: str, secret: bytes, body: bytes, algorithm: str = "sha256") -> bool:
    """Whether a header gives the HMAC of the body, in hex. With an empty secret nothing is proven."""
    expected = hmac.digest(secret, body, algorithm).hex().encode()
    # Bytes: a header that is not ASCII must not raise.
    return bool(secret) and hmac.compare_digest(expected, given.strip().encode("utf-8", "replace"))


def shows(headers: Mapping[str, str], secret: bytes) -> bool:
    """Whether `Authorization` brings this secret, as `Bearer` or as the password of `Basic`. Empty is none."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    # Header text is bytes read as Latin-1, so this gives back the bytes that were sent.
    sent = given.strip().encode("latin-1", "replace")
    if kind.lower() == "basic":
        sent = _password(sent)
    return bool(secret) and kind.lower() in ("bearer", "basic") and hmac.compare_digest(sent, secret)


def _password(encoded: bytes) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
