"""The way to a system: whom to trust on it, with which certificate, and whether through a socket of this machine."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

# Each system has its own bound in `Api`. One for all of them together would let a dozen that hang, as when a site is
# cut off, take every connection, and make the rows of the healthy ones unknown as well.
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=40, keepalive_expiry=15)


Trusted = bool | str | Callable[[], ssl.SSLContext]
"""Whether certificates are verified, or the path of a file with authorities, or what makes the connection's context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Systems that are reached in the same way share the connections of one pool."""

    verify: Trusted = True
    certificate: tuple[str, str] | None = None
    """The paths of our own certificate and of its key, where the system knows us by it."""
    socket: str = ""
    """The path of a unix socket, in place of the host in the address."""

    def pool(self, patience: float) -> httpx.AsyncClient:
        """Raises `OSError` for a file that cannot be read."""
        trust = self._trusted()
        # Which systems we ask is the settings' business, so a proxy from the environment is used, but never for
        # loopback.
        mounts: Sequence[str] = ("all://127.0.0.1", "all://localhost", "all://[::1]")
        return httpx.AsyncClient(
            verify=trust,
            transport=httpx.AsyncHTTPTransport(uds=self.socket, limits=_LIMITS) if self.socket else None,
            timeout=httpx.Timeout(None, connect=patience / 2),  # the whole call is bounded by `Api`
            limits=_LIMITS,
            follow_redirects=False,
            mounts=dict.fromkeys(mounts),
            trust_env=not self.socket,
            # One system's cookies are nobody else's business, and a session would outlive a credential that was taken
            # away.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": "daywatch", "accept-encoding": "gzip, deflate"},
        )

    def _trusted(self) -> ssl.SSLContext | bool:
        if callable(self.verify):
            return self.verify()
        if self.certificate is None and not isinstance(self.verify, str):
            return _usual() if self.verify else False
        if isinstance(self.verify, str):
            context = ssl.create_default_context(cafile=self.verify)
        else:
            context = httpx.create_ssl_context(verify=self.verify)  # one of our own, since a certificate is put into it
        if self.certificate is not None:
            # Without a password OpenSSL would ask at the terminal for that of a locked key.
            context.load_cert_chain(*self.certificate, password="")
        return context


@cache
def _usual() -> ssl.SSLContext:
    """The usual authorities (or those of SSL_CERT_FILE), read once: it takes a tenth of a second."""
    return httpx.create_ssl_context()
