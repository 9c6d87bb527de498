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
async def beside(plan: str = "") -> AsyncIterator[Beside]:
    """A fresh pair; `plan` is the bot's YAML, by default the local workspace's example."""
    with tempfile.TemporaryDirectory() as folder:
        place, port = Path(folder), free_port()
        config = ROOT / "bot" / "local" / "example.yaml"
        if plan:
            config = place / "plan.yaml"
            config.write_text(plan)
        command = [sys.executable, "-m", "bot.local", "--port", "0", "--bot-url", f"http://127.0.0.1:{port}"]
        workspace = subprocess.Popen(  # noqa: ASYNC220 - started once, before anything is measured
            [*command, "--limits", "off"], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert workspace.stdout is not None
        told = json.loads(workspace.stdout.readline())
        environment = os.environ | told["environment"]
        environment |= {"DAYWATCH_DATA_DIR": str(place / "bot"), "DAYWATCH_PORT": str(port)}
        environment |= {"DAYWATCH_CONFIG": str(config), "DAYWATCH_LOG_LEVEL": "warning"}
        log = place / "log"
        with log.open("wb") as errors:
            bot = subprocess.Popen(  # noqa: ASYNC220
                [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stderr=errors
            )
        try:
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
            async with httpx.AsyncClient(headers={"X-Local-Key": told["key"]}, timeout=30, limits=limits) as http:
                pair = Beside(
                    http, f"http://127.0.0.1:{port}", told["url"], environment["PAGERDUTY_WEBHOOK_SECRETS"], log, bot
                )
                await _ready(pair)
                yield pair
        finally:
            for process in (bot, workspace):
                process.terminate()
                process.wait(15)
            workspace.stdout.close()


async def _ready(pair: Beside) -> None:
    for _ in range(200):
        with contextlib.suppress(httpx.HTTPError):
            if (await pair.http.get(f"{pair.bot}/readyz")).status_code == 200:
                return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"the bot did not become ready:\n{pair.log.read_text()[-2000:]}")


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
