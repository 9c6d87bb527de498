"""HTTP mode: payloads posted to the bot's own door, signed as Slack signs them."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from bot.local.slack.delivery import Answer, Kind
from bot.local.slack.things import Json

BIGGEST_ANSWER: Final = 300_000
_AS_SLACK: Final = {
    "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "Accept": "application/json,*/*",
    "Accept-Encoding": "gzip,deflate",
}
_OK: Final = range(200, 300)


@dataclass(slots=True, kw_only=True)
class SignedPosts:
    """Posts to `{bot_url}/slack/events` and reads the answer, within the time a person is made to wait."""

    url: str
    signing_secret: str = field(repr=False)
    ack_seconds: float
    now: Callable[[], float]
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(trust_env=False))

    async def send(self, kind: Kind, payload: Json, *, retry: int = 0, reason: str = "") -> Answer:
        body, content_type = _body(kind, payload)
        headers = {"Content-Type": content_type, **_AS_SLACK, **self._signature(body)}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": _http_reason(reason)}
        try:
            response = await self.client.post(self.url, content=body, headers=headers, timeout=self.ack_seconds)
        except httpx.TimeoutException:
            return Answer(error="timeout")
        except httpx.TransportError:
            return Answer(error="connection_failed")
        again = response.headers.get("x-slack-no-retry") != "1"
        if response.status_code not in _OK:
            return Answer(error="http_error", again=again)
        return Answer(body=_answer_body(response))

    def _signature(self, body: bytes) -> Mapping[str, str]:
        timestamp = str(int(self.now()))
        base = f"v0:{timestamp}:".encode() + body
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    async def stop(self) -> None:
        await self.client.aclose()


def _body(kind: Kind, payload: Json) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    if kind == "slash_commands":
        return urlencode(payload).encode(), form
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), form
    return json.dumps(payload).encode(), "application/json"


def _answer_body(response: httpx.Response) -> Json | None:
    content = response.content[:BIGGEST_ANSWER]
    if not content.strip():
        return None
    try:
        body: Any = json.loads(content)
    except ValueError:
        return {"text": content.decode("utf-8", "replace")}  # a command may be answered with bare text
    return body if isinstance(body, dict) else None


def _http_reason(reason: str) -> str:
    return {"timeout": "http_timeout"}.get(reason, reason or "unknown_error")
