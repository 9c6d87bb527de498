"""PagerDuty's library in a few threads of its own, so that a slow answer holds up nobody else."""

import asyncio
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Generic, Protocol, TypeVar

from bot.domain.errors import VendorError
from bot.integrations.pagerduty.library import LIBRARY_ERRORS, Guard, TimedOut

AT_ONCE: Final = 4


class Client(Protocol):
    def close(self) -> None: ...


T = TypeVar("T")
C = TypeVar("C", bound=Client)


class Threads(Generic[C]):
    """Runs calls of a synchronous client in threads of its own, one client a thread at a time."""

    def __init__(self, make: Callable[[], C], guard: Guard, *, patience: float) -> None:
        self._make, self._guard, self._patience = make, guard, patience
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pagerduty")
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._idle: list[C] = []
        self._lock = threading.Lock()
        self._closed = False
        self._finish = weakref.finalize(self, _finished, self._pool, self._idle)

    async def call(self, work: Callable[[C], T]) -> T:
        """Run `work` with a client. Who is cancelled while waiting for a turn has not called anybody."""
        title = self._guard.wording.title
        try:
            async with asyncio.timeout(self._patience), self._turns:
                return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, work)
        except TimeoutError as error:
            raise TimedOut(f"{title} gave no answer in {self._patience:.0f} s") from error

    async def aclose(self) -> None:
        """Close what is idle; a call still under way closes its own client when it ends."""
        with self._lock:
            self._closed = True
        self._finish()

    def _run(self, work: Callable[[C], T]) -> T:
        client = self._take()
        try:
            return work(client)
        except VendorError:
            raise
        except LIBRARY_ERRORS as error:
            raise self._guard.explained(error) from None  # its text holds addresses and the end of the key
        finally:
            self._give_back(client)

    def _take(self) -> C:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._make()

    def _give_back(self, client: C) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(client)
                return
        client.close()


def _finished(pool: ThreadPoolExecutor, idle: list[C]) -> None:
    pool.shutdown(wait=False, cancel_futures=True)
    while idle:
        idle.pop().close()
