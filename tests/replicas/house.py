"""Several replicas on one PostgreSQL database in one workspace, to be killed, frozen and thawed one by one."""

import hashlib
import hmac
import json
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.journeys.stage import ROOT, Json, Program, Stage, eventually, free_port
from tests.replicas.balancer import Balancer

RUNNER = "tests.replicas.quick"


@dataclass(slots=True, kw_only=True)
class Replica:
    """One process of the bot: `serve`, or `worker`, which has no door."""

    name: str
    folder: Path
    environment: dict[str, str]
    address: str
    words: tuple[str, ...] = ("serve",)
    program: Program | None = None
    door: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.door = httpx.Client(base_url=self.address, trust_env=False, timeout=30)

    @property
    def running(self) -> bool:
        return self.program is not None

    def start(self, *, ready: bool = True) -> None:
        assert self.program is None, f"{self.name} is running"
        self.program = Program.start(RUNNER, *self.words, environment=self.environment, log=self.log)
        if ready:
            eventually(self.ready)

    def ready(self) -> bool:
        assert self.program is not None
        if (code := self.program.process.poll()) is not None:
            raise RuntimeError(f"{self.name} ended by itself ({code}): {self.log.read_text()[-2000:]}")
        if self.words != ("serve",):
            return any(line.get("event") == "ready" for line in self.log_lines())
        try:
            return self.door.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def send(self, how: signal.Signals) -> None:
        assert self.program is not None
        self.program.process.send_signal(how)

    def end(self, how: signal.Signals = signal.SIGTERM, patience: float = 15.0) -> int:
        assert self.program is not None
        program, self.program = self.program, None
        return program.end(how, patience)

    @property
    def pid(self) -> int:
        return self.program.process.pid if self.program else 0

    @property
    def executor(self) -> str:
        """What the engine calls this life of the replica."""
        names = [str(line["executor"]) for line in self.log_lines() if line.get("event") == "engine ready"]
        return names[-1] if names else ""

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def log_lines(self) -> list[Json]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]


@dataclass(slots=True, kw_only=True)
class House(Stage):
    """The stage of the journeys with replicas in the place of the one bot, and a balancer as its door."""

    replicas: list[Replica]
    balancer: Balancer
    database: str

    @classmethod
    def built(cls, folder: Path, database: str, *words: str, replicas: int = 2, **environment: str) -> "House":
        """`words` go to the workspace's command line, `environment` to every replica."""
        ports = [free_port() for _ in range(replicas)]
        balancer = Balancer([f"http://127.0.0.1:{port}" for port in ports])
        workspace = Program.start(
            "bot.local",
            *("--port", "0", "--data", str(folder / "workspace"), "--bot-url", balancer.address, *words),
            environment={},
            log=folder / "workspace.log",
        )
        told: Json = json.loads(workspace.first_line())
        made = told["environment"] | {
            "DATABASE_URL": database,
            "DAYWATCH_CONFIG": str(_settings(folder)),
            "DAYWATCH_LOG_FORMAT": "json",
        }
        made |= environment
        balancer.start()
        house = cls(
            folder=folder,
            workspace=workspace,
            client=httpx.Client(
                base_url=told["url"], headers={"X-Local-Key": told["key"]}, trust_env=False, timeout=30
            ),
            door=httpx.Client(base_url=balancer.address, trust_env=False, timeout=30),
            environment=made,
            replicas=[],
            balancer=balancer,
            database=database,
        )
        for number, port in enumerate(ports, 1):
            house.add(f"replica{number}", port)
        house.start_all()
        return house

    def add(self, name: str, port: int, *words: str) -> Replica:
        """One more, not started yet. Each has a folder of its own, as on a machine of its own."""
        own = {"DAYWATCH_DATA_DIR": str(self.folder / name), "DAYWATCH_PORT": str(port)}
        made = Replica(
            name=name,
            folder=self.folder,
            environment=dict(self.environment) | own,
            address=f"http://127.0.0.1:{port}",
            words=words or ("serve",),
        )
        self.replicas.append(made)
        return made

    def start_all(self) -> None:
        """At the same time, as a deployment does."""
        waiting = [one for one in self.replicas if not one.running]
        for one in waiting:
            one.start(ready=False)
        for one in waiting:
            eventually(one.ready)

    def forget(self, replica: Replica) -> None:
        if replica.running:
            replica.end()
        replica.door.close()
        self.replicas.remove(replica)

    def at_work(self) -> Replica:
        """The replica that has a flow under way."""

        def found() -> Replica | None:
            query = "SELECT executor_id FROM engine.workflow_status WHERE status = 'PENDING'"
            owners = {owner for (owner,) in self.stored(query)}
            return next((one for one in self.replicas if one.running and one.executor in owners), None)

        replica = eventually(found)
        assert replica is not None
        return replica

    def tear_down(self) -> None:
        running = [one for one in self.replicas if one.running]
        for one in running:
            one.send(signal.SIGCONT)
            one.send(signal.SIGTERM)
        for one in running:
            one.end()
        for one in self.replicas:
            one.door.close()
        self.client.close()
        self.door.close()
        self.balancer.stop()
        self.workspace.end()

    def log_lines(self) -> list[Json]:
        """What all replicas logged so far, in the order in which it happened."""
        lines = [line for one in self.replicas for line in one.log_lines()]
        return sorted(lines, key=lambda line: str(line["timestamp"]))

    def stored(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        asked = query.replace("%", "%%").replace("?", "%s") if given else query
        with psycopg.connect(self.database, options="-csearch_path=daywatch,public") as connection:
            return connection.execute(asked.encode(), given or None).fetchall()

    def webhook_at(self, door: httpx.Client, payload: object) -> httpx.Response:
        """A signed notice to a replica of one's choice."""
        return door.post("/webhooks/pagerduty", **signed(payload, self.environment["PAGERDUTY_WEBHOOK_SECRETS"]))

    def to_all(self, payload: object, times: int = 1) -> Sequence[int]:
        """The same notice, to each replica in turn; their answers."""
        doors = [one.door for one in self.replicas if one.words == ("serve",)]
        return [self.webhook_at(door, payload).status_code for _ in range(times) for door in doors]


def _settings(folder: Path) -> Path:
    """The example's, but today's digest has been due since midnight: all replicas find that at their start."""
    text = (ROOT / "bot" / "local" / "example.yaml").read_text()
    usual = 'digest: {at: "08:30", days: [mon, tue, wed, thu, fri]}'
    assert usual in text
    path = folder / "daywatch.yaml"
    path.write_text(text.replace(usual, 'digest: {at: "00:00", days: [mon, tue, wed, thu, fri, sat, sun]}'))
    return path


def signed(payload: object, secret: str) -> Any:
    """The arguments of a request with a notice, as PagerDuty signs it."""
    raw = json.dumps(payload, separators=(",", ":")).encode()
    signature = "v1=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {"content": raw, "headers": {"content-type": "application/json", "x-pagerduty-signature": signature}}
