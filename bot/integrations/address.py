"""Addresses and credentials as the settings give them: what is wrong with them, told before anything is sent."""

import base64
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import httpx
from pydantic import SecretStr

from bot.domain.errors import Refused
from bot.integrations.response import Wording

Headers = Mapping[str, str | SecretStr]


def bearer(token: SecretStr) -> Headers:
    return {"authorization": SecretStr(f"Bearer {token.get_secret_value().strip()}")}


def basic(username: str, password: SecretStr) -> Headers:
    pair = f"{username}:{password.get_secret_value()}".encode()
    return {"authorization": SecretStr(f"Basic {base64.b64encode(pair).decode()}")}


def plain(value: str | SecretStr) -> str:
    """A header's value as it is sent. Values read from files often end in a line break."""
    return (value.get_secret_value() if isinstance(value, SecretStr) else value).strip()


def joined(path: str) -> str:
    """A path to append to the base address; one that would climb out of it is our own mistake."""
    if "?" in path or "#" in path or any(unquote(part) in (".", "..") for part in path.split("/")):
        raise Refused("The address of this call would leave its place; a name in it is not usable")
    return "/" + path.lstrip("/") if path else ""


def wrong_address(base_url: str, wording: Wording, *, allow_plain_http: bool) -> str | None:
    named = wording.address or f"The address of {wording.title}"
    try:
        parts = urlsplit(base_url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"{named} is not an address. Write it like https://host/path."
    if parts.scheme not in ("http", "https") or not host or url_or_none(base_url.strip()) is None:
        return f"{named} is not an address. Write it like https://host/path."
    if parts.username is not None or parts.password is not None:
        return f"{named} holds a user name or password. Put them into settings of their own."
    if parts.query or parts.fragment:
        return f"{named} has something after its path. Remove what follows ? or #."
    if parts.scheme == "http" and wording.credential and not allow_plain_http and not _loopback(host):
        return (
            f"{named} is plain http, which shows the credential to the network. Use https, or allow it in the settings."
        )
    return None


def wrong_headers(headers: Headers, wording: Wording) -> str | None:
    for value in headers.values():
        text = plain(value)
        if not (text.isascii() and text.isprintable()):
            named = " or ".join(wording.variables) or f"A setting of {wording.title}"
            return f"{named} has a line break or another character that cannot be sent. Copy it again."
    return None


def parts_of(secret: str) -> tuple[str, ...]:
    """A credential and, when it says how it is meant (`Bearer …`), the part behind that."""
    kind, _, rest = secret.partition(" ")
    if kind.lower() == "basic" and rest:
        _, _, password = base64.b64decode(rest).decode("utf-8", "replace").partition(":")
        return (secret, rest, password)
    return (secret, rest) if rest else (secret,)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def url_or_none(url: str) -> httpx.URL | None:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        return None
