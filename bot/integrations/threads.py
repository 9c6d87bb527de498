"""A vendor's synchronous library in a few threads of its own, so that a slow answer holds up nobody else."""

import asyncio
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Generic, Protocol, TypeVar

from bot.domain.errors import Unavailable, VendorError

AT_ONCE: Final = 4
MOST_LOST: Final = 16
"""Calls that nobody waits for any more and that still go on. A server that drips its answer can keep one for days."""


class Client(Protocol):
    def close(self) -> Any: ...  # whatever a library's own gives back


T = TypeVar("T")
C = TypeVar("C", bound=Client)


class TimedOut(Unavailable):
    """No answer in time; another try would not find the time either."""


class Threads(Generic[C]):
    """Runs calls of a synchronous client in threads of its own, one client a thread at a time.

    `told` gives our error for one of the library's, or None for what is no error of a call. What it says replaces the
    library's words: those hold addresses, bodies and ends of keys.
    """

    def __init__(
        self,
        make: Callable[[], C],
        *,
        title: str,
        patience: float,
        told: Callable[[Exception], VendorError | None],
    ) -> None:
        self._make, self._title, self._patience, self._told = make, title, patience, told
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._idle: list[C] = []
        self._busy = 0
        self._lock = threading.Lock()
        self._closed = False
        self._finish = weakref.finalize(self, _finished, self._idle)

    async def call(self, work: Callable[[C], T]) -> T:
        """Run `work` with a client. Who is cancelled while waiting for a turn has not called anybody.

        A thread cannot be stopped: one that nobody waits for any more is busy until its call ends. It keeps its turn
        for a while, so that a slow system is not asked ever more at once, and then makes room; it does not hold up the
        end of the program.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
                return await self._in_turn(work)
        except TimeoutError as error:
            raise TimedOut(f"{self._title} gave no answer in {self._patience:.0f} s") from error

    async def _in_turn(self, work: Callable[[C], T]) -> T:
        begun: Future[T] | None = None
        try:
            begun = self._begun(work)
            return await asyncio.wrap_future(begun)
        finally:
            if begun is None or begun.done():
                self._turns.release()
            else:
                asyncio.get_running_loop().call_later(self._patience / 2, self._turns.release)

    async def aclose(self) -> None:
        """Close what is idle; a call still under way closes its own client when it ends."""
        with self._lock:
            self._closed = True
        self._finish()

    def _begun(self, work: Callable[[C], T]) -> Future[T]:
        with self._lock:
            if self._closed:
                raise Unavailable(f"Daywatch is stopping; {self._title} was not asked")
            if self._busy >= AT_ONCE + MOST_LOST:
                raise Unavailable(f"{self._title} has not ended its answers to {self._busy} earlier calls")
            self._busy += 1
        future: Future[T] = Future()
        # A daemon: the interpreter would wait at its end for any other, as long as the server cares to drip.
        threading.Thread(target=self._run, args=(work, future), name=self._title.casefold(), daemon=True).start()
        return future

    def _run(self, work: Callable[[C], T], future: Future[T]) -> None:
        try:
            if future.set_running_or_notify_cancel():
                self._settle(work, future)
        finally:
            with self._lock:
                self._busy -= 1

    def _settle(self, work: Callable[[C], T], future: Future[T]) -> None:
        try:
            result = self._worked(work)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the one who waits must be told
            future.set_exception(error)
        else:
            future.set_result(result)

    def _worked(self, work: Callable[[C], T]) -> T:
        try:
            client = self._take()
            try:
                return work(client)
            finally:
                self._give_back(client)
        except VendorError:
            raise
        except Exception as error:
            ours = self._told(error)
            if ours is None:
                raise
            raise ours from None

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


def _finished(idle: list[C]) -> None:
    while idle:
        idle.pop().close()
