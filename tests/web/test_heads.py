"""A request's head is read within bounds: endless, crowded and slow ones are sent away, ordinary ones are not."""

import asyncio
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from bot.serving import listening_config
from bot.web.heads import MOST_BYTES, MOST_HEADERS, BoundedHttp

OPENING = b"POST /hello HTTP/1.1\r\nHost: bot\r\n"


class Wire(asyncio.Transport):
    """What the other side would see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.seen += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Quick(BoundedHttp):
    patience = 0.0


def connected(kind: type[BoundedHttp] = BoundedHttp) -> tuple[BoundedHttp, Wire]:
    web = FastAPI()

    @web.post("/hello")
    async def hello() -> str:
        return "hello"

    protocol = kind(uvicorn.Config(web, ws="none", log_config=None), ServerState(), {})
    wire = Wire()
    protocol.connection_made(wire)
    return protocol, wire


async def answered(protocol: BoundedHttp, wire: Wire) -> bytes:
    for task in list(protocol.tasks):
        await task
    return wire.seen


async def test_an_ordinary_request_is_answered_and_so_is_the_next_on_the_same_connection() -> None:
    protocol, wire = connected()
    for piece in (OPENING, b"Content-Length: 2\r\n\r\nhi", OPENING + b"Content-Length: 70000\r\n\r\n", b"x" * 70_000):
        protocol.data_received(piece)
        await answered(protocol, wire)
    assert wire.seen.count(b"HTTP/1.1 200 OK") == 2
    assert not wire.closed


async def test_a_head_that_never_ends_is_sent_away_before_it_fills_the_memory() -> None:
    protocol, wire = connected()
    protocol.data_received(OPENING + b"X: ")
    for _ in range(MOST_BYTES // 4096 + 1):
        assert not wire.closed
        protocol.data_received(b"x" * 4096)
    assert wire.closed
    assert wire.seen.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "crowd", [b"X-Many: 1\r\n" * MOST_HEADERS, b"X: " + b"x" * MOST_BYTES + b"\r\n"], ids=["many", "large"]
)
async def test_a_whole_head_beyond_the_bounds_reaches_nobody(crowd: bytes) -> None:
    protocol, wire = connected()
    protocol.data_received(OPENING + crowd + b"Content-Length: 2\r\n\r\nhi")
    seen = await answered(protocol, wire)
    assert seen.startswith(b"HTTP/1.1 431 ")
    assert b"hello" not in seen
    assert wire.closed


@pytest.mark.parametrize("begun", [b"", OPENING], ids=["nothing", "half a head"])
async def test_who_does_not_finish_a_head_in_time_is_sent_away(begun: bytes) -> None:
    protocol, wire = connected(Quick)
    protocol.data_received(begun)
    await asyncio.sleep(0.01)
    assert wire.closed
    assert wire.seen.startswith(b"HTTP/1.1 408 ")


async def test_the_time_for_a_head_is_not_the_time_for_an_answer() -> None:
    protocol, wire = connected(Quick)
    protocol.data_received(OPENING + b"Content-Length: 2\r\n\r\n")
    await asyncio.sleep(0.01)
    assert not wire.closed
    protocol.data_received(b"hi")
    assert (await answered(protocol, wire)).startswith(b"HTTP/1.1 200 ")


async def test_the_bot_s_door_reads_heads_so_speaks_no_websockets_and_believes_no_proxy() -> None:
    config = listening_config(FastAPI())
    config.load()
    assert config.http_protocol_class is BoundedHttp
    assert config.ws_protocol_class is None
    assert config.proxy_headers is False
