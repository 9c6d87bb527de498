"""How much memory an idle bot holds: with Slack alone, and with every system and the local workspace in its process.

Limits (architecture, budgets): 180 MiB and 260 MiB. `python benchmarks/memory.py [idle seconds]`
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

import httpx
from beside import ROOT, beside, free_port, ready, resident

sys.path.insert(0, str(ROOT))

from pydantic import SecretStr, TypeAdapter

from bot.integrations.settings import SystemSettings
from tests.integrations.contract.script import NAMES, script

DEFAULT, EVERYTHING = 180, 260


def _on(settings: SystemSettings) -> dict[str, str]:
    """The variables that make these settings."""
    told: dict[str, str] = {}
    for field in settings.model_fields_set:
        value = getattr(settings, field)
        if value is None:
            continue
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if isinstance(value, tuple | list) and all(isinstance(one, str | int) for one in value):
            text = ",".join(map(str, value))
        elif isinstance(value, tuple | list | Mapping):
            text = TypeAdapter(type(value)).dump_json(value).decode()
        else:
            text = str(value)
        told[settings.variable_name(field)] = text.lower() if isinstance(value, bool) else text
    return told


def _every_system() -> dict[str, str]:
    """All there are, each at an address where nobody answers."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    found: dict[str, str] = {}
    for name in NAMES:
        found |= _on(script(name).settings(nowhere))
    return {name: token_hex(16) if name.endswith("_REPORT_TOKEN") else value for name, value in found.items()}


async def _default(seconds: float) -> float:
    async with beside(systems=False) as pair:
        await asyncio.sleep(seconds)
        return resident(pair.process.pid)


async def _everything(seconds: float) -> float:
    """`daywatch serve` with no Slack variable: the workspace and its example systems run in the same process."""
    with tempfile.TemporaryDirectory() as folder:
        port, log = free_port(), Path(folder) / "log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SLACK_")}
        environment |= _every_system()
        environment |= {"DAYWATCH_DATA_DIR": folder, "DAYWATCH_PORT": str(port), "DAYWATCH_LOCAL_PORT": "0"}
        with log.open("wb") as errors:
            bot = subprocess.Popen(  # noqa: ASYNC220 - once
                [sys.executable, "-m", "bot", "serve", "--local"], cwd=ROOT, env=environment, stderr=errors
            )
        try:
            async with httpx.AsyncClient(timeout=5) as http:
                await ready(http, f"http://127.0.0.1:{port}", log)
            await asyncio.sleep(seconds)
            on = next(line for line in log.read_text().splitlines() if "[bot.app]" in line and " ready " in line)
            print(on[on.index("ready") :])
            return resident(bot.pid)
        finally:
            bot.terminate()
            bot.wait(15)


async def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    default, everything = await _default(seconds), await _everything(seconds)
    print(f"Slack alone: {default:.0f} MiB (limit {DEFAULT})")
    print(f"every system and the local workspace: {everything:.0f} MiB (limit {EVERYTHING})")
    return 0 if default <= DEFAULT and everything <= EVERYTHING else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
