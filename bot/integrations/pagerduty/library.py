"""PagerDuty's own client library with guards: it gives up at once, in time, within a size, and never names a secret."""

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, Final, cast

import httpx
import httpx2  # what the library is built on: httpx under another name
from pagerduty import Error, EventsApiV2Client, RestApiV2Client, UrlError
from pydantic import SecretStr

from bot.domain.errors import Refused, Unavailable, VendorError
from bot.integrations.pagerduty.refusals import refused
from bot.integrations.pagerduty.settings import is_loopback
from bot.integrations.response import Response, Wording
from bot.integrations.threads import TimedOut
from bot.integrations.trouble import trouble

LARGEST: Final = 20_000_000
"""Bytes of an answer."""


class _Guarded:
    """What both of the library's clients must not do. Mixed in before them.

    By itself the library repeats a 429 for ever and sleeps between, waits a minute, reads any amount, logs what it
    calls, and counts it in a table that only grows.
    """

    max_network_attempts = 0
    guarded: "Guard"

    @property
    def url(self) -> str:
        return self._address

    @url.setter
    def url(self, address: str) -> None:
        # The library wants https without exception; the local workspace and tests answer on loopback.
        if not address.startswith("https://") and not is_loopback(address):
            raise Refused("PAGERDUTY_API_URL must start with https:// (plain http only to this machine itself).")
        self._address = address

    def postprocess(self, response: httpx2.Response, _suffix: str | None = None) -> None:
        """Called for each answer, before the library looks at its status: a failure leaves here and is not repeated."""
        if not response.is_success:
            raise self.guarded.failure(response)


class Rest(_Guarded, RestApiV2Client):
    """The REST API."""

    def __init__(self, guard: "Guard", key: SecretStr, address: str) -> None:
        self.guarded = guard
        self.timeout = guard.seconds  # type: ignore[assignment] # the library's own is a whole number, any will do
        super().__init__(key.get_secret_value(), base_url=address, **guard.connection(address))


class Events(_Guarded, EventsApiV2Client):
    """The Events API. The library repeats its 5xx by itself too, up to six times."""

    def __init__(self, guard: "Guard", routing_key: SecretStr, address: str) -> None:
        self.guarded = guard
        self.timeout = guard.seconds  # type: ignore[assignment] # as above
        super().__init__(routing_key.get_secret_value(), base_url=address, **guard.connection(address))


class Guard:
    """The limits of a call, and the words for what goes wrong with it."""

    def __init__(
        self,
        wording: Wording,
        *,
        seconds: float,
        now: Callable[[], datetime],
        heard: Callable[[str], None],
        wrong: str | None = None,
    ) -> None:
        """`heard` takes the `Date` of each answer; `wrong` is what is wrong with the settings; nothing is sent then."""
        self.wording, self.seconds, self.now, self.heard, self.wrong = wording, seconds, now, heard, wrong

    @cached_property
    def _authorities(self) -> ssl.SSLContext:
        """Read once for all threads; each client would otherwise read the same file again."""
        return httpx2.create_ssl_context()

    def connection(self, address: str) -> dict[str, Any]:
        return {
            "event_hooks": {"response": [self._within_limits]},
            "headers": {"accept-encoding": "identity"},  # a small body that unpacks to gigabytes has no way in
            "trust_env": not is_loopback(address),  # no proxy stands before this machine
            "verify": self._authorities,
        }

    def failure(self, response: httpx2.Response) -> VendorError:
        told = Response(
            wording=self.wording,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
        )
        return refused(told, response.request.url.path, self.now())

    def told(self, error: Exception) -> VendorError | None:
        """Our error for one of the library's. Its own texts hold addresses with query and the end of the key."""
        if not isinstance(error, _LIBRARY_ERRORS):
            return None
        cause = error.__cause__
        if isinstance(cause, httpx2.TimeoutException) and not isinstance(cause, httpx2.ConnectTimeout):
            return TimedOut(f"{self.wording.title} gave no answer in {self.seconds:.0f} s")
        if isinstance(cause, httpx2.TransportError):
            same = getattr(httpx, type(cause).__name__, httpx.TransportError)("")
            same.__cause__ = cause
            return trouble(self.wording, same)
        return Unavailable(
            f"{self.wording.title} answered with something that is not its JSON (a login page or proxy?)."
            f"{self.wording.check_address}"
        )

    def _within_limits(self, response: httpx2.Response) -> None:
        self.heard(response.headers.get("date", ""))
        too_much = Refused(f"{self.wording.title} answered more than {LARGEST // 1_000_000} MB")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Refused(f"{self.wording.title} answered with a packed body, which was not asked for")
        response.stream = _Bounded(
            cast("httpx2.SyncByteStream", response.stream), too_much, time.monotonic() + self.seconds
        )


class _Bounded(httpx2.SyncByteStream):
    """A body that ends with an error when it is too large, or when it drips for longer than the call may take."""

    def __init__(self, stream: httpx2.SyncByteStream, too_much: Refused, until: float) -> None:
        self._stream, self._too_much, self._until = stream, too_much, until

    def __iter__(self) -> Iterator[bytes]:
        seen = 0
        for chunk in self._stream:
            seen += len(chunk)
            if seen > LARGEST:
                raise self._too_much
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout("the body took too long")
            yield chunk

    def close(self) -> None:
        self._stream.close()


_LIBRARY_ERRORS: Final = (
    Error,
    UrlError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    RecursionError,
)
