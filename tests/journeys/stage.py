"""The stage of a journey: the workspace and the bot, each a process of its own, and people who act in them."""

import hashlib
import hmac
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeVar
from uuid import uuid4

import httpx

Json = dict[str, Any]  # what the workspace shows of itself
T = TypeVar("T")

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "integrations" / "pagerduty" / "fixtures"
BOT = "U0LOCALBOT"
ANN, BOB, KIM, SAM, GIL = "U0ANN0001", "U0BOB0001", "U0KIM0001", "U0SAM0001", "U0GIL0001"
PATIENCE = 45.0
"""How long a thing that happens by itself may take before we call it a hang (seconds). Nothing is measured by it."""
ROOM = 25
"""Redraws in a minute after which a journey begins with a bot that has all of its room again."""
_OURS = ("SLACK", "PAGERDUTY", "JIRA", "ARGOCD", "DAYWATCH", "DATABASE", "DBOS")


def eventually(check: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What `check` gives as soon as it is true (and raises nothing); its last word when time is over."""
    until = time.monotonic() + seconds
    while True:
        trouble: Exception | None = None
        found: T | None = None
        try:
            found = check()
        except (AssertionError, LookupError, ValueError, StopIteration) as error:
            trouble = error
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s; last seen: {trouble or found!r}")
        time.sleep(0.04)


def now() -> str:
    """The moment as PagerDuty writes it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@dataclass(slots=True)
class Program:
    """A process that we started, and that is ended by its own id only."""

    process: subprocess.Popen[str]
    log: IO[str]

    @classmethod
    def start(cls, *words: str, environment: Mapping[str, str], log: Path) -> "Program":
        rest = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        told = log.open("a")
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=rest | dict(environment),
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        )
        return cls(process, told)

    def first_line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.end()
            raise RuntimeError(f"it ended by itself: {Path(self.log.name).read_text()[-2000:]}")
        return line

    def end(self, how: signal.Signals = signal.SIGTERM, patience: float = 15.0) -> int:
        """Answers the exit code. One that does not go when asked is made to."""
        self.process.send_signal(how)
        try:
            return self.process.wait(patience)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.log.close()


