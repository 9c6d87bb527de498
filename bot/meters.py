"""Our own metrics, for Prometheus: how much waits, how Slack answers, how fast we acknowledge. No names, no titles."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.domain.errors import StoreDown
from bot.slack.asks import Payload
from bot.slack.router import Ack, Router
from bot.store.counts import Counts
from bot.store.database import Store
from bot.store.deliveries import Deliveries

log = structlog.get_logger(__name__)

PATIENCE: Final = 3.0
STAYS_TRUE: Final = 5.0
"""Seconds: several scrapers in a row cost one look into the database."""
_SLACK_BUCKETS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 10.0)
_ACK_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 3.0)
_CODE: Final = re.compile(r"[A-Za-z_]{1,40}")

Stuck = Callable[[], Awaitable[int]]


class Meters(Collector):
    """Counters run by themselves; gauges are brought up to date when they are read (`refresh`)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry = registry = CollectorRegistry()
        self._clock = clock
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self._slack_calls = Counter("daywatch_slack_calls", "Calls to Slack", ["method", "outcome"], registry=registry)
        self._slack_seconds = Histogram(
            "daywatch_slack_seconds",
            "Duration of calls to Slack",
            ["method"],
            buckets=_SLACK_BUCKETS,
            registry=registry,
        )
        self._acks = Histogram(
            "daywatch_ack_seconds",
            "From a payload of Slack's to its acknowledgement",
            ["kind"],
            buckets=_ACK_BUCKETS,
            registry=registry,
        )

        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(f"daywatch_{name}", what, labels, registry=registry)

        self._store_up = gauge("store_up", "Whether the database answers")
        self._deliveries = gauge("deliveries", "Deliveries that wait, fail or cannot be read", "state")
        self._acts = gauge("acts_waiting", "Decided acts that are not handed over yet")
        self._messages = gauge("messages_behind", "Messages in Slack that do not show the last truth")
        self._steps = gauge("flow_steps_pending", "Steps of flows that a vendor did not do yet")
        self._stuck = gauge("flows_stuck", "Flows that nobody goes on with (at most 100 are counted)")
        self._incidents = gauge("incidents_open", "Open incidents", "severity")
        self._digests = gauge("digests", "Digests in the database", "state")
        self._checks = gauge("checks", "Checks of each team's newest digest", "status")

    def slack_called(self, method: str, outcome: str, seconds: float) -> None:
        """For `SlackApi.observed`. What Slack says is counted by its code; anything else that came is one kind."""
        self._slack_calls.labels(method, outcome if _CODE.fullmatch(outcome) else "other").inc()
        self._slack_seconds.labels(method).observe(seconds)

    def acknowledged(self, kind: str, seconds: float) -> None:
        self._acks.labels(kind).observe(seconds)

    async def refresh(self, store: Store, stuck: Stuck | None = None) -> None:
        """Never fails: a database that is down is what `daywatch_store_up` says."""
        async with self._reading:
            if self._read_at is not None and self._clock() - self._read_at < STAYS_TRUE:
                return
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._read(store)
                    if stuck is not None:
                        self._stuck.set(await stuck())
            except (StoreDown, TimeoutError):
                log.warning("metrics not refreshed: the database does not answer")
                self._store_up.set(0)
                return
            except Exception:
                log.exception("metrics not refreshed")
                return
            self._store_up.set(1)
            self._read_at = self._clock()

    async def _read(self, store: Store) -> None:
        counts = Counts(store)
        for state, many in (await Deliveries(store).counts()).items():
            self._deliveries.labels(state).set(many)
        self._acts.set((await counts.acts()).waiting)
        self._messages.set(await counts.messages_behind())
        self._steps.set(await counts.steps_pending())
        _fill(self._incidents, await counts.open_incidents())
        _fill(self._digests, await counts.digests())
        _fill(self._checks, await counts.checks())

    def collect(self) -> Iterable[Metric]:
        return self.registry.collect()

    def describe(self) -> Iterable[Metric]:
        return ()

    @contextmanager
    def shown(self, *others: CollectorRegistry) -> Iterator[None]:
        """While the block runs, `/metrics` shows ours beside the process's own, and what `others` hold."""
        every = (self, *(_Shelf(one) for one in others))
        for one in every:
            REGISTRY.register(one)
        try:
            yield
        finally:
            for one in every:
                REGISTRY.unregister(one)


@dataclass(frozen=True, slots=True, eq=False)
class _Shelf(Collector):
    """Another registry's metrics, shown as they are."""

    registry: CollectorRegistry

    def collect(self) -> Iterable[Metric]:
        return self.registry.collect()

    def describe(self) -> Iterable[Metric]:
        return ()


def _fill(gauge: Gauge, values: Mapping[str, int]) -> None:
    """What is gone is not shown as it last was."""
    gauge.clear()
    for label, many in values.items():
        gauge.labels(label).set(many)


def _nobody(_kind: str, _seconds: float) -> None:
    return


@dataclass(kw_only=True)
class MeteredRouter(Router):
    """The router, with a clock beside each acknowledgement."""

    acked: Callable[[str, float], None] = field(default=_nobody)

    async def command(self, ack: Ack, body: Payload) -> None:
        await Router.command(self, self._timed("command", ack), body)

    async def action(self, ack: Ack, body: Payload) -> None:
        await Router.action(self, self._timed("action", ack), body)

    async def form(self, ack: Ack, body: Payload) -> None:
        await Router.form(self, self._timed("form", ack), body)

    async def shortcut(self, ack: Ack, body: Payload) -> None:
        await Router.shortcut(self, self._timed("shortcut", ack), body)

    async def options(self, ack: Ack, body: Payload) -> None:
        await Router.options(self, self._timed("options", ack), body)

    def _timed(self, kind: str, ack: Ack) -> Ack:
        began = time.monotonic()

        async def timed(*args: Any, **kwargs: Any) -> Any:  # Bolt's ack takes what the payload's kind allows
            answer = await ack(*args, **kwargs)
            self.acked(kind, time.monotonic() - began)
            return answer

        return timed
