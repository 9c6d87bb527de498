"""Jira's webhooks on their way: signed, tried up to five times, in no promised order."""

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Final, Self

import httpx

from bot.local.jira.config import JiraConfig
from bot.local.jira.issue import Now, stamp
from bot.local.keep import Document, Keep

TRIED_AGAIN: Final = frozenset({408, 409, 425, 429})
_DELIVERY: Final = "jira.delivery"
_MOST_KEPT: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook on its way. `state`: queued, failing (will be tried again), delivered, dropped or given up."""

    id: str
    event: str
    issue: str
    at: str
    body: str
    state: str = "queued"
    tries: int = 0
    answered: int | None = None
    trouble: str | None = None

    @property
    def waiting(self) -> bool:
        return self.state in {"queued", "failing"}

    def shown(self) -> Document:
        document = asdict(self)
        del document["body"]
        return document | {"event_id": self.id}


class Deliveries:
    """The delivery log and the sender. Enter it to start sending; what waits is kept over a restart."""

    def __init__(self, config: JiraConfig, keep: Keep, now: Now) -> None:
        self._config, self._keep, self._now = config, keep, now
        self._log = {key: Delivery(**body) for key, body in keep.all(_DELIVERY).items()}
        self._due = {one.id: 0.0 for one in self._log.values() if one.waiting}  # id → monotonic time of the next try
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sender = asyncio.create_task(self._send_all(), name="jira webhooks")
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    def announce(self, event: str, issue: str, said: Document) -> None:
        moment = self._now()
        document = {"timestamp": int(moment.timestamp() * 1000), "webhookEvent": event} | said
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        self._queue(Delivery(id=str(uuid.uuid4()), event=event, issue=issue, at=stamp(moment), body=body))

    def send_again(self, identity: str) -> bool:
        """Send a webhook once more with the same identifier. False: unknown, or still on its way."""
        known = self._log.get(identity)
        if known is None or known.waiting:
            return False
        self._queue(replace(known, state="queued", tries=0))
        return True

    def log(self) -> tuple[Delivery, ...]:
        return tuple(self._log.values())

    async def settled(self, patience: float = 5.0) -> None:
        """Wait until nothing is on its way (for tests and demos)."""
        async with asyncio.timeout(patience):
            while self._due:
                await self._idle.wait()

    def _queue(self, delivery: Delivery) -> None:
        self._save(delivery)
        self._due[delivery.id] = 0.0
        self._idle.clear()
        self._more.set()

    async def _send_all(self) -> None:
        patience = self._config.patience
        async with httpx.AsyncClient(timeout=patience, trust_env=False, follow_redirects=False) as client:
            while True:
                self._more.clear()
                first = min(self._due, key=self._due.__getitem__, default=None)
                if first is None:
                    self._idle.set()
                    await self._more.wait()
                elif (wait := self._due[first] - time.monotonic()) > 0:
                    await self._sleep(wait)
                else:
                    await self._attempt(client, self._log[first])

    async def _sleep(self, seconds: float) -> None:
        """Wait for the next try, or for a new webhook if that comes first."""
        try:
            async with asyncio.timeout(seconds):
                await self._more.wait()
        except TimeoutError:
            return

    async def _attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        answered, trouble = await self._post(client, delivery)
        tried = replace(delivery, tries=delivery.tries + 1, answered=answered, trouble=trouble)
        if answered is not None and httpx.codes.is_success(answered):
            state = "delivered"
        elif answered is not None and answered < 500 and answered not in TRIED_AGAIN:
            state = "dropped"
        else:
            state = "failing" if tried.tries < self._config.most_tries else "given up"
        self._save(replace(tried, state=state))
        if state == "failing":
            self._due[delivery.id] = time.monotonic() + self._config.wait_between_tries
        else:
            del self._due[delivery.id]

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery) -> tuple[int | None, str | None]:
        raw = delivery.body.encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": delivery.id,
            "X-Atlassian-Webhook-Flow": "Primary",
        }
        if self._config.webhook_secret:
            headers["X-Hub-Signature"] = sign(raw, self._config.webhook_secret)
        if delivery.tries:
            headers["X-Atlassian-Webhook-Retry"] = str(delivery.tries)
        try:
            async with asyncio.timeout(self._config.patience):
                answer = await client.post(self._config.webhook_url, content=raw, headers=headers)
        except TimeoutError:
            return None, f"no answer in {self._config.patience:g} s"
        except httpx.HTTPError as error:
            return None, f"no answer: {type(error).__name__}"
        return answer.status_code, None

    def _save(self, delivery: Delivery) -> None:
        self._keep.put(_DELIVERY, delivery.id, asdict(delivery))
        self._log[delivery.id] = delivery
        self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        """Keep the log bounded; what is still on its way is never forgotten."""
        oldest = next(iter(self._log.values()))
        if len(self._log) > _MOST_KEPT and not oldest.waiting:
            self._keep.drop(_DELIVERY, oldest.id)
            del self._log[oldest.id]


def sign(raw: bytes, secret: str) -> str:
    return f"sha256={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}"