@dataclass(slots=True, kw_only=True)
class Stage:
    """Both processes. The bot comes and goes (`kill9`, `start_again`); the workspace stays."""

    folder: Path
    workspace: Program
    client: httpx.Client
    door: httpx.Client
    environment: Mapping[str, str]
    bot: Program | None = None
    used: bool = False
    """Whether a module has acted on it already."""
    _titles: dict[str, str] = field(default_factory=dict)
    """What the cards said at first, by channel: a title does not change, and need not be fetched again."""

    @classmethod
    def set_up(cls, folder: Path, *words: str, examples: Sequence[str] = (), **environment: str) -> "Stage":
        """Start both; `words` go to the workspace's command line, `environment` to the bot, with these examples."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        workspace = Program.start(
            "bot.local",
            *("--port", "0", "--data", str(folder / "workspace"), "--bot-url", address),
            *("--manifest", str(ROOT / "bot" / "slack" / "manifest.json"), *words),
            environment={},
            log=folder / "workspace.log",
        )
        told: Json = json.loads(workspace.first_line())
        made = told["environment"]
        for system in examples:
            made |= told["examples"][system]
        made |= {
            "DAYWATCH_DATA_DIR": str(folder / "bot"),
            "DAYWATCH_PORT": str(port),
            "DAYWATCH_CONFIG": str(ROOT / "bot" / "local" / "example.yaml"),
            "DAYWATCH_LOG_FORMAT": "json",
        }
        stage = cls(
            folder=folder,
            workspace=workspace,
            client=httpx.Client(
                base_url=told["url"], headers={"X-Local-Key": told["key"]}, trust_env=False, timeout=30
            ),
            door=httpx.Client(base_url=address, trust_env=False, timeout=30),
            environment=made | environment,
        )
        try:
            stage.start_again()
        except BaseException:
            stage.tear_down()
            raise
        return stage

    # The processes.

    def with_room(self) -> None:
        """Start anew a bot that has used up what it may redraw: it paces itself by Slack's limit of fifty a minute."""
        if self.bot is None:
            return
        started = [line["timestamp"] for line in self.log_lines() if line["event"] == "ready"][-1]
        since = max(time.time() - 60, datetime.fromisoformat(started).timestamp())
        if sum(one["method"] == "chat.update" for one in self.calls(since)) > ROOM:
            self.stop_bot()
            self.start_again()

    def start_again(self, *, ready: bool = True) -> None:
        """Start the bot, and wait until it says that it can work."""
        assert self.bot is None, "the bot is running"
        self.bot = Program.start("bot", "serve", environment=self.environment, log=self.folder / "bot.log")
        if ready:
            eventually(self.ready, 90)

    def ready(self) -> bool:
        assert self.bot is not None
        if self.bot.process.poll() is not None:
            raise RuntimeError(f"the bot ended by itself: {self.log_tail()}")
        try:
            return self.door.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def kill9(self) -> None:
        assert self.bot is not None
        self.bot.end(signal.SIGKILL)
        self.bot = None

    def stop_bot(self) -> int:
        assert self.bot is not None
        code = self.bot.end()
        self.bot = None
        return code

    def tear_down(self) -> None:
        if self.bot is not None:
            self.stop_bot()
        self.client.close()
        self.door.close()
        self.workspace.end()

    def log_lines(self) -> list[Json]:
        """What the bot logged so far."""
        lines = (self.folder / "bot.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def mistakes(self, since: int = 0) -> list[Json]:
        """What the bot logged as a mistake of its own."""
        ours = [line for line in self.log_lines()[since:] if str(line.get("logger", "")).startswith("bot")]
        return [line for line in ours if line["level"] in ("error", "critical")]

    def log_tail(self) -> str:
        return (self.folder / "bot.log").read_text()[-2000:]

    def stored(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        """A look into the bot's store, for what no door shows."""
        path = self.folder / "bot" / "daywatch.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            return store.execute(query, given).fetchall()

    # What the workspace shows.

    def see(self, path: str) -> Json:
        answer = self.client.get(f"/_/{path}")
        answer.raise_for_status()
        seen: Json = answer.json()
        return seen

    def state(self) -> Json:
        """Everything but what is said in channels: that grows."""
        return self.see("state?messages=no")

    def calls(self, since: float = 0.0) -> list[Json]:
        """Slack Web API calls of the bot, in their order."""
        answer = self.client.get("/_/slack/calls")
        return [one for one in answer.json() if one["at"] >= since]

    def channel(self, name: str) -> Json:
        return self.see(f"slack/channels/{name}")

    def said_to(self, user: str) -> list[Json]:
        """What only this person sees, newest last."""
        return [one for one in self.state()["ephemerals"] if one["ephemeral_for"] == user]

    def view_of(self, user: str) -> Json:
        """The modal in front of somebody. Raises `LookupError` when there is none."""
        stack = self.state()["views"].get(user) or []
        view: Json = stack[-1]
        return view

    def pager(self, incident: str) -> Json:
        """A PagerDuty incident as it stands there."""
        return next(one for one in self.see("pagerduty/state")["incidents"] if one["id"] == incident)

    # What people and vendors do.

    def act(self, path: str, **given: object) -> Json:
        """Something that somebody does in Slack or PagerDuty; a refusal is an error of the test."""
        answer = self.client.post(f"/_/{path}", json=given)
        assert answer.is_success, f"{path} {given}: {answer.status_code} {answer.text}"
        done: Json = answer.json()
        return done

    def raise_incident(self, title: str, service: str = "checkout", urgency: str = "high", **more: object) -> str:
        """PagerDuty pages; its incident's id."""
        raised = self.act("pagerduty/raise", title=title, service=service, urgency=urgency, **more)
        found: str = raised["incident"]["id"]
        return found

    def page(self, title: str, **data: Any) -> str:
        """PagerDuty tells of a new incident of a service that nothing else belongs to; its id."""
        incident = f"Q{uuid4().hex[:13].upper()}"
        service = {"id": f"P{incident[1:7]}", "type": "service_reference", "summary": "Something new"}
        given: Json = {"title": title, "urgency": "high", "priority": None, "service": service}
        answer = self.webhook(self.notice("triggered", incident, **(given | data)))
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return incident

    def pager_act(self, act: str, incident: str, user: str = "bob", **more: object) -> Json:
        return self.act(f"pagerduty/{act}", incident=incident, user=user, **more)

    def command(self, user: str, channel: str, text: str) -> Json:
        """`/incident …`, typed by somebody; what came of it."""
        name, _, rest = text.partition(" ")
        return self.act("slack/command", user=user, channel=channel, command=name, text=rest)

    def says(self, user: str, channel: str, text: str, words: str) -> Json:
        """Type a command, and wait until the person reads these words."""
        before = {one["ts"] for one in self.said_to(user)}
        came = self.command(user, channel, text)
        assert came["taken"], came

        def answered() -> Json:
            fresh = [one for one in self.said_to(user) if one["ts"] not in before]
            found = [one for one in fresh if words in drawn_text(one)]
            assert found, [drawn_text(one) for one in fresh]
            return found[0]

        return eventually(answered)

    def press(self, user: str, channel: str, ts: str, action: str, **more: object) -> Json:
        return self.act("slack/press", user=user, channel=channel, ts=ts, action_id=action, **more)

    def submit(self, user: str, **values: object) -> Json:
        """Fill the topmost modal in and send it."""
        return self.act("slack/submit", user=user, view_id=self.view_of(user)["id"], values=values)

    def say(self, user: str, channel: str, text: str, **more: object) -> Json:
        said: Json = self.act("slack/say", user=user, channel=channel, text=text, **more)["message"]
        return said

    def webhook(self, payload: object, secret: str | None = None, *, system: str = "pagerduty") -> httpx.Response:
        """A signed notice, straight to the bot's door."""
        raw = json.dumps(payload, separators=(",", ":")).encode()
        key = secret if secret is not None else self.environment["PAGERDUTY_WEBHOOK_SECRETS"]
        signature = "v1=" + hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-pagerduty-signature": signature}
        return self.door.post(f"/webhooks/{system}", content=raw, headers=headers)

    def notice(self, name: str, incident: str, *, delivery: str = "", at: str = "", **data: Any) -> Json:
        """A notice in PagerDuty's own shape, about one of its incidents."""
        shape: Json = json.loads((FIXTURES / f"incident.{name}.json").read_text())
        event = shape["event"]
        event |= {"id": delivery or uuid4().hex[:26].upper(), "occurred_at": at or now()}
        event["data"] |= {"id": incident, "created_at": at or now(), **data}
        return shape

    def fault(self, method: str, kind: str, system: str = "slack", **more: object) -> int:
        """From now on calls of this method are slow, limited, failing, lost or held."""
        answer = self.client.put("/_/faults", json={"system": system, "method": method, "kind": kind, **more})
        assert answer.is_success, answer.text
        number: int = answer.json()["id"]
        return number

    def held(self, fault: int) -> bool:
        rules = self.client.get("/_/faults").json()["faults"]
        return any(one["held"] > 0 for one in rules if one["id"] == fault)

    def hits(self, fault: int) -> int:
        rules = self.client.get("/_/faults").json()["faults"]
        return sum(int(one["hits"]) for one in rules if one["id"] == fault)

    def heal(self) -> None:
        """No faults any more; what was held goes on."""
        self.client.delete("/_/faults").raise_for_status()

    # Incidents.

    def channels(self, word: str) -> list[Json]:
        """The channels of the bot's incidents with this word in their titles."""
        found = []
        for one in self.state()["channels"]:
            if one.get("creator") == BOT and word in self._titles.get(one["id"], word):
                channel = self.channel(one["id"])
                if told := [drawn_text(card) for card in cards(channel)]:
                    self._titles[one["id"]] = told[0]
                found += [channel] if word in "".join(told[:1]) else []
        return found

    def opened(self, word: str, seconds: float = PATIENCE) -> Json:
        """The channel of the one incident with this word, as soon as its card is pinned."""

        def pinned() -> Json:
            (only,) = self.channels(word) or [{}]
            assert only.get("pins"), only
            return only

        return eventually(pinned, seconds)

    def quiet(self, seconds: float = 0.4) -> None:
        """Wait until the bot has not called Slack for a while."""

        def still() -> bool:
            before = len(self.calls())
            time.sleep(seconds)
            return len(self.calls()) == before

        eventually(still)

    def card(self, channel: Json) -> Json:
        """The card of an incident as it is now."""
        (card,) = cards(self.channel(channel["id"]))
        return card

    def card_says(self, channel: Json, *words: str, seconds: float = PATIENCE) -> Json:
        """The card, as soon as it says all of these words."""

        def said() -> Json:
            card = self.card(channel)
            told = line_of(card)
            assert not (missing := [word for word in words if word not in told]), (missing, told)
            return card

        return eventually(said, seconds)

    def announcement(self, channel: Json) -> Json:
        """The one announcement of an incident."""
        name = f"INC-{number_of(channel)} "
        (only,) = [one for one in self.channel("incidents")["messages"] if one["text"].startswith(name)]
        found: Json = only
        return found

    def timeline(self, channel: Json, kind: str = "%") -> list[str]:
        """What the store says happened in an incident, oldest first."""
        query = (
            "SELECT x.words FROM timeline t JOIN timeline_text x ON x.timeline_id = t.id "
            "WHERE t.incident_id = ? AND t.kind LIKE ? ORDER BY t.at, t.id"
        )
        return [words for (words,) in self.stored(query, number_of(channel), kind)]

    def status(self, channel: Json) -> str:
        ((status,),) = self.stored("SELECT status FROM incident WHERE id = ?", number_of(channel))
        return str(status)

    def resolve_joinable(self) -> None:
        """End what a journey left open of a service, so that the next one's alerts do not join it."""
        query = "SELECT channel FROM incident WHERE service IS NOT NULL AND channel IS NOT NULL AND status IN "
        for (name,) in self.stored(query + "('investigating', 'identified', 'monitoring')"):
            channel = self.channel(name)
            able = next((one for one in (ANN, BOB, KIM) if one in channel["members"]), None)
            if able is None:
                self.act("slack/join", user=ANN, channel=name)
            self.command(able or ANN, name, "/incident resolve the journey is over")


def cards(channel: Json) -> list[Json]:
    """The incident cards in a channel: our messages that carry its metadata."""
    return [one for one in channel["messages"] if _part(one) == "card"]


def _part(message: Json) -> str:
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("part", ""))


def number_of(channel: Json) -> int:
    """`inc-142-checkout` → 142."""
    (card, *_) = cards(channel)
    return int(str(card["metadata"]["event_payload"]["incident"]).removeprefix("INC-"))


def drawn_text(message: Json) -> str:
    """All that can be read in a message or view: its text and whatever stands in its blocks."""
    return "\n".join([str(message.get("text", "")), *_words(message.get("blocks") or [])])


def _words(node: object) -> list[str]:
    if isinstance(node, list):
        return [word for each in node for word in _words(each)]
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [word for name, each in node.items() if name != "text" or not own for word in _words(each)]
    return []


def line_of(message: Json) -> str:
    """The same on one line: rich text is cut into pieces where its style changes."""
    return "".join([str(message.get("text", "")), "\n", *_words(message.get("blocks") or [])])


def actions_of(message: Json) -> list[str]:
    """The action ids that can be pressed in it."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if isinstance(node.get("action_id"), str):
                found.append(node["action_id"])
            for each in node.values():
                walk(each)

    walk(message.get("blocks") or [])
    return found
