"""Faults on demand: any vendor call made slow, limited, failing, refused, lost after it was applied, or held."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Final, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal["slow", "limit", "fail", "refuse", "lost", "hold"]
KINDS: Final = ("slow", "limit", "fail", "refuse", "lost", "hold")
LONGEST_HOLD: Final = 600.0
MOST_RULES: Final = 200


class ConnectionDropped(Exception):
    """Ends a call without an answer where there is no real connection to drop (an in-process client)."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule: which calls it hits, what it does to them, and how often."""

    id: int
    system: str
    method: str
    kind: Kind
    seconds: float = 1.0
    retry_after: int = 1
    status: int = 500
    applied: Literal["before", "after"] = "before"  # hold: is the call applied before or after it is held?
    times: int | None = None
    after: int = 0
    seen: int = 0
    hits: int = 0
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, system: str, call: str) -> bool:
        pattern = re.sub(r"\{[^}]*\}", "*", self.method)  # a path template such as "PUT /incidents/{id}"
        return fnmatchcase(system, self.system) and (fnmatchcase(call, pattern) or call.startswith(self.method))

    def takes(self) -> bool:
        """Count a matching call and tell whether it is hit."""
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    def shape(self) -> dict[str, Any]:
        names = (
            "id",
            "system",
            "method",
            "kind",
            "seconds",
            "retry_after",
            "status",
            "applied",
            "times",
            "after",
            "seen",
            "hits",
            "held",
        )
        return {name: getattr(self, name) for name in names}


class Faults:
    """The rules in force. The first rule that takes a call decides."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._numbers = count(1)

    def add(self, given: dict[str, Any]) -> Fault:
        """Add a rule from JSON; `ValueError` says what is wrong with it."""
        kind = given.get("kind")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if len(self._rules) >= MOST_RULES:
            raise ValueError("too many rules; clear some")
        applied = given.get("applied", "before")
        if applied not in {"before", "after"}:
            raise ValueError("applied must be before or after")
        times = given.get("times")
        rule = Fault(
            id=next(self._numbers),
            system=str(given.get("system") or "*"),
            method=str(given.get("method") or "*"),
            kind=kind,
            seconds=min(float(given.get("seconds") or 1.0), LONGEST_HOLD),
            retry_after=int(given.get("retry_after") or 1),
            status=int(given.get("status") or 500),
            applied=applied,
            times=None if times is None else int(times),
            after=int(given.get("after") or 0),
        )
        self._rules.append(rule)
        return rule

    def clear(self, fault_id: int | None = None) -> int:
        """Take one rule away, or all; what is held goes on."""
        gone = [rule for rule in self._rules if fault_id in {None, rule.id}]
        self._rules = [rule for rule in self._rules if rule not in gone]
        for rule in gone:
            rule.released.set()
        return len(gone)

    def release(self, fault_id: int | None = None) -> int:
        """Let held calls go on; calls that come later are held again unless the rule is cleared."""
        freed = 0
        for rule in self._rules:
            if rule.kind == "hold" and fault_id in {None, rule.id}:
                freed += rule.held
                rule.released.set()
                rule.released = asyncio.Event()
        return freed

    def shapes(self) -> list[dict[str, Any]]:
        return [rule.shape() for rule in self._rules]

    def hit(self, system: str, call: str) -> Fault | None:
        return next((rule for rule in self._rules if rule.matches(system, call) and rule.takes()), None)


class Faulty:
    """ASGI middleware around a vendor's app. `call_of` names a call: Slack's method, or "METHOD /path"."""

    def __init__(self, app: ASGIApp, *, system: str, faults: Faults, call_of: Callable[[Scope], str]) -> None:
        self._app = app
        self._system = system
        self._faults = faults
        self._call_of = call_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._faults.hit(self._system, self._call_of(scope)) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        await _TREATMENTS[fault.kind](_Call(self._app, scope, receive, send, self._system), fault)


@dataclass(frozen=True, slots=True)
class _Call:
    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    system: str

    async def taken_in(self) -> "_Call":
        """Read the whole request first, as a real server would: it is then applied though the caller goes away."""
        body, more = b"", True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                break
            body += message.get("body", b"")
            more = message.get("more_body", False)
        first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return first.pop() if first else await self.receive()

        return replace(self, receive=again)

    async def go(self) -> None:
        await self.app(self.scope, self.receive, self.send)

    async def apply(self) -> list[Message]:
        """Run the call to its end, keeping its answer back."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(self.scope, self.receive, keep)
        return answer

    async def tell(self, answer: list[Message]) -> None:
        for message in answer:
            await self.send(message)

    async def say(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        pairs = {"content-type": "application/json", "content-length": str(len(content)), **(headers or {})}
        raw = [(name.encode(), value.encode()) for name, value in pairs.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": content})

    async def drop(self) -> None:
        """Cut the connection without an answer (`serving.py` puts the knife into the scope)."""
        cut = self.scope.get("state", {}).get("cut_connection")
        if cut is None:
            raise ConnectionDropped
        cut()
        # Until the server has seen the cut, it would answer 500 to a call that ends without an answer.
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def _slow(call: _Call, fault: Fault) -> None:
    call = await call.taken_in()
    await asyncio.sleep(fault.seconds)
    await call.go()


async def _limit(call: _Call, fault: Fault) -> None:
    body: dict[str, Any] = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
    if call.system == "slack":
        body = {"ok": False, "error": "ratelimited"}
    elif call.system == "pagerduty":
        body = {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
    await call.say(429, body, {"retry-after": str(fault.retry_after)})


async def _fail(call: _Call, fault: Fault) -> None:
    body = {"ok": False, "error": "internal_error"} if call.system == "slack" else {"error": "Internal Server Error"}
    await call.say(fault.status, body)


async def _refuse(call: _Call, _fault: Fault) -> None:
    await call.drop()


async def _lost(call: _Call, _fault: Fault) -> None:
    await call.apply()
    await call.drop()


async def _hold(call: _Call, fault: Fault) -> None:
    call = await call.taken_in()
    answer = await call.apply() if fault.applied == "before" else None
    released = fault.released
    fault.held += 1
    try:
        await asyncio.wait_for(released.wait(), LONGEST_HOLD)
    except TimeoutError:
        await call.drop()
        return
    finally:
        fault.held -= 1
    if answer is None:
        await call.go()
    else:
        await call.tell(answer)


_TREATMENTS: Final[dict[Kind, Callable[[_Call, Fault], Awaitable[None]]]] = {
    "slow": _slow,
    "limit": _limit,
    "fail": _fail,
    "refuse": _refuse,
    "lost": _lost,
    "hold": _hold,
}
