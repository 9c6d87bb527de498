"""What PagerDuty's library may do on our behalf: give up at once, in time, within a size, and keep secrets."""

import asyncio
import gc
import gzip
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from pagerduty.rest_api_v2_client import CURSOR_BASED_PAGINATION_PATHS
from pydantic import SecretStr
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.pagerduty.connect import connect
from bot.integrations.pagerduty.payloads import Incident
from bot.integrations.pagerduty.refusals import AlreadyDone, UnknownSender
from bot.integrations.pagerduty.settings import PagerDutySettings
from tests.integrations.pagerduty.conftest import KEY, Connect, Script

Vendor = tuple[Script, str]
INCIDENT = {"id": "P1", "status": "triggered", "created_at": "2026-03-02T06:11:09Z"}
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def page(count: int, *, more: bool, total: int | None = None) -> dict[str, Any]:
    return {"incidents": [INCIDENT] * count, "limit": 100, "offset": 0, "more": more, "total": total}


@asynccontextmanager
async def raw(handler: Handler) -> AsyncIterator[str]:
    """A server that does what no decent server does."""

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client has hung up, which is what is tested
        finally:
            writer.close()

    async with await asyncio.start_server(handled, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def open_incidents(adapter: Any) -> Any:
    return await adapter.rest.every(Incident, "/incidents")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "17"}, 17.0),
        ({"ratelimit-reset": "42", "ratelimit-limit": "960", "ratelimit-remaining": "0"}, 42.0),
        ({"retry-after": "9", "ratelimit-reset": "42"}, 9.0),
        ({"retry-after": "99999999"}, 3_600.0),
    ],
)
async def test_a_429_is_given_up_at_once_with_the_pause_to_wait(
    script: Vendor, connected: Connect, headers: dict[str, str], wait: float
) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", (429, {"error": {"message": "Rate Limit Exceeded", "code": 2020}}, headers))
    began = time.monotonic()
    with pytest.raises(RateLimited, match="pause of") as caught:
        await open_incidents(connected(api_key=KEY, api_url=url))
    assert caught.value.retry_after == wait
    assert len(vendor.asked) == 1
    assert time.monotonic() - began < 2.9  # the library's first nap alone is three seconds


def error(code: int, message: str = "No") -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "errors": ["Because"]}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, error(2006), NotAuthorised, "Renew PAGERDUTY_API_KEY and check PAGERDUTY_REGION"),
        (401, {}, NotAuthorised, "Renew PAGERDUTY_API_KEY"),
        (403, error(2010), NotAuthorised, "read-only key"),
        (400, error(2010), NotAuthorised, "read-only key"),
        (402, error(2014), Refused, "plan"),
        (404, error(2100), NotFound, "does not know it"),
        (400, error(5001), NotFound, "does not know it"),
        (400, error(1001), AlreadyDone, "resolved already"),
        (400, error(1002), AlreadyDone, "acknowledged already"),
        (400, error(1005), Unavailable, "same moment"),
        (400, error(1008), UnknownSender, "PAGERDUTY_FROM_EMAIL"),
        (400, error(2001, "Invalid Input Provided"), Refused, "Invalid Input Provided"),
        (400, {"error": "Please provide a user's key"}, Refused, "Please provide"),
        (413, {}, Refused, "413"),
        (500, {}, Unavailable, "trouble"),
        (418, "[" * 5_000, Refused, "418"),
    ],
)
async def test_each_failure_says_whether_to_try_again_and_who_must_act(
    script: Vendor, connected: Connect, status: int, body: Any, *, kind: type[Exception], words: str
) -> None:
    vendor, url = script
    answer = Response(body, status, media_type="application/json") if isinstance(body, str) else (status, body)
    vendor.answer("GET", "/incidents", answer)
    with pytest.raises(kind, match=words) as caught:
        await open_incidents(connected(api_key=KEY, api_url=url))
    assert type(caught.value) is kind
    assert KEY not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


