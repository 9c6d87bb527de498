"""How a system is reached: through a socket of this machine, or with a certificate by which it knows us."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.errors import NotAuthorised, Refused, Unavailable
from bot.integrations.http import Api, Outside
from tests.integrations.certificates import Authority

_ANSWER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 8\r\nconnection: close\r\n\r\n{"a": 1}'


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_ANSWER)
    await writer.drain()
    writer.close()


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    door = Outside(patience=5)
    yield door
    await door.aclose()


@asynccontextmanager
async def secured(server: Path) -> AsyncIterator[str]:
    """A server that lets in only who shows a certificate of its own authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(server / "ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(server / "cert.pem", server / "key.pem")
    listening = await asyncio.start_server(_talk, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def test_a_socket_of_this_machine_takes_the_place_of_the_host(outside: Outside, tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    async with await asyncio.start_unix_server(_talk, path):
        api = outside.api(title="Local", base_url="http://localhost", socket=str(path))
        assert await api.get_json("/x") == {"a": 1}


async def test_a_call_searches_for_no_module(outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """httpcore looks for one at every step, and a search takes as long as the rest of the step."""
    searched: list[str] = []

    class Watching:
        def find_spec(self, name: str, *_: object) -> None:
            searched.append(name)

    path = tmp_path / "api.sock"
    async with await asyncio.start_unix_server(_talk, path):
        api = outside.api(title="Local", base_url="http://localhost", socket=str(path))
        await api.get_json("/x")
        monkeypatch.setattr(sys, "meta_path", [Watching(), *sys.meta_path])
        await api.get_json("/x")
    assert searched == []


async def test_a_socket_that_is_not_there_or_is_shut_says_so(
    outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "no.sock")
    api = outside.api(title="Local", base_url="http://localhost", socket=path, address="LOCAL_HOST")
    with pytest.raises(Unavailable, match=r"its socket is not there\. Check LOCAL_HOST\."):
        await api.get_json("/x")

    async def shut(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("anyio.connect_unix", shut)  # whoever runs the tests may be root, to whom nothing is shut
    with pytest.raises(Refused, match=r"we may not open its socket\. Check LOCAL_HOST\."):
        await api.get_json("/x")


@pytest.mark.program("openssl")
async def test_a_system_that_knows_us_by_our_certificate(outside: Outside, tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    ours = authority.issue("daywatch", tmp_path / "client")
    forged = stranger.issue("daywatch", tmp_path / "forged")
    async with secured(authority.issue("server", tmp_path / "server")) as address:

        def api(certificates: Path | None, trusted: Path = authority.file) -> Api:
            pair = (str(certificates / "cert.pem"), str(certificates / "key.pem")) if certificates else None
            return outside.api(
                title="Vendor", base_url=address, verify=str(trusted), certificate=pair, variables=("VENDOR_CERT",)
            )

        assert await api(ours).get_json("/x") == {"a": 1}
        # What a server says at its end gets lost when it closes while our request is still on the way.
        refused = r"(refused our certificate, or wants one|may not accept our certificate)\. Check VENDOR_CERT\."
        with pytest.raises((NotAuthorised, Unavailable), match=refused):
            await api(forged).get_json("/x")
        with pytest.raises((NotAuthorised, Unavailable), match=r"refused our certificate|broke off the connection"):
            await api(None).get_json("/x")
        with pytest.raises(Refused, match="a certificate that is not trusted"):
            await api(ours, stranger.file).get_json("/x")


@pytest.mark.parametrize("reason", ["TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE"])
async def test_an_alert_about_our_certificate_is_told_wherever_it_comes_from(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """Docker sends it so early that httpx lets it through as it is."""

    def refusing(*_: object, **__: object) -> None:
        error = ssl.SSLError(1, f"[SSL: {reason}] alert")
        error.reason = reason
        raise error

    monkeypatch.setattr("httpx.AsyncClient.stream", refusing)
    with pytest.raises(NotAuthorised, match=r"Vendor refused our certificate, or wants one\. Check VENDOR_CERT\."):
        await outside.api(title="Vendor", base_url="https://x.example.com", variables=("VENDOR_CERT",)).get_json("/x")


@pytest.mark.program("openssl")
async def test_a_locked_or_wrong_key_is_told_and_never_asked_for_at_the_terminal(
    outside: Outside, tmp_path: Path
) -> None:
    ours = Authority(tmp_path / "a").issue("daywatch", tmp_path / "client")
    await _locked(ours / "key.pem", ours / "locked.pem")
    for key in ("locked.pem", "ca.pem", "none.pem"):
        api = outside.api(
            title="Vendor",
            base_url="https://127.0.0.1:1",
            verify=str(ours / "ca.pem"),
            certificate=(str(ours / "cert.pem"), str(ours / key)),
        )
        with pytest.raises(Refused, match="our certificate or its key"):
            await api.get_json("/x")


async def _locked(key: Path, locked: Path) -> None:
    arguments = ("ec", "-in", str(key), "-out", str(locked), "-aes256", "-passout", "pass:x")
    process = await asyncio.create_subprocess_exec(
        "openssl", *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
