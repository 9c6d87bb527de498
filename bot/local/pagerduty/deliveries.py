"""PagerDuty's webhooks on their way: signed, one event a POST, in order per incident, sent again when it fails."""

import asyncio
import hashlib
import hmac
import json
import time
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Final, Self

import httpx

from bot.local.keep import Document, Keep
from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.pagerduty.directory import SUBSCRIPTION
from bot.local.pagerduty.incident import Actor, Now, fine_stamp, new_id
from bot.local.pagerduty.shapes import Shapes

LARGEST: Final = 256 * 1024
_AT_ONCE: Final = 8
_TOO_MANY: Final = 429
_DELIVERY: Final = "pagerduty.delivery"
_MOST_KEPT: Final = 2000
_HOOK: Final = "pagerduty.hook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way. `state`: queued, failing (will be tried again), delivered, dropped, expired or lost."""

    id: str
    event_type: str
    incident: str
    occurred_at: str
    body: str
    state: str = "queued"
    tries: int = 0
    sent_at: str | None = None
    answered: int | None = None
    trouble: str | None = None
    first_try: float | None = None  # seconds since the epoch

    @property
    def waiting(self) -> bool:
        return self.state in {"queued", "failing"}

    def shown(self) -> Document:
        document = asdict(self)
        del document["body"], document["first_try"]
        return document | {"event_id": self.id}


