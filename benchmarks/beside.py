"""What the benchmarks share: a workspace and a bot, each in a process of its own, on free ports of this machine."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass(slots=True)
class Beside:
    """The two processes, and a client that may read the workspace's state."""

    http: httpx.AsyncClient
    bot: str
    workspace: str
    secret: str
    log: Path
    process: "subprocess.Popen[bytes]"
    began: float
    """When the bot's process was started, on the monotonic clock."""
    token: str = ""
    """The bot's, for whoever wants to call Slack in its place."""
    started: float = field(default_factory=time.time)

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"{self.workspace}/_/state", params={"messages": "no"})).json()
        return found

    async def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get(f"{self.workspace}/_/slack/calls")).json()
        return found

    async def slow(self, seconds: float) -> None:
        """Every Slack call takes so long from now on."""
        fault = {"system": "slack", "method": "*", "kind": "slow", "seconds": seconds}
        (await self.http.put(f"{self.workspace}/_/faults", json=fault)).raise_for_status()

    async def page(self, body: bytes) -> int:
        """Deliver a PagerDuty webhook, signed; answers the status."""
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-PagerDuty-Signature": f"v1={digest}", "Content-Type": "application/json"}
        return (await self.http.post(f"{self.bot}/webhooks/pagerduty", content=body, headers=headers)).status_code


def event(number: int, *, incident: str, service: str, title: str, kind: str = "triggered", at: str) -> bytes:
    """A V3 webhook body as PagerDuty sends it; `number` makes its event id."""
    return json.dumps(
        {
            "event": {
                "id": f"01BENCH{number:012d}",
                "event_type": f"incident.{kind}",
                "resource_type": "incident",
                "occurred_at": at,
                "agent": None,
                "client": None,
                "data": {
                    "id": incident,
                    "type": "incident",
                    "self": f"https://api.pagerduty.com/incidents/{incident}",
                    "html_url": f"https://acme.pagerduty.com/incidents/{incident}",
                    "number": number,
                    "status": "triggered" if kind == "triggered" else kind,
                    "incident_key": f"key-{incident}",
                    "created_at": at,
                    "title": title,
                    "service": {"id": service, "type": "service_reference", "summary": service, "html_url": None},
                    "assignees": [],
                    "escalation_policy": {"id": "PE1", "summary": "Shop", "type": "escalation_policy_reference"},
                    "teams": [],
                    "priority": None,
                    "urgency": "high",
                    "conference_bridge": None,
                    "resolve_reason": None,
                    "incident_type": {"name": "incident_default"},
                },
            }
        }
    ).encode()


@contextlib.asynccontextmanager
async def beside(plan: str = "", *, systems: bool = True) -> AsyncIterator[Beside]:
    """A fresh pair; `plan` is the bot's YAML, by default the local workspace's example.

    Without `systems` the bot has Slack and nothing else, and no YAML.
    """
    with tempfile.TemporaryDirectory() as folder:
        place, port = Path(folder), free_port()
        config = str(ROOT / "bot" / "local" / "example.yaml") if systems else ""
        if plan:
            config = str(place / "plan.yaml")
            Path(config).write_text(plan)  # noqa: ASYNC240 - before anything is measured
        command = [sys.executable, "-m", "bot.local", "--port", "0", "--bot-url", f"http://127.0.0.1:{port}"]
        workspace = subprocess.Popen(  # noqa: ASYNC220 - started once, before anything is measured
            [*command, "--limits", "off"], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert workspace.stdout is not None
        told = json.loads(workspace.stdout.readline())
        given = {name: value for name, value in told["environment"].items() if systems or name.startswith("SLACK_")}
        secret = told["environment"]["PAGERDUTY_WEBHOOK_SECRETS"]
        environment = os.environ | given
        environment |= {"DAYWATCH_DATA_DIR": str(place / "bot"), "DAYWATCH_PORT": str(port)}
        environment |= {"DAYWATCH_CONFIG": config, "DAYWATCH_LOG_LEVEL": "warning"}
        log = place / "log"
        began = time.monotonic()
        with log.open("wb") as errors:
            bot = subprocess.Popen(  # noqa: ASYNC220
                [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stderr=errors
            )
        try:
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
            async with httpx.AsyncClient(headers={"X-Local-Key": told["key"]}, timeout=30, limits=limits) as http:
                pair = Beside(
                    http, f"http://127.0.0.1:{port}", told["url"], secret, log, bot, began, given["SLACK_BOT_TOKEN"]
                )
                await ready(pair.http, pair.bot, log)
                yield pair
        finally:
            for process in (bot, workspace):
                process.terminate()
                process.wait(15)
            workspace.stdout.close()


async def ready(http: httpx.AsyncClient, bot: str, log: Path) -> None:
    """Wait until the bot says so."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            if (await http.get(f"{bot}/readyz")).status_code == 200:
                return
        await asyncio.sleep(0.02)
    told = log.read_text()[-2000:]  # noqa: ASYNC240 - the end of it all
    raise RuntimeError(f"the bot did not become ready:\n{told}")


def resident(pid: int) -> float:
    """MiB of memory that a process holds."""
    with Path(f"/proc/{pid}/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
