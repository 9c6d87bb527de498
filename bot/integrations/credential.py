"""What proves a sender that cannot sign: our secret in a header of theirs."""

import base64
import binascii
import hmac
from collections.abc import Mapping


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
