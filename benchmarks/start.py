"""How soon the bot is ready, beside importing the libraries it cannot do without; and the commands that answer at once.

Limits (architecture, budgets): ready ≤ 1.6 × the libraries' import, in the same run (target: 4 s); `--version`,
`manifest`, `config` and `runbooks` each under 0.6 s. `python benchmarks/start.py [times]`
"""

import asyncio
import os
import subprocess
import sys
import time
from statistics import median

from beside import ROOT, beside

RATIO, QUICK = 1.6, 0.6
# What a bot with Slack (Socket Mode) and SQLite uses of each dependency; what is off is not among them.
LIBRARIES = (
    "aiohttp",
    "aiosqlite",
    "alembic.command",
    "dbos",
    "fastapi",
    "httpx",
    "prometheus_client",
    "pydantic_settings",
    "slack_bolt.async_app",
    "slack_bolt.adapter.socket_mode.aiohttp",
    "slack_sdk.models.blocks",
    "slack_sdk.models.views",
    "slack_sdk.web.async_client",
    "slugify",
    "sqlalchemy.ext.asyncio",
    "structlog",
    "symspellpy",
    "typer",
    "uvicorn",
    "uvicorn.protocols.http.httptools_impl",
    "yaml",
)
COMMANDS = (
    ("--version",),
    ("manifest",),
    ("config", "schema"),
    ("config", "check"),
    ("runbooks", "search", "disk"),
    ("runbooks", "lint"),
)


def _run(*command: str) -> float:
    began = time.monotonic()
    subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"DAYWATCH_CONFIG": ""},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - began


async def _ready_after() -> float:
    async with beside() as pair:
        return time.monotonic() - pair.began


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    imports = "import " + ", ".join(LIBRARIES)
    _run("-c", imports)  # the first one reads the files from the disk
    libraries, starts = [], []
    for _ in range(times):  # in turn, so that a busy machine slows both alike
        libraries.append(_run("-c", imports))
        starts.append(asyncio.run(_ready_after()))
    ratio = median(starts) / median(libraries)
    print(f"ready after {median(starts):.2f} s, the libraries {median(libraries):.2f} s: {ratio:.2f} × (limit {RATIO})")
    good = ratio <= RATIO
    for command in COMMANDS:
        took = min(_run("-m", "bot", *command) for _ in range(times))
        good &= took < QUICK
        print(f"{' '.join(command):22} {took:.2f} s (limit {QUICK}, best of {times})")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
