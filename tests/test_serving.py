"""`daywatch serve` before it serves: what stops it is told in words, with what to do."""

import socket
from pathlib import Path

import pytest

from bot.serving import serve
from bot.settings import BadSettings


async def test_a_port_of_the_local_workspace_that_is_taken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("DAYWATCH_LOCAL_PORT", str(port))
        with pytest.raises(BadSettings, match=f"Port {port}, .+ Set DAYWATCH_LOCAL_PORT"):
            await serve(local=True)
