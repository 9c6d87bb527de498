"""A small IMAP server on loopback that answers as it is told, also as badly as real ones do."""

import asyncio
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

NOW: Final = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
GREETING: Final = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A mail in the folder."""

    content: bytes
    at: datetime = NOW - timedelta(hours=1)
    flags: str = ""


Special = Callable[[bytes], bytes | None]
"""(tag) → bytes that are sent in place of the usual answer; None is silence."""


@dataclass(slots=True, kw_only=True)
class Server:
    """`instead` is asked by the command's name ("greeting", "LOGIN", "EXAMINE", "SEARCH", "FETCH")."""

    mails: Sequence[Lying] = ()
    instead: Mapping[str, Special] = field(default_factory=dict)
    validity: int = 7
    password: str = ""
    token: str = "none"
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._send(writer, "greeting", b"", GREETING)
            while line := await reader.readline():
                tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
                said = rest.decode()
                self.asked.append(said)
                name = said.removeprefix("UID ").split(" ")[0].upper()
                if name == "AUTHENTICATE":
                    await self._sasl(reader, writer, tag)
                    continue
                await self._send(writer, name, tag, self._answer(name, said) + tag + b" OK done\r\n")

    async def _sasl(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tag: bytes) -> None:
        """A refusal is explained in a second question, as Exchange does it."""
        writer.write(b"+ \r\n")
        said = b64decode(await reader.readline()).decode()
        self.asked.append(said)
        if f"Bearer {self.token}\1" not in said:
            writer.write(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
            self.asked.append((await reader.readline()).decode().strip())
            writer.write(tag + b" NO AUTHENTICATE failed.\r\n")
        else:
            writer.write(tag + b" OK AUTHENTICATE completed.\r\n")
        await writer.drain()

    async def _send(self, writer: asyncio.StreamWriter, name: str, tag: bytes, usual: bytes) -> None:
        special = self.instead.get(name)
        answer = special(tag) if special else usual
        if name == "LOGIN" and self.password and self.password not in self.asked[-1]:
            answer = tag + b" NO [AUTHENTICATIONFAILED] Authentication failed.\r\n"
        if answer is None:
            await asyncio.sleep(60)
            return
        writer.write(answer)
        await writer.drain()
        if answer.endswith(b"CUT"):
            writer.close()

    def _answer(self, name: str, said: str) -> bytes:
        match name:
            case "CAPABILITY":
                return b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
            case "EXAMINE":
                return f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] UIDs\r\n".encode()
            case "SEARCH":
                return ("* SEARCH " + " ".join(str(uid) for uid, _ in self._numbered())).encode().rstrip() + b"\r\n"
            case "FETCH":
                wanted = {int(uid) for uid in re.split(r"[ ,]", said)[2:] if uid.isdigit()}
                return b"".join(fetched(uid, one) for uid, one in self._numbered() if uid in wanted)
        return b""

    def _numbered(self) -> Sequence[tuple[int, Lying]]:
        return list(enumerate(self.mails, 1))


def fetched(uid: int, one: Lying) -> bytes:
    part = one.content[:16_000]
    head = f'* {uid} FETCH (UID {uid} FLAGS ({one.flags}) INTERNALDATE "{one.at:%d-%b-%Y %H:%M:%S +0000}"'
    return f"{head} BODY[]<0> {{{len(part)}}}\r\n".encode() + part + b")\r\n"


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            with suppress(asyncio.CancelledError):
                await server.talk(reader, writer)
        finally:
            talks.discard(task)
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
