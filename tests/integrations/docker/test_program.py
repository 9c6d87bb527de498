"""Our checks beside a real engine: Debian's, with containers made from nothing, over its socket and over TLS."""

import asyncio
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from bot.domain.change import Result
from bot.domain.check import Status
from bot.domain.errors import VendorError
from bot.integrations import Wiring
from bot.integrations.docker.adapter import Docker
from bot.integrations.docker.settings import DockerSettings
from bot.integrations.http import Outside
from tests.integrations.certificates import Authority
from tests.integrations.programs import free_port, until

_BUSYBOX: Final = Path("/bin/busybox")
_MISSING: Final = [name for name in ("dockerd", "containerd", "runc", "openssl", "busybox") if not shutil.which(name)]

# Not demanded in CI: an engine wants to be root on a machine whose control groups it may use.
pytestmark = [
    pytest.mark.skipif(
        bool(_MISSING), reason=f"needs {', '.join(_MISSING)} (apt-get install docker.io busybox-static)"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs to be root, as an engine is"),
    pytest.mark.timeout(120),
]


@asynccontextmanager
async def engine(folder: Path, port: int, certificates: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the engine's own socket. Where an engine cannot start, the test is skipped with its last words."""
    log, socket = folder / "log", folder / "s.sock"
    arguments = (
        *("--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"),
        *("-H", f"unix://{socket}", "-H", f"tcp://127.0.0.1:{port}", "--tlsverify"),
        *("--tlscacert", certificates / "ca.pem", "--tlscert", certificates / "cert.pem"),
        *("--tlskey", certificates / "key.pem"),
        *("--bridge=none", "--iptables=false", "--storage-driver=vfs"),
    )
    with log.open("w") as written:
        process = await asyncio.create_subprocess_exec("dockerd", *map(str, arguments), stdout=written, stderr=written)
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://docker", timeout=30) as client:

            async def up() -> bool:
                if process.returncode is not None:
                    pytest.skip(f"the engine does not start here: {log.read_text()[-300:]}")
                try:
                    return (await client.get("/_ping")).text == "OK"
                except httpx.TransportError:
                    return False

            try:
                await until(up, 20, "the engine answers")
            except AssertionError:
                pytest.skip(f"the engine does not start here in 20 s: {log.read_text()[-300:]}")
            yield client
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 30)


def _tiny() -> bytes:
    """An image's whole content: one static program."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.add(_BUSYBOX, "bin/busybox")
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        archive.addfile(link)
    return written.getvalue()


async def run(client: httpx.AsyncClient, name: str, command: str, **more: Any) -> None:
    """Makes a container and starts it. Any: what the engine takes."""
    body = {"Image": "tiny:1.0", "Cmd": ["/bin/sh", "-c", command], "StopSignal": "SIGKILL", **more}
    body["HostConfig"] = {"NetworkMode": "none", **more.get("HostConfig", {})}
    made = await client.post("/containers/create", params={"name": name}, json=body)
    assert made.status_code == 201, made.text
    started = await client.post(f"/containers/{name}/start")
    assert started.status_code == 204, started.text


def checking(command: str) -> dict[str, Any]:
    """Tried often, and never found too slow, however busy the machine is."""
    return {"Test": ["CMD-SHELL", command], "Interval": 200_000_000, "Timeout": 60 * 10**9, "Retries": 1}


async def test_containers_of_a_real_engine_are_seen_as_they_are() -> None:
    # A short path: those of sockets end after 108 letters.
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    outside = Outside(patience=10)
    try:
        authority, port = Authority(folder / "authority"), free_port()
        ours = authority.issue("daywatch", folder / "client")
        stranger = Authority(folder / "others").issue("daywatch", folder / "stranger")
        (stranger / "ca.pem").write_bytes(authority.file.read_bytes())

        def connected(host: str = f"tcp://127.0.0.1:{port}", certificates: Path | None = ours) -> Docker:
            """A new one each time: it keeps what it saw for some seconds."""
            settings = DockerSettings(host=host, cert_path=str(certificates or ""), containers=("web",))
            return Docker.connect(settings, Wiring(outside=outside))

        async with engine(folder, port, authority.issue("server", folder / "server")) as client:
            await _nothing_runs(connected(f"unix://{folder / 's.sock'}"))
            await _one_runs(client, connected)
            await _others_fail(client, connected)
            for one in (connected(certificates=stranger), connected(f"http://127.0.0.1:{port}", None)):
                with pytest.raises(VendorError, match=r"our certificate.*Check DOCKER_CERT_PATH|HTTPS server"):
                    await one.engine()
    finally:
        await outside.aclose()
        shutil.rmtree(folder)


async def _nothing_runs(docker: Docker) -> None:
    assert (await docker.engine()).status is Status.OK
    for ask in (docker.restarts, docker.images, docker.disk):
        assert (await ask()).status is Status.UNKNOWN
    assert [one.detail for one in (await docker.containers()).evidence] == ["must run and is not there"]


async def _one_runs(client: httpx.AsyncClient, connected: Callable[[], Docker]) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    named = {"fromSrc": "-", "repo": "tiny", "tag": "1.0"}
    made = await client.post("/images/create", params=named, content=_tiny())
    assert made.status_code == 200, made.text
    await run(client, "web", "sleep 600", Healthcheck=checking("exit 0"))

    async def healthy() -> bool:
        return "1 healthy" in (await connected().containers()).summary

    await until(healthy, 20, "its health check has passed")
    docker = connected()
    for check in docker.checks():
        answer = await check.ask()
        assert answer.status is Status.OK, answer
    (change,) = await docker.changed(began)
    assert (change.version, change.result, list(change.places)) == ("1.0", Result.SUCCEEDED, ["web", "tiny"])
    assert {refused for _, refused in await docker.probe()} == {None}


async def _others_fail(client: httpx.AsyncClient, connected: Callable[[], Docker]) -> None:
    await run(client, "ill", "sleep 600", Healthcheck=checking("echo nope; exit 1"))
    policy = {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 1}}
    await run(client, "crash", "exit 3", HostConfig=policy)

    async def bad() -> dict[str, str] | None:
        told = {one.title: one.detail for one in (await connected().containers()).evidence}
        return told if "unhealthy" in told.get("ill", "") and "ended" in told.get("crash", "") else None

    told = await until(bad, 30, "one is ill and one has given up")
    assert told["crash"] == "ended (exit code 3)"
    assert told["ill"].endswith("checks in a row failed: nope")

    async def kept() -> dict[str, str] | None:
        events = {one.title: one.detail for one in (await connected().restarts()).evidence}
        return events if {"ill", "crash"} <= set(events) else None

    restarts = await until(kept, 20, "the events of both are past")
    assert restarts["ill"] == "was unhealthy"
    assert restarts["crash"].startswith("restarted once, last on ")
