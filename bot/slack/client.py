"""How Slack's Web API is called: one connection pool, a time-out, our budget before and our errors after."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import RateLimited, Unavailable, VendorError
from bot.slack.budget import Lane, RateBudget
from bot.slack.refusals import Answer, meaning

PATIENCE: Final = 30.0
_TIMEOUT: Final = 10.0
_TRIES: Final = 3
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Observed = Callable[[str, str, float], None]
"""Hears of each call: the method, `ok` or the kind of failure, and the seconds it took."""


def _nobody(_method: str, _outcome: str, _seconds: float) -> None:
    return


@asynccontextmanager
async def web_client(token: SecretStr, api_url: str) -> AsyncIterator[AsyncWebClient]:
    """The SDK's client on one pool of connections; Bolt uses the same.

    No retry handlers: each of the SDK's repeats a call that Slack may have applied already.
    """
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT, connect=5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        client = AsyncWebClient(
            token=token.get_secret_value(),
            base_url=api_url if api_url.endswith("/") else f"{api_url}/",
            timeout=int(_TIMEOUT),
            session=session,
            retry_handlers=[],
        )
        if urlsplit(api_url).hostname in _LOOPBACK:
            client.proxy = None  # the SDK takes HTTP_PROXY from the environment even for this machine itself
        yield client


@dataclass(slots=True, kw_only=True)
class SlackApi:
    """Calls methods. Raises our error tree; a wanted state that is there already counts as done."""

    client: AsyncWebClient
    budget: RateBudget = field(default_factory=RateBudget)
    timeout: float = _TIMEOUT
    observed: Observed = _nobody

    async def call(self, method: str, *, lane: Lane = Lane.CARDS, patience: float = PATIENCE, **args: object) -> Answer:
        """`ask` with the arguments by name."""
        return await self.ask(method, args, lane=lane, patience=patience)

    async def ask(
        self, method: str, args: Mapping[str, object], *, lane: Lane = Lane.CARDS, patience: float = PATIENCE
    ) -> Answer:
        """Wait for our turn, call, and tell what the answer means.

        A 429 was not applied, so it is waited out within `patience` and repeated; nothing else ever is.
        """
        channel = args.get("channel")
        place = channel if isinstance(channel, str) else None
        deadline = time.monotonic() + patience
        for tries_left in reversed(range(_TRIES)):
            await self.budget.wait(method, place, lane=lane, patience=max(deadline - time.monotonic(), 0.0))
            try:
                return await self._once(method, args)
            except RateLimited as error:
                await self.budget.refused(method, place, error.retry_after)
                if not tries_left or time.monotonic() + error.retry_after > deadline:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _once(self, method: str, args: Mapping[str, object]) -> Answer:
        started = time.monotonic()
        outcome = "ok"
        try:
            return await self._sent(method, args)
        except VendorError as error:
            outcome = getattr(error, "code", type(error).__name__)
            raise
        finally:
            self.observed(method, outcome, time.monotonic() - started)

    async def _sent(self, method: str, args: Mapping[str, object]) -> Answer:
        answer: Any  # Slack's JSON, or whatever came instead
        headers: Mapping[str, str]
        try:
            async with asyncio.timeout(self.timeout):
                # Form fields with JSON in them: the one way that all methods understand (many read no JSON body).
                response = await self.client.api_call(method, data=form(args))
            status, answer, headers = response.status_code, response.data, response.headers
        except SlackApiError as error:
            status, answer, headers = _failed(error)
        except TimeoutError as error:
            raise Unavailable(f"Slack did not answer {method} in {self.timeout:.0f} s") from error
        # AttributeError is the SDK's own, over an answer of 200 in text/plain.
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError, AttributeError) as error:
            raise Unavailable(f"Slack could not be reached for {method} ({type(error).__name__})") from error
        read = answer if isinstance(answer, Mapping) else {}
        if (wrong := meaning(method, status, read, _retry_after(headers))) is not None:
            raise wrong
        return read


def form(args: Mapping[str, object]) -> dict[str, str]:
    """Arguments as form fields: nothing for None, JSON for what is not a string."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in args.items()
        if value is not None
    }


def _failed(error: SlackApiError) -> tuple[int, Any, Mapping[str, str]]:
    # The SDK hangs its own response on the error, or aiohttp's when the body was not JSON.
    response: Any = error.response
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    headers: Mapping[str, str] = getattr(response, "headers", {})
    return status, getattr(response, "data", {}), headers


def _retry_after(headers: Mapping[str, str]) -> float | None:
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None
