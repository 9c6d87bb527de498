"""Where an engine is: Docker's way of writing addresses, turned into what our door to the outside takes."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from bot.integrations.docker.settings import DockerSettings

_PORTS: Final = {"http": 2375, "https": 2376}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    base_url: str = "http://docker"
    """Behind a socket the host is a mere word."""
    socket: str = ""
    authority: str = ""
    certificate: tuple[str, str] | None = None
    wrong: str | None = None


def place_of(settings: DockerSettings) -> Place:
    host = settings.host.strip()
    if host.startswith("/"):
        host = f"unix://{host}"
    scheme, _, rest = host.rpartition("://")
    if scheme == "unix":
        return Place(socket=rest) if rest.startswith("/") else Place(wrong="DOCKER_HOST names no path after unix://.")
    if scheme not in ("", "tcp", "http", "https"):
        return Place(
            wrong=f"DOCKER_HOST begins with {scheme[:20]}://, which we do not speak. Use unix:// or tcp:// with TLS."
        )
    secure = scheme == "https" or (scheme != "http" and (settings.tls_verify or bool(settings.cert_path)))
    return _over_tcp(settings, "https" if secure else "http", rest)


def _over_tcp(settings: DockerSettings, scheme: str, rest: str) -> Place:
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return Place(wrong="DOCKER_HOST is not an address. Write it like tcp://host:2376.")
    if scheme == "http" and not settings.allow_plain_http and not _loopback(name):
        return Place(
            wrong="DOCKER_HOST is not encrypted, and who speaks to an engine owns its host. Set DOCKER_CERT_PATH to "
            "the certificates, or DOCKER_ALLOW_PLAIN_HTTP=true for a read-only socket proxy."
        )
    address = f"{scheme}://{rest}" if port or parts.path.strip("/") else f"{scheme}://{parts.netloc}:{_PORTS[scheme]}"
    if scheme == "http" or not settings.cert_path:
        return Place(base_url=address)
    folder = PurePosixPath(settings.cert_path)
    return Place(
        base_url=address,
        authority=str(folder / "ca.pem"),
        certificate=(str(folder / "cert.pem"), str(folder / "key.pem")),
    )


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
