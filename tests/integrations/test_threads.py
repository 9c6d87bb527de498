"""A vendor's library in threads: one that never ends costs its own caller, and neither the next one nor the program."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bot.domain.errors import Unavailable
from bot.integrations.threads import AT_ONCE, MOST_LOST, Threads, TimedOut


class Library:
    def close(self) -> None:
        """It holds nothing."""


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What the hanging calls wait for; they end with the test."""
    event = threading.Event()
    yield event
    event.set()


async def test_calls_that_hang_make_room_after_a_while(released: threading.Event) -> None:
    threads = Threads(Library, title="Vendor", patience=0.2, told=lambda _: None)
    hanging = (threads.call(lambda _: released.wait()) for _ in range(AT_ONCE))
    hung = await asyncio.gather(*hanging, return_exceptions=True)
    assert [type(one) for one in hung] == [TimedOut] * AT_ONCE
    async with asyncio.timeout(10):
        while True:
            with suppress(TimedOut):
                assert await threads.call(lambda _: "well") == "well"
                break


async def test_calls_that_never_end_are_bounded(released: threading.Event) -> None:
    threads = Threads(Library, title="Vendor", patience=0.05, told=lambda _: None)
    words = ""
    async with asyncio.timeout(20):
        while "earlier calls" not in words:
            with pytest.raises(Unavailable) as caught:
                await threads.call(lambda _: released.wait())
            words = str(caught.value)
    assert words == f"Vendor has not ended its answers to {AT_ONCE + MOST_LOST} earlier calls"


def test_a_call_that_never_ends_does_not_keep_the_program_from_ending() -> None:
    program = """
import asyncio, threading
from bot.integrations.threads import Threads
class Library:
    def close(self): pass
async def main():
    await Threads(Library, title="Vendor", patience=0.05, told=lambda _: None).call(lambda _: threading.Event().wait())
asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "TimedOut: Vendor gave no answer" in ended.stderr
