"""The HTTP API of one system: calls within limits, one careful repeat, and errors that people can read."""

import asyncio
import json as jsonlib
import ssl
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import httpx

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.address import Headers, joined, plain, url_or_none
from bot.integrations.again import AGAIN_AFTER, pause_before_another
from bot.integrations.response import Response, Wording, refusal
from bot.integrations.trouble import trouble

T = TypeVar("T")
Params = Mapping[str, str | int | float | bool | Sequence[str]]

LARGEST: Final = 20_000_000
"""Bytes of an answer."""
_NEIGHBOURS: Final = 8
"""Calls to one system at a time, so that a slow one cannot take the whole pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What an API shares with the others: the pool, the patience, the clock and the counters."""

    pool: Callable[[], httpx.AsyncClient]
    """Opened by the first call."""
    patience: float
    now: Callable[[], datetime]
    count: Callable[[str, float], None]
    """(outcome, seconds)"""
    heard: Callable[[str], None]
    """Takes the `Date` of each answer, which tells how far the clocks are apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """One call as it goes out."""

    method: str
    url: str
    path: str
    params: Params | None
    content: bytes | None
    headers: Mapping[str, str]
    answers: Collection[int]
    right: str

    @property
    def harmless(self) -> bool:
        return self.method in ("GET", "HEAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The HTTP API of one system. Every method raises `VendorError` with a sentence for the person who reads it.

    Paths are joined onto the base path and never replace it; pieces that come from outside go through `segment`.
    `answers` names status codes beside 2xx that are an answer and not a failure.
    """

    line: Line = field(repr=False)
    wording: Wording
    base_url: str
    headers: Headers = field(repr=False)
    auth: httpx.Auth | None = field(repr=False)
    wrong: str | None
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_NEIGHBOURS), repr=False)

    async def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        answers: Collection[int] = (),
        right: str = "",
        headers: Headers | None = None,
    ) -> Response:
        return await self.call("GET", path, params=params, answers=answers, right=right, headers=headers)

    async def get_json(self, path: str, params: Params | None = None, *, right: str = "") -> Any:
        return (await self.get(path, params, right=right)).json()

    async def get_as(self, kind: type[T], path: str, params: Params | None = None, *, right: str = "") -> T:
        """The JSON answer as a pydantic model, or any type that pydantic knows."""
        return (await self.get(path, params, right=right)).read_as(kind)

    async def status(self, path: str) -> int:
        """The status code of a health page: 2xx and 5xx are answers. A web page with 200 is not one."""
        response = await self.get(path, answers=_HEALTH_ANSWERS)
        if response.status < 300:
            response.text()
        return response.status

    async def post_json(self, path: str, body: Any, params: Params | None = None, *, right: str = "") -> Any:
        """Send JSON. The answer's JSON, or None when it is empty. Not repeated when it may have been applied."""
        response = await self.call("POST", path, params=params, json=body, right=right)
        return response.json() if response.body.strip() else None

    async def deliver(self, query: str, body: Any) -> Response:
        """POST JSON to the base address itself. Its query goes out as it is, byte for byte: it may be a signature."""
        return await self._asked(
            _Ask(
                method="POST",
                url=f"{self.base_url}?{query}" if query else self.base_url,
                path="",
                params=None,
                content=jsonlib.dumps(body).encode(),
                headers=self._headers({"content-type": "application/json"}),
                answers=(),
                right="",
            )
        )

    async def follow(self, url: str, *, answers: Collection[int] = (), right: str = "") -> Response:
        """GET the next page that an answer names. Only where it is on the same host as the base address."""
        ours, theirs = url_or_none(self.base_url), url_or_none(url)
        if (
            ours is None
            or theirs is None
            or (theirs.scheme, theirs.host, theirs.port) != (ours.scheme, ours.host, ours.port)
        ):
            raise Refused(f"{self.wording.title} names a next page on another host; it was not followed")
        bare = str(theirs.copy_with(userinfo=b"", fragment=None))
        return await self._asked(
            _Ask(
                method="GET",
                url=bare,
                path=theirs.path,
                params=None,
                content=None,
                headers=self._headers({}),
                answers=answers,
                right=right,
            )
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        form: Params | None = None,
        headers: Headers | None = None,
        answers: Collection[int] = (),
        right: str = "",
    ) -> Response:
        """Any call. `json` or `form` is its body; `right` names what the credential needs for it."""
        content, kind = None, {}
        if json is not None:
            content, kind = jsonlib.dumps(json).encode(), {"content-type": "application/json"}
        elif form is not None:
            content, kind = str(httpx.QueryParams(form)).encode(), {"content-type": "application/x-www-form-urlencoded"}
        return await self._asked(
            _Ask(
                method=method.upper(),
                url=self.base_url + joined(path),
                path=path,
                params=params,
                content=content,
                headers=self._headers({**kind, **(headers or {})}),
                answers=answers,
                right=right,
            )
        )

    def _headers(self, extra: Headers) -> dict[str, str]:
        return {
            name: plain(value)
            for name, value in {"accept": "application/json, */*;q=0.5", **self.headers, **extra}.items()
        }

    async def _asked(self, ask: _Ask) -> Response:
        """The answer within the patience, counted and named by its outcome."""
        if self.wrong:
            raise Refused(self.wrong)
        began, outcome = time.perf_counter(), "given_up"
        try:
            async with asyncio.timeout(self.line.patience), self.room:
                response = await self._tried(ask)
            outcome = "ok"
        except TimeoutError as error:
            outcome = "unavailable"
            raise Unavailable(f"{self.wording.title} gave no answer in {self.line.patience:.0f} s") from error
        except VendorError as error:
            outcome = next(name for kind, name in _OUTCOMES.items() if isinstance(error, kind))
            raise
        else:
            return response
        finally:
            self.line.count(outcome, time.perf_counter() - began)

    async def _tried(self, ask: _Ask) -> Response:
        """The answer to the first try, or to the one repeat that is allowed."""
        try:
            return self._judged(ask, await self._sent(ask))
        except RateLimited as error:
            # What a 429 answers was not applied, so that this may be repeated even for a write.
            pause = pause_before_another(error)
            if pause is None:
                raise
            await asyncio.sleep(pause)
        except _WorthAnother:
            await asyncio.sleep(AGAIN_AFTER)
        try:
            return self._judged(ask, await self._sent(ask))
        except _WorthAnother as error:
            raise Unavailable(str(error)) from error.__cause__

    def _judged(self, ask: _Ask, response: Response) -> Response:
        if 200 <= response.status < 300 or response.status in ask.answers:
            return response
        error = refusal(response, ask.path, self.line.now(), ask.right)
        if response.status in (502, 503, 504) and ask.harmless:
            raise _WorthAnother(str(error))
        raise error

    async def _sent(self, ask: _Ask) -> Response:
        try:
            async with self._stream(ask) as answer:
                body = await self._read(answer)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                self.line.heard(headers.get("date", ""))
                return Response(wording=self.wording, status=answer.status_code, headers=headers, body=body)
        except httpx.InvalidURL as error:
            raise Refused(f"A name in the address of this call to {self.wording.title} is too long") from error
        except httpx.DecodingError as error:
            raise Refused(f"{self.wording.title} answered with a body that cannot be unpacked") from error
        except (httpx.TransportError, ssl.SSLError) as error:  # httpx lets some alerts of the other side through
            told = trouble(self.wording, error)
            if type(told) is Unavailable and ask.harmless and not isinstance(error, httpx.ConnectTimeout):
                raise _WorthAnother(str(told)) from error
            raise told from error

    @asynccontextmanager
    async def _stream(self, ask: _Ask) -> AsyncIterator[httpx.Response]:
        try:
            client = self.line.pool()
        except OSError as error:  # ssl.SSLError is one too
            raise Refused(
                f"A file for the connection to {self.wording.title} cannot be read: the one with its certificate "
                "authorities, or with our certificate or its key"
            ) from error
        # An explicit auth, even None, keeps httpx from reading a credential out of the address.
        async with client.stream(
            ask.method, ask.url, params=ask.params, content=ask.content, headers=dict(ask.headers), auth=self.auth
        ) as answer:
            yield answer

    async def _read(self, answer: httpx.Response) -> bytes:
        too_much = f"{self.wording.title} answered more than {LARGEST // 1_000_000} MB"
        declared = answer.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and (len(declared) > 12 or int(declared) > LARGEST):
            raise Refused(too_much)
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > LARGEST:
                raise Refused(too_much)
        return bytes(body)


class _WorthAnother(Unavailable):
    """Trouble after which a harmless call is tried once more; never leaves this module."""


_HEALTH_ANSWERS: Final = range(500, 600)
_OUTCOMES: Final[Mapping[type[VendorError], str]] = {
    RateLimited: "rate_limited",
    Unavailable: "unavailable",
    NotAuthorised: "not_authorised",
    NotFound: "not_found",
    Refused: "refused",
    VendorError: "refused",
}