async def test_a_long_foreign_reason_is_cut_and_put_on_one_line(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", (400, error(2001, "<!channel>\n" * 500)))
    with pytest.raises(Refused) as caught:
        await open_incidents(connected(api_key=KEY, api_url=url))
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("headers", [{}, {"ratelimit-reset": "soon"}])
async def test_a_429_that_names_no_pause_is_tried_once_more_and_then_told_with_our_own(
    script: Vendor, connected: Connect, headers: dict[str, str]
) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", (429, {}, headers))
    with pytest.raises(RateLimited) as caught:
        await open_incidents(connected(api_key=KEY, api_url=url))
    assert caught.value.retry_after == 30.0
    assert len(vendor.asked) == 2


async def test_a_read_is_tried_a_second_time_after_trouble(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", (503, {}), page(1, more=False))
    assert len((await open_incidents(connected(api_key=KEY, api_url=url))).things) == 1
    assert len(vendor.asked) == 2


async def test_a_read_waits_for_a_short_pause_and_a_write_does_not(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", (429, {}, {"retry-after": "0"}), page(1, more=False))
    vendor.answer("PUT", "/incidents/P1", (429, {}, {"retry-after": "0"}))
    adapter = connected(api_key=KEY, from_email="a@example.com", api_url=url)
    assert len((await open_incidents(adapter)).things) == 1
    with pytest.raises(RateLimited):
        await adapter.rest.put(
            Incident, "/incidents/P1", {"status": "resolved"}, name="incident", sender="a@example.com"
        )
    assert vendor.paths("PUT") == ["/incidents/P1"]


async def test_a_write_that_may_have_been_applied_is_not_repeated(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("PUT", "/incidents/P1", (503, {}))
    adapter = connected(api_key=KEY, from_email="a@example.com", api_url=url)
    with pytest.raises(Unavailable):
        await adapter.rest.put(
            Incident, "/incidents/P1", {"status": "resolved"}, name="incident", sender="a@example.com"
        )
    assert vendor.paths("PUT") == ["/incidents/P1"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (HTMLResponse("<html>Please sign in</html>"), Unavailable, "login page"),
        (Response("", media_type="application/json"), Unavailable, "form we do not know"),
        (Response("[1, 2", media_type="application/json"), Unavailable, "login page"),
        (Response("[" * 100_000, media_type="application/json"), Unavailable, "login page"),
        (Response("[]", media_type="application/json"), Unavailable, "form we do not know"),
        (
            Response('{"incidents": null, "more": false}', media_type="application/json"),
            Unavailable,
            "form we do not know",
        ),
        (Response('{"incidents": [], "offset": 0}', media_type="application/json"), Unavailable, "form we do not know"),
        (Response('{"incidents": [{}], "more": false}', media_type="application/json"), Unavailable, "incidents.id"),
        (RedirectResponse("https://example.com/login"), Refused, "sends us to another address"),
        (
            Response(gzip.compress(b"{}"), headers={"content-encoding": "gzip"}, media_type="application/json"),
            Refused,
            "packed body",
        ),
    ],
)
async def test_what_is_not_an_answer_never_passes_for_an_empty_list(
    script: Vendor, connected: Connect, answer: Response, kind: type[Exception], words: str
) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", answer)
    with pytest.raises(kind, match=words):
        await open_incidents(connected(api_key=KEY, api_url=url))


async def test_nobody_at_the_address_is_unavailable(connected: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"connection was refused\. Check PAGERDUTY_API_URL"):
        await open_incidents(connected(api_key=KEY, api_url=url))
    assert time.monotonic() - began < 2.0


async def test_silence_ends_in_time_and_is_not_asked_again(connected: Connect) -> None:
    asked, hung_up = 0, asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read()
        hung_up.set()

    async with raw(silent) as url:
        with pytest.raises(Unavailable, match="gave no answer in"):
            await open_incidents(connected(api_key=KEY, api_url=url, patience=1.0))
        # The thread has given up by itself as well: nobody can cancel it.
        await asyncio.wait_for(hung_up.wait(), 3)
    assert asked == 1


async def test_a_body_that_drips_ends_in_time_too(connected: Connect) -> None:
    hung_up = asyncio.Event()

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b" ")
            await asyncio.sleep(0.05)
            if reader.at_eof():
                hung_up.set()
                return

    async with raw(dripping) as url:
        with pytest.raises(Unavailable, match="gave no answer in"):
            await open_incidents(connected(api_key=KEY, api_url=url, patience=1.0))
        await asyncio.wait_for(hung_up.wait(), 3)


async def test_a_broken_off_answer_is_unavailable(connected: Connect) -> None:
    async def short(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{")
        await writer.drain()

    async with raw(short) as url:
        with pytest.raises(Unavailable, match="broke off"):
            await open_incidents(connected(api_key=KEY, api_url=url))


async def test_more_than_twenty_megabytes_are_not_read(connected: Connect) -> None:
    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90000000\r\n\r\n")
        for _ in range(30):
            writer.write(b" " * 1_000_000)
            await writer.drain()

    async with raw(endless) as url:
        with pytest.raises(Refused, match="more than 20 MB"):
            await open_incidents(connected(api_key=KEY, api_url=url))


async def test_a_list_is_read_to_its_end_in_pages_of_a_hundred(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", page(100, more=True, total=130), page(30, more=False, total=130))
    seen = await open_incidents(connected(api_key=KEY, api_url=url))
    assert (len(seen.things), seen.complete) == (130, True)
    assert [(query["limit"], query["offset"]) for _, _, query, *_ in vendor.asked] == [
        (["100"], ["0"]),
        (["100"], ["100"]),
    ]


async def test_a_page_that_is_empty_and_says_more_does_not_go_on_for_ever(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", page(3, more=True), page(0, more=True))
    seen = await open_incidents(connected(api_key=KEY, api_url=url))
    assert (len(seen.things), seen.complete, len(vendor.asked)) == (3, False, 2)


async def test_nothing_is_asked_beyond_ten_thousand(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", page(100, more=True, total=20_000))
    seen = await open_incidents(connected(api_key=KEY, api_url=url, patience=20.0))
    assert (len(seen.things), seen.complete, seen.total) == (10_000, False, 20_000)
    assert max(int(query["offset"][0]) for _, _, query, *_ in vendor.asked) == 9_900


async def test_a_check_that_sees_a_part_says_so(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    acknowledged = INCIDENT | {"status": "acknowledged", "acknowledgements": [{"at": "2026-03-02T06:12:00Z"}]}
    vendor.answer("GET", "/incidents", page(0, more=True) | {"incidents": [acknowledged] * 100, "total": 31_204})
    adapter = connected(api_key=KEY, api_url=url, thresholds={"pagerduty.incidents": {"fail": 24 * 365 * 100}})
    check = next(one for one in adapter.checks() if one.name == "pagerduty.incidents")
    told = await check.ask()
    assert (told.status, told.reason) == (Status.UNKNOWN, "saw 2,000 of 31,204 incidents, so unknown")


def test_no_list_that_we_read_is_paged_by_cursor() -> None:
    """There the library's own loop would yield nothing, in silence."""
    ours = {"/incidents", "/oncalls", "/services", "/users", "/escalation_policies", "/maintenance_windows"}
    assert not ours & set(CURSOR_BASED_PAGINATION_PATHS)


async def test_the_headers_are_as_documented(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", page(0, more=False))
    await open_incidents(connected(api_key=f"{KEY}\n", api_url=f"{url}/"))
    headers = vendor.asked[0][4]
    assert headers["authorization"] == f"Token token={KEY}"
    assert headers["accept"] == "application/vnd.pagerduty+json;version=2"
    assert headers["accept-encoding"] == "identity"


async def test_a_base_address_with_a_path_keeps_it(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/pagerduty/incidents", page(0, more=False))
    vendor.answer("GET", "/pagerduty/incidents/P%2F..", {"incident": INCIDENT})
    adapter = connected(api_key=KEY, api_url=f"{url}/pagerduty")
    await open_incidents(adapter)
    assert vendor.paths("GET") == ["/pagerduty/incidents"]


async def test_plain_http_is_for_this_machine_only(connected: Connect) -> None:
    with pytest.raises(Refused, match="PAGERDUTY_API_URL is plain http"):
        await open_incidents(connected(api_key=KEY, api_url="http://pagerduty.example.com"))


async def test_a_key_with_a_line_break_inside_is_told_before_anything_is_sent(
    script: Vendor, connected: Connect
) -> None:
    vendor, url = script
    with pytest.raises(Refused, match="PAGERDUTY_API_KEY has a line break"):
        await open_incidents(connected(api_key="half\nhalf", api_url=url))
    assert vendor.asked == []


async def test_at_most_four_calls_at_a_time_and_who_waits_in_vain_never_calls(connected: Connect) -> None:
    asked, four, go_on = 0, asyncio.Event(), asyncio.Event()

    async def slow(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if asked == 4:
            four.set()
        await go_on.wait()
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 31\r\n\r\n{"incidents": [], "more":false}')
        await writer.drain()

    async with raw(slow) as url:
        adapter = connected(api_key=KEY, api_url=url)
        calls = [asyncio.create_task(open_incidents(adapter)) for _ in range(6)]
        await asyncio.wait_for(four.wait(), 5)
        for waiting in calls[4:]:
            waiting.cancel()
        await asyncio.wait(calls[4:])
        go_on.set()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(one).__name__ for one in ended] == ["Listing"] * 4 + ["CancelledError"] * 2
        assert asked == 4


async def test_an_adapter_that_is_closed_leaves_no_thread_with_a_client(script: Vendor, connected: Connect) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", page(0, more=False))
    adapter = connected(api_key=KEY, api_url=url)
    await open_incidents(adapter)
    (client,) = adapter.rest._threads._idle
    await adapter.aclose()
    assert client.is_closed


async def test_an_adapter_that_is_forgotten_is_closed_all_the_same(script: Vendor) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", page(0, more=False))
    adapter: Any = connect(PagerDutySettings(api_key=SecretStr(KEY), api_url=url), Wiring(outside=Outside()))
    await open_incidents(adapter)
    (client,) = adapter.rest._threads._idle
    del adapter
    gc.collect()
    assert client.is_closed


async def test_calls_are_counted_beside_those_of_other_systems(script: Vendor, stack: AsyncExitStack) -> None:
    vendor, url = script
    vendor.answer("GET", "/incidents", page(0, more=False), (401, {}))
    outside = Outside()
    adapter: Any = connect(PagerDutySettings(api_key=SecretStr(KEY), api_url=url), Wiring(outside=outside))
    stack.push_async_callback(adapter.aclose)
    await open_incidents(adapter)
    with pytest.raises(NotAuthorised):
        await open_incidents(adapter)
    counted = {
        outcome: outside.registry.get_sample_value(
            "daywatch_outside_calls_total", {"system": "pagerduty", "outcome": outcome}
        )
        for outcome in ("ok", "not_authorised")
    }
    assert counted == {"ok": 1.0, "not_authorised": 1.0}
