"""The one door to the outside: every call to a vendor goes through it, with one set of limits and error texts."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final

import httpx
import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from pydantic import SecretStr

from bot.integrations.address import Headers, basic, bearer, parts_of, plain, wrong_address, wrong_headers
from bot.integrations.api import LARGEST, Api, Line
from bot.integrations.foreign import segment, shown
from bot.integrations.once import once_per
from bot.integrations.response import Response, Wording
from bot.integrations.way import Trusted, Way

__all__ = ["LARGEST", "Api", "Outside", "Response", "basic", "bearer", "once_per", "segment", "shown"]

PATIENCE: Final = 10.0
"""Seconds for one call, its second try included."""

log = structlog.get_logger(__name__)


class Outside:
    """Owns the connections to every system. Made without I/O; the pools are opened by the first call.

    One pool serves all systems; one that is reached in another way (`Way`) gets a pool beside it.
    """

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        registry: CollectorRegistry | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.patience = patience
        self.registry = CollectorRegistry() if registry is None else registry
        self.now = now
        self.apart: dict[str, float] = {}
        """By title: how many seconds a system's clock is ahead of ours, as its last answer told."""
        self._pools: dict[Way, httpx.AsyncClient] = {}
        self._calls = Counter(
            "daywatch_outside_calls", "Calls to systems outside", ["system", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "daywatch_outside_seconds", "Duration of calls to systems outside", ["system"], registry=self.registry
        )

    def api(
        self,
        *,
        title: str,
        base_url: str,
        headers: Headers | None = None,
        auth: httpx.Auth | None = None,
        verify: Trusted = True,
        certificate: tuple[str, str] | None = None,
        socket: str = "",
        secrets: set[str] | None = None,
        allow_plain_http: bool = False,
        address: str = "",
        variables: Sequence[str] = (),
        right: str = "",
        patience: float | None = None,
    ) -> Api:
        """The API of one system, without I/O. A wrong address or header is told by the first call, not here.

        `address` and `variables` name the settings to correct, `right` what the credential must be allowed: they go
        into error texts. `verify`, `certificate` and `socket` are those of `Way`. A `SecretStr` among the headers is a
        credential, and so are `auth` and `certificate`. `secrets` is what else must not be shown; it may grow.
        `patience` is for calls that take longer than others.
        """
        given = {name.lower(): value for name, value in (headers or {}).items()}
        sent = [plain(value) for value in given.values() if isinstance(value, SecretStr)]
        known = set() if secrets is None else secrets
        known.update(part for secret in sent for part in parts_of(secret))
        wording = Wording(
            title=title,
            address=address,
            variables=variables,
            right=right,
            credential=bool(sent) or auth is not None or certificate is not None,
            certificate=certificate is not None,
            secrets=known,
        )
        wrong = wrong_address(base_url, wording, allow_plain_http=allow_plain_http) or wrong_headers(given, wording)
        line = Line(
            pool=partial(self._pool, Way(verify=verify, certificate=certificate, socket=socket)),
            patience=patience or self.patience,
            now=self.now,
            count=partial(self.count, title),
            heard=partial(self.heard, title),
        )
        base = base_url.strip().rstrip("/")
        return Api(line=line, wording=wording, base_url=base, headers=given, auth=auth, wrong=wrong)

    def count(self, title: str, outcome: str, seconds: float) -> None:
        """Put a call into the metrics. For vendors' libraries, which do their calls themselves; `Api` does it alone."""
        system = title.lower()
        self._calls.labels(system, outcome).inc()
        self._seconds.labels(system).observe(seconds)
        log.debug("outside call", system=system, outcome=outcome, seconds=round(seconds, 3))

    def heard(self, title: str, date: str) -> None:
        """Take the `Date` header of an answer; one that is missing or no date tells nothing."""
        try:
            theirs = parsedate_to_datetime(date)
        except (ValueError, TypeError, OverflowError):
            return
        if theirs.tzinfo is not None:
            self.apart[title] = theirs.timestamp() - self.now().timestamp()

    async def aclose(self) -> None:
        pools, self._pools = list(self._pools.values()), {}
        for client in pools:
            await client.aclose()

    def _pool(self, way: Way) -> httpx.AsyncClient:
        if way not in self._pools:
            self._pools[way] = way.pool(self.patience)
        return self._pools[way]
