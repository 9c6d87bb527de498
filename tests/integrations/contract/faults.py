"""The ways in which a system outside fails, each as a change of its healthy answer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Final

from tests.integrations.contract.server import Canned, Request, told

_LOGIN_PAGE: Final = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
_ELSEWHERE: Final = {"location": "https://login.example.com/?next=secret", "content-type": "text/html"}

LARGEST: Final = 3_000_000
"""Bytes of an answer that are read here: with as many as in use each of a thousand cases would take its second."""

Fault = Callable[[Request, Canned], Canned]


def _coded(status: int, headers: Mapping[str, str] | None = None) -> Fault:
    def answer(request: Request, healthy: Canned) -> Canned:
        found = told({"error": "no", "message": "no"}, status)
        return replace(found, headers={**found.headers, **(headers or {})})

    return answer


def _limited_once() -> Fault:
    turns = count()

    def answer(request: Request, healthy: Canned) -> Canned:
        return healthy if next(turns) else replace(told({}, 429), headers={"retry-after": "0"})

    return answer


def _page(status: int) -> Fault:
    return lambda _request, _healthy: Canned(status=status, body=_LOGIN_PAGE, headers={"content-type": "text/html"})


FAULTS: Final[Mapping[str, Callable[[], Fault]]] = {
    "the credential is not valid": lambda: _coded(401),
    "a right is missing": lambda: _coded(403),
    "nothing is there": lambda: _coded(404),
    "always too many calls": lambda: _coded(429, {"retry-after": "60"}),
    "too many calls without saying for how long": lambda: _coded(429),
    "an error of its own": lambda: _coded(500),
    "a bad gateway": lambda: _coded(502),
    "another address": lambda: lambda _request, _healthy: Canned(status=302, headers=_ELSEWHERE),
    "a login page with 200": lambda: _page(200),
    "an error page of a proxy": lambda: _page(503),
    "a login page that claims to be JSON": lambda: lambda _request, _healthy: Canned(body=_LOGIN_PAGE),
    "JSON cut off by its sender": lambda: (
        lambda _request, healthy: replace(healthy, body=b'{"status":"success","data":[x')
    ),
    "a broken connection": lambda: lambda _request, healthy: replace(healthy, ending="cut"),
    "no answer in time": lambda: lambda _request, healthy: replace(healthy, ending="silence"),
    "more than is read": lambda: lambda _request, healthy: replace(healthy, ending="flood", flood=LARGEST + 1_000_000),
    "an empty body": lambda: lambda _request, healthy: replace(healthy, body=b""),
    "an empty object": lambda: lambda _request, _healthy: told({}),
    "an empty list of the wrong kind": lambda: lambda _request, _healthy: told({"data": []}),
    "null": lambda: lambda _request, _healthy: told(None),
    "a number": lambda: lambda _request, _healthy: told(0),
}
"""Made anew for each use, since some remember."""

WRONG_CONTENT: Final = frozenset(
    {
        "JSON cut off by its sender",
        "an empty body",
        "an empty object",
        "an empty list of the wrong kind",
        "null",
        "a number",
    }
)
"""Faults that say nothing where only the status code is an answer."""

LIMITED_ONCE: Final[Callable[[], Fault]] = _limited_once

HOSTILE_NAMES: Final[Mapping[str, str]] = {
    "a mention of everybody": "<!channel> @here <@U024BE7LH>",
    "a forged link": "<https://evil.example.com|checkout> [x](https://evil.example.com)",
    "lines and controls": "a\nb\r\nc\x1b[31m\x00d\u2028e",
    "letters turned around": "\u202egnp.exe\u2066",
    "half a character": "a\ud800b",
    "a path": "../../../etc/passwd?token=1#x",
    "markup": "</script><script>alert(1)</script> *bold* `code` _x_",
    "very long": "A" * 100_000,
    "long with spaces": "lorem ipsum " * 5_000,
    "a credential in an address": "http://user:hunter2@host/metrics?token=hunter2&x=1",
    "nothing": "",
}
