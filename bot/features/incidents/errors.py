"""Asks every system that keeps logs what a service wrote when something went wrong."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.capabilities import Connections, ServiceErrors
from bot.domain.error_line import ErrorLines
from bot.domain.errors import VendorError
from bot.domain.plan import Plan, Service
from bot.features.incidents.board import Board

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one system told; without `errors` the trouble says why."""

    kept_in: str
    errors: ErrorLines | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """The most frequent error lines of a service."""

    connections: Connections
    board: Board
    plan: Callable[[], Plan]
    clock: Callable[[], datetime]
    patience: float = 8.0
    minutes: int = 60
    most: int = 10

    def has_logs(self) -> bool:
        return bool(self.connections.all(ServiceErrors))

    async def of(self, service: Service) -> Sequence[Told]:
        """All systems at once; one that is slow or down says so."""
        return await asyncio.gather(*(self._told(one, service) for one in self.connections.all(ServiceErrors)))

    async def _told(self, logs: ServiceErrors, service: Service) -> Told:
        since = self.clock() - timedelta(minutes=self.minutes)
        try:
            async with asyncio.timeout(self.patience):
                found = await logs.top_errors(service.name, service.match.labels, since, most=self.most)
        except TimeoutError:
            return Told(kept_in=logs.kept_in, trouble=f"no answer in {self.patience:.0f} s")
        except VendorError as error:
            return Told(kept_in=logs.kept_in, trouble=str(error))
        except Exception:
            log.exception("asking for error lines failed", kept_in=logs.kept_in)
            return Told(kept_in=logs.kept_in, trouble="our own mistake, see the log")
        return Told(kept_in=logs.kept_in, errors=found)
