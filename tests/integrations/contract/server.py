"""A small HTTP server on loopback that answers as it is told, also as badly as real ones do."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

JSON = {"content-type": "application/json"}
_TURNS = 4
"""Of the loop, at the end: in some of them a connection of the last moment is accepted, talks and is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """How scripts name it: "GET /api/v1/rules"."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """An answer. `ending` says how it goes wrong on the way: never sent, cut in the middle, or without end."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    ending: Literal["whole", "silence", "cut", "flood"] = "whole"
    flood: int = 30_000_000
    """How many bytes come before the body in a flood."""


def told(value: Any, status: int = 200) -> Canned:
    """A JSON answer. Any: whatever JSON can hold."""
    return Canned(status=status, body=json.dumps(value).encode())


def said(text: str, status: int = 200) -> Canned:
    """A plain-text answer."""
    return Canned(status=status, body=text.encode(), headers={"content-type": "text/plain; charset=utf-8"})


Answering = Callable[[Request], Canned]


@asynccontextmanager
async def serving(answer: Answering, tls: ssl.SSLContext | None = None, *, after: float = 0.0) -> AsyncIterator[str]:
    """The server for as long as the block lasts; gives its address. Each answer comes `after` seconds."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            # Whoever hangs up in the middle of an answer is the client under test.
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                request = await _read(reader)
                await asyncio.sleep(after)
                await _write(writer, answer(request))
        finally:
            talks.discard(task)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        server.close()
        for _ in range(_TURNS):
            for task in list(talks):
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)
            await asyncio.sleep(0)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    address = urlsplit(target)
    return Request(method=method, path=address.path, query=parse_qs(address.query), headers=headers, body=body)


async def _write(writer: asyncio.StreamWriter, canned: Canned) -> None:
    if canned.ending == "silence":
        await asyncio.sleep(60)
        return
    headers = {**canned.headers, "connection": "close"}
    if canned.ending == "flood":
        await _flood(writer, canned, headers)
        return
    headers["content-length"] = str(len(canned.body))
    body = canned.body[: len(canned.body) // 2] if canned.ending == "cut" else canned.body
    writer.write(_head(canned.status, headers) + body)
    await writer.drain()


async def _flood(writer: asyncio.StreamWriter, canned: Canned, headers: Mapping[str, str]) -> None:
    """Megabytes that do not say how long they are."""
    writer.write(_head(canned.status, {**headers, "transfer-encoding": "chunked"}))
    piece = b" " * 100_000
    for _ in range(canned.flood // len(piece)):
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
    writer.write(f"{len(canned.body):x}\r\n".encode() + canned.body + b"\r\n0\r\n\r\n")
    await writer.drain()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Told", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
