"""A journal on paper: keeps entries as text, can be cut off anywhere, and is replayed against the same flow."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from bot.durable.journal import Doing
from bot.durable.plain import Json


class PowerCut(BaseException):
    """The process ends here."""


class PaperJournal:
    """`time` is virtual: a wait for words jumps to its end unless `words` has some for that moment."""

    def __init__(self, *, now: float = 1_000_000.0) -> None:
        self.entries: dict[int, tuple[str, str]] = {}
        self.time = now
        self.words: list[tuple[float, Json]] = []
        """Moments and what is said then; later ones last."""
        self.cut_before: int | None = None
        """The power is cut when this many new entries have been written."""
        self._number = 0
        self._written = 0

    def replayed(self) -> "PaperJournal":
        """The same paper after a restart."""
        again = PaperJournal(now=self.time)
        again.entries, again.words = dict(self.entries), list(self.words)
        return again

    def reserve(self, name: str) -> Callable[[Doing], Awaitable[Json]]:
        self._number += 1
        number = self._number

        async def enter(doing: Doing) -> Json:
            if number in self.entries:
                return self._read(number, name)
            return self._write(number, name, await doing())

        return enter

    async def receive(self, seconds: float) -> Json:
        self._number += 1
        if self._number in self.entries:
            return self._read(self._number, "receive")
        until = self.time + seconds
        await asyncio.sleep(0)
        if not self.words or self.words[0][0] > until:
            heard = self._write(self._number, "receive", None)
            self.time = until
            return heard
        moment, words = self.words[0]
        heard = self._write(self._number, "receive", words)
        self.words.pop(0)
        self.time = max(self.time, moment)
        return heard

    async def sleep(self, seconds: float) -> None:
        self._number += 1
        if self._number not in self.entries:
            self.time += seconds
            self._write(self._number, "sleep", None)

    def names(self) -> list[str]:
        return [name for _, (name, _) in sorted(self.entries.items())]

    def _read(self, number: int, name: str) -> Json:
        written, text = self.entries[number]
        assert written == name, f"entry {number} is {written!r}, and the replay asks for {name!r}"
        read: Json = json.loads(text)
        return read

    def _write(self, number: int, name: str, entry: Json) -> Json:
        if self.cut_before is not None and self._written >= self.cut_before:
            raise PowerCut
        self._written += 1
        self.entries[number] = (name, json.dumps(entry))
        return self._read(number, name)
