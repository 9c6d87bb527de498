"""Runs the local workspace alone, in a process of its own: `python -m bot.local --port 8081 --data var/local`."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from bot.local.config import LocalConfig, Patience
from bot.local.serving import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.local", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one")
    parser.add_argument("--data", type=Path, default=None, help="folder to remember in; without it, nothing is kept")
    parser.add_argument("--bot-url", default="http://127.0.0.1:8080", help="where the bot's HTTP door is")
    parser.add_argument("--http", action="store_true", help="signed HTTP instead of Socket Mode")
    parser.add_argument("--limits", choices=("real", "off"), default="real", help="Slack's rate limits")
    parser.add_argument("--ack-timeout", type=float, default=3.0, help="seconds the bot has to acknowledge")
    parser.add_argument("--redeliver", default="1,60,300", help="seconds before each redelivery of an event")
    parser.add_argument("--manifest", type=Path, help="the app's: it is granted what this asks for, and no more")
    return parser.parse_args()


def _config(given: argparse.Namespace) -> LocalConfig:
    pauses = tuple(float(each) for each in given.redeliver.split(",") if each)
    config = LocalConfig.fresh(
        given.data,
        given.port,
        given.bot_url,
        slack_mode="http" if given.http else "socket",
        limits=given.limits,
        patience=Patience(ack_seconds=given.ack_timeout, redeliver_after=pauses),
    )
    if given.manifest is None:
        return config
    return config.installed(json.loads(given.manifest.read_text(encoding="utf-8")))


def _tell(config: LocalConfig) -> None:
    line = {"ready": True, "url": config.url, "key": config.local_key, "environment": config.environment()}
    sys.stdout.write(json.dumps(line | {"examples": config.examples()}) + "\n")
    sys.stdout.flush()


async def _run(config: LocalConfig) -> None:
    serving = asyncio.create_task(serve(config, _tell))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


if __name__ == "__main__":
    asyncio.run(_run(_config(_arguments())))
