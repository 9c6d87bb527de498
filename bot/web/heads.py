"""Reading a request's head within bounds of size, number and time; whoever goes beyond is sent away."""

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES: Final = 64 * 1024
MOST_HEADERS: Final = 100
PATIENCE: Final = 10.0


class BoundedHttp(HttpToolsProtocol):
    """The parser below has no bounds of its own: what it was sent of a head it would keep until the end of memory."""

    most_bytes = MOST_BYTES
    patience = PATIENCE
    _reading = True
    """A head is awaited or has begun, and is not complete."""
    _begun = 0
    _bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waited()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        begun = self._begun
        super().data_received(data)
        if not self._reading or self.transport.is_closing():
            return
        if self._timer is None:
            self._wait()
        if begun == self._begun:  # all of it is of one head
            self._bytes += len(data)
            if self._bytes > self.most_bytes:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading = True
        self._begun += 1
        self._bytes = 0

    def on_headers_complete(self) -> None:
        self._reading = False
        self._waited()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.most_bytes or len(self.headers) > MOST_HEADERS:
            self.app = _too_large
        super().on_headers_complete()

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.patience, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _waited(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: HTTPStatus) -> None:
        if not self.transport.is_closing():
            line = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            self.transport.write(line.encode())
            self.transport.close()


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"More than {MOST_HEADERS} headers, or more than {MOST_BYTES // 1024} KiB of them."
    await JSONResponse({"detail": detail}, 431, headers={"Connection": "close"})(scope, receive, send)
