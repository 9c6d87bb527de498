"""Starts Debian's Prometheus, Alertmanager and node exporter on loopback, with everything of theirs in one folder."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(
    program: str, arguments: Sequence[str], address: str, folder: Path, page: str = "/-/ready"
) -> AsyncIterator[str]:
    """The program, once its page says that it is ready; stopped when the block ends."""
    log = folder / f"{program}.log"
    process = await _started(program, arguments, log)
    try:
        await until(lambda: _ready(f"{address}{page}", process, log), 30, f"{program} is ready")
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)


def _written(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


async def _started(program: str, arguments: Sequence[str], log: Path) -> asyncio.subprocess.Process:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        return await asyncio.create_subprocess_exec(program, *arguments, stdout=handle, stderr=handle, cwd=log.parent)
    finally:
        os.close(handle)


async def until(ask: Callable[[], Awaitable[T | None]], seconds: float, what: str) -> T:
    """What `ask` finds, as soon as it finds something."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = await ask()
                if found:
                    return found
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None


async def _ready(address: str, process: asyncio.subprocess.Process, log: Path) -> bool:
    assert process.returncode is None, _tail(log)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            # 401 is what a server with a login says when it is up.
            return (await client.get(address)).status_code in (200, 401)
    except httpx.TransportError:
        return False


def _tail(log: Path) -> str:
    return log.read_text()[-2_000:]


@asynccontextmanager
async def prometheus(folder: Path, config: str, *flags: str, prefix: str = "") -> AsyncIterator[str]:
    """A Prometheus; OWN in the configuration stands for its own host and port."""
    own = f"127.0.0.1:{free_port()}"
    arguments = (
        f"--config.file={_written(folder, 'prometheus.yml', config.replace('OWN', own))}",
        f"--storage.{'agent' if '--enable-feature=agent' in flags else 'tsdb'}.path={folder / 'store'}",
        f"--web.listen-address={own}",
        *((f"--web.external-url=http://{own}{prefix}",) if prefix else ()),
        *flags,
    )
    async with running("prometheus", arguments, f"http://{own}{prefix}", folder) as address:
        yield address


@asynccontextmanager
async def alertmanager(folder: Path, config: str, *flags: str) -> AsyncIterator[str]:
    own = f"127.0.0.1:{free_port()}"
    arguments = (
        f"--config.file={_written(folder, 'alertmanager.yml', config)}",
        f"--storage.path={folder / 'store'}",
        f"--web.listen-address={own}",
        "--cluster.listen-address=",
        *flags,
    )
    async with running("prometheus-alertmanager", arguments, f"http://{own}", folder) as address:
        yield address


@asynccontextmanager
async def node_exporter(folder: Path, port: int) -> AsyncIterator[str]:
    """A node exporter that tells the host's name and system, and what stands in the text files of the folder."""
    arguments = (
        "--collector.disable-defaults",
        "--collector.uname",
        "--collector.os",
        "--collector.textfile",
        f"--collector.textfile.directory={folder}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    async with running("prometheus-node-exporter", arguments, f"http://127.0.0.1:{port}", folder, "/") as address:
        yield address