class Deliveries:
    """The delivery log and the sender. Enter it to start sending; what waits is kept over a restart."""

    def __init__(self, config: PagerDutyConfig, keep: Keep, shapes: Shapes, now: Now) -> None:
        self._config, self._rules = config, config.redelivery
        self._keep, self._shapes, self._now = keep, shapes, now
        self._log = {key: Delivery(**body) for key, body in keep.all(_DELIVERY).items()}
        self._queues: dict[str, deque[str]] = defaultdict(deque)
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None
        self._slots = asyncio.Semaphore(_AT_ONCE)
        for one in self._log.values():
            if one.waiting:
                self._queues[one.incident].append(one.id)

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(timeout=self._rules.patience, trust_env=False, follow_redirects=False)
        for incident in tuple(self._queues):
            self._wake(incident)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        senders = tuple(self._senders.values())
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def announce(self, event_type: str, incident: str, resource: Document, actor: Actor) -> None:
        """Queue an event about an incident; the agent is drawn as PagerDuty would name the actor."""
        identity = new_id("01", 26)
        occurred_at = fine_stamp(self._now())
        event = {
            "id": identity,
            "event_type": event_type,
            "resource_type": event_type.split(".", 1)[0],
            "occurred_at": occurred_at,
            "agent": self._shapes.agent(actor),
            "client": actor.client,
            "data": resource,
        }
        body = json.dumps({"event": event}, ensure_ascii=False, separators=(",", ":"))
        delivery = Delivery(id=identity, event_type=event_type, incident=incident, occurred_at=occurred_at, body=body)
        if self.disabled:
            self._save(replace(delivery, state="lost", trouble="the subscription was disabled"))
        elif len(body.encode()) > LARGEST:
            self._save(replace(delivery, state="dropped", trouble="larger than 256 KB"))
        else:
            self._enqueue(delivery)

    def ping(self, actor: Actor) -> None:
        message = "Hello from your friend Pagey!"
        self.announce("pagey.ping", "pagey", {"message": message, "type": "ping"}, actor)

    def send_again(self, event_id: str) -> bool:
        """Send an event once more with the same ids, as after a lost answer. False: unknown, or still on its way."""
        known = self._log.get(event_id)
        if known is None or known.waiting:
            return False
        self._enqueue(replace(known, state="queued", first_try=None))
        return True

    def log(self) -> tuple[Delivery, ...]:
        return tuple(self._log.values())

    @property
    def disabled(self) -> bool:
        return self._disabled_until() > self._now().timestamp()

    def enable(self) -> None:
        self._keep.put(_HOOK, SUBSCRIPTION.id, {"drops": 0, "disabled_until": 0.0})

    async def settled(self, patience: float = 5.0) -> None:
        """Wait until nothing is on its way (for tests and demos)."""
        async with asyncio.timeout(patience):
            while self._senders:
                await asyncio.wait(tuple(self._senders.values()))
                await asyncio.sleep(0)

    def _enqueue(self, delivery: Delivery) -> None:
        self._save(delivery)
        self._queues[delivery.incident].append(delivery.id)
        self._wake(delivery.incident)

    def _wake(self, incident: str) -> None:
        if self._client is None or incident in self._senders:
            return
        self._senders[incident] = asyncio.create_task(self._drain(incident), name=f"pagerduty webhooks of {incident}")

    async def _drain(self, incident: str) -> None:
        queue = self._queues[incident]
        try:
            while queue:
                delivery = self._log[queue[0]]
                wait = self._rules.first_wait
                while (delivery := await self._attempt(delivery)).waiting:
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, self._rules.longest_wait)
                queue.popleft()
            del self._queues[incident]
        finally:
            del self._senders[incident]

    async def _attempt(self, delivery: Delivery) -> Delivery:
        if self.disabled:
            return self._save(replace(delivery, state="lost", trouble="the subscription was disabled"))
        async with self._slots:
            begun = delivery.first_try or time.time()
            tried = replace(delivery, tries=delivery.tries + 1, first_try=begun, sent_at=fine_stamp(self._now()))
            answered, trouble = await self._post(delivery)
        return self._save(self._judged(replace(tried, answered=answered, trouble=trouble)))

    def _judged(self, tried: Delivery) -> Delivery:
        answered = tried.answered
        if answered is not None and httpx.codes.is_success(answered):
            self._count_drop(dropped=False)
            return replace(tried, state="delivered")
        if answered is not None and httpx.codes.is_client_error(answered) and answered != _TOO_MANY:
            self._count_drop(dropped=True)
            return replace(tried, state="dropped", trouble="refused; PagerDuty does not try again")
        if tried.first_try is not None and time.time() - tried.first_try > self._rules.give_up_after:
            return replace(tried, state="expired")
        return replace(tried, state="failing")

    async def _post(self, delivery: Delivery) -> tuple[int | None, str | None]:
        if self._client is None:
            return None, "the sender is stopped"
        raw = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-PagerDuty-Signature": sign(raw, self._config.webhook_secrets),
            "X-Webhook-Id": delivery.id,
            "X-Webhook-Subscription": SUBSCRIPTION.id,
        }
        try:
            async with asyncio.timeout(self._rules.patience):
                answer = await self._client.post(self._config.webhook_url, content=raw, headers=headers)
        except TimeoutError:
            return None, f"no answer in {self._rules.patience:g} s"
        except httpx.HTTPError as error:
            return None, f"no answer: {type(error).__name__}"
        return answer.status_code, None

    def _save(self, delivery: Delivery) -> Delivery:
        self._keep.put(_DELIVERY, delivery.id, asdict(delivery))
        self._log[delivery.id] = delivery
        self._forget_the_oldest()
        return delivery

    def _forget_the_oldest(self) -> None:
        """Keep the log bounded; what is still on its way is never forgotten."""
        oldest = next(iter(self._log.values()))
        if len(self._log) > _MOST_KEPT and not oldest.waiting:
            self._keep.drop(_DELIVERY, oldest.id)
            del self._log[oldest.id]

    def _count_drop(self, *, dropped: bool) -> None:
        """Count refusals in a row; three of them switch the subscription off for a while."""
        kept = self._keep.get(_HOOK, SUBSCRIPTION.id) or {"drops": 0}
        drops = kept["drops"] + 1 if dropped else 0
        off = drops >= self._rules.drops_in_a_row
        until = self._now().timestamp() + self._rules.disabled_for if off else self._disabled_until()
        self._keep.put(_HOOK, SUBSCRIPTION.id, {"drops": 0 if off else drops, "disabled_until": until})

    def _disabled_until(self) -> float:
        kept = self._keep.get(_HOOK, SUBSCRIPTION.id)
        return float(kept["disabled_until"]) if kept else 0.0


def sign(raw: bytes, secrets: tuple[str, ...]) -> str:
    """Sign the raw body with each active secret, as while one is being rotated."""
    return ",".join(f"v1={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}" for secret in secrets)
